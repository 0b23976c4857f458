"""T3 Chat: a stream of typed parts."""

from proxy.dialects.generic import generic

NAME = "t3_chat"
HOSTS = ("t3.chat",)
PATHS = ("POST /api/chat",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
