"""Resuming, resets, slow listeners."""

import asyncio

import aiohttp

from backend.store.records import Event
from backend.web import feed_hub
from tests.backend.conftest import LINK_TOKEN, Backend
from tests.backend.wire import Chat, alerts, linked, listening


async def two_alerts(backend: Backend) -> None:
    chat = Chat("x1", [("user", "hi there")], ["Some secrecy is wanted here. ", "Then manipulation comes in too. "])
    async with linked(backend.api, LINK_TOKEN) as link:
        await link.send(chat.frames())
        await link.until_done("x1")


async def test_a_listener_resumes_where_it_was(backend: Backend) -> None:
    await two_alerts(backend)
    async with listening(backend.api, backend.token) as feed:
        events = [e for e in await feed.quiet() if "seq" in e]
    assert [e["seq"] for e in events] == [1, 2]
    async with listening(backend.api, backend.token, since=1) as feed:
        assert [e["seq"] for e in await feed.quiet() if "seq" in e] == [2]
    async with listening(backend.api, backend.token, since=2) as feed:
        assert not alerts(await feed.quiet())


async def test_a_number_from_another_life_is_reset(backend: Backend) -> None:
    await two_alerts(backend)
    async with listening(backend.api, backend.token, since=99) as feed:
        assert (await feed.next("reset"))["since"] == 0
        assert len(alerts(await feed.quiet())) == 2


async def test_a_number_older_than_what_is_kept_is_reset(backend: Backend) -> None:
    from backend.store.retention import DAY_S, purge

    await two_alerts(backend)
    store, real = backend.context.store, backend.context.store.clock
    store.clock = lambda: real() + 31 * DAY_S
    await backend.context.writer(purge, store, 30)
    async with listening(backend.api, backend.token, since=1) as feed:
        assert (await feed.next("reset"))["since"] == 2
        assert not alerts(await feed.quiet())
    async with listening(backend.api, backend.token, since=2) as feed:
        assert not [e for e in await feed.quiet() if e["type"] == "reset"]


async def test_strangers_hear_nothing(backend: Backend) -> None:
    async with listening(backend.api, "nobody") as feed:
        event = await feed.next("error")
        assert set(event) == {"type", "error", "fix"}
        assert (await feed.socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{backend.api}/v1/feed") as socket:
        await socket.send_str("[]")
        assert (await socket.receive_json())["type"] == "error"


async def test_who_does_not_read_is_cut_off_and_nobody_waits(backend: Backend) -> None:
    hub = backend.context.hub
    async with listening(backend.api, backend.token) as slow, listening(backend.api, backend.token) as quick:
        await slow.next("status")
        await quick.next("status")
        body = {"type": "retract", "alert_id": "x" * 60_000, "reason": "rescored"}
        got = 0
        for number in range(3 * feed_hub.QUEUE):
            hub.publish(Event(number + 1, "myself", dict(body)))
            await asyncio.sleep(0)
            await quick.next("retract")
            got += 1
        assert got == 3 * feed_hub.QUEUE
        assert len(hub._subscribers) == 1


async def test_another_profile_hears_nothing(backend: Backend) -> None:
    async with listening(backend.api, backend.token) as feed:
        await feed.next("status")
        backend.context.hub.publish(Event(1, "somebody", {"type": "retract", "alert_id": "a", "reason": "rescored"}))
        assert not await feed.quiet()
