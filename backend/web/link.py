"""`/internal/link`: the proxy's frames come in, acknowledgements go out."""

import asyncio
import hmac
import logging

import msgspec
from aiohttp import WSMsgType, web

from backend.pipeline import Sender
from backend.web.context import CONTEXT, Refused, bearer
from proxy.link import MAX_FRAME, Ack, decode, encode

logger = logging.getLogger(__name__)


async def link(request: web.Request) -> web.WebSocketResponse:
    """Serve one proxy until it goes."""
    context = request.app[CONTEXT]
    if "Origin" in request.headers or not hmac.compare_digest(bearer(request), context.link_token):
        raise Refused(401, "This is for the proxy only.", "Nothing to do here.")
    socket = web.WebSocketResponse(max_msg_size=MAX_FRAME, compress=False, heartbeat=20)
    await socket.prepare(request)
    acks: asyncio.Queue[Ack] = asyncio.Queue()
    sender = Sender("proxy", acks.put_nowait)
    writing = asyncio.create_task(_write(socket, acks), name="link acks")
    context.status.link_opened()
    try:
        async for frame in socket:
            if frame.type is not WSMsgType.BINARY:
                continue
            try:
                context.pipeline.receive(decode(frame.data), sender)
            except msgspec.DecodeError:
                logger.error("the proxy sent a frame that cannot be read; are proxy and backend of one version?")
                await socket.close(code=1003)
    finally:
        context.status.link_closed()
        context.pipeline.sender_lost(sender)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    return socket


async def _write(socket: web.WebSocketResponse, acks: asyncio.Queue[Ack]) -> None:
    try:
        while True:
            ack = await acks.get()
            while not acks.empty() and not ack.done:
                # of several for one exchange the last says everything
                following = acks.get_nowait()
                if following.exchange_id != ack.exchange_id:
                    await socket.send_bytes(encode(ack))
                ack = following
            await socket.send_bytes(encode(ack))
    except ConnectionError:
        pass
