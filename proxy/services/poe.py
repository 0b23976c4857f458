"""Poe: sends over GraphQL, answers as JSON strings inside WebSocket frames, cumulative."""

import json
import re
from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, text_of, when_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.transcript import Draft
from proxy.exchange import Direction

NAME = "poe"
HOSTS = ("poe.com", "*.tch.poe.com")
PATHS = ("WS *.tch.poe.com/up/*/updates", "POST poe.com/api/gql_POST")
FRAMING = "websocket"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("POST poe.com/api/gql_POST (ChatPageQuery, ChatListPaginationQuery)",)

_CHAT = re.compile(r"messageAdded:?(\d+)")
_HISTORY_QUERIES = {"ChatPageQuery", "ChatListPaginationQuery"}
_NO_SPEECH = {"chat_break", "system"}


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Updates(flow))
    return HttpDecoder(flow, _GraphQl(flow), "json")


def recognise(probe: Probe) -> bool:
    if probe.flow.meta.kind == "http":
        return isinstance(pick(probe.request, "queryName"), str)
    return isinstance(pick(probe.value, "min_seq"), int) and isinstance(pick(probe.value, "messages"), list)


def _message(flow: Flow, row: dict[str, Any], conversation: str | None, replayed: bool) -> Draft | None:
    author = text_of(row.get("author"))
    message_id = ident(row.get("messageId"))
    if message_id is None or not author or author in _NO_SPEECH:
        return None
    role = "user" if author == "human" else "assistant"
    draft = flow.transcript.draft(f"m:{message_id}", "user" if role == "user" else "assistant", message_id=message_id)
    draft.set(conversation_id=conversation, replayed=replayed, persona=None if role == "user" else author)
    draft.assign(text_of(row.get("text")), revise=True)
    if role == "assistant":
        draft.set(final=row.get("state") == "complete")
    return draft


class _Updates:
    """`{"messages": ["<json>", …]}`; the finished message is sent again and changes nothing."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def value(self, direction: Direction, value: Any) -> None:
        if direction != "s2c":
            return
        for text in list_of(pick(value, "messages")):
            try:
                update = json.loads(text) if isinstance(text, str) else text
            except (ValueError, RecursionError):
                self._flow.transcript.miss("bad_json")
                continue
            payload = dict_of(pick(update, "payload"))
            row = dict_of(pick(payload, "data", "messageAdded"))
            found = _CHAT.match(text_of(payload.get("unique_id")))
            if row:
                _message(self._flow, row, found.group(1) if found else None, replayed=False)

    def end(self, complete: bool) -> None:
        """Messages have their own end marker."""


class _GraphQl:
    """The send mutation carries the person's text, the page queries carry old messages, all else is noise."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._query = ""

    def request(self, body: Any) -> None:
        self._query = text_of(pick(body, "queryName")) or text_of(pick(body, "operationName"))
        self._flow.silent = True
        variables = dict_of(pick(body, "variables"))
        if self._query == "SendMessageMutation":
            self._flow.transcript.name_conversation(ident(variables.get("chatId")))
            self._flow.transcript.draft("u", "user").append(text_of(variables.get("query")))

    def event(self, name: str, value: Any) -> None:
        if self._query == "SendMessageMutation":
            self._sent(value)
        elif self._query in _HISTORY_QUERIES:
            self._walk(pick(value, "data"), None, 0)

    def end(self, complete: bool) -> None:
        """One document."""

    def _sent(self, value: Any) -> None:
        node = pick(value, "data", "messageEdgeCreate")
        message = dict_of(pick(node, "message", "node")) or dict_of(pick(node, "message"))
        self._flow.transcript.name_conversation(ident(pick(node, "chat", "chatId")))
        if draft := self._flow.transcript.get("u"):
            draft.set(message_id=ident(message.get("messageId")))

    def _walk(self, value: Any, conversation: str | None, depth: int) -> None:
        if depth > 12:
            return
        if isinstance(value, dict):
            conversation = ident(value.get("chatId")) or conversation
            for edge in dicts_of(pick(value, "messagesConnection", "edges")):
                row = dict_of(edge.get("node"))
                draft = _message(self._flow, row, conversation, replayed=True)
                if draft is not None:
                    draft.when = when_of(row.get("creationTime")) or f"{draft.message_id:0>20}"
            for child in value.values():
                self._walk(child, conversation, depth + 1)
        elif isinstance(value, list):
            for child in value:
                self._walk(child, conversation, depth + 1)
