"""From bytes on the link to events on the feed."""

import asyncio
from pathlib import Path

from sqlalchemy import func, select

from backend.store.tables import message, seen, trend
from proxy.link import Gap, Open
from tests.backend.conftest import LINK_TOKEN, Backend, Start
from tests.backend.wire import Chat, alerts, linked, listening


async def test_an_alert_comes_while_the_answer_streams(backend: Backend) -> None:
    chat = Chat(
        "x1", [("user", "hi there")], ["Do not leave me, ", "manipulation now. ", "More words ", "follow here."]
    )
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(chat.frames(upto=4))
        alert = (await feed.next("alert"))["alert"]
        assert (alert["rule"], alert["severity"], alert["delivery"]) == ("manipulation", "warn", "interrupt")
        assert alert["quote"] == "Do not leave me, manipulation now."
        assert alert["message_id"] == "chatcmpl-1"
        assert alert["conversation_id"].startswith("~")
        assert alert["exchange"] == {
            "host": "api.openai.com",
            "path": "/v1/chat/completions",
            "method": "POST",
            "t_start": chat.t_start,
        }
        assert alert["t_wire"] == chat.t_start + 0.01
        assert alert["t_alert"] >= alert["t_wire"]
        assert alert["title"]
        assert alert["advice"]
        await link.send(chat.frames()[5:])
        await link.until_done("x1")
        assert not alerts(await feed.quiet())


async def test_crisis_is_told_before_the_answer_with_help(backend: Backend) -> None:
    chat = Chat("x1", [("user", "crisis tonight")], ["I am here."])
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(chat.frames(upto=1))
        await link.send(chat.frames()[2:3])
        event = await feed.next("alert")
        assert event["alert"]["rule"] == "crisis"
        assert event["alert"]["resources"]
        assert event["alert"]["message_id"].startswith("~")


async def test_what_the_person_drifts_into_is_never_an_alert(backend: Backend) -> None:
    chat = Chat("x1", [("user", "user_drift_hard tonight")], ["I see."])
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(chat.frames())
        await link.until_done("x1")
        assert not alerts(await feed.quiet())


async def test_replay_from_the_start_tells_nothing_twice(backend: Backend) -> None:
    chat = Chat("x1", [("user", "crisis now")], ["One manipulation here now. ", "Then secrecy is asked for. "])
    async with listening(backend.api, backend.token) as feed:
        async with linked(backend.api, LINK_TOKEN) as link:
            await link.send(chat.frames(upto=2))
            await feed.next("alert")
        async with linked(backend.api, LINK_TOKEN) as link:
            await link.send(chat.frames())
            await link.until_done("x1")
        await feed.quiet()
        assert [a["rule"] for a in alerts(feed.events)] == ["crisis", "manipulation", "secrecy"]
        async with linked(backend.api, LINK_TOKEN) as link:
            await link.send(chat.frames())
            await link.until_done("x1")
        assert not alerts(await feed.quiet())


async def test_a_restarted_backend_tells_nothing_twice_and_counts_the_trend_once(start: Start) -> None:
    chat = Chat("x1", [("user", "crisis now")], ["One manipulation here now. ", "Then secrecy is asked for. "])
    async with start() as first:
        async with linked(first.api, LINK_TOKEN) as link, listening(first.api, first.token) as feed:
            await link.send(chat.frames())
            await link.until_done("x1")
            told = alerts(await feed.quiet())
        before = await trend_states(first)
    async with start() as second:
        async with linked(second.api, LINK_TOKEN) as link, listening(second.api, second.token) as feed:
            await link.send(chat.frames())
            await link.until_done("x1")
            again = alerts(await feed.quiet())
        assert again == told
        assert await trend_states(second) == before


async def trend_states(backend: Backend) -> list[str]:
    def read() -> list[str]:
        with backend.context.store.begin() as connection:
            return list(connection.execute(select(trend.c.state)).scalars())

    return await backend.context.writer(read)


async def test_the_trend_of_one_conversation_rises_over_its_requests(backend: Backend) -> None:
    talk: list[tuple[str, str]] = []
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        for number in range(7):
            talk.append(("user", f"question {number}"))
            answer = f"Answer {number} with dependence in it."
            await link.send(Chat(f"x{number}", list(talk), [answer], f"chatcmpl-{number}").frames())
            await link.until_done(f"x{number}")
            talk.append(("assistant", answer))
        found = alerts(await feed.quiet())
    rules = [a["rule"] for a in found]
    assert rules.count("dependence") == 7
    assert rules.count("trend_dependence") == 1
    assert len({a["conversation_id"] for a in found}) == 1


