"""PolyBuzz: a form in, lines of pieces out, no ids."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, ident, pick, text_of

NAME = "polybuzz"
HOSTS = ("www.polybuzz.ai", "api.polybuzz.ai")
PATHS = (
    "POST api.polybuzz.ai/api/conversation/msgbystream",
    "POST api.polybuzz.ai/api/conversation/msgbystreamasguest",
)
FRAMING = "ndjson"
LAST_VERIFIED = "2026-06"
KIND = "full"
CONFIDENCE = "read"
NOTE = "The transcript call is not known."


def decoder(flow: Flow) -> Decoder:
    return HttpDecoder(flow, _Stream(flow))


class _Stream:
    """Lines with `content` are pieces, others are control; the end of the body is the end of the answer."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._failed = False

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(None, ident(pick(body, "secretSceneId")))
        draft = self._flow.transcript.draft("u", "user")
        draft.append(text_of(pick(body, "speechText")))
        if level := ident(pick(body, "restrictionType")):
            draft.signal("restrictionType", level)

    def event(self, name: str, value: Any) -> None:
        row = dict_of(value)
        if row.get("errNo"):
            self._failed = self._flow.silent = True
        elif isinstance(row.get("content"), str):
            self._flow.transcript.draft("a", "assistant").append(row["content"])

    def end(self, complete: bool) -> None:
        draft = self._flow.transcript.get("a")
        if draft is not None and complete and not self._failed:
            draft.set(final=True)
