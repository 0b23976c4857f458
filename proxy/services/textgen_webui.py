"""text-generation-webui on this machine, through its OpenAI-compatible API."""

from proxy.dialects.openai_family import openai_family

NAME = "textgen_webui"
HOSTS = ("127.0.0.1:5000", "localhost:5000")
PATHS = ("POST /v1/chat/completions", "POST /v1/completions")
FRAMING = "sse"
LAST_VERIFIED = "2024-12"
KIND = "full"
CONFIDENCE = "old"
NOTE = "The API port only: the frames of its own web page are not known."

decoder = openai_family
