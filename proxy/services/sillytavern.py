"""SillyTavern on this machine: the browser's request in one shape, the vendor's stream passed through."""

from typing import Any

from proxy.dialects.anthropic import Anthropic
from proxy.dialects.flow import Decoder, Flow, Reader
from proxy.dialects.gemini_api import GeminiApi
from proxy.dialects.http import HttpDecoder
from proxy.dialects.openai_chat import OpenAiChat
from proxy.dialects.prompt import Prompted
from proxy.dialects.shape import dialect_of

NAME = "sillytavern"
HOSTS = ("127.0.0.1:8000", "localhost:8000")
PATHS = ("POST /api/backends/chat-completions/generate", "POST /api/backends/text-completions/generate")
FRAMING = "sse"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
ELSEWHERE = "dialect"
NOTE = "Front either this port or the backend's, not both. The text-completions path is a guess."


def decoder(flow: Flow) -> Decoder:
    if "/text-completions/" in flow.path:
        return HttpDecoder(flow, Prompted(flow))
    return HttpDecoder(flow, _PassThrough(flow))


class _PassThrough:
    """The first value of the answer tells the vendor's dialect."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._openai = OpenAiChat(flow)
        self._reader: Reader | None = None

    def request(self, body: Any) -> None:
        self._openai.request(body)

    def event(self, name: str, value: Any) -> None:
        if self._reader is None:
            dialect = dialect_of(value, name)
            if dialect == "anthropic":
                claude = Anthropic(self._flow)
                claude.turns = self._openai.turns
                self._reader = claude
            elif dialect == "gemini_api":
                gemini = GeminiApi(self._flow)
                gemini.turns = self._openai.turns
                self._reader = gemini
            else:
                self._openai.event(name, value)
                if dialect:
                    self._reader = self._openai
                return
        self._reader.event(name, value)

    def end(self, complete: bool) -> None:
        (self._reader or self._openai).end(complete)
