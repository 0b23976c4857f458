"""Gemini on the web: positional arrays, cumulative, and the transcript call of old chats."""

import json
from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import ident, list_of, pick, text_of, when_of

NAME = "gemini_web"
HOSTS = ("gemini.google.com",)
PATHS = (
    "POST /**/assistant.lamda.BardFrontendService/StreamGenerate",
    "POST /**/BardChatUi/data/batchexecute?rpcids=hNvQHb",
)
FRAMING = "length_frames"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("POST /**/BardChatUi/data/batchexecute?rpcids=hNvQHb",)
NOTE = "The history part is confirmed by a recording, the stream by several clients."

_CARD = "http://googleusercontent.com/card_content/"
_HISTORY_RPC = "hNvQHb"
_RUNNING = 1
_FINISHED = 2


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _Reader(flow), "frames")


def _inner(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _spoken(candidate: Any) -> str:
    text = text_of(pick(candidate, 1, 0))
    if text.startswith(_CARD):
        return text_of(pick(candidate, 22, 0)) or text
    return text


class _Reader:
    """Frames are arrays of entries; only `wrb.fr` entries carry chat, as JSON inside a string."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        sent = _inner(pick(_inner(pick(body, "f.req")), 1))
        if "StreamGenerate" not in self._flow.path or not isinstance(sent, list):
            return
        gem = text_of(pick(sent, 19)) or None
        self._flow.transcript.name_conversation(text_of(pick(sent, 2, 0)) or None, gem)
        draft = self._flow.transcript.draft("u", "user")
        draft.append(text_of(pick(sent, 0, 0)))
        if pick(sent, 45) == 1:
            draft.signal("temporary_chat", "true")

    def event(self, name: str, value: Any) -> None:
        for entry in list_of(value):
            if pick(entry, 0) != "wrb.fr":
                continue
            inner = _inner(pick(entry, 2))
            if pick(entry, 1) == _HISTORY_RPC:
                self._flow.silent = True
                for turn in list_of(pick(inner, 0)):
                    self._turn(turn)
            elif inner is not None:
                self._answer(inner)
            elif pick(entry, 5, 2, 0, 1, 0) is not None:
                self._flow.silent = True

    def end(self, complete: bool) -> None:
        """The candidate says whether it is finished."""

    def _answer(self, inner: Any) -> None:
        self._flow.transcript.name_conversation(ident(pick(inner, 1, 0)))
        candidate = pick(inner, 4, 0)
        message_id = ident(pick(candidate, 0))
        if candidate is None or message_id is None:
            return
        draft = self._flow.transcript.draft("a", "assistant", message_id=message_id)
        if hidden := text_of(pick(candidate, 37, 0, 0)):
            draft.set(reasoning=hidden)
        draft.assign(_spoken(candidate))
        draft.set(final=pick(candidate, 8, 0) == _FINISHED)

    def _turn(self, turn: Any) -> None:
        """One old turn: what the person said and the first candidate, which is the one shown."""
        conversation = ident(pick(turn, 0, 0))
        turn_id = ident(pick(turn, 0, 1))
        seconds, nanos = pick(turn, 4, 0), pick(turn, 4, 1)
        when = f"{when_of(seconds)}.{nanos if isinstance(nanos, int) else 0:09d}" if when_of(seconds) else ""
        user = self._flow.transcript.draft(f"u:{turn_id}", "user", conversation_id=conversation, replayed=True)
        user.when = when
        user.assign(text_of(pick(turn, 2, 0, 0)))
        candidate = pick(turn, 3, 0, 0)
        answer = self._flow.transcript.draft(f"a:{turn_id}", "assistant", conversation_id=conversation, replayed=True)
        answer.when = when
        answer.set(message_id=ident(pick(candidate, 0)), final=pick(candidate, 8, 0) != _RUNNING)
        if hidden := text_of(pick(candidate, 37, 0, 0)):
            answer.set(reasoning=hidden)
        answer.assign(_spoken(candidate))
