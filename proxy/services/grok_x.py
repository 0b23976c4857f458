"""Grok inside X."""

import json
from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, role_of, text_of, when_of
from proxy.message import Turn

NAME = "grok_x"
HOSTS = ("grok.x.com",)
PATHS = ("POST /2/grok/add_response.json",)
FRAMING = "json_objects"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
OPTIONAL_HOSTS = ("api.x.com", "x.com", "api.twitter.com")
OPTIONAL_PATHS = (
    "POST api.x.com/2/grok/add_response.json",
    "POST api.twitter.com/2/grok/add_response.json",
    "POST x.com/i/api/2/grok/add_response.json",
    "GET x.com/i/api/graphql/*/GrokConversationItemsByRestId",
)
HISTORY = ("GET x.com/i/api/graphql/*/GrokConversationItemsByRestId",)
NOTE = "The optional hosts also carry private messages: off unless a person asks for them."

_USER_SENDERS = (1, "1", "User", "USER")


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _History(flow) if flow.meta.method == "GET" else _Stream(flow), "json")


class _Stream:
    """The request replays the thread; the answer's pieces share a field with headers and thoughts, told by tags."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._turns: tuple[Turn, ...] = ()

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(ident(pick(body, "conversationId")))
        turns: list[Turn] = []
        last: int | None = None
        for row in dicts_of(pick(body, "responses")):
            user = row.get("sender") in _USER_SENDERS
            text = text_of(row.get("message"))
            if user:
                last = len(turns) if text else None
            if text:
                turns.append(Turn("user" if user else "assistant", text))
        self._turns = tuple(turns)
        if pick(body, "isCancel") is True:
            self._flow.silent = True
        elif last is not None:
            self._flow.transcript.draft("u", "user", history=self._turns[:last]).append(turns[last].text)

    def event(self, name: str, value: Any) -> None:
        row = dict_of(value)
        self._flow.transcript.name_conversation(ident(row.get("conversationId")))
        answer = self._flow.transcript.draft("a", "assistant", history=self._turns)
        if user := self._flow.transcript.get("u"):
            user.set(message_id=ident(row.get("userChatItemId")))
        answer.set(message_id=ident(row.get("agentChatItemId")))
        result = dict_of(row.get("result"))
        if row.get("error") or row.get("errors") or result.get("error"):
            self._flow.silent = True
        if result.get("sender") in _USER_SENDERS:
            return
        text, tag = text_of(result.get("message")), result.get("messageTag")
        if result.get("isThinking") is True:
            if tag != "header":
                answer.think(text)
        elif tag in (None, "", "final"):
            answer.append(text)
        if result.get("isSoftStop") is True:
            answer.set(final=True)

    def end(self, complete: bool) -> None:
        """The stream has its own end marker."""


class _History:
    """Items of an old conversation; its id stands only in the URL."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        try:
            variables = json.loads(self._flow.query.get("variables", "null"))
        except (ValueError, RecursionError):
            variables = None
        self._flow.transcript.name_conversation(ident(pick(variables, "restId")))

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        for item in dicts_of(pick(value, "data", "grok_conversation_items_by_rest_id", "items")):
            role = role_of(item.get("sender_type"))
            message_id = ident(item.get("chat_item_id"))
            if role is None:
                continue
            draft = self._flow.transcript.draft(f"h:{message_id}", role, message_id=message_id, replayed=True)
            draft.when = when_of(item.get("created_at_ms"))
            draft.set(final=role == "user" or item.get("is_partial") is not True)
            draft.think(text_of(item.get("thinking_trace")))
            draft.assign(text_of(item.get("message")))

    def end(self, complete: bool) -> None:
        """One document."""
