"""Kimi on the web: events with pieces of text."""

from proxy.dialects.generic import generic

NAME = "kimi_web"
HOSTS = ("kimi.com", "www.kimi.com", "kimi.moonshot.cn")
PATHS = ("POST /**/completion/stream", "POST /**ChatService/Chat")
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
