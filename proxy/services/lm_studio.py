"""LM Studio on this machine."""

from proxy.dialects.openai_family import openai_family

NAME = "lm_studio"
HOSTS = ("127.0.0.1:1234", "localhost:1234")
PATHS = ("POST /v1/chat/completions", "POST /v1/responses", "POST /v1/completions")
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "real"
NOTE = "Read only when a reverse listener stands in front of the port."

decoder = openai_family
