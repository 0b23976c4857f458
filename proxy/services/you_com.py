"""You.com: the question stands in the URL."""

from proxy.dialects.generic import generic

NAME = "you_com"
HOSTS = ("you.com",)
PATHS = ("GET /api/streamingSearch",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
