"""Talkie: its chat call is not known."""

from proxy.dialects.generic import generic

NAME = "talkie"
HOSTS = ("www.talkie-ai.com",)
PATHS: tuple[str, ...] = ()
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "unknown"

decoder = generic
