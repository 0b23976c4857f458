"""From WebSocket messages to values for a FrameReader."""

from proxy.dialects.flow import Flow, FrameReader
from proxy.exchange import Direction
from proxy.framing.websocket import message_values


class SocketDecoder:
    """Runs a FrameReader over one WebSocket. A value that the reader cannot bear is counted and skipped."""

    def __init__(self, flow: Flow, reader: FrameReader) -> None:
        self._flow = flow
        self._reader = reader

    def request(self, body: bytes) -> None:
        """A WebSocket has no body."""

    def response(self, data: bytes) -> None:
        """A WebSocket has no body."""

    def frame(self, direction: Direction, data: bytes, binary: bool) -> None:
        values, broken = message_values(data, binary)
        self._flow.transcript.miss("bad_json", broken)
        for value in values:
            try:
                self._reader.value(direction, value)
            except Exception:  # a service may send anything: one bad value must not end the flow
                self._flow.transcript.miss("unknown_part")

    def end(self, complete: bool) -> None:
        self._reader.end(complete)
