"""Qwen on the web: OpenAI chunks whose `phase` marks reasoning."""

from proxy.dialects.generic import generic

NAME = "qwen_web"
HOSTS = ("chat.qwen.ai",)
PATHS = ("POST /api/v*/chat/completions",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
