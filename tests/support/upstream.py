"""A local TLS server that answers in the ways a chat service does."""

import asyncio
import gzip
import hashlib
import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.support.certificates import TestAuthority

WORDS = [f"word{number} é🙂 ".encode() for number in range(20)]


def sse_body(count: int = 20) -> bytes:
    """The whole body of `POST /sse`."""
    return b"".join(sse_event(number) for number in range(count))


def sse_event(number: int) -> bytes:
    """One event of it."""
    return f"event: delta\ndata: {json.dumps({'n': number, 'text': f'part {number} '})}\n\n".encode()


@dataclass
class Upstream:
    """An aiohttp server on a free port; `seen` records each request's path and headers, `hashes` the body's SHA-256."""

    authority: TestAuthority
    names: tuple[str, ...] = ("chatgpt.com", "api.openai.com", "neo.character.ai", "plain.example")
    tls: bool = True
    port: int = 0
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    pause: float = 0.01
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> "Upstream":
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/sse", self._sse)
        app.router.add_post("/held", self._held)
        app.router.add_post("/ndjson", self._ndjson)
        app.router.add_post("/json", self._json)
        app.router.add_get("/history", self._history)
        app.router.add_post("/gzip", self._gzip)
        app.router.add_post("/big", self._big)
        app.router.add_post("/cut", self._cut)
        app.router.add_get("/picture", self._picture)
        app.router.add_get("/challenge", self._challenge)
        app.router.add_get("/ws/", self._socket)
        app.router.add_get("/{any:.*}", self._any)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        context = self.authority.server_context(*self.names) if self.tls else None
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hold.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def connect_to(self) -> str:
        """The rule that sends every host's port 443 here."""
        return f":443:127.0.0.1:{self.port}"

    async def _note(self, request: web.Request) -> bytes:
        body = await request.read()
        self.seen.append((request.path, dict(request.headers)))
        self.hashes.append(hashlib.sha256(body).hexdigest())
        return body

    async def _stream(self, request: web.Request, content_type: str) -> web.StreamResponse:
        headers = {"Content-Type": content_type, "Alt-Svc": 'h3=":443"; ma=86400', "X-Kept": "yes"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        return response

    async def _sse(self, request: web.Request) -> web.StreamResponse:
        await self._note(request)
        response = await self._stream(request, "text/event-stream; charset=utf-8")
        for number in range(20):
            await response.write(sse_event(number))
            await asyncio.sleep(self.pause)
        return response

    async def _held(self, request: web.Request) -> web.StreamResponse:
        """Half of the events, then the rest when `hold` is set."""
        await self._note(request)
        response = await self._stream(request, "text/event-stream")
        for number in range(20):
            if number == 10:
                await self.hold.wait()
            await response.write(sse_event(number))
        return response

    async def _ndjson(self, request: web.Request) -> web.StreamResponse:
        await self._note(request)
        response = await self._stream(request, "application/x-ndjson")
        for word in WORDS:
            await response.write(word + b"\n")
            await asyncio.sleep(self.pause)
        return response

    async def _json(self, request: web.Request) -> web.Response:
        body = await self._note(request)
        return web.json_response({"echo": body.decode(), "text": "answer é"})

    async def _history(self, request: web.Request) -> web.Response:
        await self._note(request)
        return web.json_response({"messages": ["one", "two"]})

    async def _gzip(self, request: web.Request) -> web.Response:
        """Compressed although nobody asked for it."""
        await self._note(request)
        body = gzip.compress(b'{"text": "squeezed"}', mtime=0)
        return web.Response(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})

    async def _big(self, request: web.Request) -> web.StreamResponse:
        body = await self._note(request)
        response = await self._stream(request, "text/event-stream")
        for _ in range(int(body or b"0")):
            await response.write(b"data: " + b"x" * 65_000 + b"\n\n")
        return response

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        """Some bytes, then the connection breaks."""
        await self._note(request)
        response = await self._stream(request, "text/event-stream")
        await response.write(sse_event(0))
        await asyncio.sleep(0.05)
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _picture(self, request: web.Request) -> web.Response:
        await self._note(request)
        return web.Response(body=bytes(range(256)) * 64, content_type="image/png")

    async def _challenge(self, request: web.Request) -> web.Response:
        await self._note(request)
        page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"
        return web.Response(status=403, text=page, content_type="text/html")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        self.seen.append((request.path, dict(request.headers)))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                for number in range(3):
                    await socket.send_str(f"{number}:{message.data}")
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data[::-1])
        return socket

    async def _any(self, request: web.Request) -> web.Response:
        await self._note(request)
        return web.Response(text=f"you asked for {request.path}")
