"""The link: frames survive encoding, and the client reconnects, authenticates and starts again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import Ack, Data, End, FromProxy, Gap, HeadMsg, Link, Notice, Open, decode, decode_ack, encode
from proxy.log import ExchangeLog
from tests.support.link_server import LinkServer
from tests.support.ports import free_port

META = ExchangeMeta(
    exchange_id="a",
    kind="websocket",
    method="GET",
    scheme="wss",
    host="chatgpt.com",
    port=443,
    path="/x?y",
    t_start=1.5,
)


@asynccontextmanager
async def linked(log: ExchangeLog, url: str, token: str = "test-token") -> AsyncIterator[Link]:
    """A running client."""
    link = Link(log, url, token)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    "frame",
    [
        Open(META),
        HeadMsg("a", Head(status=200, content_type="text/event-stream")),
        Data("a", 7, Segment(direction="s2c", data=b"\x00\xff", t=2.5, frame="binary")),
        End("a", 9, False),
        Gap("a", "exchange_too_large"),
        Notice("refused", "chatgpt.com", "tls"),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_frames_survive(frame: FromProxy) -> None:
    data = encode(frame)
    assert decode(data) == frame
    assert "type" in msgspec.msgpack.decode(data)


def test_acks_survive() -> None:
    assert decode_ack(encode(Ack("a", 5, True))) == Ack("a", 5, True)


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x80", msgspec.msgpack.encode({"type": "other"}), encode(Ack("a", 1, True))]
)
def test_anything_else_is_an_error_of_one_kind(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(data)


async def test_it_sends_and_forgets_what_is_done() -> None:
    log = ExchangeLog()
    async with LinkServer() as server, linked(log, server.url) as link:
        log.open(META)
        for number in range(100):
            log.append("a", Segment(direction="s2c", data=b"%03d" % number, t=1.0))
            await asyncio.sleep(0)
        log.end("a", True)
        copy = (await server.finished("/x"))[0]
        assert copy.bytes("s2c") == b"".join(b"%03d" % number for number in range(100))
        assert link.up
        async with asyncio.timeout(5):
            while len(log):
                await asyncio.sleep(0.01)


async def test_a_wrong_token_is_refused_and_tried_again() -> None:
    log = ExchangeLog()
    log.open(META)
    async with LinkServer() as server, linked(log, server.url, "wrong") as link:
        async with asyncio.timeout(5):
            while server.refused < 2:
                await asyncio.sleep(0.01)
        assert not link.up
        assert not server.exchanges


async def test_it_waits_for_a_backend_that_comes_late() -> None:
    log = ExchangeLog()
    log.open(META)
    log.append("a", Segment(direction="s2c", data=b"early", t=1.0))
    port = free_port()
    server = LinkServer()
    async with linked(log, f"ws://127.0.0.1:{port}/internal/link"):
        await asyncio.sleep(0.3)
        await server.start(port)
        try:
            await server.wait(lambda server: bool(server.exchanges) and server.exchanges["a"].size == 5)
        finally:
            await server.stop()


async def test_after_each_cut_everything_unfinished_comes_again() -> None:
    log = ExchangeLog()
    log.open(META)
    async with LinkServer(acknowledge=False) as server, linked(log, server.url):
        expected = b""
        await server.wait(lambda server: "a" in server.exchanges)
        for number in range(4):
            part = b"part %d " % number
            log.append("a", Segment(direction="s2c", data=part, t=1.0))
            expected += part
            await server.wait(lambda server, want=expected: server.exchanges["a"].bytes("s2c") == want)
            await server.cut()
            await server.wait(lambda server, want=number + 2: server.exchanges["a"].opened == want)
        log.end("a", True)
        copy = (await server.finished("/x"))[0]
    assert copy.bytes("s2c") == expected


async def test_nonsense_from_the_backend_only_costs_the_connection() -> None:
    log = ExchangeLog()
    async with LinkServer() as server, linked(log, server.url):
        async with asyncio.timeout(5):
            while not server.connections:
                await asyncio.sleep(0.01)
        await next(iter(server.connections)).send(b"nonsense")
        log.open(META)
        await server.wait(lambda server: "a" in server.exchanges)


async def test_a_long_replay_lets_others_work() -> None:
    """The proxy's loop goes on serving while much is sent."""
    log = ExchangeLog(exchange_limit=1 << 30)
    log.open(META)
    for _ in range(300):
        log.append("a", Segment(direction="s2c", data=b"x" * 60_000, t=1.0))
    log.end("a", True)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with LinkServer() as server, linked(log, server.url):
        await server.wait(lambda server: bool(server.connections) or bool(server.exchanges))
        task = asyncio.create_task(other())
        await server.finished("/x")
        task.cancel()
    assert turns > 100