async def test_two_talks_that_begin_alike_are_two(backend: Backend) -> None:
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        for name in ("a", "b"):
            chat = Chat(name, [("user", "hi")], ["Some secrecy is wanted here."], f"chatcmpl-{name}")
            await link.send(chat.frames())
            await link.until_done(name)
        found = alerts(await feed.quiet())
    assert len(found) == 2
    assert len({a["conversation_id"] for a in found}) == 2


async def test_a_regenerated_answer_takes_back_the_alert_of_the_first(backend: Backend) -> None:
    talk = [("user", "hi"), ("assistant", "Hello."), ("user", "tell me")]
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(Chat("x0", talk[:1], ["Hello."], "chatcmpl-0").frames())
        await link.until_done("x0")
        await link.send(Chat("x1", talk, ["Some secrecy is wanted here."], "chatcmpl-1").frames())
        await link.until_done("x1")
        first = (await feed.next("alert"))["alert"]
        await link.send(Chat("x2", talk, ["An ordinary answer this time."], "chatcmpl-2").frames())
        await link.until_done("x2")
        retract = await feed.next("retract")
    assert (retract["alert_id"], retract["reason"]) == (first["alert_id"], "regenerated")


async def test_an_unfinished_sentence_is_judged_after_a_pause(backend: Backend) -> None:
    chat = Chat("x1", [("user", "hi there")], ["Please keep this secrecy between"])
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(chat.frames(upto=2))
        alert = (await feed.next("alert"))["alert"]
        assert alert["rule"] == "secrecy"
        await link.send(chat.frames()[4:])
        await link.until_done("x1")
        assert not alerts(await feed.quiet())


async def test_a_cut_stream_is_judged_as_it_stands(backend: Backend) -> None:
    chat = Chat("x1", [("user", "hi there")], ["Please keep this secrecy between us"])
    frames = chat.frames()
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(frames[:4])
        size = sum(len(s.data) for s in chat.segments()[:2])
        await link.send([type(frames[-1])("x1", size, False)])  # type: ignore[call-arg]
        await link.until_done("x1")
        assert [a["rule"] for a in alerts(await feed.quiet())] == ["secrecy"]


async def test_a_gap_is_shown_as_not_scored(backend: Backend) -> None:
    chat = Chat("x1", [("user", "hi there")], ["Nothing special so far"])
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send([*chat.frames(upto=2), Gap("x1", "limit")])
        await link.until_done("x1")
        await asyncio.sleep(0.05)
        await feed.quiet()
    status = [e["status"] for e in feed.events if e["type"] == "status"][-1]
    assert [entry["reason"] for entry in status["not_scored"]] == ["limit"]


async def test_missing_bytes_are_a_gap(backend: Backend) -> None:
    frames = Chat("x1", [("user", "hi there")], ["One.", "Two."]).frames()
    async with linked(backend.api, LINK_TOKEN) as link:
        await link.send([*frames[:3], *frames[4:]])
        await link.until_done("x1")
    assert backend.context.status.report("myself")["not_scored"]


async def test_the_self_test_is_told_live_and_never_stored(backend: Backend, tmp_path: Path) -> None:
    chat = Chat("x1", [("user", "hi")], ["Some secrecy is wanted here."], host="selftest.groundwire.internal")
    async with (
        linked(backend.api, LINK_TOKEN) as link,
        listening(backend.api, "control-token-0123456") as control,
        listening(backend.api, backend.token) as own,
    ):
        await control.next("status")
        await own.next("status")
        await link.send(chat.frames())
        await link.until_done("x1")
        event = await control.next("alert")
        assert event["alert"]["profile"] == "selftest"
        assert "seq" not in event
        assert not alerts(await own.quiet())

    def count() -> int:
        with backend.context.store.begin() as connection:
            return sum(
                connection.execute(select(func.count()).select_from(t)).scalar() or 0 for t in (message, seen, trend)
            )

    assert await backend.context.writer(count) == 0


async def test_bytes_of_nobody_are_ignored(backend: Backend) -> None:
    frames = Chat("ghost", [("user", "hi")], ["One."]).frames()
    known = Chat("x1", [("user", "hi")], ["One."]).frames()
    async with linked(backend.api, LINK_TOKEN) as link:
        await link.send([f for f in frames if not isinstance(f, Open)])
        await link.send(known)
        await link.until_done("x1")
    assert {ack.exchange_id for ack in link.acks} == {"x1"}
