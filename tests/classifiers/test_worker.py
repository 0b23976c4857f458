"""The scoring thread."""

from classifiers.judge import Judge
from classifiers.worker import ScoringWorker
from proxy.message import Turn


async def test_worker_scores_like_the_judge(judge: Judge) -> None:
    worker = ScoringWorker(judge)
    try:
        windows = judge.start([Turn("user", "hi")], "assistant").pending("Hello you. How did the exam go?", final=True)
        assert await worker.score(windows) == judge.score(windows)
        assert await worker.score([]) == []
    finally:
        worker.close()
