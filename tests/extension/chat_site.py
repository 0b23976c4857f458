"""A chat page on local TLS under the names of real services: it streams over HTTP and over a WebSocket."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from tests.extension.local_site import LocalSite

PAGE = Path(__file__).with_name("chat_page.html")


@dataclass
class ChatSite(LocalSite):
    """`asked`: (path, Unix seconds) of each question, as a proxy in between would have seen it."""

    names: tuple[str, ...] = ("chatgpt.com", "character.ai", "neo.character.ai")
    asked: list[tuple[str, float]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/ws/", self._socket)
        app.router.add_post("/backend-api/f/conversation", self._answer)
        app.router.add_get("/{any:.*}", self._page)
        return app

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
