"""Grok on grok.com: the REST stream, the WebSocket gateway and the transcript call of old chats."""

import re
from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, role_of, text_of, when_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.transcript import Draft
from proxy.exchange import Direction

NAME = "grok_web"
HOSTS = ("grok.com",)
PATHS = (
    "WS /ws/mgw/",
    "POST /rest/app-chat/conversations/new",
    "POST /rest/app-chat/conversations/*/responses",
    "GET /rest/app-chat/conversations/reconnect-response-v2/*",
    "POST /rest/app-chat/conversations/*/load-responses",
)
FRAMING = "json_objects"
LAST_VERIFIED = "2026-09"
KIND = "full"
CONFIDENCE = "real"
HISTORY = (
    "POST /rest/app-chat/conversations/*/load-responses",
    "GET /rest/app-chat/conversations/reconnect-response-v2/*",
)
NOTE = "Companions speak over WebRTC in the phone apps: contact and minutes only."

_ANSWER_TAGS = (None, "", "final")
_STATUS_TAGS = ("header", "tool_usage_card")
_KNOWN_TAGS = {
    "summary",
    "thinking_start",
    "response_start",
    "raw_function_result",
    "citedWebSearchResults",
    *_STATUS_TAGS,
}
_ANSWER_CHANNELS = (None, "", "CHANNEL_ASSISTANT_RESPONSE", "CHANNEL_UNSPECIFIED")
_CHUNK_NOISE = {"ui_layout", "tool_usage_card", "tool_result", "render_citation", "web_search_results", "usage"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_EVIDENCE = {"kid", "kids", "adult", "nsfw", "spicy", "age", "birth", "birthday", "teen", "minor"}


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Gateway(flow))
    conversation = flow.segment("conversations")
    if conversation not in ("new", "reconnect-response-v2"):
        flow.transcript.name_conversation(conversation)
    if flow.path.rstrip("/").endswith("/load-responses"):
        return HttpDecoder(flow, _History(flow))
    return HttpDecoder(flow, _Stream(flow), "json")


def _evidence(draft: Draft, fields: dict[str, Any]) -> None:
    """Request fields that may tell age or content level; a birth date is noted, never kept."""
    for name, value in fields.items():
        words = {word.lower() for word in _WORDS.findall(name)}
        if words & _EVIDENCE and isinstance(value, bool | int | str):
            draft.signal(name, "present" if words & {"birth", "birthday"} else str(value)[:40])
    for name in ("disableSelfHarmShortCircuit", "temporary"):
        if fields.get(name) is True:
            draft.signal(name, "true")
    if fields.get("customPersonality"):
        draft.signal("customPersonality", "set")


