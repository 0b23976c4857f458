"""Who reads which host: one source for each browser and host, and no silent gap when a browser goes past the proxy."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

import backend.pipeline
from proxy.link import FromProxy, Open
from tests.backend.conftest import LINK_TOKEN, Backend
from tests.backend.test_message_judge import new_chat
from tests.backend.wire import alerts, linked, listening

HOST = "chatgpt.com"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A twin is waited for, but not for two seconds."""
    monkeypatch.setattr(backend.pipeline, "SAME_START_S", 0.3)


class Page:
    """A browser's end of `/v1/capture`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, *frames: FromProxy) -> None:
        for frame in frames:
            await self.socket.send_str(msgspec.json.encode(frame).decode())

    async def until_host(self, reader: str) -> None:
        """Wait until this browser is told that `reader` reads the host."""
        while True:
            answer: dict[str, Any] = json.loads((await self.socket.receive(10)).data)
            if answer["type"] == "capture" and answer["hosts"][HOST] == reader:
                return

    async def until_done(self, exchange_id: str) -> None:
        while True:
            answer: dict[str, Any] = json.loads((await self.socket.receive(10)).data)
            if answer.get("exchange_id") == exchange_id and answer["done"]:
                return


@contextlib.asynccontextmanager
async def page(backend: Backend) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{backend.api}/v1/capture") as socket:
        await socket.send_json({"type": "hello", "token": backend.token})
        yield Page(socket)


def announced(frames: list[FromProxy]) -> Open:
    first = frames[0]
    assert isinstance(first, Open)
    return first


async def test_a_browser_past_the_proxy_is_told_to_send_and_keeps_being_read(backend: Backend) -> None:
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(new_chat("other", "A word "))
        await link.until_done("other")
        alone = new_chat("alone", "A crisis ", t_start=500.0)
        async with page(backend) as browser:
            await browser.until_host("proxy")
            await browser.send(announced(alone))
            await browser.until_host("page")
            await browser.send(*alone[1:])
            await browser.until_done("alone")
        assert [one["rule"] for one in alerts(await feed.quiet())] == ["crisis"]
        async with page(backend) as again:
            await again.until_host("page")


async def test_a_browser_behind_the_proxy_sends_nothing(backend: Backend) -> None:
    frames = new_chat("page", "A crisis ", t_start=500.0)
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(new_chat("other", "A word "))
        await link.until_done("other")
        async with page(backend) as browser:
            await browser.until_host("proxy")
            await browser.send(announced(frames))
            await link.send(new_chat("wire", "A crisis ", t_start=500.1))
            await browser.until_done("page")
            await link.until_done("wire")
        assert [one["rule"] for one in alerts(await feed.quiet())] == ["crisis"]


async def test_the_proxy_takes_over_what_the_page_began(backend: Backend) -> None:
    frames = new_chat("page", "A crisis ", t_start=500.0)
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        async with page(backend) as browser:
            await browser.until_host("page")
            await browser.send(*frames[:-1])
            await link.send(new_chat("wire", "A crisis ", t_start=500.1))
            await browser.until_done("page")
            await link.until_done("wire")
        assert len(alerts(await feed.quiet())) == 1


async def test_protected_by_page_capture_alone(backend: Backend) -> None:
    assert backend.context.status.report("myself")["protected"] is False
    async with page(backend) as browser:
        await browser.until_host("page")
        assert backend.context.status.report("myself")["protected"] is True
        assert backend.context.status.report("somebody else")["protected"] is False
        assert backend.context.status.report(None)["protected"] is False
