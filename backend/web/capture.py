"""`/v1/capture`: the extension's bytes, through the same stations. A page can forge them: see the pipeline."""

import asyncio
import json

import msgspec
from aiohttp import WSMsgType, web

from backend.pipeline import Sender
from backend.web.context import CONTEXT
from backend.web.feed import hello
from backend.web.view import OWN
from proxy.hosts import listed
from proxy.link import MAX_FRAME, Ack, FromProxy, Notice, Open, decode

_json: msgspec.json.Decoder[FromProxy] = msgspec.json.Decoder(FromProxy)


async def capture(request: web.Request) -> web.WebSocketResponse:
    """Serve one extension until it goes."""
    context = request.app[CONTEXT]
    socket = web.WebSocketResponse(max_msg_size=2 * MAX_FRAME, heartbeat=45)
    await socket.prepare(request)
    greeted = await hello(request, socket)
    if greeted is None:
        return socket
    client = greeted[0]
    if client.role not in OWN:
        await socket.close(code=4403, message=b"only the watched person's own client may send chats")
        return socket
    out: asyncio.Queue[str] = asyncio.Queue()

    def acknowledge(ack: Ack) -> None:
        out.put_nowait(json.dumps({"type": "ack", **msgspec.structs.asdict(ack)}))

    past_proxy = context.pipeline.past_proxy[client.client]
    told: dict[str, str] = {}

    def tell_capture() -> None:
        nonlocal told
        hosts = context.status.capture_hosts() | dict.fromkeys(past_proxy, "page")
        if hosts != told:
            told = hosts
            out.put_nowait(json.dumps({"type": "capture", "hosts": hosts}))

    sender = Sender("page", acknowledge, client.profile, past_proxy, tell_capture)
    writing = asyncio.create_task(_write(socket, out), name="capture answers")
    context.status.watchers.add(tell_capture)
    tell_capture()
    context.status.page_opened(client.profile)
    try:
        async for frame in socket:
            try:
                if frame.type is WSMsgType.BINARY:
                    message = decode(frame.data)
                elif frame.type is WSMsgType.TEXT:
                    message = _json.decode(frame.data)
                else:
                    continue
            except msgspec.DecodeError:
                await socket.close(code=1003, message=b"not a frame of the link")
                break
            if isinstance(message, Notice) or (isinstance(message, Open) and not listed(message.meta.host)):
                continue
            context.pipeline.receive(message, sender)
    finally:
        context.status.watchers.discard(tell_capture)
        context.status.page_closed(client.profile)
        context.pipeline.sender_lost(sender)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    return socket


async def _write(socket: web.WebSocketResponse, out: asyncio.Queue[str]) -> None:
    try:
        while True:
            await socket.send_str(await out.get())
    except ConnectionError:
        pass
