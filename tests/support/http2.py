"""A local TLS server that speaks HTTP/2 only: each POST is answered with server-sent events."""

import asyncio
import ssl
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.support.certificates import TestAuthority
from tests.support.upstream import sse_event


@dataclass
class Http2Upstream:
    """Use as an async context manager. `bodies` and `headers` record the requests, bodies by connection and stream."""

    authority: TestAuthority
    names: tuple[str, ...] = ("chatgpt.com",)
    port: int = 0
    bodies: dict[tuple[int, int], bytes] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    _server: asyncio.Server | None = None
    _answers: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> "Http2Upstream":
        context = self.authority.server_context(*self.names)
        context.set_alpn_protocols(["h2"])
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.headers.append(dict(event.headers))
                    self.bodies[number, event.stream_id] = b""
                elif isinstance(event, h2.events.DataReceived):
                    self.bodies[number, event.stream_id] += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    task = asyncio.create_task(self._answer(connection, writer, event.stream_id))
                    self._answers.add(task)
            writer.write(connection.data_to_send())
        writer.close()

    async def _answer(self, connection: h2.connection.H2Connection, writer: asyncio.StreamWriter, stream: int) -> None:
        headers = [(":status", "200"), ("content-type", "text/event-stream"), ("alt-svc", 'h3=":443"')]
        connection.send_headers(stream, headers)
        for number in range(20):
            connection.send_data(stream, sse_event(number))
            writer.write(connection.data_to_send())
            await asyncio.sleep(0.005)
        connection.end_stream(stream)
        writer.write(connection.data_to_send())
