"""Kindroid: the reply is the plain text body."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import ident, pick, text_of

NAME = "kindroid"
HOSTS = ("api.kindroid.ai", "kindroid.ai")
PATHS = ("POST api.kindroid.ai/v1/send-message", "POST api.kindroid.ai/v1/chat-break")
FRAMING = "text"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
ELSEWHERE = "generic"
NOTE = "Live turns only: the stored transcript is encrypted."


def decoder(flow: Flow) -> Decoder:
    if flow.path.rstrip("/").endswith("/chat-break"):
        return HttpDecoder(flow, _Greeting(flow), "text")
    return HttpDecoder(flow, _Reply(flow), "text")


class _Reply:
    """`message` in the request; the whole body is the answer when the status is 200."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(None, ident(pick(body, "ai_id")))
        self._flow.transcript.draft("u", "user").append(text_of(pick(body, "message")))

    def event(self, name: str, value: Any) -> None:
        if self._flow.status in (0, 200):
            self._flow.transcript.draft("a", "assistant").append(text_of(value))

    def end(self, complete: bool) -> None:
        draft = self._flow.transcript.get("a")
        if draft is not None and complete and self._flow.status == 200:
            draft.set(final=True)


class _Greeting:
    """A new chat begins with the companion's greeting, which stands in the request."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(None, ident(pick(body, "ai_id")))
        self._flow.transcript.draft("a", "assistant", final=True).append(text_of(pick(body, "greeting")))

    def event(self, name: str, value: Any) -> None:
        """The body only acknowledges."""

    def end(self, complete: bool) -> None:
        """The greeting is whole."""
