"""OpenAI's own API."""

from proxy.dialects.openai_family import openai_family

NAME = "openai_api"
HOSTS = ("api.openai.com",)
PATHS = ("POST /v1/chat/completions", "POST /v1/responses", "POST /v1/completions")
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "real"

decoder = openai_family
