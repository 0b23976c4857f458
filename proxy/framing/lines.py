"""Text lines out of a byte stream. Ends of line: LF, CRLF or CR, and no other character."""

import re

from proxy.framing.utf8 import Utf8

MAX_LINE = 8 * 1024 * 1024
_END = re.compile(r"\r\n|\r|\n")


class Lines:
    """`feed(bytes) -> lines` without their ends; a line longer than `limit` characters is dropped whole."""

    __slots__ = ("_dropping", "_limit", "_parts", "_size", "_skip_lf", "_utf8", "dropped")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._utf8 = Utf8()
        self._limit = limit
        self._parts: list[str] = []
        self._size = 0
        self._skip_lf = False
        self._dropping = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[str]:
        return self._split(self._utf8.feed(data))

    def flush(self) -> list[str]:
        """The last line, where the stream stopped without an end of line."""
        lines = self._split(self._utf8.flush())
        if self._parts or self._dropping:
            lines += self._close("")
        return lines

    def _split(self, text: str) -> list[str]:
        if self._skip_lf and text:
            self._skip_lf = False
            text = text.removeprefix("\n")
        if not text:
            return []
        self._skip_lf = text.endswith("\r")
        first, *rest = _END.split(text)
        if not rest:
            self._hold(first)
            return []
        lines = self._close(first)
        for line in rest[:-1]:
            if len(line) <= self._limit:
                lines.append(line)
            else:
                self.dropped += 1
        self._hold(rest[-1])
        return lines

    def _hold(self, piece: str) -> None:
        if not piece:
            return
        self._size += len(piece)
        if self._size > self._limit:
            self._parts.clear()
            self._dropping = True
        else:
            self._parts.append(piece)

    def _close(self, piece: str) -> list[str]:
        self._hold(piece)
        line = "".join(self._parts)
        dropped = self._dropping
        self._parts.clear()
        self._size = 0
        self._dropping = False
        if dropped:
            self.dropped += 1
            return []
        return [line]
