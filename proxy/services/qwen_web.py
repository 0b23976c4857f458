"""Qwen on the web: OpenAI chunks whose `phase` marks reasoning."""

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.openai_chat import OpenAiChat

NAME = "qwen_web"
HOSTS = ("chat.qwen.ai",)
PATHS = ("POST /api/v*/chat/completions",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"


def decoder(flow: Flow) -> Decoder:
    flow.transcript.name_conversation(flow.query.get("chat_id"))
    return HttpDecoder(flow, OpenAiChat(flow))
