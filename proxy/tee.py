"""The tee: copies one exchange's bytes into the log and passes them on unchanged.

Every method may be called on the streaming path: none of them waits, none raises. When copying fails, the exchange
becomes a gap, the tee switches itself off and the bytes go on as if it were not there.
"""

import time
from collections.abc import Callable

from proxy.exchange import Direction, ExchangeMeta, Frame, Head, Segment
from proxy.log import ExchangeLog


class Tee:
    """The copy of one HTTP exchange or one WebSocket.

    A request body is held until its end (or the response head) and logged as one segment; response bytes are logged as
    they come.
    """

    def __init__(self, log: ExchangeLog, meta: ExchangeMeta, clock: Callable[[], float] = time.time) -> None:
        self.meta = meta
        self.on = True
        self._log = log
        self._clock = clock
        self._opened = False
        self._request: list[bytes] = []
        self._request_size = 0
        self._request_t = 0.0

    def open(self) -> None:
        """Announce the exchange; without this call the first byte or head does it."""
        try:
            self._open()
        except Exception as error:
            self._fail(error)

    def request(self, data: bytes) -> bytes:
        """Stream callable for the request body; empty data means its end."""
        if self.on:
            try:
                if data:
                    self._request.append(data)
                    self._request_size += len(data)
                    self._request_t = self._clock()
                    if self._request_size > self._log.exchange_limit:
                        self.gap("exchange_too_large")
                else:
                    self._flush_request()
            except Exception as error:
                self._fail(error)
        return data

    def head(self, head: Head) -> None:
        """The response head."""
        if self.on:
            try:
                self._open()
                self._flush_request()
                self._log.head(self.meta.exchange_id, head)
            except Exception as error:
                self._fail(error)

    def response(self, data: bytes) -> bytes:
        """Stream callable for the response body; empty data means its end."""
        if data and self.on:
            try:
                self._append("s2c", data, self._clock(), "body")
            except Exception as error:
                self._fail(error)
        return data

    def message(self, direction: Direction, data: bytes, frame: Frame) -> None:
        """One whole WebSocket message."""
        if self.on:
            try:
                self._append(direction, data, self._clock(), frame)
            except Exception as error:
                self._fail(error)

    def end(self, complete: bool) -> None:
        """No more bytes; complete: the service closed the exchange normally."""
        if not self.on:
            return
        try:
            self._flush_request()
            if self._opened:
                self._log.end(self.meta.exchange_id, complete)
            self.on = False
        except Exception as error:
            self._fail(error)

    def gap(self, reason: str) -> None:
        """Stop copying and say that this exchange is not scored."""
        if not self.on:
            return
        try:
            self._open()
            self._log.gap(self.meta.exchange_id, reason)
        except Exception as error:
            self._fail(error)
        self._off()

    def _open(self) -> None:
        if not self._opened:
            self._opened = True
            if not self._log.open(self.meta):
                self._off()

    def _flush_request(self) -> None:
        if self._request:
            body = self._request[0] if len(self._request) == 1 else b"".join(self._request)
            self._request = []
            self._request_size = 0
            self._append("c2s", body, self._request_t, "body")

    def _append(self, direction: Direction, data: bytes, t: float, frame: Frame) -> None:
        self._open()
        segment = Segment(direction=direction, data=data, t=t, frame=frame)
        if self.on and not self._log.append(self.meta.exchange_id, segment):
            self._off()

    def _off(self) -> None:
        self.on = False
        self._request = []

    def _fail(self, error: Exception) -> None:
        self._off()
        # The log itself may be what failed; the person's stream goes on in any case.
        try:
            self._log.gap(self.meta.exchange_id, "tee_error")
            self._log.notice("tee_error", self.meta.host, type(error).__name__)
        except Exception:
            return
