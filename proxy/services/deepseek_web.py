"""DeepSeek on the web: a document of fragments that patches with memory build up, and the transcript of old chats."""

from typing import Any

from proxy.dialects.flow import DONE, Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.openai_chat import OpenAiChat
from proxy.dialects.patch import apply
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, role_of, text_of, when_of

NAME = "deepseek_web"
HOSTS = ("chat.deepseek.com",)
PATHS = (
    "POST /api/v0/chat/completion",
    "POST /api/v0/chat/regenerate",
    "POST /api/v0/chat/edit_message",
    "POST /api/v0/chat/continue",
    "GET /api/v0/chat/history_messages",
)
FRAMING = "sse"
LAST_VERIFIED = "2026-09"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET /api/v0/chat/history_messages",)
NOTE = "The names of the regenerate, edit and continue calls are guesses."

_SPOKEN = {"RESPONSE", "TEMPLATE_RESPONSE"}
_HIDDEN = {"THINK", "THINKING"}
_DROPPED = {"SEARCH", "TIP", "READ_LINK", "TOOL_SEARCH", "TOOL_OPEN", "FILE"}
_QUIET = {"update_session", "title", "close", "finish", "hint", "keep_alive"}
_ENDED = {"FINISHED", "CONTENT_FILTER"}


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _History(flow) if flow.meta.method == "GET" else _Stream(flow))


def _fragments(row: dict[str, Any], kinds: set[str]) -> str:
    return "".join(
        text_of(part.get("content")) for part in dicts_of(row.get("fragments")) if text_of(part.get("type")) in kinds
    )


class _Stream:
    """No `p` means the path before, no `o` the operation before; a new `…/content` path without `o` appends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._document: dict[str, Any] = {}
        self._path = ""
        self._op = "SET"
        self._old: OpenAiChat | None = None
        self._unknown: set[str] = set()

    def request(self, body: Any) -> None:
        transcript = self._flow.transcript
        transcript.name_conversation(ident(pick(body, "chat_session_id")), ident(pick(body, "character_id")))
        transcript.draft("u", "user").append(text_of(pick(body, "prompt")))

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        if name == "ready" or "response_message_id" in value:
            self._ready(ident(value.get("request_message_id")), ident(value.get("response_message_id")))
        elif name == "toast" or value.get("error"):
            self._flow.silent = True
        elif name in _QUIET:
            return
        elif "choices" in value:
            self._old = self._old or OpenAiChat(self._flow)
            self._old.event(name, value)
        elif "v" in value:
            self._patch(value)
            self._show()
        elif name or value:
            self._flow.transcript.miss("unknown_part")

    def end(self, complete: bool) -> None:
        if self._old is not None:
            self._old.end(complete)

    def _ready(self, user: str | None, answer: str | None) -> None:
        if draft := self._flow.transcript.get("u"):
            draft.set(message_id=user)
        self._flow.transcript.draft("a", "assistant", message_id=answer)

    def _patch(self, frame: dict[str, Any]) -> None:
        value = frame["v"]
        if "p" not in frame and isinstance(value, dict) and "response" in value:
            self._document = value
            return
        path = frame["p"] if isinstance(frame.get("p"), str) else self._path
        if isinstance(frame.get("o"), str):
            op = frame["o"].upper()
        elif "p" in frame:
            op = "APPEND" if path.endswith("/content") else "SET"
        else:
            op = self._op
        if op == "BATCH":
            for inner in dicts_of(value):
                place = f"{path}/{text_of(inner.get('p'))}"
                default = "APPEND" if place.endswith("/content") else "SET"
                self._apply(place, text_of(inner.get("o")).upper() or default, inner.get("v"))
            return
        self._path, self._op = path, op
        self._apply(path, op, value)

    def _apply(self, path: str, op: str, value: Any) -> None:
        self._document = dict_of(apply(self._document, path, "append" if op == "APPEND" else "replace", value))

    def _show(self) -> None:
        response = dict_of(self._document.get("response"))
        if response.get("role") not in (None, "ASSISTANT"):
            return
        draft = self._flow.transcript.draft("a", "assistant")
        if draft.message_id is None:
            self._ready(ident(response.get("parent_id")), ident(response.get("message_id")))
        if isinstance(response.get("fragments"), list):
            text, hidden = _fragments(response, _SPOKEN), _fragments(response, _HIDDEN)
            self._count_unknown(response)
        else:
            text, hidden = text_of(response.get("content")), text_of(response.get("thinking_content"))
        if hidden:
            draft.set(reasoning=hidden)
        status = text_of(response.get("status"))
        if status == "CONTENT_FILTER":
            if draft.text and not text.startswith(draft.text) and "withdrawn" not in draft.signals:
                draft.set(version=draft.version + 1)
            draft.signal("withdrawn", "CONTENT_FILTER")
        draft.assign(text)
        draft.set(final=status in _ENDED)
        self._flow.silent = status in _ENDED

    def _count_unknown(self, response: dict[str, Any]) -> None:
        for part in dicts_of(response.get("fragments")):
            kind = text_of(part.get("type"))
            if kind not in _SPOKEN | _HIDDEN | _DROPPED and kind not in self._unknown:
                self._unknown.add(kind)
                self._flow.transcript.miss("unknown_part")


class _History:
    """Rows of a tree; where the service names the current leaf, its branch is what is shown."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        data = dict_of(pick(value, "data", "biz_data"))
        session = dict_of(data.get("chat_session"))
        self._flow.transcript.name_conversation(
            ident(session.get("id")) or self._flow.query.get("chat_session_id"), ident(session.get("character_id"))
        )
        for row in self._branch(dicts_of(data.get("chat_messages")), session.get("current_message_id")):
            role = role_of(row.get("role"))
            if role is None:
                continue
            message_id = ident(row.get("message_id"))
            draft = self._flow.transcript.draft(f"h:{message_id}", role, message_id=message_id, replayed=True)
            draft.set(final=role == "user" or text_of(row.get("status", "FINISHED")) in _ENDED)
            if role == "user":
                text = "".join(text_of(part.get("content")) for part in dicts_of(row.get("fragments")))
            else:
                text = _fragments(row, _SPOKEN)
                draft.think(_fragments(row, _HIDDEN) or text_of(row.get("thinking_content")))
            draft.when = when_of(row.get("inserted_at"))
            draft.assign(text or text_of(row.get("content")))

    def end(self, complete: bool) -> None:
        """One document."""

    def _branch(self, rows: list[dict[str, Any]], current: Any) -> list[dict[str, Any]]:
        by_id = {key: row for row in rows if (key := ident(row.get("message_id")))}
        leaf = ident(current)
        if leaf not in by_id:
            return rows
        branch: list[dict[str, Any]] = []
        while leaf is not None and leaf in by_id and len(branch) < len(rows):
            branch.append(by_id[leaf])
            leaf = ident(by_id[leaf].get("parent_id"))
        return branch[::-1]
