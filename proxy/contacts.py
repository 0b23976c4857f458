"""Services that are seen and not read: how many minutes each was talked to, without a look at what was said."""

import time
from collections.abc import Callable

MAX_HOSTS = 500


class Contacts:
    """Counts the minutes in which a connection to a host was opened or closed; `tell(host, minutes)` on each new one.

    An open connection alone is no minute: apps keep one for hours without a word.
    """

    def __init__(self, tell: Callable[[str, int], None], clock: Callable[[], float] = time.time) -> None:
        self._tell = tell
        self._clock = clock
        self._minutes: dict[str, tuple[int, int]] = {}

    def seen(self, host: str) -> None:
        """Something happened on a connection to this host."""
        now = int(self._clock() // 60)
        count, last = self._minutes.get(host, (0, -1))
        if last == now:
            return
        self._minutes.pop(host, None)
        self._minutes[host] = (count + 1, now)
        if len(self._minutes) > MAX_HOSTS:
            del self._minutes[next(iter(self._minutes))]
        self._tell(host, count + 1)
