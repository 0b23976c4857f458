"""Newline-delimited JSON, also with a prefix on each line as in `15:{"json":…}`."""

import json
from dataclasses import dataclass
from typing import Any

from proxy.framing.lines import MAX_LINE, Lines


@dataclass(frozen=True, slots=True)
class NdjsonLine:
    """`prefix` is the text before the first colon of a prefixed line, else empty."""

    prefix: str
    value: Any


class Ndjson:
    """`feed(bytes) -> lines`; blank lines are skipped, lines that do not parse are counted in `broken`."""

    __slots__ = ("_lines", "_prefixed", "broken")

    def __init__(self, prefixed: bool = False, limit: int = MAX_LINE) -> None:
        self._lines = Lines(limit)
        self._prefixed = prefixed
        self.broken = 0

    def feed(self, data: bytes) -> list[NdjsonLine]:
        return self._read(self._lines.feed(data))

    def flush(self) -> list[NdjsonLine]:
        return self._read(self._lines.flush())

    def _read(self, lines: list[str]) -> list[NdjsonLine]:
        read = []
        for line in lines:
            prefix, text = "", line.strip()
            if self._prefixed:
                head, colon, tail = text.partition(":")
                if colon and head.isalnum():
                    prefix, text = head, tail
            if not text:
                continue
            try:
                read.append(NdjsonLine(prefix, json.loads(text)))
            except (ValueError, RecursionError):
                self.broken += 1
        return read
