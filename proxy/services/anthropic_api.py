"""Anthropic's own API."""

from proxy.dialects.anthropic import Anthropic
from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import pick
from proxy.dialects.shape import dialect_of

NAME = "anthropic_api"
HOSTS = ("api.anthropic.com",)
PATHS = ("POST /v1/messages",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "real"


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, Anthropic(flow))


def recognise(probe: Probe) -> bool:
    return dialect_of(probe.value, probe.name) == "anthropic" or pick(probe.value, "type") in ("ping", "error")
