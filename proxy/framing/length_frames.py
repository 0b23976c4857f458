"""Frames of the shape `<length>` newline `<json array>` newline behind `)]}'`.

The length counts UTF-16 units and clients report that it is not dependable, so arrays are cut by bracket balance.
"""

from typing import Any

from proxy.framing.json_objects import MAX_VALUE, JsonObjects


class LengthFrames:
    """`feed(bytes) -> arrays`."""

    __slots__ = ("_objects",)

    def __init__(self, limit: int = MAX_VALUE) -> None:
        self._objects = JsonObjects("[", limit)

    @property
    def broken(self) -> int:
        return self._objects.broken

    def feed(self, data: bytes) -> list[Any]:
        return self._objects.feed(data)

    def flush(self) -> list[Any]:
        return self._objects.flush()
