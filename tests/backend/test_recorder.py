"""A store that fails never stands in the way, and loses nothing that a later attempt can save."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from backend import recorder as recorder_module
from backend.store.errors import explain
from backend.store.events import events_after
from tests.backend.conftest import LINK_TOKEN, Backend
from tests.backend.wire import Chat, alerts, linked, listening


def disk_full(*_: object) -> None:
    raise explain(OperationalError("INSERT", {}, Exception("database or disk is full")), "groundwire.sqlite3")


async def test_with_a_full_disk_alerts_still_come_and_are_kept_later(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "RETRY_S", 0.2)
    store, chat = backend.context.store, Chat("x1", [("user", "crisis now")], ["Keep this secrecy, please."])
    real = store.commit
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await feed.next("status")
        monkeypatch.setattr(store, "commit", disk_full)
        await link.send(chat.frames())
        told = [await feed.next("alert"), await feed.next("alert")]
        assert all("seq" not in event for event in told)
        assert any("disk full" in reason for reason in backend.context.status.report("myself")["reasons"])
        with pytest.raises(TimeoutError):
            await link.until_done("x1", limit=0.5)
        monkeypatch.setattr(store, "commit", real)
        await link.until_done("x1")
        kept = [event for event in await feed.quiet() if event["type"] == "alert"]
    assert [event["seq"] for event in kept] == [1, 2]
    assert [a["alert_id"] for a in alerts(kept)] == [a["alert_id"] for a in alerts(told)]
    assert len(await backend.context.writer(events_after, store, "myself", 0)) == 2


async def test_beyond_the_backlog_the_proxy_is_let_go(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "BACKLOG", 1)
    monkeypatch.setattr(backend.context.store, "commit", disk_full)
    async with linked(backend.api, LINK_TOKEN) as link:
        for name in ("x1", "x2", "x3"):
            await link.send(Chat(name, [("user", "hi")], ["Keep this secrecy."], f"chatcmpl-{name}").frames())
        await link.until_done("x1")


async def test_a_store_that_cannot_be_read_stops_nothing(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("message_state", "is_seen", "trend_state", "chain_end", "conversation_exists"):
        monkeypatch.setattr(backend.context.store, name, disk_full)
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(Chat("x1", [("user", "hi")], ["Keep this secrecy."]).frames())
        await link.until_done("x1")
        assert [a["rule"] for a in alerts(await feed.quiet())] == ["secrecy"]
        await asyncio.sleep(0)
