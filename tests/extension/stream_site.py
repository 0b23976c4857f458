"""A page under the name of a real service that streams the same text in every framing a chat may use."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.extension.local_site import LocalSite

TEXT = "Grüße aus Łódź: 🌱 ein Gespräch über Tomaten, “Regen” und 漢字.\n"
LINES = [TEXT.replace("Tomaten", f"Tomaten {number}") for number in range(5)]
SSE = "".join(f"event: delta\ndata: {line.strip()}\n\n" for line in LINES).encode()
NDJSON = "".join(f'{{"text": "{line.strip()}"}}\n' for line in LINES).encode()
BINARY = bytes(range(256))
PIECE = 37  # cuts characters in half
PACE_S = 0.01

_TYPES = {"sse": "text/event-stream", "ndjson": "application/x-ndjson", "json": "application/json"}


@dataclass
class StreamSite(LocalSite):
    """`asked`: path and body of each request. `gone`: paths whose client left before the end."""

    names: tuple[str, ...] = ("chatgpt.com", "ws.chatgpt.com")
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=16 << 20)
        app.router.add_get("/", self._page)
        app.router.add_get("/worker.js", self._worker)
        app.router.add_get("/socket", self._socket)
        app.router.add_route("*", "/{any:.*}", self._answer)
        return app

    def options(self) -> dict[str, Any]:
        # A request whose client has gone is cancelled, which is how `gone` is known.
        return {"handler_cancellation": True}

    async def _page(self, _: web.Request) -> web.Response:
        policy = "default-src 'none'; script-src 'nonce-x'; connect-src 'self' wss://ws.chatgpt.com; worker-src 'self'"
        script = "<script nonce=x>window.early = fetch.toString();</script>"
        return web.Response(
            text=f"<!doctype html><title>chat</title><p>chat</p>{script}",
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    async def _worker(self, _: web.Request) -> web.Response:
        """A worker of either kind: sends a chat when it is told to where."""
        code = """self.onmessage = async ({data, ports: [port]}) => {
          const answer = await fetch(data, {method: 'POST', body: 'x'});
          port.postMessage(await answer.text());
        };"""
        return web.Response(text=code, content_type="text/javascript")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """`?as=sse|ndjson|json`; `?endless` never ends; the path is free."""
        self.asked.append((request.path, await request.read()))
        kind = request.query.get("as", "sse")
        response = web.StreamResponse(headers={"Content-Type": _TYPES[kind], "X-Chat": "yes"})
        await response.prepare(request)
        body = SSE if kind == "sse" else NDJSON
        try:
            while True:
                for at in range(0, len(body), PIECE):
                    await response.write(body[at : at + PIECE])
                    await asyncio.sleep(PACE_S)
                if "endless" not in request.query:
                    return response
        except (asyncio.CancelledError, ConnectionError):
            self.gone.append(request.path)
            raise

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """Says back what it hears, text as text and bytes as bytes."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
        return socket
