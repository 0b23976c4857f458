"""Bytes in any pieces, several talks on one socket, several profiles."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.store.keys import KEY_FILE
from proxy.exchange import ExchangeMeta, Segment
from proxy.link import Data, End, FromProxy, HeadMsg, Open
from tests.backend.conftest import CONTROL_TOKEN, LINK_TOKEN, Backend, Start
from tests.backend.test_message_judge import new_chat
from tests.backend.wire import Chat, alerts, linked, listening, pair

PIECES = [
    "A long word of manipulation. ",
    "Then plain ones, émigré ☕, too. ",
    "Some secrecy_soft comes here. ",
    "And secrecy_hard at the end.",
]


def cut(chat: Chat, size: int) -> list[FromProxy]:
    """The answer's bytes in pieces of `size`."""
    request, *rest = chat.segments()
    body = b"".join(segment.data for segment in rest)
    frames, offset = chat.frames(upto=1), len(request.data)
    frames.append(HeadMsg(chat.exchange_id, next(f for f in chat.frames() if isinstance(f, HeadMsg)).head))
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        frames.append(Data(chat.exchange_id, offset, Segment(direction="s2c", data=piece, t=chat.t_start)))
        offset += len(piece)
    return [*frames, End(chat.exchange_id, offset, True)]


@pytest.mark.parametrize("size", [7, 61, 100_000])
async def test_the_gravest_alert_of_each_rule_does_not_depend_on_the_pieces(backend: Backend, size: int) -> None:
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(cut(Chat("x1", [("user", "hi")], PIECES), size))
        await link.until_done("x1")
        found = alerts(await feed.quiet())
    last = {alert["rule"]: (alert["severity"], alert["quote"]) for alert in found}
    assert last == {
        "manipulation": ("warn", "A long word of manipulation."),
        "secrecy": ("urgent", "And secrecy_hard at the end."),
    }


def socket_frames(exchange_id: str, texts: list[tuple[str, dict[str, Any]]]) -> list[FromProxy]:
    """WebSocket messages on Character.AI's socket."""
    meta = ExchangeMeta(
        exchange_id=exchange_id, kind="websocket", method="GET", scheme="https", host="neo.character.ai", port=443,
        path="/ws/", t_start=100.0,
    )  # fmt: skip
    frames: list[FromProxy] = [Open(meta)]
    offset = 0
    for number, (direction, content) in enumerate(texts):
        data = json.dumps(content).encode()
        segment = msgspec.convert({"direction": direction, "data": data, "t": 100.0 + number, "frame": "text"}, Segment)
        frames.append(Data(exchange_id, offset, segment))
        offset += len(data)
    return frames


def human(chat: str, turn: str, text: str) -> tuple[str, dict[str, Any]]:
    key = {"chat_id": chat, "turn_id": turn}
    candidate = {"candidate_id": f"c-{turn}", "raw_content": text}
    content = {
        "turn_key": key, "author": {"author_id": "1", "is_human": True}, "candidates": [candidate],
        "primary_candidate_id": f"c-{turn}",
    }  # fmt: skip
    return "c2s", {"command": "create_and_generate_turn", "payload": {"character_id": "x", "turn": content}}


def reply(chat: str, turn: str, text: str, final: bool) -> tuple[str, dict[str, Any]]:
    candidate = {"candidate_id": f"c-{turn}", "raw_content": text} | ({"is_final": True} if final else {})
    content = {
        "turn_key": {"chat_id": chat, "turn_id": turn}, "author": {"author_id": "x", "name": "X"},
        "candidates": [candidate], "primary_candidate_id": f"c-{turn}",
    }  # fmt: skip
    return "s2c", {"command": "update_turn" if final else "add_turn", "turn": content}


async def test_two_talks_on_one_socket_do_not_end_each_other(backend: Backend) -> None:
    frames = socket_frames("w1", [
        human("chat-a", "u1", "hello"),
        reply("chat-a", "a1", "Some secrecy is wanted", False),
        human("chat-b", "u2", "hello you"),
        reply("chat-b", "b1", "Pure manipulation for you.", True),
        reply("chat-a", "a1", "Some secrecy is wanted here, between us.", True),
    ])  # fmt: skip
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(frames, pause=0.03)
        events = await feed.quiet()
        found = {a["rule"]: a for a in alerts(events)}
        assert not [event for event in events if event["type"] == "retract"]
    assert {rule: alert["conversation_id"] for rule, alert in found.items()} == {
        "secrecy": "chat-a",
        "manipulation": "chat-b",
    }
    assert found["secrecy"]["quote"] == "Some secrecy is wanted here, between us."


async def test_a_socket_that_gave_up_its_oldest_messages_is_read_on(backend: Backend) -> None:
    frames = socket_frames("w1", [reply("chat-a", "a1", "Some secrecy is wanted.", True)])
    shifted = [msgspec.structs.replace(f, offset=f.offset + 5000) if isinstance(f, Data) else f for f in frames]
    size = 5000 + sum(len(f.segment.data) for f in frames if isinstance(f, Data))
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send([*shifted, End("w1", size, True)])
        ack = await link.until_done("w1")
        assert [a["rule"] for a in alerts(await feed.quiet())] == ["secrecy"]
    assert ack.offset == size


async def test_each_profile_has_its_own_talks_and_listeners(start: Start) -> None:
    child = {"name": "robin", "age": 10, "language": "de"}
    async with start(profiles=[child]) as backend:
        import aiohttp

        headers = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
        body = {"profile": "robin", "role": "watched"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{backend.api}/v1/codes", json=body, headers=headers) as answer,
        ):
            paired = await pair(backend.api, (await answer.json())["code"])
        assert (paired["profile"], paired["role"]) == ("robin", "watched")
        async with (
            linked(backend.api, LINK_TOKEN) as link,
            listening(backend.api, paired["token"]) as theirs,
            listening(backend.api, backend.token) as own,
        ):
            await link.send(Chat("x1", [("user", "hi")], ["Something sexual_soft here."], profile="robin").frames())
            await link.until_done("x1")
            [alert] = alerts(await theirs.quiet())
            assert (alert["profile"], alert["rule"], alert["severity"]) == ("robin", "nsfw_to_minor", "warn")
            assert alert["title"] == "Diese Antwort ist nicht in Ordnung"
            assert alert["evidence"]["age_from"] == "profile"
            assert not alerts(await own.quiet())


async def test_ids_are_the_same_however_the_bytes_come(start: Start, tmp_path: Path) -> None:
    told = []
    for pause in (0.0, 0.05):
        (tmp_path / f"data{pause}").mkdir()
        (tmp_path / f"data{pause}" / KEY_FILE).write_text("00" * 32)
        async with (
            start(f"data{pause}") as backend,
            linked(backend.api, LINK_TOKEN) as link,
            listening(backend.api, backend.token) as feed,
        ):
            await link.send(new_chat("x1", "A crisis "), pause=pause)
            await link.until_done("x1")
            told.append([a["alert_id"] for a in alerts(await feed.quiet())])
    assert told[0] == told[1]
    assert len(told[0]) == 1
