"""Versions, withdrawals, late ids, and what a page's bytes can never do."""

import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from backend.store.events import conversations
from backend.web.api import make_code
from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import Data, End, FromProxy, HeadMsg, Open
from proxy.recording import read_recording
from tests.backend.conftest import LINK_TOKEN, Backend, Start
from tests.backend.wire import alerts, linked, listening, pair

NEW_CHAT = Path(__file__).parents[1] / "fixtures" / "chatgpt_web" / "delta-new-chat"


def new_chat(exchange_id: str, said: str, answered: str = "Still", t_start: float = 100.0) -> list[FromProxy]:
    """The fixture of a new ChatGPT chat with other words in it."""
    recording = read_recording(NEW_CHAT)
    frames: list[FromProxy] = [Open(msgspec.structs.replace(recording.meta, exchange_id=exchange_id, t_start=t_start))]
    offset = 0
    for item in recording.items:
        if isinstance(item, Head):
            frames.append(HeadMsg(exchange_id, item))
            continue
        data = item.data.replace(b"A word ", said.encode()).replace(b'"Still"', f'"{answered}"'.encode())
        frames.append(Data(exchange_id, offset, msgspec.structs.replace(item, data=data, t=t_start + 1)))
        offset += len(data)
    return [*frames, End(exchange_id, offset, True)]


async def test_an_id_that_comes_late_moves_what_was_written(start: Start) -> None:
    async with start() as first:
        async with linked(first.api, LINK_TOKEN) as link, listening(first.api, first.token) as feed:
            await link.send(new_chat("x1", "A crisis "))
            await link.until_done("x1")
            [told] = alerts(await feed.quiet())
        assert told["conversation_id"].startswith("~")
        assert told["message_id"] == "u-1"
        [kept] = await first.context.writer(conversations, first.context.store, "myself")
        assert kept["conversation_id"] == "70000000-1111-4222-8333-000000000001"
        assert (kept["messages"], kept["alerts"]) == (2, 1)
    async with start() as second:
        async with linked(second.api, LINK_TOKEN) as link, listening(second.api, second.token) as feed:
            await link.send(new_chat("x1", "A crisis "))
            await link.until_done("x1")
            assert alerts(await feed.quiet()) == [told]
        [again] = await second.context.writer(conversations, second.context.store, "myself")
        assert again["trend"] == kept["trend"]


def stored_answer(exchange_id: str, text: str) -> list[FromProxy]:
    """The same ChatGPT message id with another text: an edit or a regeneration."""
    return new_chat(exchange_id, "A word ", text)


async def test_another_text_under_the_same_id_is_a_new_version(backend: Backend) -> None:
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(stored_answer("x1", "A secrecy for two of us, is what this long answer says to you, my still"))
        await link.until_done("x1")
        [first] = alerts(await feed.quiet())
        await link.send(
            stored_answer("x2", "Nothing of the kind, but quite another and longer answer, which is harmless")
        )
        await link.until_done("x2")
        retract = await feed.next("retract")
        assert (retract["alert_id"], retract["reason"]) == (first["alert_id"], "regenerated")
        await link.send(stored_answer("x3", "A secrecy for two of us, is what this long answer says to you, my still"))
        await link.until_done("x3")
        assert not alerts(await feed.quiet()), "this very text was judged before"


def page_frames(frames: list[FromProxy]) -> list[str]:
    return [msgspec.json.encode(frame).decode() for frame in frames]


async def capture(backend: Backend, frames: list[FromProxy], exchange_id: str) -> list[dict[str, Any]]:
    """Send frames as the extension does; the answers until the exchange is done."""
    answers = []
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{backend.api}/v1/capture") as socket:
        await socket.send_json({"type": "hello", "token": backend.token})
        for frame in page_frames(frames):
            await socket.send_str(frame)
        while True:
            answers.append(json.loads((await socket.receive(10)).data))
            if answers[-1].get("exchange_id") == exchange_id and answers[-1]["done"]:
                return answers


async def test_a_page_is_read_like_the_wire(backend: Backend) -> None:
    async with listening(backend.api, backend.token) as feed:
        answers = await capture(backend, new_chat("p1", "A crisis ", "A secrecy like still"), "p1")
        assert [a["rule"] for a in alerts(await feed.quiet())] == ["crisis", "secrecy"]
    assert answers[0]["type"] == "capture"
    assert answers[0]["hosts"]["chatgpt.com"] == "page"


async def test_a_page_takes_nothing_back_and_moves_no_trend(backend: Backend) -> None:
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(stored_answer("x1", "A secrecy for two of us, is what this long answer says to you, my still"))
        await link.until_done("x1")
        [kept] = await backend.context.writer(conversations, backend.context.store, "myself")
        harmless = "Nothing of the kind, but quite another and longer answer, all harmless"
        forged = new_chat("p1", "A word ", harmless, t_start=900.0)
        await capture(backend, forged, "p1")
        events = await feed.quiet()
    assert len(alerts(events)) == 1
    assert not [event for event in events if event["type"] == "retract"]
    [after] = await backend.context.writer(conversations, backend.context.store, "myself")
    assert after["trend"] == kept["trend"]


async def test_what_the_proxy_reads_too_is_read_once(backend: Backend) -> None:
    frames = new_chat("same", "A crisis ")
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(frames[:2])
        answers = await capture(backend, frames, "same")
        assert (answers[-1]["offset"], answers[-1]["done"]) == (0, True)
        await link.send(frames[2:])
        await link.until_done("same")
        assert len(alerts(await feed.quiet())) == 1
    async with listening(backend.api, backend.token) as feed:
        assert backend.context.status.report("myself")["capture"] == {"chatgpt.com": "proxy"}


async def test_a_guardian_may_not_send_chats(backend: Backend) -> None:
    code, _ = await make_code(backend.context, "myself", "guardian")
    token = (await pair(backend.api, code))["token"]
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{backend.api}/v1/capture") as socket:
        await socket.send_json({"type": "hello", "token": token})
        assert (await socket.receive(5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_hosts_that_are_not_listed_are_not_taken_from_a_page(backend: Backend) -> None:
    meta = ExchangeMeta(
        exchange_id="p1", kind="http", method="POST", scheme="https", host="bank.example", port=443, path="/chat"
    )
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{backend.api}/v1/capture") as socket:
        await socket.send_json({"type": "hello", "token": backend.token})
        await socket.receive_json()
        await socket.send_str(page_frames([Open(meta)])[0])
        await socket.send_str("not json")
        assert (await socket.receive(5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert not backend.context.pipeline._running


def test_bytes_in_json_are_base64() -> None:
    segment = Segment(direction="s2c", data=b"\x00\xff", t=1.0)
    sent = json.loads(msgspec.json.encode(Data("x", 0, segment)))
    assert sent["segment"]["data"] == base64.b64encode(b"\x00\xff").decode()
    assert sent["type"] == "data"
