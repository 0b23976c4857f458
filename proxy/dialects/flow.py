"""What a service's decoder is given, and what it must offer."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from proxy.dialects.transcript import Transcript
from proxy.exchange import Direction, ExchangeMeta

DONE = "[DONE]"


@dataclass(slots=True)
class Flow:
    """One exchange as its decoder sees it.

    path: without query. status, content_type: 0 and empty until the response head is known.
    streamed: the response turned out to be server-sent events or several JSON objects.
    now: Unix seconds of the segment that is being read, 0 where unknown.
    silent: the service finished, refused or failed in a way that explains why there is no answer.
    """

    meta: ExchangeMeta
    transcript: Transcript
    path: str
    query: dict[str, str]
    status: int = 0
    content_type: str = ""
    streamed: bool = False
    now: float = 0.0
    silent: bool = False
    request: Any = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.transcript.service

    def segment(self, before: str) -> str | None:
        """The path segment that follows `before`, or None."""
        parts = self.path.split("/")
        for name, value in pairwise(parts):
            if name == before and value:
                return value
        return None

    @staticmethod
    def open(meta: ExchangeMeta, service: str) -> "Flow":
        parts = urlsplit(meta.path if meta.path.startswith("/") else "/" + meta.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Flow(meta, Transcript(service, meta.source), parts.path, query)


@dataclass(frozen=True, slots=True)
class Probe:
    """One value of an exchange whose host is unknown, for a service's `recognise`.

    request: the parsed request body; value: one value of the response or of a WebSocket message; name: its event name.
    """

    flow: Flow
    request: Any
    name: str
    value: Any
    direction: Direction


class Decoder(Protocol):
    """One flow's decoder. Methods may raise: the caller contains it."""

    def request(self, body: bytes) -> None:
        """The whole request body; not called for WebSockets."""

    def response(self, data: bytes) -> None:
        """The next bytes of the response body, decompressed."""

    def frame(self, direction: Direction, data: bytes, binary: bool) -> None:
        """One whole WebSocket message."""

    def end(self, complete: bool) -> None:
        """No more bytes; complete: the service closed the exchange normally."""


class Reader(Protocol):
    """Reads the parsed values of an HTTP exchange."""

    def request(self, body: Any) -> None:
        """The parsed JSON body, or the form fields as a dict, or None."""

    def event(self, name: str, value: Any) -> None:
        """One value of the response with the name of its event ("" where it has none); DONE for `[DONE]`."""

    def end(self, complete: bool) -> None: ...


class FrameReader(Protocol):
    """Reads the parsed values of a WebSocket."""

    def value(self, direction: Direction, value: Any) -> None: ...

    def end(self, complete: bool) -> None: ...
