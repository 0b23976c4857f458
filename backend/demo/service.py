"""A local companion service: real TLS, and on the wire exactly what three real services speak.

* OpenAI chat-completions stream: `POST /v1/chat/completions` (platform.openai.com API reference, "Streaming").
* ChatGPT web, delta encoding v1: `POST /backend-api/f/conversation`.
* Character.AI: WebSocket `/ws/`.
* `GET /`: a chat page for the browser demonstration.
"""

import asyncio
import contextlib
import json
import ssl
import uuid
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import trustme
from aiohttp import WSMsgType, web

from backend.demo.script import Script, pieces

PACE = web.AppKey("PACE", float)
SCRIPT = web.AppKey("SCRIPT", Script)


def application(script: Script, pace: float) -> web.Application:
    """The service. pace: seconds between two pieces of an answer."""
    app = web.Application()
    app[PACE] = pace
    app[SCRIPT] = script
    app.router.add_post("/v1/chat/completions", openai_chat)
    app.router.add_post("/backend-api/f/conversation", chatgpt_web)
    app.router.add_get("/ws/", character_ai)
    app.router.add_get("/", page)
    return app


@contextlib.asynccontextmanager
async def serve(script: Script, hosts: list[str], pace: float, authority: trustme.CA) -> AsyncIterator[int]:
    """Serve with a certificate for `hosts` on a free loopback port; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    runner = web.AppRunner(application(script, pace), shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()


async def _sse(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    return response


async def openai_chat(request: web.Request) -> web.StreamResponse:
    """Chat completions, streamed or whole."""
    body = await request.json()
    said = next((m["content"] for m in reversed(body["messages"]) if m["role"] == "user"), "")
    answer = request.app[SCRIPT].answer_to(said)
    common = {"id": f"chatcmpl-{uuid.uuid4().hex[:24]}", "created": 0, "model": body.get("model", "demo")}
    if not body.get("stream"):
        message = {"role": "assistant", "content": answer}
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return web.json_response(common | {"object": "chat.completion", "choices": [choice], "usage": usage})
    response = await _sse(request)

    async def send(delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = common | {"object": "chat.completion.chunk", "choices": [choice]}
        await response.write(f"data: {json.dumps(chunk)}\n\n".encode())

    await send({"role": "assistant", "content": ""})
    for piece in pieces(answer):
        await send({"content": piece})
        await asyncio.sleep(request.app[PACE])
    await send({}, "stop")
    await response.write(b"data: [DONE]\n\n")
    return response


async def chatgpt_web(request: web.Request) -> web.StreamResponse:
    """ChatGPT's own web stream."""
    body = await request.json()
    said = "".join(p for p in body["messages"][-1]["content"]["parts"] if isinstance(p, str))
    conversation = body.get("conversation_id") or str(uuid.uuid4())
    response = await _sse(request)

    async def send(event: str, data: object) -> None:
        await response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    message: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "author": {"role": "assistant", "name": None, "metadata": {}},
        "content": {"content_type": "text", "parts": [""]},
        "status": "in_progress",
        "end_turn": None,
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        "channel": "final",
    }
    await send("delta_encoding", "v1")
    await send("delta", {"p": "", "o": "add", "v": {"message": message, "conversation_id": conversation}, "c": 0})
    for number, piece in enumerate(pieces(request.app[SCRIPT].answer_to(said))):
        await send(
            "delta", {"p": "/message/content/parts/0", "o": "append", "v": piece} if not number else {"v": piece}
        )
        await asyncio.sleep(request.app[PACE])
    ops = [
        {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
        {"p": "/message/end_turn", "o": "replace", "v": True},
    ]
    await send("delta", {"p": "", "o": "patch", "v": ops})
    data = {"type": "message_stream_complete", "conversation_id": conversation}
    await response.write(f"data: {json.dumps(data)}\n\ndata: [DONE]\n\n".encode())
    return response


async def character_ai(request: web.Request) -> web.WebSocketResponse:
    """Character.AI's chat socket: the echo of the human turn, then the growing answer, whole in every frame."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            continue
        call = json.loads(frame.data)
        if call.get("command") != "create_and_generate_turn":
            continue
        human = call["payload"]["turn"]
        chat = human["turn_key"]["chat_id"]
        await socket.send_json({"command": "add_turn", "turn": human | {"state": "STATE_OK"}})
        candidate = {"candidate_id": str(uuid.uuid4()), "raw_content": "", "is_final": False}
        turn = {
            "turn_key": {"chat_id": chat, "turn_id": str(uuid.uuid4())},
            "author": {"author_id": call["payload"].get("character_id", "demo"), "name": "Mira"},
            "candidates": [candidate],
            "primary_candidate_id": candidate["candidate_id"],
        }
        await socket.send_json({"command": "add_turn", "turn": turn})
        for piece in pieces(request.app[SCRIPT].answer_to(human["candidates"][0]["raw_content"])):
            candidate["raw_content"] = f"{candidate['raw_content']}{piece}"
            await socket.send_json({"command": "update_turn", "turn": turn})
            await asyncio.sleep(request.app[PACE])
        candidate["is_final"] = True
        await socket.send_json({"command": "update_turn", "turn": turn})
    return socket


async def page(request: web.Request) -> web.Response:
    """The chat page."""
    text = files("backend.demo").joinpath("page.html").read_text("utf-8")
    return web.Response(text=text, content_type="text/html")
