"""How old the person is, as far as there is evidence.

Strongest first: the profile's age, set by the family; signals of the service; what the person says of themselves. The
strongest kind decides the band; every piece found is listed, so that a contradiction can be seen ("i'm 13" on an
adult's profile: `youngest`). Within one kind the youngest age counts: a child who first says 13 and then 18 is
treated as 13.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from classifiers.age_patterns import NAMED_SCHOOL, NOT_OWN, NUMBER_WORDS, PLAYED, QUOTED, SCHOOL, STATED
from proxy.message import Turn

Band = Literal["under_13", "13_15", "16_17", "adult", "unknown"]
Kind = Literal["profile", "signal", "stated", "school"]
_ORDER: tuple[Band, ...] = ("under_13", "13_15", "16_17", "adult", "unknown")
_TRUE = frozenset({"true", "1", "yes", "on", "enabled"})
_SENTENCE_END = re.compile(r"(?<=[!?\n])|(?<=\D\.)(?=\s)")


@dataclass(frozen=True, slots=True)
class AgeEvidence:
    """band: from the strongest kind of evidence. youngest: the youngest band that any evidence names, else "unknown".

    evidence: what was found, strongest first, e.g. "profile: 14", "signal: kids_mode=true", "stated: im 13".
    """

    band: Band = "unknown"
    evidence: tuple[str, ...] = ()
    youngest: Band = "unknown"


def band_of(age: int) -> Band:
    """The band of an age in years."""
    return "under_13" if age < 13 else "13_15" if age < 16 else "16_17" if age < 18 else "adult"


def evidence(profile_age: int | None, signals: Mapping[str, str], turns: Sequence[Turn]) -> AgeEvidence:
    """What is known of the person's age. Only the person's own turns are read."""
    groups: list[list[tuple[Band, str]]] = [
        [] if profile_age is None else [(band_of(profile_age), f"profile: {profile_age}")],
        list(_from_signals(signals)),
        [found for turn in turns if turn.role == "user" for found in _from_text(turn.text)],
    ]
    for group in groups:
        group.sort(key=lambda found: _ORDER.index(found[0]))
    found = [piece for group in groups for piece in group]
    if not found:
        return AgeEvidence()
    youngest = min((band for band, _ in found), key=_ORDER.index)
    return AgeEvidence(found[0][0], tuple(dict.fromkeys(text for _, text in found)), youngest)


def _from_signals(signals: Mapping[str, str]) -> Iterator[tuple[Band, str]]:
    for name, value in signals.items():
        band = _signal_band(name.lower(), str(value).strip().lower())
        if band is not None:
            yield band, f"signal: {name}={value}"


def _signal_band(name: str, value: str) -> Band | None:
    """Kids and teen modes, age and birth fields. A teen of unknown age counts as 13 to 15."""
    if "birth" in name and (year := re.search(r"(19|20)\d\d", value)):
        return band_of(datetime.now(UTC).year - int(year.group()))
    if re.search(r"(?:^|_)age(?:$|_)", name):
        ages = [int(number) for number in re.findall(r"\d{1,3}", value)]
        if ages:
            below = re.search(r"under|<|below", value) is not None
            return band_of(ages[0] - 1 if below else ages[0])
        name, value = value, "true"
    if value not in _TRUE:
        return None
    if re.search(r"kid|child", name):
        return "under_13"
    if re.search(r"teen|minor|under_?18|youth", name):
        return "13_15"
    return "adult" if re.search(r"adult|over_?18|18_?plus", name) else None


def _from_text(text: str) -> Iterator[tuple[Band, str]]:
    own = QUOTED.sub(" … ", text[:20_000])
    if PLAYED.search(own):
        return
    for sentence in _SENTENCE_END.split(own):
        if NOT_OWN.search(sentence):
            continue
        stated = next(((age, cue) for age, cue in _ages(sentence)), None)
        if stated is not None:
            yield band_of(stated[0]), stated[1]


def _ages(sentence: str) -> Iterator[tuple[int, str]]:
    for kind, patterns in (("stated", STATED), ("school", SCHOOL)):
        for pattern in patterns:
            for match in pattern.regex.finditer(sentence):
                word = match["n"].lower()
                age = (NUMBER_WORDS.get(word) or int(word if word.isdigit() else 0)) + pattern.shift
                if 6 <= age <= 99:
                    yield age, f"{kind}: {match.group().strip()}"
    for regex, age in NAMED_SCHOOL:
        if named := regex.search(sentence):
            yield age, f"school: {named.group().strip()}"
