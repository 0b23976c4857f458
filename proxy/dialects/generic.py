"""An unknown service: guesses the user's words and the answer by well-known field names. Low confidence."""

from typing import Any

from proxy.dialects.flow import DONE, Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, list_of, pick, role_of, text_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.think import split_think
from proxy.dialects.transcript import Draft
from proxy.dialects.turns import replay
from proxy.exchange import Direction
from proxy.message import Turn

_USER_KEYS = {"prompt", "message", "text", "query", "input", "content", "speechText", "q", "inputs"}
_MESSAGE_KEYS = ("content", "text", "message")
_PAST_KEYS = {
    "history",
    "messages",
    "context",
    "previous",
    "chat_history",
    "past",
    "system",
    "system_prompt",
    "settings",
}
_SKIP_KEYS = ("type", "event", "tag", "role", "messageTag", "phase", "sender")
_SKIP_WORDS = (
    "user",
    "human",
    "think",
    "reason",
    "tool",
    "title",
    "suggest",
    "ping",
    "status",
    "error",
    "resume",
    "metadata",
)
_TEXT_KEYS = ("token", "text", "content", "message", "response", "answer", "reply", "raw_content")
_WRAPPERS = ("data", "result", "json", "payload", "output")
_LONG = 16


def generic(flow: Flow) -> Decoder:
    """The generic decoder for an HTTP exchange or a WebSocket."""
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, GenericSocket(flow))
    return HttpDecoder(flow, Generic(flow))


def user_text(body: Any) -> tuple[str, tuple[Turn, ...], tuple[Turn, ...]]:
    """(what the person said, the turns before it, all turns) of a request body."""
    messages = pick(body, "messages")
    if isinstance(messages, list) and any(role_of(pick(message, "role")) for message in messages):
        turns = replay(messages)
        return turns.user or "", turns.before, turns.all
    level = [dict_of(body)]
    for _ in range(6):
        found = [
            value
            for node in level
            for key, value in node.items()
            if key in _USER_KEYS and isinstance(value, str) and value
        ]
        if found:
            text = max(found, key=len)
            return text, (), (Turn("user", text),)
        level = [
            child
            for node in level
            for key, value in node.items()
            if key not in _PAST_KEYS
            for child in ([value] if isinstance(value, dict) else dicts_of(value)[-1:])
            if isinstance(child, dict)
        ]
    last = dicts_of(messages)[-1:]
    text = next((text_of(row.get(key)) for row in last for key in _MESSAGE_KEYS if text_of(row.get(key))), "")
    return text, (), ((Turn("user", text),) if text else ())


def _skipped(value: dict[str, Any], name: str = "") -> bool:
    """The object says of itself that it is no answer."""
    marks = [name, *(value.get(key) for key in _SKIP_KEYS)]
    return any(isinstance(mark, str) and any(word in mark.lower() for word in _SKIP_WORDS) for mark in marks)


def answer_piece(value: Any, name: str = "", depth: int = 0) -> tuple[str, bool] | None:
    """(text, it is surely a delta) of one object, or None where it has no answer text."""
    if isinstance(value, list):
        pieces = [piece for item in value[:64] if (piece := answer_piece(item, "", depth + 1))] if depth < 4 else []
        return ("".join(text for text, _ in pieces), pieces[0][1]) if pieces else None
    if not isinstance(value, dict) or _skipped(value, name) or depth > 4:
        return None
    choice = pick(value, "choices", 0)
    for source, delta in ((pick(choice, "delta"), True), (pick(choice, "message"), False), (value.get("delta"), True)):
        if isinstance(source, dict) and not _skipped(source):
            for key in ("content", "text"):
                if isinstance(source.get(key), str) and source[key]:
                    return source[key], delta
    if isinstance(value.get("delta"), str) and value["delta"]:
        return value["delta"], True
    if isinstance(value.get("delta_content"), str) and value["delta_content"]:
        return value["delta_content"], True
    for key in _TEXT_KEYS:
        found = value.get(key)
        if isinstance(found, str) and found:
            return found, key == "token"
        if isinstance(found, dict) and not _skipped(found):
            for inner in ("content", "text"):
                if isinstance(found.get(inner), str) and found[inner]:
                    return found[inner], False
    if isinstance(value.get("youChatToken"), str) and value["youChatToken"]:
        return value["youChatToken"], True
    return _wrapped(value, depth)


def _wrapped(value: dict[str, Any], depth: int) -> tuple[str, bool] | None:
    for key in _WRAPPERS:
        if isinstance(value.get(key), dict | list) and (piece := answer_piece(value[key], "", depth + 1)):
            return piece
    for argument in list_of(value.get("arguments")):
        for message in reversed(dicts_of(pick(argument, "messages"))):
            if not _skipped(message) and message.get("author") != "user" and isinstance(message.get("text"), str):
                return message["text"], False
    return None


class Composer:
    """Puts pieces together without knowing whether they are deltas or the text so far."""

    def __init__(self) -> None:
        self.text = ""
        self._appended = 0

    def add(self, piece: str, delta: bool) -> None:
        if piece.startswith(self.text) and (len(self.text) > 1 or not self._appended):
            self.text = piece
        elif self._stale(piece, delta):
            return
        else:
            self.text += piece
            self._appended += 1

    def _stale(self, piece: str, delta: bool) -> bool:
        """A prefix of what is there is a resend, unless pieces have been appended and it is a short one."""
        if not self.text.startswith(piece):
            return False
        return not (delta or self._appended) or len(piece) >= max(_LONG, len(self.text) // 2)


class Generic:
    """Reader for one request and its answer."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._composer = Composer()
        self.turns: tuple[Turn, ...] = ()

    def request(self, body: Any) -> None:
        text, before, self.turns = user_text(body if body is not None else self._flow.query)
        draft = self._flow.transcript.draft("u", "user", history=before)
        draft.set(confidence="low")
        draft.append(text)

    def event(self, name: str, value: Any) -> None:
        if value == DONE:
            return
        piece = answer_piece(value, name)
        if piece is None:
            return
        text, delta = piece
        self._composer.add(text.rstrip("\0"), delta)
        _show(self._draft(), self._composer.text)

    def end(self, complete: bool) -> None:
        draft = self._flow.transcript.get("a")
        if draft is not None and complete and 200 <= (self._flow.status or 200) < 300:
            draft.set(final=True)

    def _draft(self) -> Draft:
        return self._flow.transcript.draft("a", "assistant", history=self.turns, confidence="low")


class GenericSocket:
    """Each sent object with words of the person opens a new exchange; what follows is its answer."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._composer = Composer()
        self._count = 0

    def value(self, direction: Direction, value: Any) -> None:
        transcript = self._flow.transcript
        if direction == "c2s":
            text = user_text(value)[0] if isinstance(value, dict) else ""
            if text:
                self._finish()
                self._count += 1
                self._composer = Composer()
                transcript.draft(f"u{self._count}", "user", confidence="low").append(text)
            return
        piece = answer_piece(value)
        if piece is not None:
            self._composer.add(*piece)
            _show(transcript.draft(f"a{self._count}", "assistant", confidence="low"), self._composer.text)

    def end(self, complete: bool) -> None:
        if complete:
            self._finish()

    def _finish(self) -> None:
        draft = self._flow.transcript.get(f"a{self._count}")
        if draft is not None:
            draft.set(final=True)


def _show(draft: Draft, text: str) -> None:
    if text.lstrip()[:1] == "<":
        speech, reasoning = split_think(text)
        if reasoning:
            draft.set(reasoning=reasoning)
        draft.assign(speech)
    else:
        draft.assign(text)
