"""Meta AI on the web: GraphQL lines with the text so far, or JSON inside binary WebSocket envelopes."""

import base64
import binascii
import json
import re
from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, text_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.transcript import Draft
from proxy.exchange import Direction
from proxy.framing.json_objects import scan_values

NAME = "meta_ai"
HOSTS = ("www.meta.ai", "meta.ai", "graph.meta.ai", "gateway.meta.ai")
PATHS = ("POST www.meta.ai/api/graphql/", "POST graph.meta.ai/graphql", "WS gateway.meta.ai/ws/clippy")
FRAMING = "json_objects"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
NOTE = "The person's text in the socket is found by a heuristic: a prompt of one word may be missed."

_SEND = "useAbraSendMessageMutation"
_HEADER = "x-dgw-app-x-ecto-conversation-id"
_PROMPT_KEYS = ("prompt_text", "prompt", "text", "message", "query")
_MARKDOWN = (None, "GenAIMarkdownTextUXPrimitive")
_WORDS = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd{}]{4,}")


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Gateway(flow))
    return HttpDecoder(flow, _GraphQl(flow), "json")


def recognise(probe: Probe) -> bool:
    if probe.flow.meta.kind == "websocket":
        return _HEADER in dict_of(probe.value)
    return "fb_api_req_friendly_name" in dict_of(probe.request)


class _GraphQl:
    """Only the send mutation carries chat."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._sends = True

    def request(self, body: Any) -> None:
        name = text_of(pick(body, "fb_api_req_friendly_name"))
        self._sends = name in ("", _SEND)
        if not self._sends:
            self._flow.silent = True
            return
        try:
            variables = json.loads(text_of(pick(body, "variables")) or "null")
        except (ValueError, RecursionError):
            variables = None
        self._flow.transcript.name_conversation(ident(pick(variables, "externalConversationId")))
        self._flow.transcript.draft("u", "user").append(text_of(pick(variables, "message", "sensitive_string_value")))

    def event(self, name: str, value: Any) -> None:
        row = dict_of(pick(value, "data", "node", "bot_response_message"))
        if not self._sends or not row:
            if pick(value, "errors"):
                self._flow.silent = True
            return
        message_id = ident(row.get("id"))
        draft = self._flow.transcript.draft(f"a:{message_id}", "assistant", message_id=message_id)
        whole = "".join(text_of(part.get("text")) for part in dicts_of(pick(row, "composed_text", "content")))
        text = text_of(row.get("snippet")) or whole
        if text:
            draft.assign(text)
        if row.get("streaming_state") == "OVERALL_DONE":
            self._flow.silent = True
            draft.set(final=True)

    def end(self, complete: bool) -> None:
        """The message says whether it is done."""


class _Gateway:
    """`full` documents hold the text so far; patches add to it until the next one."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._conversation: str | None = None
        self._count = 0
        self._sections: dict[str, list[str]] = {}
        self._current: str | None = None

    def value(self, direction: Direction, value: Any) -> None:
        if not isinstance(value, dict):
            return
        if direction == "c2s":
            self._conversation = ident(value.get(_HEADER)) or self._conversation
            if isinstance(value.get("payload"), str):
                self._sent(value["payload"])
        elif value.get("type") == "full":
            self._full(value)
        elif value.get("type") == "patch":
            self._patch(value)

    def end(self, complete: bool) -> None:
        """The last document has no sequence number."""

    def _sent(self, payload: str) -> None:
        try:
            text = base64.b64decode(payload + "=" * (-len(payload) % 4)).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return
        prompt = _prompt(text)
        if prompt:
            self._count += 1
            self._flow.transcript.draft(f"u{self._count}", "user", conversation_id=self._conversation).assign(prompt)

    def _full(self, value: dict[str, Any]) -> None:
        response = dict_of(value.get("response"))
        message_id = ident(response.get("response_id"))
        if message_id is None:
            return
        self._current = message_id
        sections = []
        for section in list_of(response.get("sections")):
            primitive = dict_of(pick(section, "view_model", "primitive"))
            sections.append(text_of(primitive.get("text")) if primitive.get("__typename") in _MARKDOWN else "")
        self._sections[message_id] = sections
        draft = self._show(message_id)
        if "seq" not in value:
            draft.set(final=True)

    def _patch(self, value: dict[str, Any]) -> None:
        if self._current is None:
            return
        sections = self._sections[self._current]
        for operation in dicts_of(value.get("operations")):
            steps = text_of(operation.get("path")).strip("/").split("/")
            if operation.get("op") != "delta" or steps[-1] != "text" or "sections" not in steps:
                continue
            place = steps[steps.index("sections") + 1 :][:1]
            index = int(place[0]) if place and place[0].isdigit() and len(place[0]) < 5 else 0
            if index <= len(sections):
                sections += [""] * (index + 1 - len(sections))
                sections[index] += text_of(operation.get("value"))
        self._show(self._current)

    def _show(self, message_id: str) -> Draft:
        draft = self._flow.transcript.draft(
            f"a:{message_id}", "assistant", message_id=message_id, conversation_id=self._conversation
        )
        draft.assign("".join(self._sections[message_id]))
        return draft


def _prompt(text: str) -> str:
    """The prompt in a decoded envelope: a JSON string under a telling key, else the longest run with a space in it."""
    for value in scan_values(text, "{")[0]:
        for key in _PROMPT_KEYS:
            if found := text_of(pick(value, key)):
                return found
    runs = [run.strip() for run in _WORDS.findall(text) if " " in run.strip()]
    return max(runs, key=len, default="")
