"""A chat page on local TLS under the names of real services: it streams over HTTP and over a WebSocket."""

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiohttp import web

PAGE = Path(__file__).with_name("chat_page.html")


@dataclass
class ChatSite:
    """`asked`: (path, Unix seconds) of each question, as a proxy in between would have seen it."""

    folder: Path
    names: tuple[str, ...] = ("chatgpt.com", "character.ai", "neo.character.ai")
    port: int = 0
    root: Path = field(init=False)
    asked: list[tuple[str, float]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> "ChatSite":
        authority = trustme.CA()
        self.root = self.folder / "site-ca.pem"
        self.root.write_bytes(authority.cert_pem.bytes())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*self.names).configure_cert(context)
        app = web.Application()
        app.router.add_get("/ws/", self._socket)
        app.router.add_post("/backend-api/f/conversation", self._answer)
        app.router.add_get("/{any:.*}", self._page)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def hosts(self) -> dict[str, int]:
        return dict.fromkeys(self.names, self.port)

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text(), content_type="text/html", headers=self.headers)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Sends the question's words back one by one: the test decides what the service says."""
        self.asked.append((request.path, time.time()))
        words = (await request.text()).split(" ")
        response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
        await response.prepare(request)
        for word in words:
            await response.write(f"{word} ".encode())
            await asyncio.sleep(0.01)
        return response

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        self.asked.append((request.path, time.time()))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket
