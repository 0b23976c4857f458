"""Character.AI: one WebSocket for all chats with cumulative turns, and the transcript of old chats."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, seconds_of, text_of, when_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.transcript import Draft
from proxy.exchange import Direction

NAME = "character_ai"
HOSTS = ("character.ai", "neo.character.ai", "plus.character.ai", "beta.character.ai", "old.character.ai")
PATHS = (
    "WS neo.character.ai/ws/",
    "GET neo.character.ai/turns/{uuid}/",
    "GET neo.character.ai/chats/**",
    "GET neo.character.ai/chat/{uuid}/",
    "POST beta.character.ai/chat/streaming/",
)
FRAMING = "websocket"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET neo.character.ai/turns/{uuid}/", "GET neo.character.ai/chats/**")

_NOISE = {"ok", "create_chat_response", "remove_turns_response", "ping", "pong", "typing", "turn_annotations_response"}
_OLD_S = 120.0


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Socket(flow))
    if flow.meta.method == "POST":
        return HttpDecoder(flow, _OldStream(flow))
    return HttpDecoder(flow, _History(flow))


def _turn_draft(flow: Flow, turn: dict[str, Any], candidate: dict[str, Any]) -> Draft | None:
    """The draft of one candidate: its id is the message id, because swipes of one turn share the turn id."""
    candidate_id = ident(candidate.get("candidate_id"))
    if candidate_id is None:
        return None
    author = dict_of(turn.get("author"))
    human = author.get("is_human") is True
    draft = flow.transcript.draft(
        f"c:{candidate_id}",
        "user" if human else "assistant",
        message_id=candidate_id,
        conversation_id=ident(pick(turn, "turn_key", "chat_id")),
    )
    if not human:
        draft.set(persona=draft.persona or ident(author.get("author_id")))
        if name := text_of(author.get("name")):
            draft.signal("persona_name", name)
    if candidate.get("safety_truncated") is True:
        draft.signal("safety_truncated", "true")
    if candidate.get("editor") or candidate.get("base_candidate_id"):
        draft.signal("edited", "true")
    return draft


def _primary(turn: dict[str, Any], fallback: int) -> dict[str, Any]:
    candidates = dicts_of(turn.get("candidates"))
    chosen = turn.get("primary_candidate_id")
    for candidate in candidates:
        if chosen and candidate.get("candidate_id") == chosen:
            return candidate
    return candidates[fallback] if candidates else {}


class _Socket:
    """Sends carry a `payload`, pushes a `turn` with the whole text so far."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._family: set[str] = set()
        self._characters: dict[str, str] = {}
        self._last_user: Draft | None = None

    def value(self, direction: Direction, value: Any) -> None:
        if not isinstance(value, dict):
            return
        if direction == "c2s":
            self._sent(dict_of(value.get("payload")))
        else:
            self._pushed(text_of(value.get("command")), value)

    def end(self, complete: bool) -> None:
        """Turns have their own end marker."""

    def _sent(self, payload: dict[str, Any]) -> None:
        chat = dict_of(payload.get("chat"))
        turn = dict_of(payload.get("turn"))
        chat_id = (
            ident(chat.get("chat_id"))
            or ident(pick(turn, "turn_key", "chat_id"))
            or ident(pick(payload, "turn_key", "chat_id"))
        )
        character = ident(payload.get("character_id")) or ident(chat.get("character_id"))
        if chat_id and character:
            self._characters[chat_id] = character
        if chat_id and "FAMILY_FRIENDLY" in text_of(chat.get("preferred_model_type")):
            self._family.add(chat_id)
        for candidate in dicts_of(turn.get("candidates")):
            if pick(turn, "author", "is_human") is False:
                continue
            draft = _turn_draft(self._flow, {**turn, "author": {"is_human": True}}, candidate)
            if draft is not None:
                draft.assign(text_of(candidate.get("raw_content")))
                self._describe(draft)
                self._last_user = draft

    def _pushed(self, command: str, value: dict[str, Any]) -> None:
        turns = [dict_of(value["turn"])] if "turn" in value else dicts_of(value.get("turns"))
        if turns:
            for turn in turns:
                self._turn(turn)
        elif "self_harm" in command:
            if self._last_user is not None:
                self._last_user.signal(command, "true")
            self._flow.silent = True
        elif command == "neo_error":
            self._flow.silent = True
            if "self_harm" in text_of(value.get("comment")) and self._last_user is not None:
                self._last_user.signal("filter_user_input_self_harm", "true")
        elif command and command not in _NOISE:
            self._flow.transcript.miss("unknown_part")

    def _turn(self, turn: dict[str, Any]) -> None:
        """The current candidate is new or grows; others of the turn are known from before or old."""
        candidate = _primary(turn, 0)
        first = self._flow.transcript.get(f"c:{ident(candidate.get('candidate_id'))}") is None
        draft = _turn_draft(self._flow, turn, candidate)
        if draft is None:
            return
        draft.assign(text_of(candidate.get("raw_content")), revise=True)
        if draft.role == "user":
            self._last_user = draft
        elif candidate.get("is_final") is True:
            draft.set(final=True)
        if first and candidate.get("is_final") is True and self._is_old(candidate):
            draft.set(replayed=True)
        self._describe(draft)

    def _describe(self, draft: Draft) -> None:
        chat_id = draft.conversation_id or ""
        if chat_id in self._characters:
            draft.set(persona=self._characters[chat_id])
        if chat_id in self._family:
            draft.signal("family_friendly_model", "true")

    def _is_old(self, candidate: dict[str, Any]) -> bool:
        """The socket pushes old turns after a reconnect: finished at first sight and made some time ago."""
        made = seconds_of(candidate.get("create_time"))
        return made is not None and self._flow.now > 0 and made < self._flow.now - _OLD_S


