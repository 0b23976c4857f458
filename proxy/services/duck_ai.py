"""Duck.ai: events with pieces of the message."""

from proxy.dialects.generic import generic

NAME = "duck_ai"
HOSTS = ("duck.ai", "duckduckgo.com")
PATHS = ("POST /duckchat/v*/chat",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
