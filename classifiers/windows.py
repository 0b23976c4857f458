"""Text to windows: what the encoder sees of one sentence in its conversation.

A message is cut into units, usually single sentences. Each unit has one context window:

    [CLS] A [SEP] role text-up-to-the-unit's-end [SEP]

A is the conversation before (role-marked, most recent tokens kept), the second part keeps the last tokens of the
message so far. A unit's end and its window depend only on the text before that end, never on what follows, so an
answer that streams in pieces and the same answer read whole have the same windows. Offsets are Unicode code points.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxy.message import Role, Turn

_CLOSERS = "\"'”’»)\\]*_~"
_BOUNDARY = re.compile(
    rf"(?P<latin>[.!?…؟।]+[{_CLOSERS}]*)(?=\s)|(?P<wide>[。！？]+[{_CLOSERS}」』）]*)(?=[^。！？{_CLOSERS}」』）])|\n"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:\w|\d{1,2}|dr|mr|mrs|ms|st|vs|prof|sr|sra|dra|bzw|ca|nr|usw|z\.\s?b|d\.\s?h|e\.g|i\.e|p\.\s?ex|"
    r"p\.\s?ej|etc)\.$",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u200e\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")

UNIT_MIN = (24, 240, 1200)
"""Shortest unit in characters: at first, after MANY units, after VERY_MANY units (bounds the work for huge answers)."""
MANY, VERY_MANY = 24, 160
LONGEST_CONTEXT = 2000
"""Characters of one earlier turn that are looked at, from its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Token budgets of a window without the three special tokens."""

    before: int
    text: int


@dataclass(frozen=True, slots=True)
class Window:
    """One unit of a message, ready to score. start, end: the unit in the message. settled: the unit has ended.

    ids: token ids of the context window; alone: those of the person's last turn with the unit only.
    split: index of the first token of the second part, in `ids` and in `alone`.
    """

    start: int
    end: int
    role: Role
    ids: tuple[int, ...]
    split: int
    alone: tuple[int, ...]
    alone_split: int
    settled: bool = True


def clean(text: str) -> str:
    """The text as it is tokenised: compatibility forms folded, invisible characters removed."""
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def unit_min(count: int) -> int:
    """Shortest unit, in characters, after `count` units."""
    return UNIT_MIN[0] if count < MANY else UNIT_MIN[1] if count < VERY_MANY else UNIT_MIN[2]


def next_end(text: str, start: int, count: int) -> int | None:
    """End of the unit that begins at `start`, or None while it may still grow. `count` units lie before it."""
    shortest = unit_min(count)
    longest = max(360, 2 * shortest)
    forced = _forced_end(text, start, longest)
    for match in _BOUNDARY.finditer(text, start):
        end = match.start() if match.group() == "\n" else match.end()
        if forced is not None and end > forced:
            break
        body = text[start:end].strip()
        if len(body) >= shortest and not (match.group() == "." and _ABBREVIATION.search(body)):
            return end
    return forced


def _forced_end(text: str, start: int, longest: int) -> int | None:
    """A text without punctuation is cut at the first space after `longest` characters, at most after twice that."""
    last = start + 2 * longest
    space = re.compile(r"\s").search(text, start + longest, last)
    if space is not None:
        return space.start()
    return last if len(text) > last else None


def units(text: str, start: int = 0, count: int = 0, final: bool = True) -> list[tuple[int, int]]:
    """Spans of the units from `start` on. With `final` the rest of the text is the last unit."""
    found: list[tuple[int, int]] = []
    while (end := next_end(text, start, count)) is not None:
        if text[start:end].strip():
            found.append((_skip_space(text, start), end))
            count += 1
        start = end if end > start else start + 1
    stop = len(text.rstrip())
    begin = _skip_space(text, start)
    if final and stop > begin:
        found.append((begin, stop))
    return found


def _skip_space(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


class WindowBuilder:
    """Token ids of windows. encode: text -> token ids without special tokens; pure, so windows are reproducible."""

    def __init__(
        self, encode: Callable[[str], list[int]], special: dict[str, int], roles: dict[str, int], limits: Limits
    ) -> None:
        self._encode = encode
        self._cls, self._sep = special["cls"], special["sep"]
        self._roles = roles
        self.limits = limits

    def pieces(self, text: str) -> list[int]:
        """Token ids of a piece of text."""
        return self._encode(clean(text))

    def before(self, turns: Sequence[Turn]) -> list[int]:
        """Token ids of the conversation before a message, most recent kept."""
        kept: list[int] = []
        for turn in reversed(turns):
            room = self.limits.before - len(kept)
            if room < 2:
                break
            kept = [self._roles[turn.role], *self.pieces(turn.text[-LONGEST_CONTEXT:])[-(room - 1) :], *kept]
        return kept

    def join(self, before: Sequence[int], role: Role, text: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """Ids of a window and the index where its second part begins."""
        head = [self._cls, *before, self._sep]
        return (*head, self._roles[role], *text[-(self.limits.text - 1) :], self._sep), len(head)


def person_last(turns: Sequence[Turn]) -> Sequence[Turn]:
    """The person's last turn as a context of its own; empty when the person has not spoken."""
    return next(([turn] for turn in reversed(turns) if turn.role == "user"), [])
