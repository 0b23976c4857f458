"""Google's Gemini API."""

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.gemini_api import GeminiApi
from proxy.dialects.http import HttpDecoder

NAME = "gemini_api"
HOSTS = ("generativelanguage.googleapis.com",)
PATHS = ("POST /v1*/models/*:streamGenerateContent", "POST /v1*/models/*:generateContent")
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "real"
NOTE = "This one host only, never all of googleapis.com."


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, GeminiApi(flow))
