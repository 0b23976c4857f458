"""Server-sent events (WHATWG HTML, section 9.2.6), read leniently.

Ends of line are LF, CRLF or CR; lines that start with a colon are comments; a space after the colon of a field
is optional; several `data` lines join with LF. Unlike the standard, an event without its closing blank line at
the end of the stream is delivered, because services are cut off.
"""

from dataclasses import dataclass

from proxy.framing.lines import MAX_LINE, Lines


@dataclass(frozen=True, slots=True)
class SseEvent:
    """`event` is empty when the stream named none."""

    event: str
    data: str


class Sse:
    """`feed(bytes) -> events`; an event with more than `limit` characters of data is dropped."""

    __slots__ = ("_data", "_event", "_limit", "_lines", "_size", "dropped")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._lines = Lines(limit)
        self._limit = limit
        self._event = ""
        self._data: list[str] = []
        self._size = 0
        self.dropped = 0

    def feed(self, data: bytes) -> list[SseEvent]:
        return self._read(self._lines.feed(data))

    def flush(self) -> list[SseEvent]:
        return self._read([*self._lines.flush(), ""])

    def _read(self, lines: list[str]) -> list[SseEvent]:
        events = []
        for line in lines:
            if not line:
                if self._data and self._size <= self._limit:
                    events.append(SseEvent(self._event, "\n".join(self._data)))
                elif self._data:
                    self.dropped += 1
                self._event, self._data, self._size = "", [], 0
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self._size += len(value) + 1
                if self._size <= self._limit or not self._data:
                    self._data.append(value)
            elif name == "event":
                self._event = value
        return events
