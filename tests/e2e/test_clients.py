"""Official clients and a WebSocket client through the real proxy: same bytes as without it, and the alerts rise."""

import asyncio
import json
import ssl
import uuid
from typing import Any

import aiohttp
import httpx
import openai
import pytest

from backend.demo import script
from bench.stack import Stack, following

pytestmark = pytest.mark.process

SCRIPT = script.load()
GOODBYE = SCRIPT.conversations[0].turns[1]
DELUSION = SCRIPT.conversations[0].turns[2]
HARMLESS = SCRIPT.conversations[0].turns[0]


def context(stack: Stack, *, direct: bool = False) -> ssl.SSLContext:
    """Trust in the local service's own CA (direct) or in ours (through the proxy)."""
    made = ssl.create_default_context(cafile=str(stack.service_ca) if direct else stack.ca)
    if not direct:
        made.verify_flags |= ssl.VERIFY_X509_STRICT
    return made


def openai_client(stack: Stack) -> openai.AsyncOpenAI:
    http = httpx.AsyncClient(proxy=stack.proxy, verify=context(stack), trust_env=False)
    return openai.AsyncOpenAI(api_key="none", base_url="https://api.openai.com/v1", http_client=http, max_retries=0)


async def test_openai_stream_warns_before_its_last_chunk(stack: Stack, session: aiohttp.ClientSession) -> None:
    async with following(stack, session) as feed, openai_client(stack) as client:
        stream = await client.chat.completions.create(
            model="demo", stream=True, messages=[{"role": "user", "content": GOODBYE.user}]
        )
        text, early = "", 0
        async for chunk in stream:
            text += chunk.choices[0].delta.content or ""
            early = early or (len(text) if feed.alerts() else 0)
        await feed.wait_for(lambda f: bool(f.alerts()))
    assert text == GOODBYE.answer
    alert = feed.alerts()[0]
    assert alert["label"] == "manipulation"
    assert alert["quote"] in text
    assert 0 < early < len(text)
    assert alert["exchange"]["host"] == "api.openai.com"
    assert alert["exchange"]["path"] == "/v1/chat/completions"
    assert alert["t_alert"] >= alert["t_wire"]


async def test_ordinary_talk_is_quiet(stack: Stack, session: aiohttp.ClientSession) -> None:
    async with following(stack, session) as feed, openai_client(stack) as client:
        await client.chat.completions.create(model="demo", messages=[{"role": "user", "content": HARMLESS.user}])
        await client.chat.completions.create(model="demo", messages=[{"role": "user", "content": DELUSION.user}])
        await feed.wait_for(lambda f: bool(f.alerts()))
    assert all(a["quote"] not in HARMLESS.answer for a in feed.alerts())


async def raw_stream(session: aiohttp.ClientSession, stack: Stack, port: int | None, said: str) -> bytes:
    """Body bytes of one streamed answer, through the proxy (port None) or direct."""
    url = "https://api.openai.com/v1/chat/completions"
    proxy: str | None = stack.proxy
    headers = {}
    if port is not None:
        url, proxy, headers = f"https://127.0.0.1:{port}/v1/chat/completions", None, {"Host": "api.openai.com"}
    made = context(stack, direct=port is not None)
    made.check_hostname = port is None
    body = {"model": "demo", "stream": True, "messages": [{"role": "user", "content": said}]}
    async with session.post(url, json=body, proxy=proxy, ssl=made, headers=headers) as response:
        return await response.read()


async def test_body_bytes_are_the_same_with_and_without(stack: Stack, session: aiohttp.ClientSession) -> None:
    def fixed(body: bytes) -> list[Any]:
        events = [json.loads(line[6:]) for line in body.split(b"\n\n") if line.startswith(b"data: {")]
        return [event | {"id": ""} for event in events]

    through = await raw_stream(session, stack, None, GOODBYE.user)
    direct = await raw_stream(session, stack, stack.service_port, GOODBYE.user)
    assert len(through) == len(direct)
    assert fixed(through) == fixed(direct)
    assert through.endswith(b"data: [DONE]\n\n")


async def test_character_ai_socket(stack: Stack, session: aiohttp.ClientSession) -> None:
    turn = SCRIPT.conversations[1].turns[0]
    chat = str(uuid.uuid4())
    candidate = {"candidate_id": str(uuid.uuid4()), "raw_content": turn.user}
    human = {
        "turn_key": {"chat_id": chat, "turn_id": str(uuid.uuid4())},
        "author": {"author_id": "1", "is_human": True},
        "candidates": [candidate],
        "primary_candidate_id": candidate["candidate_id"],
    }
    call = {"command": "create_and_generate_turn", "payload": {"character_id": "mira", "turn": human}}
    async with (
        following(stack, session) as feed,
        session.ws_connect("wss://neo.character.ai/ws/", proxy=stack.proxy, ssl=context(stack)) as socket,
    ):
        await socket.send_json(call)
        shown: dict[str, Any] = {}
        async with asyncio.timeout(20):
            while not shown.get("is_final"):
                shown = (await socket.receive_json())["turn"]["candidates"][0]
        await feed.wait_for(lambda f: bool(f.alerts()))
    assert shown["raw_content"] == turn.answer
    alert = feed.alerts()[0]
    assert alert["conversation_id"] == chat
    assert alert["service"] == "character_ai"
    assert alert["exchange"]["path"] == "/ws/"


async def test_unlisted_host_keeps_its_own_certificate(stack: Stack, session: aiohttp.ClientSession) -> None:
    """A CONNECT to a host that is not listed reaches the upstream's own certificate."""
    upstream = ssl.create_default_context(cafile=str(stack.service_ca))
    upstream.check_hostname = False
    url = f"https://127.0.0.1:{stack.service_port}/"
    async with session.get(url, proxy=stack.proxy, ssl=upstream) as response:
        assert response.status == 200
        assert "Mira" in await response.text()
