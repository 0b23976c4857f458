"""Microsoft Copilot: one event vocabulary over a WebSocket or server-sent events, and the transcript of old chats."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, parts_text, pick, role_of, text_of, when_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.transcript import Draft
from proxy.exchange import Direction

NAME = "copilot"
HOSTS = ("copilot.microsoft.com",)
PATHS = ("WS /c/api/chat", "POST /c/api/chat", "GET /c/api/conversations/*/history")
FRAMING = "websocket"
LAST_VERIFIED = "2026-08"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET /c/api/conversations/*/history",)

_NOISE = {
    "connected",
    "partCompleted",
    "citation",
    "titleUpdate",
    "suggestedFollowups",
    "generatingImage",
    "imageGenerated",
    "challenge",
    "ping",
    "pong",
    "setOptions",
    "challengeResponse",
    "card",
    "localEntities",
}


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Events(flow))
    if flow.meta.method == "GET":
        return HttpDecoder(flow, _History(flow))
    return HttpDecoder(flow, _Events(flow))


def recognise(probe: Probe) -> bool:
    event = pick(probe.value, "event")
    if probe.flow.path.rstrip("/").endswith("/history"):
        return pick(probe.value, "results", 0, "author", "type") is not None
    return event in ("send", "received", "startMessage", "appendText") and isinstance(event, str)


class _Events:
    """An answer is a list of parts in first-seen order; `replaceText` without a part replaces all of them."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._conversation: str | None = None
        self._user: Draft | None = None
        self._count = 0
        self._parts: dict[str, dict[str, str]] = {}
        self._current: str | None = None

    def request(self, body: Any) -> None:
        self._send(dict_of(body))

    def value(self, direction: Direction, value: Any) -> None:
        if direction == "s2c":
            self.event("", value)
        elif pick(value, "event") == "send":
            self._send(value)

    def event(self, name: str, value: Any) -> None:
        if not isinstance(value, dict):
            return
        kind = text_of(value.get("event")) or name
        self._conversation = ident(value.get("conversationId")) or self._conversation
        message_id = ident(value.get("messageId"))
        match kind:
            case "received":
                if self._user is not None:
                    self._user.set(message_id=message_id, conversation_id=self._conversation)
            case "startMessage":
                self._answer(message_id)
            case "appendText":
                self._append(message_id, text_of(value.get("partId")), text_of(value.get("text")))
            case "replaceText":
                self._replace(message_id, ident(value.get("partId")), text_of(value.get("text")))
            case "chainOfThought":
                self._answer(message_id).think(text_of(value.get("text")))
            case "done":
                self._flow.silent = True
                self._answer(message_id).set(final=True)
            case "error":
                self._flow.silent = True
            case _:
                if kind not in _NOISE:
                    self._flow.transcript.miss("unknown_part")

    def end(self, complete: bool) -> None:
        """Answers have their own end marker."""

    def _send(self, value: dict[str, Any]) -> None:
        text = parts_text(value.get("content"), "text")
        if not text:
            return
        self._conversation = ident(value.get("conversationId")) or self._conversation
        self._count += 1
        self._user = self._flow.transcript.draft(f"u{self._count}", "user", conversation_id=self._conversation)
        self._user.assign(text)
        self._current = None
        if mode := text_of(value.get("mode")):
            self._user.signal("mode", mode)

    def _answer(self, message_id: str | None) -> Draft:
        self._current = message_id or self._current or f"~{self._count}"
        named = None if self._current.startswith("~") else self._current
        return self._flow.transcript.draft(
            f"a:{self._current}", "assistant", message_id=named, conversation_id=self._conversation
        )

    def _append(self, message_id: str | None, part: str, piece: str) -> None:
        draft = self._answer(message_id)
        parts = self._parts.setdefault(draft.slot, {})
        last = not parts or part == next(reversed(parts))
        parts[part] = parts.get(part, "") + piece
        if last:
            draft.append(piece)
        else:
            draft.assign("".join(parts.values()))

    def _replace(self, message_id: str | None, part: str | None, text: str) -> None:
        draft = self._answer(message_id)
        parts = self._parts.setdefault(draft.slot, {})
        if part is None:
            parts.clear()
        parts[part or ""] = text
        draft.assign("".join(parts.values()), revise=True)


class _History:
    """Rows newest first; the role is the author's type."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(self._flow.segment("conversations"))

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        for row in dicts_of(pick(value, "results")):
            role = role_of(pick(row, "author", "type"))
            if role is None:
                continue
            message_id = ident(row.get("id"))
            draft = self._flow.transcript.draft(
                f"h:{message_id}", role, message_id=message_id, replayed=True, final=True
            )
            draft.when = when_of(row.get("createdAt"))
            draft.assign(parts_text(row.get("content"), "text"))

    def end(self, complete: bool) -> None:
        """One document."""
