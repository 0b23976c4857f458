"""JSON values out of text that glues them together: `}{`, NDJSON, one array of many, with noise between.

Services glue objects without a separator, put several into one WebSocket frame or split them by newlines,
depending on the build, so nothing here relies on lines.
"""

import json
import re
from typing import Any

from proxy.framing.utf8 import Utf8

MAX_VALUE = 8 * 1024 * 1024
RETRIES = 64
_DECODER = json.JSONDecoder()
_OUTSIDE = re.compile(r'["{}\[\]]')
_INSIDE = re.compile(r'["\\\x00-\x1f]')
_OPEN = re.compile(r"[{\[]")
_CLOSE = {"}": "{", "]": "["}


def scan_values(text: str, start: str = "{[", retries: int = RETRIES) -> tuple[list[Any], int]:
    """All JSON values in `text` that begin with a character of `start`, and how many were broken.

    After a broken value the search resumes at the next `{`, `retries` times at most.
    """
    values: list[Any] = []
    broken = 0
    pattern = _OPEN if start == "{[" else re.compile("[" + re.escape(start) + "]")
    match = pattern.search(text)
    while match:
        try:
            value, position = _DECODER.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            broken += 1
            if broken > retries:
                break
            position = text.find("{", match.start() + 1)
            if position < 0:
                break
        else:
            values.append(value)
        match = pattern.search(text, position)
    return values, broken


class JsonObjects:
    """Incremental scanner: `feed(bytes) -> values`, each once it is complete; linear in the length of the input.

    start: which brackets open a value, `{`, `[` or `{[`. With `{` the items of a top-level array come one by one.
    broken: values that did not parse; flush() tries to rescue what stands behind the last broken one.
    """

    __slots__ = (
        "_depth",
        "_escape",
        "_limit",
        "_parts",
        "_previous",
        "_size",
        "_stack",
        "_start",
        "_string",
        "_utf8",
        "broken",
    )

    def __init__(self, start: str = "{", limit: int = MAX_VALUE) -> None:
        self._utf8 = Utf8()
        self._start = start
        self._limit = limit
        self.broken = 0
        self._reset()

    def _reset(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._stack: list[str] = []
        self._string = False
        self._escape = False
        self._previous = ""

    @property
    def open(self) -> bool:
        """A value has begun and not ended."""
        return bool(self._stack)

    def feed(self, data: bytes) -> list[Any]:
        return self._scan(self._utf8.feed(data))

    def flush(self) -> list[Any]:
        """What can be rescued from an unfinished rest."""
        values = self._scan(self._utf8.flush())
        if self._stack:
            rest = "".join(self._parts)
            self._reset()
            self.broken += 1
            position = rest.find("{", 1)
            if position > 0:
                rescued, _ = scan_values(rest[position:], self._start)
                values += rescued
        return values

    def _scan(self, text: str) -> list[Any]:
        values: list[Any] = []
        position = 0
        begin = 0
        size = len(text)
        while position < size:
            if not self._stack:
                begin = self._find_start(text, position)
                if begin < 0:
                    return values
                self._stack.append(text[begin])
                self._previous = text[begin]
                position = begin + 1
                continue
            if self._string:
                position = self._skip_string(text, position)
                if position < 0:
                    position = -position
                    self._reset()
                    self.broken += 1
                continue
            match = _OUTSIDE.search(text, position)
            end = match.start() if match else size
            between = text[position:end].rstrip(" \t\r\n")
            if between:
                self._previous = between[-1]
            if match is None:
                break
            char = text[end]
            position = end + 1
            if char == '"':
                self._string = True
            elif char in "{[":
                if char == "{" and self._previous not in "[,:":
                    self.broken += 1
                    self._reset()
                    begin = end
                self._stack.append(char)
            elif self._stack[-1] == _CLOSE[char]:
                self._stack.pop()
                if not self._stack:
                    self._parts.append(text[begin:position])
                    values += self._parse("".join(self._parts))
                    self._reset()
                    continue
            else:
                self.broken += 1
                self._reset()
                continue
            self._previous = char
        if self._stack:
            piece = text[begin:]
            self._size += len(piece)
            self._parts.append(piece)
            if self._size > self._limit:
                self.broken += 1
                self._reset()
        return values

    def _find_start(self, text: str, position: int) -> int:
        found = [at for at in (text.find(char, position) for char in self._start) if at >= 0]
        return min(found) if found else -1

    def _skip_string(self, text: str, position: int) -> int:
        """The position behind the string or the end of `text`; negative where a raw control character breaks it."""
        if self._escape:
            self._escape = False
            return position + 1
        match = _INSIDE.search(text, position)
        if match is None:
            return len(text)
        if match.group() == '"':
            self._string = False
            self._previous = '"'
            return match.end()
        if match.group() == "\\":
            self._escape = True
            return match.end()
        return -match.end()

    def _parse(self, text: str) -> list[Any]:
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError):
            self.broken += 1
            position = text.find("{", 1)
            return scan_values(text[position:], self._start, retries=8)[0] if position > 0 else []
