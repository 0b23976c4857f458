"""HuggingChat: a form with one JSON field in, NDJSON out."""

from proxy.dialects.generic import generic

NAME = "huggingchat"
HOSTS = ("huggingface.co",)
PATHS = ("POST /chat/conversation/*",)
FRAMING = "ndjson"
LAST_VERIFIED = "2026-08"
KIND = "generic"
CONFIDENCE = "read"

decoder = generic
