"""The program's own self-test host: never leaves this machine, never stored."""

from proxy.dialects.openai_family import openai_family

NAME = "selftest"
HOSTS = ("selftest.groundwire.internal",)
PATHS = ("POST /v1/chat/completions",)
FRAMING = "sse"
LAST_VERIFIED = "2026-11"
KIND = "full"
CONFIDENCE = "real"

decoder = openai_family
