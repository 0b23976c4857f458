"""Local servers that speak the Anthropic Messages stream and Ollama's native NDJSON, for their official clients."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator

import trustme
from aiohttp import web

from backend.demo.script import Script, load, pieces

SCRIPT = web.AppKey("SCRIPT", Script)
PACE = 0.02


async def anthropic_messages(request: web.Request) -> web.StreamResponse:
    """`POST /v1/messages` with stream: true (docs.anthropic.com, "Streaming messages"), with a thinking block first."""
    body = await request.json()
    content = body["messages"][-1]["content"]
    said = content if isinstance(content, str) else "".join(p.get("text", "") for p in content)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)

    async def send(kind: str, **fields: object) -> None:
        data = json.dumps({"type": kind} | fields)
        await response.write(f"event: {kind}\ndata: {data}\n\n".encode())

    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {
        "id": "msg_local_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    await send("message_start", message=message)
    await send("content_block_start", index=0, content_block={"type": "thinking", "thinking": "", "signature": ""})
    await send("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "Hidden, never speech."})
    await send("content_block_stop", index=0)
    await send("ping")
    await send("content_block_start", index=1, content_block={"type": "text", "text": ""})
    for piece in pieces(request.app[SCRIPT].answer_to(said)):
        await send("content_block_delta", index=1, delta={"type": "text_delta", "text": piece})
        await asyncio.sleep(PACE)
    await send("content_block_stop", index=1)
    await send("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=usage)
    await send("message_stop")
    return response


async def ollama_chat(request: web.Request) -> web.StreamResponse:
    """`POST /api/chat` (Ollama API document, "Generate a chat completion")."""
    body = await request.json()
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)

    async def send(text: str, **fields: object) -> None:
        line = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "done": False}
        line |= {"message": {"role": "assistant", "content": text}} | fields
        await response.write(json.dumps(line).encode() + b"\n")

    for piece in pieces(request.app[SCRIPT].answer_to(body["messages"][-1]["content"])):
        await send(piece)
        await asyncio.sleep(PACE)
    await send("", done=True, done_reason="stop")
    return response


@contextlib.asynccontextmanager
async def serve(host: str | None = None, authority: trustme.CA | None = None) -> AsyncIterator[int]:
    """Both services on a free loopback port, with TLS for `host` when an authority is given."""
    app = web.Application()
    app[SCRIPT] = load()
    app.router.add_post("/v1/messages", anthropic_messages)
    app.router.add_post("/api/chat", ollama_chat)
    context = None
    if authority is not None and host is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()
