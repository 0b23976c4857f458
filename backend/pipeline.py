"""The one place that joins the stations: link and page capture in; decode, judge, store, tell; acknowledgements out."""

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from backend.conversations import Conversations
from backend.exchange_run import ExchangeRun
from backend.message_judge import Stations
from backend.policy.profile import Profile, ProfileBook, myself
from backend.recorder import Recorder
from backend.scoring import ScoringThread
from backend.settings import SELFTEST_HOST, SELFTEST_PROFILE
from backend.status import StatusBoard
from proxy.exchange import ExchangeMeta
from proxy.link import Ack, Data, FromProxy, Gap, Notice, Open

SAME_START_S = 2.0
"""A page's exchange that starts this close to a proxy's, on the same host and path, is the same one."""
GRACE_S = 15.0
"""After a link is lost, so long its open exchanges wait to be sent again."""
PAGE_BYTES = 4 * 1024 * 1024
PAGE_OPEN = 256
"""Exchanges of pages at once, open sockets included."""
_KEPT = 2000

logger = logging.getLogger(__name__)


class Sender:
    """Whoever feeds exchanges: the proxy's link or one browser. profile: forced for pages, None lets the exchange say.

    past_proxy: hosts that this browser reaches without the proxy, although the proxy reads them for others. changed is
    called when one comes or goes.
    """

    def __init__(
        self,
        source: Literal["proxy", "page"],
        send: Callable[[Ack], None],
        profile: str | None = None,
        past_proxy: set[str] | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.source = source
        self.send = send
        self.profile = profile
        self.past_proxy = set() if past_proxy is None else past_proxy
        self.changed = changed

    def goes_past_proxy(self, host: str, past: bool) -> None:
        """What an exchange has just shown."""
        if past != (host in self.past_proxy):
            (self.past_proxy.add if past else self.past_proxy.discard)(host)
            self.changed()


@dataclass(slots=True)
class _Running:
    run: ExchangeRun
    sender: Sender


class Pipeline:
    """Every exchange under way. All methods run on the event loop and return at once."""

    def __init__(
        self,
        scoring: ScoringThread,
        recorder: Recorder,
        conversations: Conversations,
        profiles: ProfileBook,
        status: StatusBoard,
        live: Callable[[str, dict[str, object]], None],
    ) -> None:
        self._profiles = profiles
        self._status = status
        self._stations = Stations(
            scoring,
            recorder,
            conversations,
            live,
            on_alert=status.latency.add,
            on_read=status.note_read,
            on_not_scored=status.note_not_scored,
        )
        self._running: dict[str, _Running] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._starts: OrderedDict[str, tuple[str, str, str, float, str]] = OrderedDict()
        self.past_proxy: defaultdict[str, set[str]] = defaultdict(set)
        """Of each paired browser, the hosts that it reaches without the proxy."""
        self._selftest = myself().model_copy(update={"name": SELFTEST_PROFILE})

    def receive(self, frame: FromProxy, sender: Sender) -> None:
        """One frame. What belongs to no known exchange is ignored."""
        if isinstance(frame, Open):
            self._open(frame.meta, sender)
        elif isinstance(frame, Notice):
            self._status.note_notice(frame.kind, frame.host, frame.detail)
        else:
            known = self._running.get(self._name(frame.exchange_id, sender))
            if known is None:
                return
            if sender.source == "page" and isinstance(frame, Data) and known.run.received > PAGE_BYTES:
                frame = Gap(frame.exchange_id, "size")
            known.run.put(frame)

    def sender_lost(self, sender: Sender) -> None:
        """The connection has gone. Its exchanges wait a while for being sent again, then end as they stand."""
        waiting = [known.run for known in self._running.values() if known.sender is sender]
        if waiting:

            def finish() -> None:
                for run in waiting:
                    run.finish()

            asyncio.get_running_loop().call_later(GRACE_S, finish)

    async def close(self) -> None:
        """Stop all runs where they are: what was not acknowledged comes again after the next start."""
        tasks = [known.run.task for known in self._running.values()]
        for known in list(self._running.values()):
            known.run.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    def _name(exchange_id: str, sender: Sender) -> str:
        return exchange_id if sender.source == "proxy" else f"page {sender.profile} {exchange_id}"

    def _open(self, meta: ExchangeMeta, sender: Sender) -> None:
        name = self._name(meta.exchange_id, sender)
        if name in self._finished:
            sender.send(Ack(meta.exchange_id, 0, True))
            return
        old = self._running.pop(name, None)
        if old is not None:
            old.run.cancel()
        profile = self._profile(meta, sender)
        start = (profile.name, meta.host, meta.safe_path, meta.t_start, sender.source)
        twins = self._twins(start)
        if sender.source == "page":
            if twins:
                sender.goes_past_proxy(meta.host, False)
                sender.send(Ack(meta.exchange_id, 0, True))
                return
            if sum(known.sender.source == "page" for known in self._running.values()) >= PAGE_OPEN:
                self._status.note_not_scored(profile, f"{meta.host}{meta.safe_path}", "memory_full")
                sender.send(Ack(meta.exchange_id, 0, True))
                return
        else:
            for twin in twins:
                self._drop(twin)
        self._starts[name] = start
        while len(self._starts) > _KEPT:
            self._starts.popitem(last=False)
        self._status.note_exchange(meta.host, sender.source)
        exchange_id = meta.exchange_id
        run = ExchangeRun(
            self._stations,
            msgspec.structs.replace(meta, source=sender.source, profile=profile.name),
            profile,
            lambda offset, done: self._acknowledge(name, exchange_id, run, offset, done),
            live_only=profile.name == SELFTEST_PROFILE,
        )
        self._running[name] = _Running(run, sender)
        if sender.source == "page":
            asyncio.get_running_loop().call_later(SAME_START_S, self._look_for_twin, name, run)

    def _look_for_twin(self, name: str, run: ExchangeRun) -> None:
        """A page that leaves a host to the proxy only announces exchanges: one that the proxy did not see is alone."""
        known = self._running.get(name)
        if known is not None and known.run is run and run.received == 0:
            known.sender.goes_past_proxy(run.meta.host, True)

    def _profile(self, meta: ExchangeMeta, sender: Sender) -> Profile:
        if meta.host == SELFTEST_HOST:
            return self._selftest
        return self._profiles.get(sender.profile if sender.source == "page" else meta.profile)

    def _twins(self, start: tuple[str, str, str, float, str]) -> list[str]:
        """Exchanges of the other source that are this one."""
        profile, host, path, t_start, source = start
        return [
            name
            for name, (profile_2, host_2, path_2, t_2, source_2) in self._starts.items()
            if source_2 != source
            and (profile_2, host_2, path_2) == (profile, host, path)
            and abs(t_2 - t_start) <= SAME_START_S
        ]

    def _drop(self, name: str) -> None:
        known = self._running.pop(name, None)
        if known is not None:
            known.run.cancel()
            known.sender.goes_past_proxy(known.run.meta.host, False)
            known.sender.send(Ack(known.run.meta.exchange_id, known.run.received, True))
            self._finish(name)

    def _acknowledge(self, name: str, exchange_id: str, run: ExchangeRun, offset: int, done: bool) -> None:
        known = self._running.get(name)
        if known is None or known.run is not run:
            return
        if done:
            del self._running[name]
            self._finish(name)
        known.sender.send(Ack(exchange_id, offset, done))

    def _finish(self, name: str) -> None:
        self._finished[name] = None
        while len(self._finished) > _KEPT:
            self._finished.popitem(last=False)
