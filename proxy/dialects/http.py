"""From HTTP bodies to values: finds the framing by content type and first bytes and feeds a Reader."""

import json
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import parse_qsl

from proxy.dialects.flow import DONE, Flow, Reader
from proxy.exchange import Direction
from proxy.framing.json_objects import JsonObjects, scan_values
from proxy.framing.length_frames import LengthFrames
from proxy.framing.ndjson import Ndjson
from proxy.framing.sse import Sse, SseEvent
from proxy.framing.utf8 import Utf8

Framing = Literal["auto", "sse", "json", "lines", "frames", "text"]
Parsed = list[tuple[str, Any]]
_SSE_STARTS = (b"data:", b"event:", b":", b"id:", b"retry:")
_SNIFF = 6


def parse_request(body: bytes, content_type: str) -> Any:
    """A JSON body, form fields as a dict, or None where it is neither (multipart: its JSON field)."""
    if not body.strip():
        return None
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
        if content_type.startswith("multipart/"):
            found = [value for value in scan_values(text, "{")[0] if isinstance(value, dict)]
            return found[0] if found else None
        if "=" in text and not text.lstrip().startswith(("{", "[")):
            return dict(parse_qsl(text, keep_blank_values=True))
        raise


class Values:
    """Incremental `feed(bytes) -> [(event name, value)]` in the framing that the body turns out to have."""

    def __init__(self, flow: Flow, framing: Framing = "auto") -> None:
        self._flow = flow
        self._framing: Framing = framing
        self._head = b""
        self._count = 0
        self._feed: Callable[[bytes], Parsed] | None = None
        self._flush: Callable[[], Parsed] | None = None
        self._broken: Callable[[], int] = lambda: 0
        if framing != "auto":
            self._open(framing)

    def feed(self, data: bytes) -> Parsed:
        if self._feed is None:
            self._head += data
            framing = self._sniff(self._head)
            if framing is None:
                return []
            self._open(framing)
            data, self._head = self._head, b""
        return self._run(self._feed, data) if self._feed else []

    def flush(self, complete: bool) -> Parsed:
        if self._feed is None and self._head:
            self._open("sse" if self._head.lstrip().startswith((b"d", b"e", b"i", b"r", b":")) else "json")
            parsed = self._run(self._feed, self._head)
        else:
            parsed = []
        if self._flush is None:
            return parsed
        before = self._broken()
        misses = self._flow.transcript.misses["bad_json"]
        parsed += self._flush()
        if complete:
            self._flow.transcript.miss("bad_json", self._broken() - before)
        else:
            self._flow.transcript.misses["bad_json"] = misses
        return parsed

    def _run(self, feed: Callable[[bytes], Parsed] | None, data: bytes) -> Parsed:
        before = self._broken()
        parsed = feed(data) if feed else []
        self._flow.transcript.miss("bad_json", self._broken() - before)
        return parsed

    def _sniff(self, head: bytes) -> Framing | None:
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] in (b"{", b"["):
            return "json"
        if start.startswith(_SSE_STARTS) or (start and "event-stream" in self._flow.content_type):
            return "sse"
        if len(start) >= _SNIFF:
            return "json"
        return None

    def _open(self, framing: Framing) -> None:
        if framing == "sse":
            self._flow.streamed = True
            sse = Sse()
            self._feed = lambda data: self._events(sse.feed(data))
            self._flush = lambda: self._events(sse.flush())
        elif framing == "lines":
            lines = Ndjson(prefixed=True)
            self._feed = lambda data: [(line.prefix, line.value) for line in lines.feed(data)]
            self._flush = lambda: [(line.prefix, line.value) for line in lines.flush()]
            self._broken = lambda: lines.broken
        elif framing == "text":
            utf8 = Utf8()
            self._feed = lambda data: [("", utf8.feed(data))]
            self._flush = lambda: [("", utf8.flush())]
        else:
            scanner = LengthFrames() if framing == "frames" else JsonObjects("{")
            self._feed = lambda data: self._plain(scanner.feed(data))
            self._flush = lambda: self._plain(scanner.flush())
            self._broken = lambda: scanner.broken

    def _plain(self, values: list[Any]) -> Parsed:
        self._count += len(values)
        if self._count > 1:
            self._flow.streamed = True
        return [("", value) for value in values]

    def _events(self, events: list[SseEvent]) -> Parsed:
        parsed: Parsed = []
        for event in events:
            data = event.data.strip()
            if data == DONE:
                parsed.append((event.event, DONE))
                continue
            if not data:
                continue
            try:
                parsed.append((event.event, json.loads(data)))
            except (ValueError, RecursionError):
                values, broken = scan_values(data)
                if broken or not values:
                    self._flow.transcript.miss("bad_json")
                parsed += [(event.event, value) for value in values]
        return parsed


class HttpDecoder:
    """Runs a Reader over one HTTP exchange. An event that the reader cannot bear is counted and skipped."""

    def __init__(self, flow: Flow, reader: Reader, framing: Framing = "auto") -> None:
        self._flow = flow
        self._reader = reader
        self._framing: Framing = framing
        self._values: Values | None = None

    def request(self, body: bytes) -> None:
        try:
            self._flow.request = parse_request(body, self._flow.meta.request_content_type)
        except (ValueError, RecursionError):
            self._flow.transcript.miss("bad_json")
        self._reader.request(self._flow.request)

    def response(self, data: bytes) -> None:
        if self._values is None:
            self._values = Values(self._flow, self._framing)
        self._deliver(self._values.feed(data))

    def frame(self, direction: Direction, data: bytes, binary: bool) -> None:
        """HTTP has no frames."""

    def end(self, complete: bool) -> None:
        if self._values is not None:
            self._deliver(self._values.flush(complete))
        self._reader.end(complete)

    def _deliver(self, parsed: Parsed) -> None:
        for name, value in parsed:
            try:
                self._reader.event(name, value)
            except Exception:  # a service may send anything: one bad value must not end the flow
                self._flow.transcript.miss("unknown_part")
