"""Writing without ever standing in the way: what cannot be stored waits in memory, its alerts are told at once."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from backend.store.database import Writer
from backend.store.errors import StoreError
from backend.store.records import Batch, ChainEnd, Event, MessageKey, MessageState
from backend.store.store import Store

RETRY_S = 2.0
BACKLOG = 500
"""Batches kept while the store fails; beyond that the oldest are lost, and the log says so."""

logger = logging.getLogger(__name__)


class Publisher(Protocol):
    """The live feed."""

    def publish(self, event: Event) -> None: ...


class Recorder:
    """Commits batches in order and publishes what is new. `trouble` says why nothing is recorded, None when it is."""

    def __init__(self, store: Store, writer: Writer, feed: Publisher, on_change: Callable[[], None]) -> None:
        self.store = store
        self.writer = writer
        self.trouble: str | None = None
        self._feed = feed
        self._on_change = on_change
        self._backlog: deque[tuple[Batch, Callable[[], None]]] = deque()
        self._told: set[str] = set()
        self._busy: set[asyncio.Future[None]] = set()
        self._retry: asyncio.Task[None] | None = None

    async def commit(self, batch: Batch, committed: Callable[[], None], live_only: bool = False) -> None:
        """Store a batch, publish its events, call `committed`; with a failing store, publish now and store later.

        Cancelling the caller does not stop what has begun: what is stored is always told.
        """
        task = asyncio.ensure_future(self._commit(batch, committed, live_only))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        await asyncio.shield(task)

    async def _commit(self, batch: Batch, committed: Callable[[], None], live_only: bool) -> None:
        if live_only:
            for event in _events(batch):
                self._feed.publish(event)
            committed()
            return
        if self._backlog:
            self._postpone(batch, committed)
            return
        try:
            events = await self.writer(self.store.commit, batch)
        except StoreError as problem:
            self._fail(problem)
            self._postpone(batch, committed)
            return
        self._recovered()
        for event in events:
            self._feed.publish(event)
        committed()

    async def message_state(self, key: MessageKey, mark: bytes | None) -> tuple[MessageState | None, bool]:
        """What is stored of a message, and whether `mark` was seen. Nothing when the store cannot say."""
        try:
            return await self.writer(self._recall, key, mark)
        except StoreError as problem:
            self._fail(problem)
            return None, False

    def _recall(self, key: MessageKey, mark: bytes | None) -> tuple[MessageState | None, bool]:
        state = self.store.message_state(key)
        return state, mark is not None and self.store.is_seen(key.profile, mark)

    async def trend_state(
        self, profile: str, service: str, conversation_id: str, model: str
    ) -> tuple[str, float] | None:
        """The stored trend and its time."""
        try:
            return await self.writer(self.store.trend_state, profile, service, conversation_id, model)
        except StoreError as problem:
            self._fail(problem)
            return None

    async def is_proxied(self, profile: str, service: str, conversation_id: str) -> bool:
        """See Store.is_proxied."""
        try:
            return await self.writer(self.store.is_proxied, profile, service, conversation_id)
        except StoreError as problem:
            self._fail(problem)
            return False

    async def chain_end(self, profile: str, chain: bytes) -> ChainEnd | None:
        """See Store.chain_end."""
        try:
            return await self.writer(self.store.chain_end, profile, chain)
        except StoreError as problem:
            self._fail(problem)
            return None

    async def conversation_exists(self, profile: str, service: str, conversation_id: str) -> bool:
        """See Store.conversation_exists."""
        try:
            return await self.writer(self.store.conversation_exists, profile, service, conversation_id)
        except StoreError as problem:
            self._fail(problem)
            return False

    async def close(self) -> None:
        """Let what has begun finish; one last attempt at what waits."""
        await asyncio.gather(*self._busy, return_exceptions=True)
        if self._retry is not None:
            self._retry.cancel()
            await asyncio.gather(self._retry, return_exceptions=True)
        await self._drain()

    def _fail(self, problem: StoreError) -> None:
        if self.trouble != problem.reason:
            logger.error("not recorded: %s", problem)
            self.trouble = problem.reason
            self._on_change()

    def _recovered(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            self._on_change()

    def _postpone(self, batch: Batch, committed: Callable[[], None]) -> None:
        for event in _events(batch):
            alert_id = str(_alert_of(event).get("alert_id"))
            if alert_id not in self._told:
                self._told.add(alert_id)
                self._feed.publish(event)
        self._backlog.append((batch, committed))
        if len(self._backlog) > BACKLOG:
            self._backlog.popleft()[1]()
            logger.error("the oldest unrecorded messages are lost: %d wait already", BACKLOG)
        if self._retry is None or self._retry.done():
            self._retry = asyncio.create_task(self._keep_trying(), name="store retry")

    async def _keep_trying(self) -> None:
        while self._backlog:
            await asyncio.sleep(RETRY_S)
            await self._drain()

    async def _drain(self) -> None:
        while self._backlog:
            batch, committed = self._backlog[0]
            try:
                events = await self.writer(self.store.commit, batch)
            except StoreError as problem:
                self._fail(problem)
                return
            self._backlog.popleft()
            for event in events:
                self._feed.publish(event)
            committed()
        self._told.clear()
        self._recovered()


def _events(batch: Batch) -> list[Event]:
    """The alerts of a batch as live events that have no sequence number."""
    return [
        Event(None, row.key.profile, {"type": "alert", "alert": {**json.loads(row.payload), "quote": row.quote}})
        for row in batch.alerts
    ]


def _alert_of(event: Event) -> dict[str, object]:
    alert = event.body["alert"]
    assert isinstance(alert, dict)
    return alert
