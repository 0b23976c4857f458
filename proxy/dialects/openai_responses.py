"""OpenAI Responses API, as a stream of typed events or one document (OpenAI API reference, "Responses")."""

from typing import Any

from proxy.dialects.flow import DONE, Flow
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, text_of
from proxy.dialects.think import split_think
from proxy.dialects.transcript import Draft
from proxy.dialects.turns import replay
from proxy.message import Turn

_SPOKEN = ("output_text", "refusal", "text")
_QUIET = {
    "response.created", "response.queued", "response.in_progress", "response.content_part.added",
    "response.reasoning_summary_part.added", "response.reasoning_summary_part.done",
    "response.output_text.annotation.added", "keepalive",
}  # fmt: skip
_TOOLS = ("call", "audio", "image_generation", "mcp", "code_interpreter", "file_search", "web_search", "custom_tool")


class _Item:
    """Parts of one message item by content index."""

    __slots__ = ("draft", "parts", "whole")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.parts: dict[int, str] = {}
        self.whole = ""


class OpenAiResponses:
    """Reader for `…/responses`. Every message item of the output is a message with its own id."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._items: dict[str, _Item] = {}
        self._reasoning: dict[tuple[str, str, int], str] = {}
        self.turns: tuple[Turn, ...] = ()

    def request(self, body: Any) -> None:
        conversation = pick(body, "conversation")
        self._flow.transcript.name_conversation(ident(conversation) or ident(pick(conversation, "id")))
        given = pick(body, "input")
        turns = replay([{"role": "user", "content": given}] if isinstance(given, str) else given)
        self.turns = turns.all
        if turns.user is not None:
            self._flow.transcript.draft("u", "user", history=turns.before).append(turns.user)

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        kind = text_of(value.get("type")) or name
        if value.get("object") == "response" and not kind.startswith("response."):
            self._document(value)
        elif kind.startswith("response."):
            self._typed(kind, value)
        elif kind == "error" or value.get("error"):
            self._finish(False)
        elif kind not in _QUIET:
            self._flow.transcript.miss("unknown_part")

    def end(self, complete: bool) -> None:
        """The stream has its own end marker."""

    def _typed(self, kind: str, value: dict[str, Any]) -> None:
        response = dict_of(value.get("response"))
        self._conversation(response)
        match kind:
            case "response.output_item.added":
                self._item(dict_of(value.get("item")))
            case "response.output_item.done":
                self._full(dict_of(value.get("item")))
            case "response.output_text.delta" | "response.refusal.delta":
                self._append(value, text_of(value.get("delta")))
            case "response.output_text.done":
                self._assign(value, value.get("text"))
            case "response.refusal.done":
                self._assign(value, value.get("refusal"))
            case "response.content_part.done":
                part = dict_of(value.get("part"))
                if part.get("type") in _SPOKEN:
                    self._assign(value, part.get("text") if "text" in part else part.get("refusal"))
            case "response.reasoning_text.delta" | "response.reasoning_summary_text.delta":
                key = self._key(kind, value)
                self._reasoning[key] = self._reasoning.get(key, "") + text_of(value.get("delta"))
            case "response.reasoning_text.done" | "response.reasoning_summary_text.done":
                self._reasoning[self._key(kind, value)] = text_of(value.get("text"))
            case "response.completed" | "response.incomplete":
                self._document(response)
            case "response.failed" | "response.cancelled":
                self._finish(False)
            case _:
                if kind not in _QUIET and not any(word in kind for word in _TOOLS):
                    self._flow.transcript.miss("unknown_part")

    def _key(self, kind: str, value: dict[str, Any]) -> tuple[str, str, int]:
        group = "summary" if "summary" in kind else "content"
        index = value.get("summary_index" if group == "summary" else "content_index")
        return str(value.get("item_id")), group, index if isinstance(index, int) else 0

    def _conversation(self, response: dict[str, Any]) -> None:
        self._flow.transcript.name_conversation(ident(pick(response, "conversation", "id")))

    def _item(self, item: dict[str, Any]) -> _Item | None:
        """The message item; other items are no speech."""
        kind = item.get("type", "message")
        if kind != "message":
            self._flow.silent = True
            return None
        if item.get("role") not in (None, "assistant"):
            return None
        return self._open(ident(item.get("id")) or "")

    def _open(self, item_id: str) -> _Item:
        item = self._items.get(item_id)
        if item is None:
            draft = self._flow.transcript.draft(
                f"i:{item_id}", "assistant", message_id=item_id or None, history=self.turns
            )
            item = self._items[item_id] = _Item(draft)
            self._attach_reasoning(item.draft)
        return item

    def _attach_reasoning(self, draft: Draft) -> None:
        hidden = "\n\n".join(text for text in self._reasoning.values() if text)
        if hidden:
            draft.set(reasoning=hidden)

    def _append(self, value: dict[str, Any], piece: str) -> None:
        item = self._open(ident(value.get("item_id")) or "")
        index = value.get("content_index")
        key = index if isinstance(index, int) else 0
        item.parts[key] = item.parts.get(key, "") + piece
        if len(item.parts) == 1:
            item.whole = item.parts[key]
        else:
            item.whole = "".join(item.parts[at] for at in sorted(item.parts))
        self._publish(item)

    def _assign(self, value: dict[str, Any], text: Any) -> None:
        if not isinstance(text, str):
            return
        item = self._open(ident(value.get("item_id")) or "")
        index = value.get("content_index")
        item.parts[index if isinstance(index, int) else 0] = text
        item.whole = "".join(item.parts[at] for at in sorted(item.parts))
        self._publish(item)

    def _publish(self, item: _Item) -> None:
        if item.whole.lstrip()[:1] != "<":
            item.draft.assign(item.whole)
            return
        speech, reasoning = split_think(item.whole)
        if reasoning:
            item.draft.set(reasoning=reasoning)
        item.draft.assign(speech)

    def _full(self, source: dict[str, Any]) -> None:
        """A full copy of an item wins over its deltas."""
        if source.get("type") == "reasoning":
            self._full_reasoning(source)
        item = self._item(source)
        if item is None:
            return
        parts = [
            text_of(part.get("text")) or text_of(part.get("refusal"))
            for part in dicts_of(source.get("content"))
            if part.get("type", "text") in _SPOKEN
        ]
        if parts:
            item.parts = dict(enumerate(parts))
            item.whole = "".join(parts)
            self._publish(item)
        if source.get("status") == "incomplete":
            item.draft.set(final=False)

    def _full_reasoning(self, source: dict[str, Any]) -> None:
        for group in ("content", "summary"):
            for index, part in enumerate(list_of(source.get(group))):
                self._reasoning[(str(source.get("id")), group, index)] = text_of(pick(part, "text"))

    def _document(self, response: dict[str, Any]) -> None:
        """The whole response: the end of a stream, or the answer to a request without one."""
        self._conversation(response)
        known = set(self._items)
        incomplete = set()
        for source in dicts_of(response.get("output")):
            if not known or source.get("type") == "reasoning" or ident(source.get("id")) in known:
                self._full(source)
            if source.get("status") == "incomplete":
                incomplete.add(ident(source.get("id")) or "")
        status = response.get("status", "completed")
        if status in ("completed", "incomplete", "failed", "cancelled"):
            self._finish(status == "completed", incomplete)

    def _finish(self, final: bool, incomplete: set[str] | None = None) -> None:
        self._flow.silent = True
        for item_id, item in self._items.items():
            self._attach_reasoning(item.draft)
            item.draft.set(final=final and item_id not in (incomplete or set()))
