"""Noticing the end of another process."""

import asyncio
import os
import sys

import pytest

from proxy import parent


async def test_it_returns_when_the_process_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "POLL_S", 0.02)
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    waiting = asyncio.create_task(parent.until_gone(child.pid))
    await asyncio.sleep(0.1)
    assert parent.alive(child.pid)
    assert not waiting.done()
    child.kill()
    await child.wait()
    await asyncio.wait_for(waiting, 5)


async def test_without_a_parent_it_never_returns() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(parent.until_gone(0), 0.1)


def test_this_process_is_alive() -> None:
    assert parent.alive(os.getpid())