class _Stream:
    """Objects hold `result.response` in a new chat and the same fields directly under `result` in a follow-up."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._replay = flow.meta.method == "GET"

    def request(self, body: Any) -> None:
        if not isinstance(body, dict) or body.get("isRegenRequest") is True:
            return
        draft = self._flow.transcript.draft("u", "user")
        _evidence(draft, body)
        draft.append(text_of(body.get("message")))

    def event(self, name: str, value: Any) -> None:
        result = dict_of(pick(value, "result"))
        response = dict_of(result.get("response")) or result
        self._flow.transcript.name_conversation(ident(pick(result, "conversation", "conversationId")))
        if pick(value, "error") or pick(response, "error"):
            self._flow.silent = True
        if isinstance(response.get("userResponse"), dict):
            self._user(response["userResponse"])
        elif isinstance(response.get("modelResponse"), dict):
            self._whole(response["modelResponse"])
        elif "token" in response:
            self._token(response)
        elif response.get("isSoftStop") is True:
            self._answer(ident(response.get("responseId"))).set(final=True)

    def end(self, complete: bool) -> None:
        """The stream has its own end marker."""

    def _answer(self, message_id: str | None) -> Draft:
        return self._flow.transcript.draft(f"a:{message_id}", "assistant", message_id=message_id, replayed=self._replay)

    def _user(self, row: dict[str, Any]) -> None:
        draft = self._flow.transcript.draft("u", "user", message_id=ident(row.get("responseId")), replayed=self._replay)
        if not draft.text:
            draft.assign(text_of(row.get("message")))

    def _whole(self, row: dict[str, Any]) -> None:
        """The final full copy wins over the tokens; an early empty one only opens the answer."""
        draft = self._answer(ident(row.get("responseId")))
        self._flow.silent = not draft.text
        if text := text_of(row.get("message")):
            draft.assign(text)
            draft.set(final=row.get("partial") is not True)

    def _token(self, response: dict[str, Any]) -> None:
        draft = self._answer(ident(response.get("responseId")))
        token, tag = text_of(response.get("token")), response.get("messageTag")
        if response.get("isThinking") is True:
            if tag not in _STATUS_TAGS:
                draft.think(token)
        elif tag in _ANSWER_TAGS:
            draft.append(token)
        elif tag not in _KNOWN_TAGS:
            self._flow.transcript.miss("unknown_part")
        if response.get("isSoftStop") is True:
            draft.set(final=True)


class _History:
    """`load-responses`: rows in any order, sorted by their time."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """The body lists ids only."""

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        for row in dicts_of(pick(value, "responses")):
            role = role_of(row.get("sender"))
            message_id = ident(row.get("responseId"))
            if role is None or message_id is None:
                continue
            draft = self._flow.transcript.draft(f"h:{message_id}", role, message_id=message_id, replayed=True)
            draft.when = when_of(row.get("createTime"))
            draft.set(final=role == "user" or row.get("partial") is not True)
            draft.assign(text_of(row.get("message")))

    def end(self, complete: bool) -> None:
        """One document."""


class _Gateway:
    """Frames `{"session_id", "event": {"type", …}}`; the session is the conversation."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._chunked: set[str] = set()
        self._count = 0

    def value(self, direction: Direction, value: Any) -> None:
        event = dict_of(pick(value, "event"))
        kind = text_of(event.get("type"))
        conversation = (
            ident(pick(event, "conversation", "id"))
            or ident(pick(value, "session_id"))
            or ident(pick(event, "session", "x_grok", "conversation_id"))
        )
        self._flow.transcript.name_conversation(conversation)
        if direction == "c2s":
            if kind == "conversation.item.create":
                self._sent(dict_of(event.get("item")), conversation)
            return
        match kind:
            case "response.chunk":
                self._chunk(event, conversation)
            case "response.output_text.delta" | "response.output_text.done":
                self._text(kind, event, conversation)
            case "response.done":
                response_id = ident(pick(event, "response", "id"))
                draft = self._flow.transcript.get(f"a:{response_id}")
                if draft is not None:
                    draft.set(final=pick(event, "response", "status") == "completed")

    def end(self, complete: bool) -> None:
        """Responses have their own end marker."""

    def _sent(self, item: dict[str, Any], conversation: str | None) -> None:
        if item.get("role") != "user" or item.get("type") not in (None, "message"):
            return
        chunks = dicts_of(pick(item, "x_grok", "input_chunks"))
        text = "".join(text_of(pick(chunk, "text", "text")) for chunk in chunks)
        if not chunks:
            text = "".join(text_of(part.get("text")) for part in dicts_of(item.get("content")))
        message_id = ident(pick(item, "x_grok", "client_message_id")) or ident(item.get("id"))
        self._count += 1
        draft = self._flow.transcript.draft(f"u:{message_id or self._count}", "user", message_id=message_id)
        draft.set(conversation_id=conversation)
        draft.assign(text)

    def _answer(self, event: dict[str, Any], conversation: str | None) -> Draft:
        response_id = ident(event.get("response_id")) or ident(event.get("item_id"))
        return self._flow.transcript.draft(
            f"a:{response_id}", "assistant", message_id=response_id, conversation_id=conversation
        )

    def _chunk(self, event: dict[str, Any], conversation: str | None) -> None:
        chunk = dict_of(event.get("chunk"))
        part = chunk.get("text")
        if isinstance(part, dict):
            draft = self._answer(event, conversation)
            self._chunked.add(draft.slot)
            if part.get("channel") in _ANSWER_CHANNELS:
                draft.append(text_of(part.get("text")))
            else:
                draft.think(text_of(part.get("text")))
        elif not set(chunk) <= _CHUNK_NOISE:
            self._flow.transcript.miss("unknown_part")

    def _text(self, kind: str, event: dict[str, Any], conversation: str | None) -> None:
        """The alternative to chunks; where both come, the chunks count."""
        draft = self._answer(event, conversation)
        if draft.slot in self._chunked:
            return
        if kind.endswith(".done"):
            draft.assign(text_of(event.get("text")) or draft.text)
        else:
            draft.append(text_of(event.get("delta")))


def recognise(probe: Probe) -> bool:
    """The REST paths tell by themselves; a gateway frame has a typed event."""
    return probe.flow.meta.kind == "http" or isinstance(pick(probe.value, "event", "type"), str)
