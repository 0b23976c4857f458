"""One Groundwire for one data folder: a lock that the operating system drops when the process ends."""

import os
import sys
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another process holds the data folder."""


def hold(folder: Path) -> int:
    """Lock `folder`; the open descriptor keeps the lock. Raises AlreadyRunningError, OSError."""
    descriptor = os.open(folder / "groundwire.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise AlreadyRunningError(f"Groundwire already runs with the data folder {folder}") from None
    return descriptor
