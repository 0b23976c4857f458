"""Scoring off the event loop: one thread, so that the loop never waits for the network."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from classifiers.judge import Judge, WindowScore
from classifiers.windows import Window


class ScoringWorker:
    """Runs `judge.score` in one thread, calls in order."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="scoring")

    async def score(self, windows: Sequence[Window]) -> list[WindowScore]:
        """Scores of the windows; nothing to do costs nothing."""
        if not windows:
            return []
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.judge.score, windows)

    def close(self) -> None:
        """Drops what is queued and ends the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)
