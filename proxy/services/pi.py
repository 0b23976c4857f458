"""Pi: events with pieces of text."""

from proxy.dialects.generic import generic

NAME = "pi"
HOSTS = ("pi.ai",)
PATHS = ("POST /api/chat",)
FRAMING = "sse"
LAST_VERIFIED = "2025-06"
KIND = "generic"
CONFIDENCE = "old"

decoder = generic
