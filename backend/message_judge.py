"""One message as it grows: scored, decided, written, told."""

import bisect
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from backend.conversations import Conversation, Conversations, Placed
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
    Settle,
    TrendRow,
)
from classifiers.age import AgeEvidence
from classifiers.assessment import Assessment
from classifiers.trend import TrendState
from proxy.decode import FlowDecoder
from proxy.exchange import ExchangeMeta
from proxy.message import Message, Turn

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
    on_read: Callable[[str, FlowDecoder], None]
    """(host, decoder): an exchange has ended."""
    on_not_scored: Callable[[Profile, str, str], None]
    """(profile, conversation id, reason)."""
    clock: Callable[[], float] = time.time


class MessageJudge:
    """Judges the messages of one exchange. `commit(batch, alerts)` writes and tells; `t` is the wire's time now."""

    def __init__(
        self,
        stations: Stations,
        meta: ExchangeMeta,
        profile: Profile,
        commit: Callable[[Batch, list[Alert]], Awaitable[None]],
        live_only: bool,
    ) -> None:
        self.t = meta.t_start
        self._s = stations
        self._meta = meta
        self._profile = profile
        self._commit = commit
        self._live_only = live_only
        self._page = meta.source == "page"
        self._exchange = ExchangeModel(host=meta.host, path=meta.safe_path, method=meta.method, t_start=meta.t_start)

    async def open(self, message: Message, placed: Placed, times: list[tuple[int, float]]) -> Track:
        """Begin with a message. times: (length of the text, wire time), growing."""
        conversation, key = placed.conversation, placed.key
        context = tuple(message.history) or tuple(conversation.turns_before(key.message_id))
        conversation.live = True
        conversation.proxied = conversation.proxied or not self._page
        stored = None if self._live_only else (await self._s.recorder.message_state(key, None))[0]
        if conversation.trend is None:
            await self._load_trend(conversation)
        return Track(
            placed=placed,
            key=key,
            version=max(stored.version if stored else 0, message.version),
            scorer=await self._s.scoring.start(context, message.role),
            context=context,
            stored=stored,
            waiting=stored is not None and stored.final,
            # a page's copy of what the proxy has read says nothing new
            done=self._page and stored is not None and stored.source == "proxy",
            text=message.text,
            times=times,
        )

    async def judge(self, track: Track, message: Message, final: bool, idle: bool = False) -> None:
        """Judge a message in its present state. idle: cover the unfinished sentence too."""
        text = message.text
        if track.done:
            if text == track.text or not text or self._page:
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
        if message.choice in (None, 0) and not (self._page and conversation.proxied):
            conversation.remember(track.key.message_id, 0, Turn(message.role, message.text))
        if placed.position is not None and placed.chain is not None:
            chain = self._chain(track, message)
            assert chain is not None
            self._s.conversations.note_chain(conversation, chain, placed.position)
            newest = [*track.context, Turn(message.role, message.text)]
            self._s.conversations.note_tail(conversation, newest, placed.position)

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
        turns = [*track.context, Turn(message.role, message.text)]
        needs_age = mark is not None or "sexual" in assessment.flags
        age = age_of(self._profile, conversation.signals, turns) if needs_age else AgeEvidence()
        pause = self.t - conversation.trend_t if conversation.trend_t else 0.0
        judged = judge_message(
            assessment, message.role, message.text, self._profile, age, model.config.thresholds,
            conversation.trend, message.confidence, pause,
        )  # fmt: skip
        batch = Batch(self._profile.name)
        if mark is not None and judged.trend is not None and not (self._page and conversation.proxied):
            conversation.trend, conversation.trend_t = judged.trend, self.t
            batch.trends.append(TrendRow(*conversation_of(track.key), model=model.name, state=judged.trend.to_json()))
        self._tell_score(track, assessment, judged.trend)
        if self._page and idle and message.role != "user":
            # what a page reports can never be taken back, so it is only told what is certain
            return
        alerts = self._alerts(track, message, judged.verdicts, idle, batch)
        self._settle(track, judged.verdicts, mark is not None, idle, batch)
        if alerts or batch.settle or mark is not None:
            batch.messages.append(self._row(track, message, assessment, mark))
            batch.conversation = ConversationRow(*conversation_of(track.key), self._meta.host, conversation.persona)
            await self._commit(batch, alerts)

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
                verdict, self._profile, message.text,
                alert_id=alert_id, service=track.key.service, conversation_id=track.key.conversation_id,
                message_id=track.key.message_id,
                exchange=self._exchange,
                t_wire=self._t_wire(track, verdict.end), t_alert=self._s.clock(),
            )  # fmt: skip
            made.append(alert)
            batch.alerts.append(
                AlertRow(
                    track.key, alert_id, track.version, verdict.rule, verdict.severity, self._meta.source, provisional,
                    alert.without_quote(), quote_of(message.text, verdict),
                )
            )  # fmt: skip
        return made

    def _settle(self, track: Track, verdicts: tuple[Verdict, ...], final: bool, idle: bool, batch: Batch) -> None:
        """Alerts that the present scores do not carry any more. A page's bytes never take anything back."""
        before = track.stored is not None
        if self._page or idle or not (track.provisional or (final and (before or track.replaced or track.version))):
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
            source=self._meta.source,
            confidence=message.confidence,
            t=self.t,
            scores=assessment.scores,
            model=assessment.model,
            position=track.placed.position,
            chain=self._chain(track, message) if mark is not None else None,
            opening=self._s.conversations.opening(track.key, message.text),
            mark=mark,
        )

    async def _load_trend(self, conversation: Conversation) -> None:
        conversation.trend = TrendState()
        if self._live_only:
            return
        if self._page and not conversation.proxied:
            conversation.proxied = await self._s.recorder.is_proxied(
                conversation.profile, conversation.service, conversation.conversation_id
            )
        found = await self._s.recorder.trend_state(
            conversation.profile, conversation.service, conversation.conversation_id, self._s.scoring.model.name
        )
        if found is not None:
            try:
                conversation.trend, conversation.trend_t = TrendState.from_json(found[0]), found[1]
            except ValueError:
                logger.warning("a stored trend cannot be read; it starts anew")

    def _tell_score(self, track: Track, assessment: Assessment, trend: TrendState | None) -> None:
        reading = trend.reading if trend is not None else None
        self._s.live(
            self._profile.name,
            {
                "type": "score",
                "profile": self._profile.name,
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

    def _t_wire(self, track: Track, end: int) -> float:
        """When the byte that completed the first `end` characters went over the wire."""
        at = bisect.bisect_left(track.times, end, key=lambda entry: entry[0])
        return track.times[at][1] if at < len(track.times) else self.t


def conversation_of(key: MessageKey) -> tuple[str, str, str]:
    """The part of a key that names the conversation."""
    return key.profile, key.service, key.conversation_id
