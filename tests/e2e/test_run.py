"""`groundwire run` as a process: ready, restart, stop, no orphans."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from bench.stack import Stack, running

pytestmark = pytest.mark.process


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return not Path("/proc").exists()
    return state != "Z"


async def gone(pids: list[int], limit: float = 15) -> bool:
    """Whether all of them end within `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if not any(alive(pid) for pid in pids):
            return True
        await asyncio.sleep(0.1)
    return False


async def test_ready_line_and_status_tell_the_same(stack: Stack, session: aiohttp.ClientSession) -> None:
    assert stack.facts["ready"] is True
    assert set(stack.facts) >= {"proxy", "api", "pairing_code", "ca", "pids"}
    assert Path(stack.ca).read_text().count("BEGIN CERTIFICATE") == 1
    async with session.get(f"{stack.api}/v1/status") as response:
        status = await response.json()
    for name in ("ready", "proxy", "api", "ca"):
        assert status[name] == stack.facts[name]
    for name in ("proxy", "backend"):
        assert status["pids"][name] == stack.facts["pids"][name]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    async with running(tmp_path) as stack:
        pids = list(stack.facts["pids"].values())
        assert await stack.stop(number) == 0
        assert await gone(pids, 1)


async def test_no_orphans_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    async with running(tmp_path) as stack:
        pids = [stack.facts["pids"]["proxy"], stack.facts["pids"]["backend"]]
        stack.process.kill()
        await stack.process.wait()
        assert await gone(pids)


@pytest.mark.parametrize("part", ["proxy", "backend"])
async def test_a_part_that_dies_comes_back_on_its_port(stack: Stack, session: aiohttp.ClientSession, part: str) -> None:
    before = stack.facts["pids"][part]
    os.kill(before, signal.SIGKILL)
    await stack.event(lambda e: e.get("event") == "restarted" and e["part"] == part)
    assert stack.facts["pids"][part] != before
    async with session.get(f"{stack.api}/v1/status") as response:
        status = await response.json()
    assert status["pids"][part] == stack.facts["pids"][part]
    assert status["proxy"] == stack.facts["proxy"]


async def test_output_that_nobody_reads_does_not_stop_it(stack: Stack, session: aiohttp.ClientSession) -> None:
    os.kill(stack.facts["pids"]["proxy"], signal.SIGKILL)
    await asyncio.sleep(1.5)
    async with session.get(f"{stack.api}/v1/status") as response:
        assert (await response.json())["ready"] is True


async def test_second_run_on_the_same_folder_is_refused(stack: Stack, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli.main", "run", "--port", "0", "--data", str(tmp_path / "data")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().strip().count("\n") == 0
    assert "already runs" in errors.decode()
