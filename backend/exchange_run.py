"""One exchange on its way through the stations: bytes in order, messages out of them, each judged as it grows."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

from backend.conversations import Conversation, Placed, Thread
from backend.message_judge import MessageJudge, Stations, Track
from backend.policy.alert import Alert
from backend.policy.profile import Profile
from backend.store.records import Batch, ConversationRow, Rename
from proxy.decode import FlowDecoder
from proxy.exchange import ExchangeMeta
from proxy.link import Data, End, Gap, HeadMsg, Item
from proxy.message import Message, Turn

IDLE_S = 0.15
"""Without new text for so long, the unfinished sentence is judged provisionally."""
THREAD_BYTES = 128 * 1024
"""Larger segments (fetched transcripts) are decoded off the event loop."""

logger = logging.getLogger(__name__)


class ExchangeRun:
    """Takes the link's items of one exchange. Calls `acknowledge(offset, done)` when what came before is committed."""

    def __init__(
        self,
        stations: Stations,
        meta: ExchangeMeta,
        profile: Profile,
        acknowledge: Callable[[int, bool], None],
        live_only: bool = False,
    ) -> None:
        self.meta = meta
        self.profile = profile
        self.received = 0
        self.ended = False
        self._s = stations
        self._acknowledge = acknowledge
        self._live_only = live_only
        self._decoder = FlowDecoder(meta)
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._thread = Thread(meta, profile.name)
        self._latest: dict[str, Message] = {}
        self._changed: dict[tuple[str, int, bool], Message] = {}
        self._times: dict[str, list[tuple[int, float]]] = {}
        self._tracks: dict[str, Track] = {}
        self._committing = 0
        self._processed = 0
        self._skipped = 0
        self._acked = -1
        self._rename: Rename | None = None
        self._counted: Conversation | None = None
        self._done = False
        self._judge = MessageJudge(stations, meta, profile, self._commit, live_only)
        self.task = asyncio.create_task(self._run(), name=f"exchange {meta.host}")

    def put(self, item: Item) -> None:
        """The next item, in wire order. Bytes that are missing in between make the rest unreadable."""
        if self.ended:
            return
        if isinstance(item, Data):
            if item.offset < self.received:
                return
            if self.received == 0 and self.meta.kind == "websocket":
                # a long-lived socket that is sent again may have given up its oldest messages
                self.received = self._skipped = item.offset
            if item.offset > self.received:
                item = Gap(item.exchange_id, "offset")
            else:
                self.received += len(item.segment.data)
        self.ended = isinstance(item, End | Gap)
        self._queue.put_nowait(item)

    def finish(self) -> None:
        """Nothing more will come: the link that fed this run has gone."""
        self.put(End(self.meta.exchange_id, self.received, False))

    def cancel(self) -> None:
        """Stop at once; the exchange is read again by another run."""
        self.ended = True
        self.task.cancel()

    async def _run(self) -> None:
        try:
            last = False
            while not last:
                items = await self._next_items()
                if not items:
                    await self._judge_idle()
                    continue
                for item in items:
                    last = await self._take(item) or last
                changed, self._changed = self._changed, {}
                for message in changed.values():
                    await self._advance(message, last)
                if last:
                    await self._finish()
                    self._processed = self.received
                    self._ack(True)
                else:
                    self._processed = max(self._processed, self._skipped)
                    self._processed += sum(len(i.segment.data) for i in items if isinstance(i, Data))
                    self._ack(False)
        except Exception as problem:
            # the text of an exception may quote a chat, its place may not
            frames = traceback.extract_tb(problem.__traceback__)[-3:]
            where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
            logger.error("exchange on %s not scored: %s in %s", self.meta.host, type(problem).__name__, where)
            await self._mark_not_scored("error")
            self._acknowledge(self.received, True)
        finally:
            self.ended = True
            if self._counted is not None:
                self._counted.open_exchanges -= 1

    async def _next_items(self) -> list[Item]:
        """Everything that has arrived, at least one item; nothing when a sentence is left open for IDLE_S."""
        open_text = any(
            not track.done and not track.waiting and track.text != track.idle_text for track in self._tracks.values()
        )
        try:
            items = [await asyncio.wait_for(self._queue.get(), IDLE_S if open_text else None)]
        except TimeoutError:
            return []
        while not self._queue.empty():
            items.append(self._queue.get_nowait())
        return items

    async def _take(self, item: Item) -> bool:
        """Decode one item. True for the last one."""
        if isinstance(item, HeadMsg):
            self._note(self._decoder.head(item.head))
            return False
        if isinstance(item, Gap):
            await self._mark_not_scored(item.reason)
            return True
        if isinstance(item, End):
            self._note(self._decoder.end(item.complete))
            return True
        segment = item.segment
        self._judge.t = segment.t
        if len(segment.data) > THREAD_BYTES:
            self._note(await asyncio.to_thread(self._decoder.feed, segment))
        else:
            self._note(self._decoder.feed(segment))
        return False

    def _note(self, messages: list[Message]) -> None:
        for message in messages:
            if message.source != self.meta.source:
                message = replace(message, source=self.meta.source)
            self._latest[message.slot] = message
            # Of several states of one version the last is enough, but whether the conversation had a name yet decides
            # its first id: that must not depend on how many bytes came at once.
            key = (message.slot, message.version, message.conversation_id is not None)
            self._changed.pop(key, None)
            self._changed[key] = message
            times = self._times.setdefault(message.slot, [])
            if not times or len(message.text) > times[-1][0]:
                times.append((len(message.text), self._judge.t))

    async def _finish(self) -> None:
        """The exchange is over: whatever is still open is judged as it stands."""
        for slot, message in self._latest.items():
            track = self._tracks.get(slot)
            if track is not None and not track.done:
                await self._judge.judge(track, message, final=True)
        if self._rename is not None:
            await self._commit(Batch(self.profile.name), [])
        if not self._live_only:
            self._s.on_read(self.meta.host, self._decoder)

    async def _advance(self, message: Message, last: bool) -> None:
        if not message.text and message.slot not in self._tracks:
            return
        if message.replayed:
            await self._remember_old(message)
            return
        if message.role == "user":
            await self._close_answers(message)
        track = self._tracks.get(message.slot)
        if track is None:
            track = self._tracks[message.slot] = await self._open(message)
        elif message.conversation_id not in (None, track.key.conversation_id) and not track.done:
            self._place_again(track, await self._place(message))
        await self._judge.judge(track, message, final=last or message.final or message.role == "user")

    async def _close_answers(self, message: Message) -> None:
        """The person speaks: answers of this exchange that were never marked as finished are finished now."""
        if message.slot in self._tracks:
            return
        for slot, track in list(self._tracks.items()):
            other_talk = message.conversation_id not in (None, track.key.conversation_id)
            if not track.done and not other_talk and self._latest[slot].role == "assistant":
                await self._judge.judge(track, self._latest[slot], final=True)

    async def _place(self, message: Message) -> Placed:
        placed = await self._s.conversations.place(self._thread, message, self._s.recorder)
        conversation = placed.conversation
        if placed.renamed_from is not None:
            self._rename = Rename(self.profile.name, message.service, placed.renamed_from, conversation.conversation_id)
            for track in self._tracks.values():
                if track.key.conversation_id == placed.renamed_from:
                    self._place_again(track, replace(placed, key=track.key))
        if self._counted is not conversation:
            if self._counted is not None:
                self._counted.open_exchanges -= 1
            conversation.open_exchanges += 1
            self._counted = conversation
        conversation.signals.update(message.signals)
        conversation.persona = message.persona or conversation.persona
        return placed

    @staticmethod
    def _place_again(track: Track, placed: Placed) -> None:
        """The wire told the conversation's id late. The message keeps its own id."""
        track.placed = placed
        track.key = replace(track.key, conversation_id=placed.conversation.conversation_id)

    async def _remember_old(self, message: Message) -> None:
        """A message of an old transcript: context, unless the talk is going on and the context is there already."""
        placed = await self._place(message)
        if not placed.conversation.live and message.choice in (None, 0):
            placed.conversation.remember(placed.key.message_id, 0, Turn(message.role, message.text))

    async def _open(self, message: Message) -> Track:
        placed = await self._place(message)
        return await self._judge.open(message, placed, self._times.setdefault(message.slot, []))

    async def _judge_idle(self) -> None:
        for slot, track in list(self._tracks.items()):
            if not track.done and not track.waiting and track.text != track.idle_text:
                track.idle_text = track.text
                await self._judge.judge(track, self._latest[slot], final=False, idle=True)

    async def _commit(self, batch: Batch, alerts: list[Alert]) -> None:
        batch.rename, self._rename = self._rename, None
        self._committing += 1

        def committed() -> None:
            self._committing -= 1
            now = self._s.clock()
            for alert in alerts:
                self._s.on_alert(now - alert.t_wire)
            self._ack(self._done)

        await self._s.recorder.commit(batch, committed, self._live_only)

    def _ack(self, done: bool) -> None:
        self._done = done
        if self._committing == 0 and (done or self._processed > self._acked):
            self._acked = self._processed
            self._acknowledge(self._processed, done)

    async def _mark_not_scored(self, reason: str) -> None:
        conversation = self._thread.conversation
        if conversation is None and not self._decoder.claimed:
            return
        if conversation is None:
            self._s.on_not_scored(self.profile, f"{self.meta.host}{self.meta.safe_path}", reason)
            return
        self._s.on_not_scored(self.profile, conversation.conversation_id, reason)
        where = (conversation.profile, conversation.service, conversation.conversation_id)
        row = ConversationRow(*where, self.meta.host, conversation.persona, reason)
        await self._commit(Batch(self.profile.name, conversation=row), [])
