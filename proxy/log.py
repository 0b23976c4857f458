"""The exchange log: copies that the backend has not taken yet.

Append-only and bounded: at most `exchange_limit` bytes an exchange and `total_limit` bytes together. Over a limit the
whole exchange becomes a `Gap`, its bytes are freed and copying stops; bytes never go missing from the middle, because
one lost chunk ruins a stream of patches. Only a WebSocket, which may live for days, gives up its acknowledged oldest
messages instead; its replay then starts at the oldest message that is left.
"""

import asyncio
from collections import deque

from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import Data, End, FromProxy, Gap, HeadMsg, Item, Notice, Open

EXCHANGE_LIMIT = 4 * 1024 * 1024
TOTAL_LIMIT = 64 * 1024 * 1024
MAX_EXCHANGES = 4096
MAX_NOTICES = 256
COALESCE_BYTES = 64 * 1024
# What one segment costs beside its bytes; counted in the total, so that many tiny chunks stay bounded too.
SEGMENT_COST = 256


class Entry:
    """One exchange: everything said about it so far, and how much of that has been sent."""

    __slots__ = ("acked", "closed", "items", "meta", "opened", "pending", "size", "weight")

    def __init__(self, meta: ExchangeMeta) -> None:
        self.meta = meta
        self.items: deque[Item] = deque()
        self.pending: deque[Item] = deque()
        self.opened = False
        self.closed = False
        self.size = 0
        self.weight = 0
        self.acked = 0


