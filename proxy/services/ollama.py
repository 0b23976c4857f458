"""Ollama on this machine, through its native paths and its OpenAI-compatible ones."""

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.ollama import Ollama
from proxy.dialects.openai_family import openai_family
from proxy.dialects.shape import dialect_of

NAME = "ollama"
HOSTS = ("127.0.0.1:11434", "localhost:11434")
PATHS = (
    "POST /api/chat",
    "POST /api/generate",
    "POST /v1/chat/completions",
    "POST /v1/responses",
    "POST /v1/completions",
)
FRAMING = "ndjson"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "real"
NOTE = "Read only when a reverse listener stands in front of the port."


def decoder(flow: Flow) -> Decoder:
    if "/v1/" in flow.path:
        return openai_family(flow)
    return HttpDecoder(flow, Ollama(flow))


def recognise(probe: Probe) -> bool:
    return "/v1/" not in probe.flow.path and dialect_of(probe.value, probe.name) == "ollama"
