"""Open WebUI on this machine: OpenAI and Ollama streams with its own ids, or the text over Socket.IO."""

import re
from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.ollama import Ollama
from proxy.dialects.openai_chat import OpenAiChat
from proxy.dialects.pick import dict_of, dicts_of, ident, parts_text, pick, role_of, text_of
from proxy.dialects.socket import SocketDecoder
from proxy.dialects.think import split_think
from proxy.exchange import Direction

NAME = "open_webui"
HOSTS = ("127.0.0.1:3000", "127.0.0.1:8080", "localhost:3000", "localhost:8080")
PATHS = (
    "POST /api/chat/completions",
    "POST /ollama/api/chat",
    "POST /openai/chat/completions",
    "WS /ws/socket.io/",
    "GET /api/v1/chats/{uuid}",
    "POST /api/v1/chats/{uuid}",
)
FRAMING = "sse"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET /api/v1/chats/{uuid}", "POST /api/v1/chats/{uuid}")
ELSEWHERE = "dialect"
NOTE = "Read only when a reverse listener stands in front of the port."

_DETAILS = re.compile(r'<details\s+type="(\w+)"[^>]*>(.*?)(?:</details>\s*|\Z)', re.DOTALL)
_OPENING = re.compile(r"<(?:d(?:e(?:t(?:a(?:i(?:ls?(?:\s[^>]*)?)?)?)?)?)?)?\Z")
_TAIL = 200
_NOISE = {
    "status",
    "chat:title",
    "chat:tags",
    "chat:tasks:cancel",
    "chat:message:follow_ups",
    "chat:message:files",
    "chat:message:error",
    "chat:outlet",
    "source",
    "citation",
    "files",
    "notification",
    "confirmation",
    "execute",
    "input",
}


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Events(flow))
    if "/api/v1/chats/" in flow.path:
        return HttpDecoder(flow, _Saved(flow))
    return HttpDecoder(flow, _Completion(flow))


def recognise(probe: Probe) -> bool:
    """Other services share the paths: its own ids beside an OpenAI body, its event names, its saved tree."""
    if isinstance(probe.value, list):
        return probe.value[:1] in (["events"], ["chat-events"]) and isinstance(pick(probe.value, 1, "data"), dict)
    if pick(probe.value, "chat", "history", "messages") is not None:
        return True
    own = isinstance(pick(probe.request, "chat_id"), str) and isinstance(pick(probe.request, "session_id"), str)
    return own and probe.flow.meta.kind == "http" and "phase" not in dict_of(pick(probe.value, "choices", 0, "delta"))


def spoken(content: str, final: bool = True) -> tuple[str, str]:
    """(speech, reasoning) of a content: reasoning and tool blocks are taken out."""
    hidden: list[str] = []

    def take(match: re.Match[str]) -> str:
        if match.group(1) == "reasoning":
            hidden.append(match.group(2))
        return ""

    text = _DETAILS.sub(take, content) if "<details" in content else content
    if not final and "<" in text[-_TAIL:]:
        text = text[:-_TAIL] + _OPENING.sub("", text[-_TAIL:])
    speech, reasoning = split_think(text)
    return speech, "".join(hidden) + reasoning


class _Completion:
    """The request names the chat and the answer; without a stream the text comes over the socket."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._ollama = flow.path.rstrip("/").endswith("/api/chat")
        self._openai = OpenAiChat(flow)
        self._stream = Ollama(flow) if self._ollama else self._openai

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(ident(pick(body, "chat_id")))
        self._openai.name(ident(pick(body, "id")))
        self._stream.request(body)

    def event(self, name: str, value: Any) -> None:
        if pick(value, "task_id") is not None or pick(value, "status") is True:
            self._flow.silent = True
        else:
            self._stream.event(name, value)

    def end(self, complete: bool) -> None:
        self._stream.end(complete)


class _Events:
    """Socket.IO events name chat and message; some carry the whole text so far, some a piece."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._raw: dict[str, str] = {}

    def value(self, direction: Direction, value: Any) -> None:
        if direction != "s2c" or not isinstance(value, list) or not isinstance(pick(value, 1), dict):
            return
        if pick(value, 0) not in ("events", "chat-events"):
            return
        event = value[1]
        message_id = ident(event.get("message_id"))
        kind = text_of(pick(event, "data", "type"))
        data = dict_of(pick(event, "data", "data"))
        if message_id is None:
            return
        slot = f"a:{message_id}"
        raw = self._raw.get(slot, "")
        done = data.get("done") is True
        match kind:
            case "chat:completion":
                raw = data["content"] if isinstance(data.get("content"), str) else raw
                for choice in dicts_of(data.get("choices"))[:1]:
                    raw += text_of(pick(choice, "delta", "content"))
            case "chat:message:delta" | "message":
                raw += text_of(data.get("content"))
            case "chat:message" | "replace":
                raw = text_of(data.get("content"))
            case "response:completion":
                raw, done = self._response(raw, data)
            case _:
                if kind not in _NOISE:
                    self._flow.transcript.miss("unknown_part")
                return
        self._raw[slot] = raw
        draft = self._flow.transcript.draft(
            slot, "assistant", message_id=message_id, conversation_id=ident(event.get("chat_id"))
        )
        speech, reasoning = spoken(raw, done)
        if reasoning:
            draft.set(reasoning=reasoning)
        draft.assign(speech)
        if done:
            draft.set(final=True)

    def end(self, complete: bool) -> None:
        """Answers have their own end marker."""

    def _response(self, raw: str, data: dict[str, Any]) -> tuple[str, bool]:
        kind = text_of(data.get("type"))
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            return raw + text_of(data.get("delta")), False
        if kind == "response.output_text.done":
            return text_of(data.get("text")) or raw, False
        return raw, kind == "response.completed" or data.get("done") is True


class _Saved:
    """A saved chat: the branch from `currentId` to the root."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """The answer repeats what is saved."""

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        history = dict_of(pick(value, "chat", "history"))
        rows = dict_of(history.get("messages"))
        self._flow.transcript.name_conversation(ident(pick(value, "id")) or self._flow.segment("chats"))
        node = history.get("currentId")
        branch: list[tuple[str, dict[str, Any]]] = []
        while isinstance(node, str) and node in rows and len(branch) < len(rows):
            row = dict_of(rows[node])
            branch.append((node, row))
            node = row.get("parentId")
        for message_id, row in reversed(branch):
            role = role_of(row.get("role"))
            if role is None:
                continue
            draft = self._flow.transcript.draft(f"h:{message_id}", role, message_id=message_id, replayed=True)
            content = parts_text(row.get("content"), "text")
            text, hidden = spoken(content) if role == "assistant" else (content, "")
            draft.think(hidden)
            draft.assign(text)
            draft.set(final=row.get("done") is not False)

    def end(self, complete: bool) -> None:
        """One document."""
