"""The link from proxy to backend: its frames and the client that sends them.

Each binary WebSocket frame is one msgpack value of a tagged union (tag field `type`). The proxy sends `FromProxy`, the
backend answers with `Ack`. One frame holds at most `MAX_FRAME` bytes; a server must accept that much.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from proxy.exchange import ExchangeMeta, Head, Segment

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from proxy.log import ExchangeLog

logger = logging.getLogger(__name__)

MAX_FRAME = 4 * 1024 * 1024 + 64 * 1024
BATCH_BYTES = 64 * 1024
FRAMES_AT_ONCE = 4
# The person's bytes go first: what has just been copied is still on its way to the client.
SETTLE_S = 0.005
FIRST_DELAY_S = 0.1
LAST_DELAY_S = 2.0


class Open(msgspec.Struct, frozen=True, tag="open"):
    """An exchange begins, or is sent again after a reconnect."""

    meta: ExchangeMeta


class HeadMsg(msgspec.Struct, frozen=True, tag="head"):
    """The response head of an exchange."""

    exchange_id: str
    head: Head


class Data(msgspec.Struct, frozen=True, tag="data"):
    """Bytes of an exchange. offset: bytes of both directions before this segment."""

    exchange_id: str
    offset: int
    segment: Segment


class End(msgspec.Struct, frozen=True, tag="end"):
    """No more bytes. size: bytes of both directions; complete: the service closed the exchange normally."""

    exchange_id: str
    size: int
    complete: bool


class Gap(msgspec.Struct, frozen=True, tag="gap"):
    """A limit was hit or the copy failed: nothing more follows and the exchange is not scored."""

    exchange_id: str
    reason: str


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """Something the status page should say about a host.

    kind: `tls_refused` (a client does not trust our certificate), `refused` (the service refuses our connection),
    `passthrough` (listed, but the certificate authority does not cover it), `tee_error`, `overflow`.
    """

    kind: str
    host: str
    detail: str


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    """Everything before `offset` is committed; done = the proxy may forget the exchange."""

    exchange_id: str
    offset: int
    done: bool


Item = HeadMsg | Data | End | Gap
FromProxy = Open | HeadMsg | Data | End | Gap | Notice

_encoder = msgspec.msgpack.Encoder()
_from_proxy: msgspec.msgpack.Decoder[FromProxy] = msgspec.msgpack.Decoder(FromProxy)
_ack: msgspec.msgpack.Decoder[Ack] = msgspec.msgpack.Decoder(Ack)


def encode(frame: FromProxy | Ack) -> bytes:
    """One frame as bytes."""
    return _encoder.encode(frame)


def decode(data: bytes | bytearray | memoryview) -> FromProxy:
    """A frame from the proxy. Raises `msgspec.DecodeError` (or its subclass ValidationError) on anything else."""
    return _from_proxy.decode(data)


def decode_ack(data: bytes | bytearray | memoryview) -> Ack:
    """A frame from the backend. Raises `msgspec.DecodeError` on anything else."""
    return _ack.decode(data)


class Link:
    """Sends what the log holds to the backend, for ever: reconnects, and then starts again from the beginning."""

    def __init__(self, log: "ExchangeLog", url: str, token: str) -> None:
        self.log = log
        self.url = url
        self.token = token
        self.up = False
        self._told = ""

    async def run(self) -> None:
        """Connect, send, reconnect with back-off. Ends only when cancelled."""
        # Imported here: who only wants the frames need not load a WebSocket library.
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        delay = FIRST_DELAY_S
        while True:
            try:
                async with connect(
                    self.url,
                    additional_headers={"Authorization": f"Bearer {self.token}"},
                    compression=None,
                    proxy=None,
                    open_timeout=5,
                    close_timeout=1,
                    ping_interval=10,
                    ping_timeout=20,
                    max_size=64 * 1024,
                ) as socket:
                    delay = FIRST_DELAY_S
                    self.up = True
                    self._tell("the backend is connected")
                    await self._session(socket)
            except (OSError, TimeoutError, WebSocketException, msgspec.DecodeError) as error:
                self._tell(f"the backend is not connected ({type(error).__name__}); copies wait in memory")
            finally:
                self.up = False
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_DELAY_S)

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            logger.info(text)

    async def _session(self, socket: "ClientConnection") -> None:
        self.log.rewind()
        acks = asyncio.create_task(self._read_acks(socket))
        sending = asyncio.create_task(self._send_all(socket))
        try:
            done, _ = await asyncio.wait((acks, sending), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (acks, sending):
                task.cancel()
            await asyncio.gather(acks, sending, return_exceptions=True)

    async def _read_acks(self, socket: "ClientConnection") -> None:
        async for frame in socket:
            if isinstance(frame, bytes):
                ack = decode_ack(frame)
                self.log.ack(ack.exchange_id, ack.offset, ack.done)

    async def _send_all(self, socket: "ClientConnection") -> None:
        log = self.log
        while True:
            batch = log.take(BATCH_BYTES)
            if not batch:
                log.changed.clear()
                await log.changed.wait()
                await asyncio.sleep(SETTLE_S)
                continue
            for number, frame in enumerate(batch, 1):
                await socket.send(_encoder.encode(frame))
                # A socket that accepts everything never suspends; without this a long replay would stall the chats.
                if number % FRAMES_AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)
