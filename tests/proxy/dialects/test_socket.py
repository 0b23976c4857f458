"""WebSocket messages to values."""

from typing import Any

from proxy.dialects.flow import Flow
from proxy.dialects.socket import SocketDecoder
from proxy.exchange import Direction
from tests.proxy.flows import meta


class Notes:
    """A reader that keeps what it is given and cannot bear the number 13."""

    def __init__(self) -> None:
        self.values: list[tuple[Direction, Any]] = []

    def value(self, direction: Direction, value: Any) -> None:
        if value == {"n": 13}:
            raise ValueError
        self.values.append((direction, value))

    def end(self, complete: bool) -> None:
        """Nothing is open."""


def test_values_in_order_and_damage_counted() -> None:
    flow = Flow.open(meta("/ws", kind="websocket"), "test")
    notes = Notes()
    decoder = SocketDecoder(flow, notes)
    decoder.frame("c2s", b'{"n":1}{"n":13}', False)
    decoder.frame("s2c", b'\x00{"n":2}\xff', True)
    decoder.frame("s2c", b'{"n":', False)
    decoder.end(True)
    assert notes.values == [("c2s", {"n": 1}), ("s2c", {"n": 2})]
    assert flow.transcript.misses == {"unknown_part": 1, "bad_json": 1}
