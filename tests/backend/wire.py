"""Chats as the proxy would report them: exchange metas, segments, and a link client that sends them."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import Ack, Data, End, FromProxy, HeadMsg, Open, decode_ack, encode


def request_body(messages: list[tuple[str, str]]) -> bytes:
    """An OpenAI chat-completions request that streams."""
    talk = [{"role": role, "content": text} for role, text in messages]
    return json.dumps({"model": "gpt-4o-mini", "stream": True, "messages": talk}).encode()


def sse(delta: dict[str, Any], answer_id: str = "chatcmpl-1", finish: str | None = None) -> bytes:
    """One chunk of an answer."""
    chunk = {
        "id": answer_id,
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


@dataclass
class Chat:
    """One exchange: a request and an answer in pieces."""

    exchange_id: str
    messages: list[tuple[str, str]]
    pieces: list[str]
    answer_id: str = "chatcmpl-1"
    host: str = "api.openai.com"
    profile: str | None = None
    t_start: float = field(default_factory=time.time)

    def meta(self) -> ExchangeMeta:
        return ExchangeMeta(
            exchange_id=self.exchange_id,
            kind="http",
            method="POST",
            scheme="https",
            host=self.host,
            port=443,
            path="/v1/chat/completions",
            request_content_type="application/json",
            profile=self.profile,
            t_start=self.t_start,
        )

    def segments(self) -> list[Segment]:
        t = self.t_start
        parts = [Segment(direction="c2s", data=request_body(self.messages), t=t)]
        for number, piece in enumerate(self.pieces):
            delta = {"content": piece} | ({"role": "assistant"} if number == 0 else {})
            parts.append(Segment(direction="s2c", data=sse(delta, self.answer_id), t=t + 0.01 * number))
        end = sse({}, self.answer_id, "stop") + b"data: [DONE]\n\n"
        parts.append(Segment(direction="s2c", data=end, t=t + 0.01 * len(self.pieces)))
        return parts

    def frames(self, upto: int | None = None) -> list[FromProxy]:
        """Everything the proxy sends; only the first `upto` segments and no end when given."""
        offset = 0
        frames: list[FromProxy] = [Open(self.meta())]
        segments = self.segments()
        for number, segment in enumerate(segments[:upto]):
            if number == 1:
                frames.append(HeadMsg(self.exchange_id, Head(status=200, content_type="text/event-stream")))
            frames.append(Data(self.exchange_id, offset, segment))
            offset += len(segment.data)
        if upto is None:
            frames.append(End(self.exchange_id, offset, True))
        return frames


class LinkClient:
    """The proxy's end of the link."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.acks: list[Ack] = []

    async def send(self, frames: list[FromProxy], pause: float = 0.0) -> None:
        for frame in frames:
            await self.socket.send_bytes(encode(frame))
            if pause:
                await asyncio.sleep(pause)

    async def until_done(self, exchange_id: str, limit: float = 15.0) -> Ack:
        """Read acknowledgements until the exchange is done."""
        async with asyncio.timeout(limit):
            while True:
                message = await self.socket.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, message
                ack = decode_ack(message.data)
                self.acks.append(ack)
                if ack.exchange_id == exchange_id and ack.done:
                    return ack


@contextlib.asynccontextmanager
async def linked(api: str, token: str) -> AsyncIterator[LinkClient]:
    """A connected link."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{api}/internal/link", headers={"Authorization": f"Bearer {token}"}) as socket,
    ):
        yield LinkClient(socket)


async def pair(api: str, code: str, name: str = "test") -> dict[str, Any]:
    """Pair a client."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{api}/v1/pair", json={"code": code, "name": name}) as answer,
    ):
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


class Feed:
    """A listener on the feed. events: everything but pings, in order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []

    async def next(self, kind: str, limit: float = 10.0) -> dict[str, Any]:
        """The next event of a type; others are kept in `events` too."""
        async with asyncio.timeout(limit):
            while True:
                event = json.loads((await self.socket.receive()).data)
                self.events.append(event)
                if event["type"] == kind:
                    return dict(event)

    async def quiet(self, seconds: float = 0.4) -> list[dict[str, Any]]:
        """Everything that comes until nothing does for a while."""
        start = len(self.events)
        with contextlib.suppress(TimeoutError):
            while True:
                message = await asyncio.wait_for(self.socket.receive(), seconds)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                self.events.append(json.loads(message.data))
        return self.events[start:]


@contextlib.asynccontextmanager
async def listening(api: str, token: str, since: int = 0) -> AsyncIterator[Feed]:
    """A feed that has said hello."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{api}/v1/feed") as socket:
        await socket.send_json({"type": "hello", "token": token, "since": since})
        yield Feed(socket)


def alerts(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The alerts among events."""
    return [event["alert"] for event in events if event["type"] == "alert"]
