"""Microsoft 365 Copilot: read by guess."""

from proxy.dialects.generic import generic

NAME = "m365_copilot"
HOSTS = ("m365.cloud.microsoft",)
PATHS: tuple[str, ...] = ()
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "unknown"

decoder = generic
