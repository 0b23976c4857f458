"""Z.ai on the web: chunks whose `phase` marks reasoning."""

from proxy.dialects.generic import generic

NAME = "zai_web"
HOSTS = ("chat.z.ai",)
PATHS = ("POST /api/v*/chat/completions",)
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
