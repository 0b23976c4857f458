"""CrushOn: tRPC envelopes; the live send is read by guess, the transcript by its rows."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.generic import generic
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, ident, list_of, parts_text, pick, role_of, text_of

NAME = "crushon"
HOSTS = ("crushon.ai",)
PATHS = ("GET /api/trpc/chat.getLatestConversation*",)
FRAMING = "json_objects"
LAST_VERIFIED = "2026-07"
KIND = "generic"
CONFIDENCE = "read"
HISTORY = ("GET /api/trpc/chat.getLatestConversation*",)
NOTE = "The live send's path is not known: the generic decoder reads what looks like chat."


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _History(flow)) if flow.meta.method == "GET" else generic(flow)


class _History:
    """`[{"result": {"data": {"json": {…, "mapping": […]}}}}]`; rows by any of the usual role and text fields."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        self._flow.silent = True
        document = dict_of(pick(value, "result", "data", "json"))
        self._flow.transcript.name_conversation(ident(document.get("id")), ident(document.get("characterId")))
        rows = document.get("mapping")
        for index, row in enumerate(list_of(rows) or list(dict_of(rows).values())):
            message = dict_of(pick(row, "message")) or dict_of(row)
            role = role_of(message.get("role") or message.get("sender") or pick(message, "author", "role"))
            text = (
                parts_text(message.get("content"), "text")
                or text_of(message.get("text"))
                or text_of(pick(row, "message"))
            )
            if role is None:
                continue
            draft = self._flow.transcript.draft(f"h{index}", role, message_id=ident(message.get("id")), replayed=True)
            draft.set(final=True, confidence="low")
            draft.assign(text)

    def end(self, complete: bool) -> None:
        """One document."""
