"""KoboldCpp on this machine: one prompt string in, tokens out, beside the OpenAI-compatible paths."""

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.openai_family import openai_family
from proxy.dialects.pick import dict_of, pick
from proxy.dialects.prompt import Prompted

NAME = "koboldcpp"
HOSTS = ("127.0.0.1:5001", "localhost:5001")
PATHS = (
    "POST /api/extra/generate/stream",
    "POST /api/v1/generate",
    "POST /api/latest/generate",
    "POST /v1/chat/completions",
    "POST /v1/completions",
)
FRAMING = "sse"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
NOTE = "Read only when a reverse listener stands in front of the port."


def decoder(flow: Flow) -> Decoder:
    if flow.path.startswith("/v1/"):
        return openai_family(flow)
    return HttpDecoder(flow, Prompted(flow))


def recognise(probe: Probe) -> bool:
    value = dict_of(probe.value)
    return {"token", "finish_reason"} <= set(value) or pick(value, "results", 0, "text") is not None
