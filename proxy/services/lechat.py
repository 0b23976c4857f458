"""Le Chat (Mistral): numbered lines with JSON patches on one document for each message."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.http import HttpDecoder
from proxy.dialects.patch import apply
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, parts_text, pick, role_of, text_of

NAME = "lechat"
HOSTS = ("chat.mistral.ai",)
PATHS = ("POST /api/chat",)
FRAMING = "lines"
LAST_VERIFIED = "2026-09"
KIND = "full"
CONFIDENCE = "read"

_REQUEST_FIELDS = ("message", "content", "messageInput", "prompt")
_HIDDEN = {"reasoning", "thinking"}
_DROPPED = {"tool_call", "tool_result", "reference", "image_url", "file", "tool_reference", "tool_execution"}
_ENDED = {"success", "done"}


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _Stream(flow), "lines")


def recognise(probe: Probe) -> bool:
    """Other services share the path; the bodies' `chatId` or the `json` envelope tell."""
    if isinstance(pick(probe.request, "chatId"), str) and pick(probe.value, "model") is None:
        return True
    return pick(probe.value, "json", "type") in ("bootstrap", "message")


class _Stream:
    """`15:{"json": …}` lines; older builds sent the pieces as `0:"piece"`."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._documents: dict[str, Any] = {}
        self._unknown: set[str] = set()

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(ident(pick(body, "chatId")), ident(pick(body, "agentId")))
        for field in _REQUEST_FIELDS:
            text = parts_text(pick(body, field), "text")
            if text:
                break
        else:
            users = [row for row in dicts_of(pick(body, "messages")) if row.get("role") == "user"]
            text = parts_text(users[-1].get("content"), "text") if users else ""
        self._flow.transcript.draft("u", "user").append(text)

    def event(self, name: str, value: Any) -> None:
        if isinstance(value, str) and name == "0":
            self._flow.transcript.draft("a", "assistant").append(value)
        elif name in ("e", "d") and pick(value, "finishReason"):
            self._flow.silent = True
            self._flow.transcript.draft("a", "assistant").set(final=True)
        elif isinstance(pick(value, "json"), dict):
            self._document(value["json"])

    def end(self, complete: bool) -> None:
        """The message's generation status is the end."""

    def _document(self, value: dict[str, Any]) -> None:
        if value.get("type") == "bootstrap":
            self._flow.transcript.name_conversation(ident(pick(value, "chat", "id")))
            for row in reversed(dicts_of(value.get("messages"))):
                if row.get("role") == "user":
                    draft = self._flow.transcript.draft("u", "user", message_id=ident(row.get("id")))
                    draft.assign(parts_text(row.get("content"), "text") or draft.text)
                    break
        elif value.get("type") == "message":
            message_id = ident(value.get("messageId")) or ""
            document = self._documents.get(message_id, {})
            for patch in dicts_of(value.get("patches")):
                document = apply(document, text_of(patch.get("path")), text_of(patch.get("op")), patch.get("value"))
            self._documents[message_id] = document
            self._show(message_id, dict_of(document))

    def _show(self, message_id: str, document: dict[str, Any]) -> None:
        if role_of(document.get("role") or "assistant") != "assistant":
            return
        draft = self._flow.transcript.draft(f"a:{message_id}", "assistant", message_id=message_id or None)
        spoken: list[str] = []
        hidden: list[str] = []
        chunks = list_of(document.get("contentChunks"))
        for chunk in chunks:
            kind = pick(chunk, "type")
            if kind in (None, "text"):
                spoken.append(text_of(pick(chunk, "text")))
            elif kind in _HIDDEN:
                hidden.append(text_of(pick(chunk, "text")) or parts_text(pick(chunk, kind), "text"))
            elif kind not in _DROPPED and str(kind) not in self._unknown:
                self._unknown.add(str(kind))
                self._flow.transcript.miss("unknown_part")
        if any(hidden):
            draft.set(reasoning="".join(hidden))
        draft.assign("".join(spoken) if chunks else text_of(document.get("content")))
        if text_of(document.get("generationStatus")).lower() in _ENDED:
            self._flow.silent = True
            draft.set(final=True)
