"""Vendors that speak the OpenAI dialect, and user-chosen hosts of other apps."""

from proxy.dialects.flow import Probe
from proxy.dialects.openai_family import openai_family
from proxy.dialects.pick import dict_of
from proxy.dialects.shape import dialect_of

NAME = "openai_compat"
HOSTS = (
    "openrouter.ai",
    "api.groq.com",
    "api.deepseek.com",
    "api.mistral.ai",
    "api.together.ai",
    "api.together.xyz",
    "api.x.ai",
    "api.perplexity.ai",
    "api.z.ai",
    "router.huggingface.co",
    "api.inference.crusoecloud.com",
)
PATHS = ("POST /**/chat/completions", "POST /**/responses", "POST /**/completions")
FRAMING = "sse"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "real"
NOTE = "Hosts that a person chose as a proxy in another app join this list only with consent."

decoder = openai_family


def recognise(probe: Probe) -> bool:
    """The path is shared by apps with a format of their own."""
    dialect = dialect_of(probe.value, probe.name)
    if dialect == "text_completion" or (
        dialect == "openai_chat" and probe.flow.path.rstrip("/").endswith("/completions")
    ):
        return "chat" not in probe.flow.path or dialect == "openai_chat"
    return dialect == "openai_responses" or set(dict_of(probe.value)) == {"error"}
