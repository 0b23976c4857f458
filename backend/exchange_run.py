"""One exchange on its way through the stations: bytes in order, messages out of them, each judged as it grows."""

import asyncio
import bisect
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from backend.conversations import Conversation, Conversations, Placed, Thread
from backend.judging import age_of, judge_message
from backend.policy.alert import Alert, ExchangeModel, quote_of, write_alert
from backend.policy.profile import Profile
from backend.policy.verdict import Verdict, rank
from backend.recorder import Recorder
from backend.scoring import Scorer, ScoringThread
from backend.store.records import (
    AlertRow,
    Batch,
    ConversationRow,
    MessageKey,
    MessageRow,
    MessageState,
    Rename,
    Settle,
    TrendRow,
)
from classifiers.age import AgeEvidence
from classifiers.assessment import Assessment
from classifiers.trend import TrendState
from proxy.decode import FlowDecoder
from proxy.exchange import ExchangeMeta
from proxy.link import Data, End, Gap, HeadMsg, Item
from proxy.message import Message, Turn

IDLE_S = 0.15
"""Without new text for so long, the unfinished sentence is judged provisionally."""
THREAD_BYTES = 128 * 1024
"""Larger segments (fetched transcripts) are decoded off the event loop."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Track:
    """One message of this exchange. told: rule -> rank of the gravest alert so far. waiting: a stored, finished message
    has this id, and it is not clear yet whether this is its replay or another version of it."""

    placed: Placed
    key: MessageKey
    version: int
    scorer: Scorer
    context: tuple[Turn, ...]
    stored: MessageState | None
    waiting: bool
    text: str = ""
    done: bool = False
    replaced: bool = False
    provisional: bool = False
    idle_text: str = ""
    told: dict[str, int] = field(default_factory=dict)
    alert_ids: dict[str, set[str]] = field(default_factory=dict)
    times: list[tuple[int, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stations:
    """What a run works with."""

    scoring: ScoringThread
    recorder: Recorder
    conversations: Conversations
    live: Callable[[str, dict[str, object]], None]
    """(profile, event): tell the live feed only."""
    on_alert: Callable[[float], None]
    """Seconds from the sentence's last byte to its alert on the feed."""
    on_misses: Callable[[ExchangeMeta, dict[str, int]], None]
    on_not_scored: Callable[[Profile, str, str], None]
    """(profile, conversation id, reason)."""
    clock: Callable[[], float] = time.time


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
        self._changed: dict[str, Message] = {}
        self._times: dict[str, list[tuple[int, float]]] = {}
        self._tracks: dict[str, Track] = {}
        self._committing = 0
        self._processed = 0
        self._acked = -1
        self._rename: Rename | None = None
        self._counted: Conversation | None = None
        self._t = meta.t_start
        self.task = asyncio.create_task(self._run(), name=f"exchange {meta.host}")

    def put(self, item: Item) -> None:
        """The next item, in wire order. Bytes that are missing in between make the rest unreadable."""
        if self.ended:
            return
        if isinstance(item, Data):
            if item.offset < self.received:
                return
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
            self._decoder.head(item.head)
            return False
        if isinstance(item, Gap):
            await self._mark_not_scored(item.reason)
            return True
        if isinstance(item, End):
            self._note(self._decoder.end(item.complete))
            return True
        segment = item.segment
        self._t = segment.t
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
            self._changed.pop(message.slot, None)
            self._changed[message.slot] = message
            times = self._times.setdefault(message.slot, [])
            if not times or len(message.text) > times[-1][0]:
                times.append((len(message.text), self._t))

    async def _finish(self) -> None:
        """The exchange is over: whatever is still open is judged as it stands."""
        for slot, message in self._latest.items():
            track = self._tracks.get(slot)
            if track is not None and not track.done:
                await self._judge(track, message, final=True)
        if self._rename is not None:
            await self._commit(Batch(self.profile.name), [])
        misses = {reason: count for reason, count in self._decoder.misses.items() if count}
        if misses:
            self._s.on_misses(self.meta, misses)

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
        await self._judge(track, message, final=last or message.final or message.role == "user")

    async def _close_answers(self, message: Message) -> None:
        """The person speaks: answers of this exchange that were never marked as finished are finished now."""
        if message.slot in self._tracks:
            return
        for slot, track in list(self._tracks.items()):
            if not track.done and self._latest[slot].role == "assistant":
                await self._judge(track, self._latest[slot], final=True)

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
        conversation, key = placed.conversation, placed.key
        context = tuple(message.history) or tuple(conversation.turns_before(key.message_id))
        conversation.live = True
        stored = None
        if not self._live_only:
            stored, _ = await self._s.recorder.message_state(key, None)
        return Track(
            placed=placed,
            key=key,
            version=(stored.version if stored else 0) + message.version,
            scorer=await self._s.scoring.start(context, message.role),
            context=context,
            stored=stored,
            waiting=stored is not None and stored.final,
            times=self._times.setdefault(message.slot, []),
        )

    async def _judge_idle(self) -> None:
        for slot, track in list(self._tracks.items()):
            if not track.done and not track.waiting and track.text != track.idle_text:
                track.idle_text = track.text
                await self._judge(track, self._latest[slot], final=False, idle=True)

    async def _judge(self, track: Track, message: Message, final: bool, idle: bool = False) -> None:
        text = message.text
        if track.done:
            if text == track.text or (message.role == "user" and not text):
                return
            await self._next_version(track, message)
        mark = self._s.conversations.mark(track.key, text) if final else None
        if mark is not None and await self._is_judged(track, mark):
            self._close(track, message, mark)
            return
        if track.waiting and not await self._is_other(track, message, final):
            return
        if not text.startswith(track.text):
            if not final and track.text.startswith(text):
                return
            track.replaced = True
        assessment = await self._s.scoring.step(track.scorer, text, final, idle)
        track.text = text
        if assessment is not None:
            await self._decide(track, message, assessment, mark, idle)
        if mark is not None:
            self._close(track, message, mark)

    async def _is_judged(self, track: Track, mark: bytes) -> bool:
        if self._s.conversations.was_judged(mark):
            return True
        if self._live_only:
            return False
        return (await self._s.recorder.message_state(track.key, mark))[1]

    async def _is_other(self, track: Track, message: Message, final: bool) -> bool:
        """A finished message with this id is stored: is this another version of it? False also while that is open."""
        opening = self._s.conversations.opening(track.key, message.text)
        assert track.stored is not None
        if not final and (opening is None or opening == track.stored.opening):
            return False
        track.waiting = False
        track.version = track.stored.version + 1
        return True

    async def _next_version(self, track: Track, message: Message) -> None:
        track.version += 1
        track.done = track.waiting = track.replaced = False
        track.text = track.idle_text = ""
        track.told.clear()
        track.alert_ids.clear()
        track.scorer = await self._s.scoring.start(track.context, message.role)

    def _close(self, track: Track, message: Message, mark: bytes) -> None:
        track.done, track.text = True, message.text
        conversation, placed = track.placed.conversation, track.placed
        self._s.conversations.note_judged(mark)
        if message.choice in (None, 0):
            conversation.remember(track.key.message_id, 0, Turn(message.role, message.text))
        if placed.position is not None and placed.chain is not None:
            chain = self._chain(track, message)
            assert chain is not None
            self._s.conversations.note_chain(conversation, chain, placed.position)

    def _chain(self, track: Track, message: Message) -> bytes | None:
        chain = track.placed.chain
        if chain is None or message.role == "user":
            return chain
        return self._s.conversations.chain(chain, [Turn("assistant", message.text)])

    async def _decide(
        self, track: Track, message: Message, assessment: Assessment, mark: bytes | None, idle: bool
    ) -> None:
        conversation = track.placed.conversation
        model = self._s.scoring.model
        if conversation.trend is None:
            await self._load_trend(conversation, model.name)
        turns = [*track.context, Turn(message.role, message.text)]
        needs_age = mark is not None or "sexual" in assessment.flags
        age = age_of(self.profile, conversation.signals, turns) if needs_age else AgeEvidence()
        pause = self._t - conversation.trend_t if conversation.trend_t else 0.0
        judged = judge_message(
            assessment, message.role, message.text, self.profile, age, model.config.thresholds,
            conversation.trend, message.confidence, pause,
        )  # fmt: skip
        batch = Batch(self.profile.name)
        if mark is not None and judged.trend is not None:
            conversation.trend, conversation.trend_t = judged.trend, self._t
            batch.trends.append(TrendRow(*_conversation(track.key), model=model.name, state=judged.trend.to_json()))
        self._tell_score(track, assessment, judged.trend)
        page = self.meta.source == "page"
        if page and idle and message.role != "user":
            # what a page reports can never be taken back, so it is only told what is certain
            return
        alerts = self._alerts(track, message, judged.verdicts, idle, batch)
        self._settle(track, judged.verdicts, mark is not None, idle, page, batch)
        if alerts or batch.settle or mark is not None:
            batch.messages.append(self._row(track, message, assessment, mark))
            await self._commit(batch, alerts, track)

    def _alerts(
        self, track: Track, message: Message, verdicts: tuple[Verdict, ...], idle: bool, batch: Batch
    ) -> list[Alert]:
        made = []
        for verdict in verdicts:
            alert_id = self._s.conversations.alert_id(
                track.key, track.version, verdict.rule, verdict.severity, verdict.start
            )
            track.alert_ids.setdefault(verdict.rule, set()).add(alert_id)
            if rank(verdict.severity) <= track.told.get(verdict.rule, -1):
                continue
            track.told[verdict.rule] = rank(verdict.severity)
            provisional = idle and verdict.end >= len(message.text.rstrip())
            track.provisional = track.provisional or provisional
            alert = write_alert(
                verdict, self.profile, message.text,
                alert_id=alert_id, service=track.key.service, conversation_id=track.key.conversation_id,
                message_id=track.key.message_id,
                exchange=ExchangeModel(
                    host=self.meta.host, path=self.meta.safe_path, method=self.meta.method, t_start=self.meta.t_start
                ),
                t_wire=self._t_wire(track, verdict.end), t_alert=self._s.clock(),
            )  # fmt: skip
            made.append(alert)
            batch.alerts.append(
                AlertRow(
                    track.key, alert_id, track.version, verdict.rule, verdict.severity, self.meta.source, provisional,
                    alert.without_quote(), quote_of(message.text, verdict),
                )
            )  # fmt: skip
        return made

    def _settle(
        self, track: Track, verdicts: tuple[Verdict, ...], final: bool, idle: bool, page: bool, batch: Batch
    ) -> None:
        """Alerts that the present scores do not carry any more. A page's bytes never take anything back."""
        before = track.stored is not None
        if page or idle or not (track.provisional or (final and (before or track.replaced or track.version))):
            return
        rules = {verdict.rule for verdict in verdicts}
        keep = frozenset(alert_id for rule in rules for alert_id in track.alert_ids.get(rule, ()))
        batch.settle.append(Settle(track.key, keep, track.version, withdrawn=final and track.replaced))
        track.provisional = False
        for rule in [rule for rule in track.told if rule not in rules]:
            del track.told[rule]

    def _row(self, track: Track, message: Message, assessment: Assessment, mark: bytes | None) -> MessageRow:
        return MessageRow(
            key=track.key,
            role=message.role,
            version=track.version,
            final=mark is not None,
            source=self.meta.source,
            confidence=message.confidence,
            t=self._t,
            scores=assessment.scores,
            model=assessment.model,
            position=track.placed.position,
            chain=self._chain(track, message) if mark is not None else None,
            opening=self._s.conversations.opening(track.key, message.text),
            mark=mark,
        )

    async def _commit(self, batch: Batch, alerts: list[Alert], track: Track | None = None) -> None:
        batch.rename, self._rename = self._rename, None
        if track is not None:
            conversation = track.placed.conversation
            batch.conversation = ConversationRow(*_conversation(track.key), self.meta.host, conversation.persona)
        self._committing += 1

        def committed() -> None:
            self._committing -= 1
            now = self._s.clock()
            for alert in alerts:
                self._s.on_alert(now - alert.t_wire)
            if self._acked < self._processed or self._done:
                self._ack(self._done)

        await self._s.recorder.commit(batch, committed, self._live_only)

    _done = False

    def _ack(self, done: bool) -> None:
        self._done = done
        if self._committing == 0 and (done or self._processed > self._acked):
            self._acked = self._processed
            self._acknowledge(self._processed, done)

    async def _load_trend(self, conversation: Conversation, model: str) -> None:
        conversation.trend = TrendState()
        if self._live_only:
            return
        found = await self._s.recorder.trend_state(
            conversation.profile, conversation.service, conversation.conversation_id, model
        )
        if found is not None:
            try:
                conversation.trend, conversation.trend_t = TrendState.from_json(found[0]), found[1]
            except ValueError:
                logger.warning("a stored trend cannot be read; it starts anew")

    def _tell_score(self, track: Track, assessment: Assessment, trend: TrendState | None) -> None:
        reading = trend.reading if trend is not None else None
        self._s.live(
            self.profile.name,
            {
                "type": "score",
                "profile": self.profile.name,
                "service": track.key.service,
                "conversation_id": track.key.conversation_id,
                "message_id": track.key.message_id,
                "choice": track.key.choice,
                "final": assessment.final,
                "scores": {label: round(score, 4) for label, score in assessment.scores.items()},
                "trend": {
                    "values": {k: round(v, 4) for k, v in reading.values.items()},
                    "raised": list(reading.raised),
                    "turns": reading.turns,
                }
                if reading is not None
                else {},
            },
        )

    async def _mark_not_scored(self, reason: str) -> None:
        conversation = self._thread.conversation
        if conversation is None:
            self._s.on_not_scored(self.profile, f"{self.meta.host}{self.meta.safe_path}", reason)
            return
        self._s.on_not_scored(self.profile, conversation.conversation_id, reason)
        if not self._live_only:
            row = ConversationRow(
                conversation.profile, conversation.service, conversation.conversation_id,
                self.meta.host, conversation.persona, reason,
            )  # fmt: skip
            batch = Batch(self.profile.name, conversation=row)
            self._committing += 1

            def committed() -> None:
                self._committing -= 1

            await self._s.recorder.commit(batch, committed)

    def _t_wire(self, track: Track, end: int) -> float:
        """When the byte that completed the first `end` characters went over the wire."""
        at = bisect.bisect_left(track.times, end, key=lambda entry: entry[0])
        return track.times[at][1] if at < len(track.times) else self._t


def _conversation(key: MessageKey) -> tuple[str, str, str]:
    return key.profile, key.service, key.conversation_id
