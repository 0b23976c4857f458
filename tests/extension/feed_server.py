"""A backend as the extension sees it: pairing, the feed, dismissals, page capture. Real sockets, no scoring."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from backend.web.pairing import mint, port_of
from tests.support.browser import extension_id


def status(**changes: Any) -> dict[str, Any]:
    """A status in which all is well."""
    well: dict[str, Any] = {
        "ready": True,
        "link": "up",
        "capture": {},
        "not_scored": [],
        "protected": True,
        "reasons": [],
    }
    return {**well, **changes}


@dataclass
class Captured:
    """One exchange as it was told. up, down: bodies or socket messages, (frame, bytes) in order; opened: how often."""

    meta: dict[str, Any]
    head: dict[str, Any] = field(default_factory=dict)
    up: list[tuple[str, bytes]] = field(default_factory=list)
    down: list[tuple[str, bytes]] = field(default_factory=list)
    size: int = 0
    complete: bool | None = None
    gap: str = ""
    opened: int = 1

    @property
    def asked(self) -> bytes:
        return b"".join(data for _, data in self.up)

    @property
    def answered(self) -> bytes:
        return b"".join(data for _, data in self.down)


@dataclass
class FeedServer:
    """Use as a context manager. hellos: the `since` of each accepted connection; dismissed: ids; pairings: bodies.

    captured: exchanges of page capture by id. hosts: who reads which host. acknowledge: exchanges that ended are done.
    """

    port: int = 0
    token: str = "token-of-the-test"
    status: dict[str, Any] = field(default_factory=status)
    events: list[dict[str, Any]] = field(default_factory=list)
    hellos: list[int] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)
    pairings: list[dict[str, Any]] = field(default_factory=list)
    origins: set[str] = field(default_factory=set)
    allowed: set[str] = field(default_factory=set)
    captured: dict[str, Captured] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    acknowledge: bool = True
    _capturing: set[web.WebSocketResponse] = field(default_factory=set)
    _sockets: set[web.WebSocketResponse] = field(default_factory=set)
    _runner: web.AppRunner | None = None
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def code(self) -> str:
        """A code for this port; any code of the port pairs."""
        return mint(self.port)

    @property
    def connected(self) -> bool:
        return bool(self._sockets)

    async def start(self) -> None:
        app = web.Application(middlewares=[self._cors])
        app.router.add_post("/v1/pair", self._pair)
        app.router.add_get("/v1/feed", self._feed)
        app.router.add_get("/v1/capture", self._capture)
        app.router.add_post("/v1/alerts/{alert_id}/dismiss", self._dismiss)
        app.router.add_route("OPTIONS", "/{any:.*}", self._preflight)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for socket in [*self._sockets, *self._capturing]:
            await socket.close(code=1001)
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    async def __aenter__(self) -> "FeedServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def send(self, **event: Any) -> int:
        """Keep an event and send it to who is connected; its sequence number."""
        event = {"seq": len(self.events) + 1, **event}
        self.events.append(event)
        await self.say(event)
        return int(event["seq"])

    async def alert(self, alert: dict[str, Any]) -> None:
        await self.send(type="alert", alert={**alert, "t_alert": time.time()})

    async def say(self, message: dict[str, Any]) -> None:
        """Send something that is not kept."""
        for socket in list(self._sockets):
            await socket.send_json(message)

    async def live(self, **changes: Any) -> None:
        """Change the status and say so."""
        self.status = status(**changes)
        await self.say({"type": "status", "status": self.status})

    async def until(self, done: Any, limit: float = 10) -> None:
        """Wait until `done()` holds; it is looked at whenever the extension said something."""
        async with asyncio.timeout(limit), self._heard:
            await self._heard.wait_for(done)

    async def _note(self) -> None:
        async with self._heard:
            self._heard.notify_all()

    @web.middleware
    async def _cors(self, request: web.Request, handler: Any) -> web.StreamResponse:
        origin = request.headers.get("Origin", "")
        self.origins.add(origin)
        if origin not in self.allowed and origin != f"chrome-extension://{extension_id()}":
            return web.Response(status=403)
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers["Access-Control-Allow-Origin"] = origin
        return response

    async def _preflight(self, request: web.Request) -> web.Response:
        allowed = {
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Allow-Methods": "POST",
        }
        return web.Response(status=204, headers=allowed)

    async def _pair(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.pairings.append(body)
        if port_of(body["code"]) != self.port:
            return web.json_response({"error": "no such code"}, status=404)
        return web.json_response({"token": self.token, "client": "c1", "profile": "Alex", "role": "owner"})

    async def _dismiss(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        self.dismissed.append(request.match_info["alert_id"])
        await self._note()
        return web.json_response({"ok": True})

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = json.loads((await socket.receive()).data)
        if hello["token"] != self.token:
            await socket.close(code=4401)
            return socket
        self.hellos.append(hello["since"])
        for event in self.events:
            if event["seq"] > hello["since"]:
                await socket.send_json(event)
        await socket.send_json({"type": "status", "status": self.status})
        self._sockets.add(socket)
        await self._note()
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
        self._sockets.discard(socket)
        await self._note()
        return socket

    async def exchange(self, path: str, limit: float = 10) -> Captured:
        """The one captured exchange of this path, once it has ended."""

        def ended() -> Captured | None:
            found = [one for one in self.captured.values() if one.meta["path"].partition("?")[0] == path]
            assert len(found) < 2, found
            return found[0] if found and (found[0].complete is not None or found[0].gap) else None

        await self.until(ended, limit)
        found = ended()
        assert found is not None
        return found

    async def cut_capture(self) -> None:
        """End the capture connections, as a backend that goes away."""
        for socket in list(self._capturing):
            await socket.close(code=1001)

    async def _capture(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = json.loads((await socket.receive()).data)
        if hello["token"] != self.token:
            await socket.close(code=4401)
            return socket
        await socket.send_json({"type": "capture", "hosts": self.hosts})
        self._capturing.add(socket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            done = self._frame(json.loads(message.data))
            if done and self.acknowledge:
                await socket.send_json({"type": "ack", "exchange_id": done, "offset": 0, "done": True})
            await self._note()
        self._capturing.discard(socket)
        return socket

    def _frame(self, frame: dict[str, Any]) -> str | None:
        """Take one frame; the id of an exchange that has ended with it."""
        if frame["type"] == "open":
            meta = frame["meta"]
            before = self.captured.get(meta["exchange_id"])
            self.captured[meta["exchange_id"]] = Captured(meta, opened=before.opened + 1 if before else 1)
            return None
        known = self.captured[frame["exchange_id"]]
        match frame["type"]:
            case "head":
                known.head = frame["head"]
            case "data":
                segment = frame["segment"]
                data = base64.b64decode(segment["data"])
                assert frame["offset"] == known.size, "bytes are missing or came twice"
                known.size += len(data)
                (known.up if segment["direction"] == "c2s" else known.down).append((segment["frame"], data))
            case "end":
                known.complete = frame["complete"]
                return str(frame["exchange_id"])
            case "gap":
                known.gap = frame["reason"]
                return str(frame["exchange_id"])
        return None