class _History:
    """`/turns/` and the previews of `/chats/`: newest first on the wire, primary candidates only."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        for turn in dicts_of(pick(value, "turns")):
            self._turn(turn, None)
        for chat in [*dicts_of(pick(value, "chats")), dict_of(pick(value, "chat"))]:
            for turn in list_of(chat.get("preview_turns")):
                self._turn(dict_of(turn), ident(chat.get("character_id")))

    def end(self, complete: bool) -> None:
        """One document."""

    def _turn(self, turn: dict[str, Any], character: str | None) -> None:
        candidate = _primary(turn, -1)
        draft = _turn_draft(self._flow, turn, candidate)
        if draft is None:
            return
        draft.set(replayed=True, final=True, persona=character)
        draft.when = when_of(turn.get("create_time")) or when_of(candidate.get("create_time"))
        draft.assign(text_of(candidate.get("raw_content")))


class _OldStream:
    """The stream of 2023: `{"replies": [{"text", "id"}], "src_char", "is_final_chunk"}`, cumulative."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(
            ident(pick(body, "history_external_id")), ident(pick(body, "character_external_id"))
        )
        self._flow.transcript.draft("u", "user").append(text_of(pick(body, "text")))

    def event(self, name: str, value: Any) -> None:
        reply = pick(value, "replies", 0)
        if reply is None:
            return
        draft = self._flow.transcript.draft("a", "assistant")
        draft.set(message_id=ident(pick(reply, "id")))
        draft.assign(text_of(pick(reply, "text")))
        if pick(value, "is_final_chunk") is True:
            draft.set(final=True)

    def end(self, complete: bool) -> None:
        """The stream has its own end marker."""


def recognise(probe: Probe) -> bool:
    """On another host: turns with a `turn_key`, or a `command` beside a payload."""
    turns = [
        pick(probe.value, "turn"),
        pick(probe.value, "turns", 0),
        pick(probe.value, "chats", 0, "preview_turns", 0),
    ]
    if any(pick(turn, "turn_key", "chat_id") for turn in turns) or pick(probe.value, "replies", 0, "text") is not None:
        return True
    return isinstance(pick(probe.value, "command"), str) and isinstance(pick(probe.value, "payload"), dict)
