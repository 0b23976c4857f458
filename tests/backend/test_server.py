"""kill -9 in the middle of a stream: after the restart no alert is lost and none is told twice."""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.backend.wire import Chat, alerts, linked, listening, pair

TOKENS = {"link_token": "link-token-0123456789", "control_token": "control-token-0123456"}


@dataclass
class Process:
    """A backend process. hello: its first line."""

    process: asyncio.subprocess.Process
    hello: dict[str, Any]

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.hello['listening']}"


@contextlib.asynccontextmanager
async def backend(data: Path, port: int, **more: Any) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.backend.word_server",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        settings = {"data": str(data), "port": port, **TOKENS, **more}
        process.stdin.write(json.dumps(settings).encode() + b"\n")
        await process.stdin.drain()
        yield Process(process, json.loads(await asyncio.wait_for(process.stdout.readline(), 60)))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PIECES = [
    "This is manipulation for you. ",
    "Now some plain words here. ",
    "Then secrecy is what I ask. ",
    "More plain words follow it. ",
    "And dependence is the end. ",
]


@pytest.mark.process
@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 6])
async def test_kill_in_mid_stream_loses_and_doubles_nothing(tmp_path: Path, cut: int) -> None:
    port, chat = free_port(), Chat("x1", [("user", "crisis tonight")], PIECES)
    async with backend(tmp_path, port) as first:
        token = (await pair(first.api, first.hello["pairing_code"]))["token"]
        async with linked(first.api, TOKENS["link_token"]) as link, listening(first.api, token) as feed:
            await link.send(chat.frames(upto=cut))
            await asyncio.sleep(0.02 * cut)
            first.process.send_signal(signal.SIGKILL)
            await first.process.wait()
            await feed.quiet()
    before = alerts(feed.events)
    since = max((event.get("seq", 0) for event in feed.events), default=0)
    async with (
        backend(tmp_path, port) as second,
        linked(second.api, TOKENS["link_token"]) as link,
        listening(second.api, token, since) as feed,
    ):
        await link.send(chat.frames())
        await link.until_done("x1")
        after = alerts(await feed.quiet())
    told = [alert["rule"] for alert in before + after]
    assert sorted(told) == ["crisis", "dependence", "manipulation", "secrecy"]
    assert len({alert["alert_id"] for alert in before + after}) == 4


@pytest.mark.process
async def test_it_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    async with backend(tmp_path, 0) as running:
        running.process.terminate()
        assert await asyncio.wait_for(running.process.wait(), 10) == 0


@pytest.mark.process
async def test_it_ends_when_its_parent_has_gone(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    async with backend(tmp_path, 0, parent_pid=parent.pid) as running:
        parent.kill()
        await parent.wait()
        assert await asyncio.wait_for(running.process.wait(), 10) == 0


@pytest.mark.process
async def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = json.dumps({"data": str(tmp_path), "port": taken.getsockname()[1], **TOKENS}).encode() + b"\n"
        done = await run_once(line)
    assert done[0] == 2
    assert "cannot be used" in done[1]
    assert done[1].count("\n") == 1


@pytest.mark.process
async def test_bad_settings_are_one_clear_line() -> None:
    code, errors = await run_once(b'{"data": 5}\n')
    assert code == 2
    assert errors.startswith("backend: backend settings: ")
    assert errors.count("\n") == 1


async def run_once(line: bytes) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.backend.word_server",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    _, errors = await asyncio.wait_for(process.communicate(line), 60)
    return process.returncode, errors.decode()
