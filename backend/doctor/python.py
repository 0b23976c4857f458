"""The interpreter and the clock."""

import sys
import time
from collections.abc import Iterable

from backend.config import Config
from backend.doctor.result import Result

ORDER = 10
RELEASED = 1_760_000_000
"""Unix seconds of a moment before this release: a clock behind it is wrong."""


def check(settings: Config) -> Iterable[Result]:
    """Python 3.12 or newer; a clock that certificates can live with."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= (3, 12):
        yield Result("Python", "ok", version)
    else:
        yield Result("Python", "fault", f"{version} is too old", "Install Python 3.12 or newer.")
    if time.time() > RELEASED:
        yield Result("Clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %Z"))
    else:
        yield Result("Clock", "fault", "the clock is behind", "Set date and time: certificates depend on it.")
