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
    """Which interpreter it is; a clock that certificates can live with."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Result("Python", "ok", version)
    if time.time() > RELEASED:
        yield Result("Clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %Z"))
    else:
        yield Result("Clock", "fault", "the clock is behind", "Set date and time: certificates depend on it.")
