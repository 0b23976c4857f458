"""The model's thread: everything that tokenises or infers for the pipeline runs here, one step after another."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from backend.policy.policy import Levels
from classifiers.assessment import Assessment
from proxy.message import Role, Turn

CONTEXT_TURNS = 12
"""Turns before a message that scoring may see, the same for every way in."""


class Scorer(Protocol):
    """One growing message. See docs/architecture.md, Scoring."""

    def pending(self, text: str, final: bool, idle: bool = False) -> list[Any]: ...
    def absorb(self, windows: Sequence[Any], scores: Sequence[Any]) -> Assessment: ...


class ModelConfig(Protocol):
    """The part of a model's config that policy reads."""

    @property
    def thresholds(self) -> Mapping[str, Levels]: ...


class Model(Protocol):
    """What the backend needs of a loaded judge."""

    @property
    def name(self) -> str: ...
    @property
    def config(self) -> "ModelConfig": ...
    def start(self, context: Sequence[Turn], role: Role) -> Scorer: ...
    def score(self, windows: Sequence[Any]) -> list[Any]: ...


def scoring_context(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns that scoring sees of those before a message."""
    return tuple(turns[-CONTEXT_TURNS:])


def step(model: Model, scorer: Scorer, text: str, final: bool, idle: bool = False) -> Assessment | None:
    """Score what is new in `text`. None when nothing was, unless the message is final."""
    windows = scorer.pending(text, final=final, idle=idle)
    if not windows and not final:
        return None
    return scorer.absorb(windows, model.score(windows) if windows else [])


class ScoringThread:
    """Steps of all messages, in order of arrival."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scoring")

    async def start(self, context: Sequence[Turn], role: Role) -> Scorer:
        """A scorer for a message by `role` after `context`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self.model.start, scoring_context(context), role)

    async def step(self, scorer: Scorer, text: str, final: bool, idle: bool = False) -> Assessment | None:
        """See `step`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, step, self.model, scorer, text, final, idle)

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)