class ExchangeLog:
    """All exchanges that the backend has not finished with. Not thread-safe: one event loop uses it.

    changed: set when there may be something to take; sent: set while everything has been taken.
    """

    def __init__(
        self,
        exchange_limit: int = EXCHANGE_LIMIT,
        total_limit: int = TOTAL_LIMIT,
        max_exchanges: int = MAX_EXCHANGES,
    ) -> None:
        self.changed = asyncio.Event()
        self.sent = asyncio.Event()
        self.exchange_limit = exchange_limit
        self.total_limit = total_limit
        self.max_exchanges = max_exchanges
        self.weight = 0
        self._entries: dict[str, Entry] = {}
        self._unsent: dict[str, Entry] = {}
        self._notices: dict[tuple[str, str], Notice] = {}
        self._unsent_notices: deque[Notice] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def open(self, meta: ExchangeMeta) -> bool:
        """Begin an exchange; False when there are too many, then nothing of it is kept."""
        if len(self._entries) >= self.max_exchanges:
            self.notice("overflow", meta.host, "too many exchanges wait for the backend")
            return False
        entry = Entry(meta)
        self._entries[meta.exchange_id] = entry
        self._wake(entry)
        return True

    def head(self, exchange_id: str, head: Head) -> None:
        """Add the response head."""
        entry = self._entries.get(exchange_id)
        if entry is not None and not entry.closed:
            self._add(entry, HeadMsg(exchange_id, head))

    def append(self, exchange_id: str, segment: Segment) -> bool:
        """Add bytes; False when the exchange is closed or has just become a gap, so that copying can stop."""
        entry = self._entries.get(exchange_id)
        if entry is None or entry.closed:
            return False
        size = len(segment.data)
        cost = size + SEGMENT_COST
        if self._kept(entry) + size > self.exchange_limit or self.weight + cost > self.total_limit:
            self._forget_acked(entry)
            if self._kept(entry) + size > self.exchange_limit:
                self.gap(exchange_id, "exchange_too_large")
                return False
            if self.weight + cost > self.total_limit:
                self.gap(exchange_id, "memory_full")
                return False
        data = Data(exchange_id, entry.size, segment)
        entry.size += size
        entry.weight += cost
        self.weight += cost
        self._add(entry, data)
        return True

    def end(self, exchange_id: str, complete: bool) -> None:
        """No more bytes will come."""
        entry = self._entries.get(exchange_id)
        if entry is not None and not entry.closed:
            entry.closed = True
            self._add(entry, End(exchange_id, entry.size, complete))

    def gap(self, exchange_id: str, reason: str) -> None:
        """Give up the whole exchange and free its bytes."""
        entry = self._entries.get(exchange_id)
        if entry is None or entry.closed:
            return
        self.weight -= entry.weight
        entry.weight = 0
        entry.items.clear()
        entry.pending.clear()
        entry.closed = True
        self._add(entry, Gap(exchange_id, reason))

    def notice(self, kind: str, host: str, detail: str) -> None:
        """Tell the status page something about a host; told again after each reconnect, the latest of its kind."""
        notice = Notice(kind, host, detail)
        self._notices.pop((kind, host), None)
        self._notices[kind, host] = notice
        while len(self._notices) > MAX_NOTICES:
            self._notices.pop(next(iter(self._notices)))
        if len(self._unsent_notices) >= MAX_NOTICES:
            self._unsent_notices.popleft()
        self._unsent_notices.append(notice)
        self.changed.set()

    def ack(self, exchange_id: str, offset: int, done: bool) -> None:
        """The backend has committed everything before `offset`; done frees the exchange."""
        entry = self._entries.get(exchange_id)
        if entry is None:
            return
        entry.acked = max(entry.acked, min(offset, entry.size))
        if done:
            self.weight -= entry.weight
            entry.weight = 0
            entry.closed = True
            del self._entries[exchange_id]
            self._unsent.pop(exchange_id, None)

    def rewind(self) -> None:
        """Forget what was sent: the next `take` starts with the oldest exchange, from its first byte."""
        self._unsent = dict(self._entries)
        for entry in self._entries.values():
            entry.opened = False
            entry.pending = entry.items.copy()
        self._unsent_notices = deque(self._notices.values())
        self.changed.set()

    def take(self, limit: int) -> list[FromProxy]:
        """Frames not sent yet, in order within each exchange, about `limit` bytes; neighbouring body bytes are
        joined.
        """
        frames: list[FromProxy] = []
        while self._unsent_notices:
            frames.append(self._unsent_notices.popleft())
        room = limit
        while self._unsent and room > 0:
            exchange_id, entry = next(iter(self._unsent.items()))
            if not entry.opened:
                entry.opened = True
                frames.append(Open(entry.meta))
            while entry.pending and room > 0:
                item = entry.pending.popleft()
                if isinstance(item, Data):
                    if entry.pending and item.segment.frame == "body":
                        item = _joined(item, entry.pending)
                    room -= len(item.segment.data)
                frames.append(item)
            if entry.pending:
                break
            del self._unsent[exchange_id]
        if not frames:
            self.sent.set()
        return frames

    def _add(self, entry: Entry, item: Item) -> None:
        entry.items.append(item)
        entry.pending.append(item)
        self._wake(entry)

    def _wake(self, entry: Entry) -> None:
        self._unsent[entry.meta.exchange_id] = entry
        self.changed.set()
        self.sent.clear()

    @staticmethod
    def _kept(entry: Entry) -> int:
        """Bytes of the exchange that are still held."""
        first = next((item.offset for item in entry.items if isinstance(item, Data)), entry.size)
        return entry.size - first

    def _forget_acked(self, entry: Entry) -> None:
        """Free a WebSocket's messages that the backend has committed, oldest first."""
        if entry.meta.kind != "websocket":
            return
        kept: deque[Item] = deque()
        for item in entry.items:
            if isinstance(item, Data) and item.offset + len(item.segment.data) <= entry.acked:
                cost = len(item.segment.data) + SEGMENT_COST
                entry.weight -= cost
                self.weight -= cost
            else:
                kept.append(item)
        entry.items = kept


def _joined(first: Data, pending: deque[Item]) -> Data:
    """`first` with the like body bytes that follow it, up to `COALESCE_BYTES`; they leave `pending`."""
    parts = [first.segment.data]
    size = len(parts[0])
    last = first.segment
    while pending:
        item = pending[0]
        if not isinstance(item, Data):
            break
        segment = item.segment
        size += len(segment.data)
        if segment.frame != "body" or segment.direction != last.direction or size > COALESCE_BYTES:
            break
        parts.append(segment.data)
        last = segment
        pending.popleft()
    if len(parts) == 1:
        return first
    joined = Segment(direction=last.direction, data=b"".join(parts), t=last.t, frame="body")
    return Data(first.exchange_id, first.offset, joined)
