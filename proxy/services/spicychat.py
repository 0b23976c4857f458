"""SpicyChat: one JSON answer for each turn, and the transcript of a character."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, role_of, text_of, when_of

NAME = "spicychat"
HOSTS = ("spicychat.ai", "chat.nd-api.com", "4mpanjbsf6.execute-api.us-east-1.amazonaws.com")
PATHS = ("POST chat.nd-api.com/chat", "GET */characters/*/messages")
FRAMING = "json_objects"
LAST_VERIFIED = "2026-01"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET */characters/*/messages",)
NOTE = "The exact AWS name only. A streaming variant is not known."


def decoder(flow: Flow) -> Decoder:
    if flow.meta.method == "GET":
        return HttpDecoder(flow, _History(flow))
    return HttpDecoder(flow, _Chat(flow))


def recognise(probe: Probe) -> bool:
    if probe.flow.meta.method == "GET":
        return role_of(pick(probe.value, "messages", 0, "role")) is not None and "character" in probe.flow.path
    return isinstance(pick(probe.request, "character_id"), str) and pick(probe.value, "message", "role") is not None


class _Chat:
    """A request without `message` asks for another answer. `prev_id` is the id of the person's turn."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(ident(pick(body, "conversation_id")), ident(pick(body, "character_id")))
        self._flow.transcript.draft("u", "user").append(text_of(pick(body, "message")))

    def event(self, name: str, value: Any) -> None:
        row = dict_of(pick(value, "message"))
        if not row:
            if pick(value, "error") or isinstance(pick(value, "message"), str):
                self._flow.silent = True
            return
        self._flow.transcript.name_conversation(ident(row.get("conversation_id")))
        if user := self._flow.transcript.get("u"):
            user.set(message_id=ident(row.get("prev_id")))
        if role_of(row.get("role")) == "assistant":
            draft = self._flow.transcript.draft("a", "assistant", message_id=ident(row.get("id")), final=True)
            draft.assign(text_of(row.get("content")))

    def end(self, complete: bool) -> None:
        """One document."""


class _History:
    """Rows newest first."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        self._flow.transcript.name_conversation(None, self._flow.segment("characters"))
        for row in reversed(dicts_of(pick(value, "messages"))):
            role = role_of(row.get("role"))
            if role is None:
                continue
            message_id = ident(row.get("id"))
            draft = self._flow.transcript.draft(
                f"h:{message_id}", role, message_id=message_id, replayed=True, final=True
            )
            draft.when = when_of(row.get("createdAt"))
            draft.set(conversation_id=ident(row.get("conversation_id")))
            draft.assign(text_of(row.get("content")))

    def end(self, complete: bool) -> None:
        """One document."""
