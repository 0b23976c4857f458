"""`/v1/feed`: what was kept after `since`, then what happens, in order."""

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from backend.settings import SELFTEST_PROFILE
from backend.store.errors import StoreError
from backend.store.events import events_after, newest_seq, purged_seq
from backend.store.records import Client
from backend.web.context import CONTEXT, Context, client_by_token, is_control
from backend.web.feed_hub import Subscriber
from backend.web.view import event_for

HELLO_S = 10.0
PING_S = 20.0
PAGE = 500
NOT_PAIRED, BAD_HELLO = 4401, 4400


async def hello(request: web.Request, socket: web.WebSocketResponse) -> tuple[Client, int] | None:
    """The client's first message: who it is and what it has. Closes the socket and gives None when that is no good."""
    context = request.app[CONTEXT]
    try:
        frame = await asyncio.wait_for(socket.receive(), HELLO_S)
        first = json.loads(frame.data) if frame.type == WSMsgType.TEXT else None
    except (TimeoutError, ValueError):
        first = None
    if not isinstance(first, dict) or first.get("type") != "hello" or not isinstance(first.get("token"), str):
        await _refuse(socket, BAD_HELLO, "The first message must be a hello with a token.", "Pair again.")
        return None
    token, since = first["token"], first.get("since", 0)
    since = since if isinstance(since, int) and not isinstance(since, bool) and since >= 0 else 0
    if is_control(context, token):
        return Client("control", SELFTEST_PROFILE, "owner", "supervisor"), since
    client = await client_by_token(context, token)
    if client is None:
        await _refuse(socket, NOT_PAIRED, "This client is not paired.", "Pair it with a code first.")
        return None
    return client, since


async def _refuse(socket: web.WebSocketResponse, code: int, error: str, fix: str) -> None:
    if not socket.closed:
        await socket.send_json({"type": "error", "error": error, "fix": fix})
        await socket.close(code=code, message=error.encode())


async def feed(request: web.Request) -> web.WebSocketResponse:
    """Serve one listener until it goes."""
    context = request.app[CONTEXT]
    socket = web.WebSocketResponse(heartbeat=45, max_msg_size=64 * 1024)
    await socket.prepare(request)
    greeted = await hello(request, socket)
    if greeted is None:
        return socket
    client, since = greeted

    def cut() -> None:
        if request.transport is not None:
            request.transport.abort()

    subscriber = Subscriber(client, cut)
    context.hub.add(subscriber)
    sending = asyncio.create_task(_send(context, socket, subscriber, since), name="feed")
    try:
        async for _ in socket:
            pass
    finally:
        context.hub.remove(subscriber)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return socket


def status_for(context: Context, client: Client) -> dict[str, object]:
    """The status event as this client sees it."""
    language = context.profiles.get(client.profile).language
    return {"type": "status", "status": context.status.report(client.profile, language)}


async def _send(context: Context, socket: web.WebSocketResponse, subscriber: Subscriber, since: int) -> None:
    try:
        await _put(socket, None, status_for(context, subscriber.client))
        told = await _send_kept(context, socket, subscriber.client, since)
        while True:
            try:
                seq, body = await asyncio.wait_for(subscriber.queue.get(), PING_S)
            except TimeoutError:
                await _put(socket, None, {"type": "ping"})
                continue
            if seq is None or seq > told:
                await _put(socket, seq, body)
    except ConnectionError:
        pass


async def _send_kept(context: Context, socket: web.WebSocketResponse, client: Client, since: int) -> int:
    """Send kept events after `since`. Returns the last sequence number that was read from the store."""
    try:
        newest = await context.writer(newest_seq, context.store)
        purged = await context.writer(purged_seq, context.store, client.profile)
        if since > newest or 0 < since < purged:
            since = purged if since < purged else 0
            await _put(socket, None, {"type": "reset", "since": since})
        while True:
            events = await context.writer(events_after, context.store, client.profile, since, PAGE)
            for event in events:
                body = event_for(client, event.body)
                if body is not None:
                    await _put(socket, event.seq, body)
                since = event.seq or since
            if len(events) < PAGE:
                return since
    except StoreError:
        # the status event has said why; live events still come
        return since


async def _put(socket: web.WebSocketResponse, seq: int | None, body: dict[str, Any]) -> None:
    await socket.send_str(json.dumps(body if seq is None else {"seq": seq, **body}, ensure_ascii=False))
