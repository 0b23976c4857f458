"""Live events to all who listen. Nobody waits for a slow listener: it is cut off and resumes by sequence number."""

import asyncio
from collections.abc import Callable
from typing import Any

from backend.store.records import Client, Event
from backend.web.view import event_for

QUEUE = 1000
"""Events that may wait for one listener."""


class Subscriber:
    """One listener. cut: called when it falls too far behind."""

    def __init__(self, client: Client, cut: Callable[[], None]) -> None:
        self.client = client
        self.queue: asyncio.Queue[tuple[int | None, dict[str, Any]]] = asyncio.Queue(QUEUE)
        self._cut = cut

    def offer(self, seq: int | None, body: dict[str, Any], droppable: bool = False) -> None:
        """Queue an event as this listener may see it."""
        if droppable and self.queue.qsize() > QUEUE // 2:
            return
        seen = event_for(self.client, body)
        if seen is None:
            return
        try:
            self.queue.put_nowait((seq, seen))
        except asyncio.QueueFull:
            self._cut()


class FeedHub:
    """All listeners."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()

    def add(self, subscriber: Subscriber) -> None:
        self._subscribers.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    def publish(self, event: Event) -> None:
        """Tell an event to the listeners of its profile."""
        for subscriber in self._of(event.profile):
            subscriber.offer(event.seq, event.body)

    def live(self, profile: str, body: dict[str, object]) -> None:
        """Tell something that is not kept; a listener who is behind may miss it."""
        for subscriber in self._of(profile):
            subscriber.offer(None, body, droppable=True)

    def everyone(self, body_for: Callable[[Client], dict[str, object]]) -> None:
        """Tell every listener its own version of something."""
        for subscriber in list(self._subscribers):
            subscriber.offer(None, body_for(subscriber.client), droppable=True)

    def _of(self, profile: str) -> list[Subscriber]:
        return [subscriber for subscriber in self._subscribers if subscriber.client.profile == profile]
