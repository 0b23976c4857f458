"""Every recorded flow through the whole backend, twice: nothing fails, and the second time changes nothing."""

import time
from pathlib import Path

import msgspec
from sqlalchemy import select

from backend.store import tables as t
from proxy.exchange import Head
from proxy.link import Data, End, FromProxy, HeadMsg, Open
from proxy.recording import read_recording
from tests.backend.conftest import LINK_TOKEN, Backend, Start
from tests.backend.wire import linked

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[1] / "fixtures").rglob("meta.json"))
CUT = 997


def frames(folder: Path, exchange_id: str, t_start: float) -> list[FromProxy]:
    """One recording as the proxy sends it, bodies cut in pieces."""
    recording = read_recording(folder)
    found: list[FromProxy] = [Open(msgspec.structs.replace(recording.meta, exchange_id=exchange_id, t_start=t_start))]
    offset = 0
    for item in recording.items:
        if isinstance(item, Head):
            found.append(HeadMsg(exchange_id, item))
            continue
        size = CUT if item.frame == "body" else max(1, len(item.data))
        for start in range(0, len(item.data), size):
            piece = item.data[start : start + size]
            found.append(Data(exchange_id, offset, msgspec.structs.replace(item, data=piece, t=t_start)))
            offset += len(piece)
    return [*found, End(exchange_id, offset, True)]


async def kept(backend: Backend) -> list[object]:
    """Everything but times."""

    def read() -> list[object]:
        m, s = t.message.c, t.trend.c
        with backend.context.store.begin() as connection:
            messages = connection.execute(
                select(m.service, m.conversation_id, m.message_id, m.choice, m.role, m.version, m.final, m.scores)
            ).all()
            trends = connection.execute(select(s.service, s.conversation_id, s.state)).all()
        return sorted(map(tuple, [*messages, *trends]), key=repr)

    return await backend.context.writer(read)


async def test_every_recording_read_again_after_a_restart_changes_nothing(start: Start) -> None:
    after, began = [], time.time() - 10.0 * len(FOLDERS)
    for _ in range(2):
        async with start() as backend, linked(backend.api, LINK_TOKEN) as link:
            for number, folder in enumerate(FOLDERS):
                await link.send(frames(folder, f"x{number}", began + 10.0 * number))
                await link.until_done(f"x{number}")
            after.append(await kept(backend))
            assert backend.context.status.report("myself")["not_scored"] == []
            assert not backend.context.pipeline._running
    assert after[0]
    assert after[1] == after[0]
