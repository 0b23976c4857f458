"""Perplexity on the web: blocks by intended usage, whole or as differences."""

import json
from typing import Any

from proxy.dialects.flow import DONE, Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.patch import apply
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, text_of

NAME = "perplexity_web"
HOSTS = ("www.perplexity.ai", "perplexity.ai")
PATHS = ("POST /rest/sse/perplexity_ask", "GET /rest/thread/*")
FRAMING = "sse"
LAST_VERIFIED = "2026-09"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET /rest/thread/*",)
NOTE = "The transcript call is a guess; the same block rules are applied to it."

_FIELDS = ("markdown_block", "workflow_block")


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _Reader(flow))


class _Blocks:
    """The blocks of one answer. Only answer text is speech; plans, steps, sources and follow-ups are not."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[str, Any]] = {}

    def update(self, blocks: Any) -> None:
        for block in dicts_of(blocks):
            usage = text_of(block.get("intended_usage"))
            if usage.startswith("pending"):
                continue
            stored = self._stored.setdefault(usage, {})
            for field in _FIELDS:
                if isinstance(block.get(field), dict):
                    stored[field] = block[field]
            difference = dict_of(block.get("diff_block"))
            field = text_of(difference.get("field"))
            if field in _FIELDS:
                for patch in dicts_of(difference.get("patches")):
                    stored[field] = apply(
                        stored.get(field, {}), text_of(patch.get("path")), text_of(patch.get("op")), patch.get("value")
                    )

    def text(self) -> str:
        written = {usage: _written(stored.get("markdown_block")) for usage, stored in self._stored.items()}
        if written.get("ask_text"):
            return written["ask_text"]
        numbered = [text for usage, text in sorted(written.items()) if usage.startswith("ask_text") and text]
        if numbered:
            return "".join(numbered)
        answers = [_workflow(stored.get("workflow_block")) for stored in self._stored.values()]
        return next((text for text in [*answers, *written.values()] if text), "")


def _written(block: Any) -> str:
    """`answer` where there is one; chunks that go beyond it are newer."""
    answer = text_of(pick(block, "answer"))
    chunks = "".join(chunk for chunk in list_of(pick(block, "chunks")) if isinstance(chunk, str))
    return chunks if not answer or (chunks.startswith(answer) and len(chunks) > len(answer)) else answer


def _workflow(block: Any) -> str:
    pieces = []
    for step in dicts_of(pick(block, "steps")):
        for item in dicts_of(step.get("items")):
            payload = dict_of(pick(item, "payload", "text_payload"))
            if item.get("type") == "WORKFLOW_ITEM_TEXT" and (item.get("variant") or payload.get("variant")) == "answer":
                pieces.append(_written({"answer": payload.get("text"), "chunks": payload.get("chunks")}))
    return "".join(pieces)


class _Reader:
    """Each event is a document of the answer so far."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._blocks = _Blocks()

    def request(self, body: Any) -> None:
        query = text_of(pick(body, "query_str")) or text_of(pick(body, "params", "dsl_query"))
        self._flow.transcript.draft("u", "user").append(query)

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict) or not value:
            return
        if isinstance(value.get("entries"), list):
            self._flow.silent = True
            for number, entry in enumerate(dicts_of(value["entries"])):
                self._entry(number, entry)
            return
        conversation = self._conversation(value)
        for slot in ("u", "a"):
            if draft := self._flow.transcript.get(slot):
                draft.set(conversation_id=conversation)
        draft = self._flow.transcript.draft(
            "a", "assistant", conversation_id=conversation, message_id=ident(value.get("backend_uuid"))
        )
        self._blocks.update(value.get("blocks"))
        text = self._blocks.text() or _oldest(value.get("text"))
        if text:
            draft.assign(text)
        if value.get("final") is True or value.get("status") == "COMPLETED":
            self._flow.silent = True
            draft.set(final=True)
        if value.get("status") == "FAILED" or value.get("error_code"):
            self._flow.silent = True

    def end(self, complete: bool) -> None:
        """The last document says that it is final."""

    def _conversation(self, value: dict[str, Any]) -> str | None:
        return (
            ident(value.get("context_uuid")) or ident(value.get("thread_url_slug")) or ident(value.get("backend_uuid"))
        )

    def _entry(self, number: int, entry: dict[str, Any]) -> None:
        conversation = self._conversation(entry)
        blocks = _Blocks()
        blocks.update(entry.get("blocks"))
        user = self._flow.transcript.draft(f"u{number}", "user", conversation_id=conversation, replayed=True)
        user.assign(text_of(entry.get("query_str")))
        answer = self._flow.transcript.draft(f"a{number}", "assistant", conversation_id=conversation, replayed=True)
        answer.set(message_id=ident(entry.get("backend_uuid")), final=entry.get("status", "COMPLETED") == "COMPLETED")
        answer.assign(blocks.text() or _oldest(entry.get("text")))


def _oldest(text: Any) -> str:
    """The first layout: a JSON string with `answer` inside."""
    try:
        return text_of(pick(json.loads(text), "answer")) if isinstance(text, str) else ""
    except (ValueError, RecursionError):
        return ""
