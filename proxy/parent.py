"""Noticing that the process which started this one has gone."""

import asyncio
import os
import sys

POLL_S = 1.0


def alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    if sys.platform == "win32":
        import ctypes

        # os.kill(pid, 0) would end the process on Windows.
        synchronize, timeout = 0x00100000, 0x00000102
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(synchronize, False, pid)
        if not handle:
            return False
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == timeout)
        finally:
            kernel.CloseHandle(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def until_gone(pid: int) -> None:
    """Return when the process has ended; never when `pid` is 0."""
    if not pid:
        await asyncio.Event().wait()
    # A direct parent that has ended but is not reaped yet still answers to its id; being handed to another parent is
    # the sign.
    direct = sys.platform != "win32" and os.getppid() == pid
    while alive(pid) and (not direct or os.getppid() == pid):  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
