"""What each service's decoder could and could not read: counts and days, never a word of what was said.

Every finished exchange on a chat path lands in exactly one of `decoded`, `explained` and `unread`, so that a stream
that gave no message cannot go by unseen.
Kept in a small JSON file, so that the day of a change outlives a restart.
"""

import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from proxy.decode import FlowDecoder
from proxy.services import service as find_service

FILE = "services.json"
MAX_PLACES = 200
_ALARMS = frozenset({"no_text", "no_answer", "unclaimed", "bad_json"})

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Place:
    """One service on one host.

    seen = decoded + explained + unread. explained: no message, for a reason the wire gives (a refusal, a cut, a fetched
    list). reading: how the latest exchange was read. changed: Unix seconds of the first miss since the service's own
    decoder last read an exchange without one; None = reading as it should.
    """

    service: str
    host: str
    seen: int = 0
    decoded: int = 0
    explained: int = 0
    unread: int = 0
    misses: Counter[str] = field(default_factory=Counter)
    reading: Literal["own", "generic", "none"] = "none"
    last_ok: float | None = None
    last_miss: float | None = None
    changed: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Its fields. (`dataclasses.asdict` would rebuild the counter from pairs and count the pairs.)"""
        return {item.name: getattr(self, item.name) for item in fields(self)} | {"misses": dict(self.misses)}


class DriftBoard:
    """Counts by (service, host). file: where they are kept; None keeps them in memory."""

    def __init__(self, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._places: dict[tuple[str, str], Place] = _load(file) if file else {}

    def note(self, host: str, decoder: FlowDecoder) -> bool:
        """One exchange has ended. True when what a person should know has changed."""
        misses = Counter({reason: count for reason, count in decoder.misses.items() if count})
        if not decoder.on_chat_path and not misses and decoder.reading == "none":
            return False
        place = self._place(decoder.service, host)
        now, before = self._clock(), (place.changed is None, place.reading)
        place.seen += 1
        place.misses.update(misses)
        alarm = bool(_ALARMS & misses.keys())
        if misses:
            place.last_miss = now
        if decoder.reading != "none":
            place.decoded += 1
            place.reading = decoder.reading
        elif decoder.explained and not alarm:
            place.explained += 1
        else:
            place.unread += 1
            place.reading = "none"
        if decoder.reading == "own" and not alarm:
            place.last_ok, place.changed = now, None
        elif decoder.reading == "generic" and not alarm:
            place.last_ok = now
        elif alarm:
            place.changed = place.changed or now
            if decoder.reading == "own":
                # only the person's words were read
                place.reading = "none"
        self._save()
        return before != (place.changed is None, place.reading)

    def places(self) -> list[Place]:
        return list(self._places.values())

    def misses(self) -> dict[str, dict[str, int]]:
        """Host -> kind of miss -> how often."""
        found: dict[str, Counter[str]] = {}
        for place in self.places():
            if place.misses:
                found.setdefault(place.host, Counter()).update(place.misses)
        return {host: dict(counts) for host, counts in found.items()}

    def report(self, say: Callable[..., str]) -> list[dict[str, Any]]:
        """The status field `services`; `say(code, **values)` words it."""
        return [place.as_json() | {"text": text_of(place, say)} for place in self.places()]

    def _place(self, service: str, host: str) -> Place:
        place = self._places.get((service, host))
        if place is None:
            place = self._places[service, host] = Place(service, host)
            if len(self._places) > MAX_PLACES:
                del self._places[next(iter(self._places))]
        return place

    def _save(self) -> None:
        if self._file is None:
            return
        rows = [place.as_json() for place in self.places()]
        part = self._file.with_suffix(".part")
        try:
            part.write_text(json.dumps(rows), "utf-8")
            part.replace(self._file)
        except OSError as problem:
            logger.warning("%s is not kept: %s", self._file.name, problem.strerror)


def title(service: str) -> str:
    """What people call the service."""
    known = find_service(service)
    return known.summary.partition(":")[0].rstrip(".") if known else service


def text_of(place: Place, say: Callable[..., str]) -> str:
    """One sentence, empty while the service is read as it should be."""
    if place.changed is None:
        return ""
    day = datetime.fromtimestamp(place.changed, UTC).astimezone().strftime("%Y-%m-%d")
    code = "changed_generic" if place.reading == "generic" else "changed_none"
    return say(code, service=title(place.service), host=place.host, date=day)


def _load(file: Path) -> dict[tuple[str, str], Place]:
    found: dict[tuple[str, str], Place] = {}
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        for row in json.loads(file.read_text("utf-8"))[:MAX_PLACES]:
            place = Place(**{**row, "misses": Counter(row["misses"])})
            found[place.service, place.host] = place
    return found
