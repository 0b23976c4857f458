"""A backend's end of the link that only records: for tests of the proxy alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import MAX_FRAME, Ack, Data, End, FromProxy, Gap, HeadMsg, Notice, Open, decode, encode


@dataclass
class Received:
    """What came for one exchange since the last `open`."""

    meta: ExchangeMeta
    head: Head | None = None
    segments: list[Segment] = field(default_factory=list)
    size: int = 0
    end: End | None = None
    gap: str | None = None
    opened: int = 1

    def bytes(self, direction: str) -> bytes:
        """All bytes in one direction."""
        return b"".join(segment.data for segment in self.segments if segment.direction == direction)


class LinkServer:
    """Accepts the link, records every frame and, unless told otherwise, acknowledges exchanges that ended."""

    def __init__(self, token: str = "test-token", *, acknowledge: bool = True) -> None:
        self.token = token
        self.acknowledge = acknowledge
        self.exchanges: dict[str, Received] = {}
        self.notices: list[Notice] = []
        self.refused = 0
        self.connections: set[ServerConnection] = set()
        self.port = 0
        self._acknowledged: set[str] = set()
        self._server: Server | None = None
        self._news = asyncio.Event()

    @property
    def url(self) -> str:
        """Where the proxy shall connect to."""
        return f"ws://127.0.0.1:{self.port}/internal/link"

    async def start(self, port: int = 0) -> "LinkServer":
        """Listen."""
        self._server = await serve(
            self._serve, "127.0.0.1", port, process_request=self._check, max_size=MAX_FRAME, compression=None
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop listening and cut the connection off."""
        await self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def cut(self) -> None:
        """Break the connection without a closing handshake."""
        for connection in list(self.connections):
            connection.transport.abort()

    async def wait(self, ready: Callable[["LinkServer"], bool], seconds: float = 15) -> None:
        """Wait until `ready` is true of what has come. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not ready(self):
                self._news.clear()
                await self._news.wait()

    def at(self, path: str) -> list[Received]:
        """The exchanges with this path (without query)."""
        return [received for received in self.exchanges.values() if received.meta.safe_path == path]

    async def finished(self, path: str, count: int = 1) -> list[Received]:
        """The exchanges with this path, once `count` of them have ended or become gaps."""

        def ready(_: LinkServer) -> bool:
            return sum(received.end is not None or received.gap is not None for received in self.at(path)) >= count

        await self.wait(ready)
        return self.at(path)

    async def __aenter__(self) -> "LinkServer":
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self.refused += 1
            return connection.respond(401, "wrong token\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.add(connection)
        try:
            async for frame in connection:
                assert isinstance(frame, bytes)
                self._take(decode(frame))
                self._news.set()
                await self._answer(connection)
        finally:
            self.connections.discard(connection)

    async def _answer(self, connection: ServerConnection) -> None:
        if not self.acknowledge:
            return
        for exchange_id, received in self.exchanges.items():
            if (received.end is not None or received.gap is not None) and exchange_id not in self._acknowledged:
                self._acknowledged.add(exchange_id)
                await connection.send(encode(Ack(exchange_id, received.size, True)))

    def _take(self, frame: FromProxy) -> None:
        if isinstance(frame, Open):
            before = self.exchanges.get(frame.meta.exchange_id)
            received = Received(frame.meta, opened=before.opened + 1 if before else 1)
            self.exchanges[frame.meta.exchange_id] = received
        elif isinstance(frame, Notice):
            self.notices.append(frame)
        else:
            received = self.exchanges[frame.exchange_id]
            if isinstance(frame, HeadMsg):
                received.head = frame.head
            elif isinstance(frame, Data):
                assert not received.segments or frame.offset == received.size, "a hole or a repetition"
                received.segments.append(frame.segment)
                received.size = frame.offset + len(frame.segment.data)
            elif isinstance(frame, End):
                received.end = frame
            elif isinstance(frame, Gap):
                received.gap = frame.reason
