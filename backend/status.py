"""What the installation can honestly say of itself: what runs, what is read, what is not, and why."""

import statistics
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backend.drift import DriftBoard, text_of
from backend.policy.catalogue import status_reason
from backend.policy.profile import Profile
from proxy.decode import FlowDecoder
from proxy.hosts import all_hosts, contact, listed

_EDGES_MS = (25, 50, 100, 150, 250, 500, 1000, 2500, 5000)
NOT_READ = ("tls_refused", "refused", "passthrough")
"""Notices after which the proxy does not read a host any more."""


class Latency:
    """Seconds from a sentence's last byte to its alert on the feed."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=1000)
        self._buckets: Counter[str] = Counter()

    def add(self, seconds: float) -> None:
        """One more alert."""
        self._recent.append(seconds)
        edge = next((f"<={edge}" for edge in _EDGES_MS if seconds * 1000 <= edge), f">{_EDGES_MS[-1]}")
        self._buckets[edge] += 1

    def report(self) -> dict[str, object]:
        """count, p50_ms, p95_ms of the last thousand, and a histogram over all in milliseconds."""
        if not self._recent:
            return {"count": 0, "p50_ms": None, "p95_ms": None, "histogram_ms": {}}
        ordered = sorted(self._recent)
        return {
            "count": sum(self._buckets.values()),
            "p50_ms": round(statistics.median(ordered) * 1000, 1),
            "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000, 1),
            "histogram_ms": dict(self._buckets),
        }


class StatusBoard:
    """Facts as they come in; `report` puts them together."""

    def __init__(
        self, api: str, model: str | None, clock: Callable[[], float] = time.time, kept: Path | None = None
    ) -> None:
        self.drift = DriftBoard(kept, clock)
        self.api = api
        self.model = model
        self.proxy: str | None = None
        self.ca: str | None = None
        self.pids: dict[str, int] = {}
        self.listen: list[dict[str, Any]] = []
        self.latency = Latency()
        self.trouble: Callable[[], str | None] = lambda: None
        self.watchers: set[Callable[[], None]] = set()
        """Called when something of the report is new."""
        self._clock = clock
        self._links = 0
        self._pages: Counter[str] = Counter()
        self._capture: OrderedDict[str, str] = OrderedDict()
        self._notices: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._contacts: OrderedDict[str, int] = OrderedDict()
        self._not_scored: OrderedDict[tuple[str, str], str] = OrderedDict()

    @property
    def link(self) -> bool:
        """A proxy is connected."""
        return self._links > 0

    def link_opened(self) -> None:
        """A proxy has connected."""
        self._links += 1
        self.on_change()

    def link_closed(self) -> None:
        """A proxy has gone."""
        self._links -= 1
        self.on_change()

    def page_opened(self, profile: str) -> None:
        """A browser of this profile captures its pages."""
        self._pages[profile] += 1
        self.on_change()

    def page_closed(self, profile: str) -> None:
        """It has gone."""
        self._pages[profile] -= 1
        self.on_change()

    def on_change(self) -> None:
        """Tell the watchers."""
        for watcher in list(self.watchers):
            watcher()

    def set_supervisor(
        self, proxy: str | None, ca: str | None, pids: dict[str, int], listen: Sequence[dict[str, Any]] = ()
    ) -> None:
        """What only the supervisor knows. listen: host, port, profile and mode of each of the proxy's listeners."""
        told = (proxy, ca, pids, list(listen))
        changed = (self.proxy, self.ca, self.pids, self.listen) != told
        self.proxy, self.ca, self.pids, self.listen = told
        if changed:
            self.on_change()

    def note_exchange(self, host: str, source: str) -> None:
        """Bytes of a host are being read. The proxy, where it reads, comes first."""
        if self._capture.get(host) == source or (source == "page" and self._capture.get(host) == "proxy"):
            return
        self._capture[host] = source
        for kind in NOT_READ if source == "proxy" else ():
            self._notices.pop((kind, host), None)
        while len(self._capture) > 500:
            self._capture.popitem(last=False)
        self.on_change()

    def note_notice(self, kind: str, host: str, detail: str) -> None:
        """The proxy reports something about a host."""
        if kind == "contact":
            self._note_contact(host, detail)
            return
        known = (kind, host) in self._notices
        self._notices[(kind, host)] = self._clock()
        while len(self._notices) > 200:
            self._notices.popitem(last=False)
        if kind in NOT_READ and self._capture.get(host) != "page":
            self._capture[host] = "none"
        if not known:
            self.on_change()

    def _note_contact(self, host: str, minutes: str) -> None:
        """The proxy has seen so many minutes of talk with a host that it cannot read."""
        new = host not in self._contacts
        self._contacts[host] = int(minutes) if minutes.isdecimal() else 1
        while len(self._contacts) > 200:
            self._contacts.popitem(last=False)
        if new:
            self.on_change()

    def note_read(self, host: str, decoder: FlowDecoder) -> None:
        """An exchange has ended: what its decoder could read of it."""
        if self.drift.note(host, decoder):
            self.on_change()

    def note_not_scored(self, profile: Profile, conversation_id: str, reason: str) -> None:
        """A conversation, or an exchange without one, was not judged to its end."""
        self._not_scored[(profile.name, conversation_id)] = reason
        while len(self._not_scored) > 200:
            self._not_scored.popitem(last=False)
        self.on_change()

    def capture_hosts(self) -> dict[str, str]:
        """Who should read each chat host: the proxy where it does, else the page. Patterns as in proxy.hosts."""
        hosts = {host: "page" for host in all_hosts() if ":" not in host}
        reading = {
            host: "proxy" if source == "proxy" and self.link else "page" for host, source in self._capture.items()
        }
        return {**hosts, **reading}

    def report(self, profile: str | None, language: str = "en") -> dict[str, object]:
        """The status as one profile sees it; None is somebody without a token, who sees no chats."""
        reasons = self._reasons(language, hosts=profile is not None)
        public: dict[str, object] = {
            "ready": True,
            "proxy": self.proxy,
            "api": self.api,
            "ca": self.ca,
            "pids": dict(self.pids),
            "listen": self.listen,
            "model": self.model,
            "link": "up" if self.link else "down",
            "protected": self.link and self.model is not None,
            "reasons": reasons,
        }
        if profile is None:
            return public
        return {
            **public,
            "protected": (self.link or self._pages[profile] > 0) and self.model is not None,
            "capture": dict(self._capture),
            "not_scored": [
                {"conversation_id": conversation_id, "reason": reason}
                for (owner, conversation_id), reason in self._not_scored.items()
                if owner == profile
            ],
            "misses": self.drift.misses(),
            "services": self.drift.report(lambda code, **values: status_reason(language, code, **values)),
            "contacts": [
                {"host": host, "service": contact(host) or listed(host), "minutes": minutes}
                for host, minutes in self._contacts.items()
            ],
            "latency": self.latency.report(),
        }

    def _reasons(self, language: str, hosts: bool) -> list[str]:
        found = []
        if not self.link:
            found.append(status_reason(language, "no_link"))
        if self.model is None:
            found.append(status_reason(language, "no_model"))
        trouble = self.trouble()
        if trouble:
            found.append(status_reason(language, "not_recorded", reason=trouble))
        if not hosts:
            return found
        for kind, host in self._notices:
            if kind in (*NOT_READ, "tee_error"):
                found.append(status_reason(language, kind, host=host))
        for place in self.drift.places():
            if text := text_of(place, lambda code, **values: status_reason(language, code, **values)):
                found.append(text)
        for host, minutes in self._contacts.items():
            found.append(status_reason(language, "contact", host=host, minutes=str(minutes)))
        return found
