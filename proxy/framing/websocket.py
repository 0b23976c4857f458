"""JSON values out of one whole WebSocket message.

A message may hold several values, glued or separated by U+001E, a Socket.IO packet prefix (`42[…]`), or a binary
envelope with JSON inside.
"""

import re
from typing import Any

from proxy.framing.json_objects import MAX_VALUE, scan_values

_PACKET = re.compile(r"^\d{1,3}(?:-)?(?:/[^,\[{]*,)?\d*(?=[\[{])")


def message_values(data: bytes, binary: bool = False) -> tuple[list[Any], int]:
    """The values in order, and how many were broken. In a binary message only objects are looked for."""
    if len(data) > MAX_VALUE:
        return [], 1
    text = data.decode("utf-8", "replace")
    if binary:
        return scan_values(text, "{")[0], 0
    values: list[Any] = []
    broken = 0
    for part in text.split("\x1e"):
        found, bad = scan_values(_PACKET.sub("", part.strip()))
        values += found
        broken += bad
    return values, broken
