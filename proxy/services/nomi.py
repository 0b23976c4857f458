"""Nomi: both turns in one JSON answer."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, ident, pick, text_of

NAME = "nomi"
HOSTS = ("api.nomi.ai", "beta.nomi.ai")
PATHS = (
    "POST api.nomi.ai/v1/nomis/*/chat",
    "POST api.nomi.ai/v1/rooms/*/chat",
    "POST api.nomi.ai/v1/rooms/*/chat/request",
)
FRAMING = "json_objects"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
ELSEWHERE = "generic"
NOTE = "The official API. The web app's own call is not known: the generic decoder reads it."


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _Chat(flow))


class _Chat:
    """The id in the path is the companion's or the room's, and the conversation."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._nomi = flow.segment("nomis")
        flow.transcript.name_conversation(self._nomi or flow.segment("rooms"), self._nomi)

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(None, ident(pick(body, "nomiUuid")))
        self._flow.transcript.draft("u", "user").append(text_of(pick(body, "messageText")))
        self._flow.silent = self._nomi is None and not self._flow.path.rstrip("/").endswith("/request")

    def event(self, name: str, value: Any) -> None:
        if pick(value, "error"):
            self._flow.silent = True
        sent, reply = dict_of(pick(value, "sentMessage")), dict_of(pick(value, "replyMessage"))
        if sent:
            self._flow.transcript.draft("u", "user", message_id=ident(sent.get("uuid"))).assign(
                text_of(sent.get("text"))
            )
        if reply:
            draft = self._flow.transcript.draft("a", "assistant", message_id=ident(reply.get("uuid")), final=True)
            draft.assign(text_of(reply.get("text")))

    def end(self, complete: bool) -> None:
        """One document."""
