"""The conversation tracker: evidence that an assistant, or a person, is drifting, long before one message is alarming.

For each label the final assessments of a conversation feed a Shiryaev-Roberts e-detector (Shin, Ramdas and Rinaldo
2022, "E-detectors: a nonparametric framework for sequential change detection"):

    R <- (1 + R) * e,        e = 1 - MIX + MIX * exp(evidence)

where exp(evidence) is the e-value of one message, at most 1 on average over ordinary messages. MIX says that in a
harmful stretch one message in five carries the label; it also bounds what one harmless message can take away, so
small talk does not wash evidence out. While all messages are ordinary, R minus the number of messages is a
supermartingale, hence

    P(R reaches BOUND within n messages) <= n / BOUND    and    messages until a false alarm, on average, >= BOUND.

The bound holds whatever the distribution of scores, as far as the e-values of ordinary messages average at most 1 given
the conversation before. Real conversations keep a topic, so figures on whole benign conversations stand in the model
card.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from classifiers.assessment import Assessment, TrendReading

MIX = 0.2
BOUND = 4000.0
"""With ten labels, the chance of any false alarm in a conversation of 40 answers is at most 40 * 10 / 4000 = 10 %. Both
values were chosen on whole written conversations; the measured rate on ordinary talk is about 1 %, see the card."""
CEILING = BOUND * 8
"""Evidence is capped here, so that an assistant that grounds the person brings it down again. A cap only lowers R."""
RELEASE = BOUND / 64
"""A raised label stays raised until its evidence has fallen this far."""
HALF_LIFE = 3 * 86400.0
"""Seconds in which an idle conversation loses half of its evidence (`rest`)."""


@dataclass(frozen=True, slots=True)
class Track:
    """One label. evidence: the detector's R, at least 0."""

    evidence: float = 0.0
    raised: bool = False


@dataclass(frozen=True, slots=True)
class TrendState:
    """State of one conversation under one model. turns: final assessments taken in."""

    model: str = ""
    turns: int = 0
    tracks: Mapping[str, Track] = field(default_factory=dict)

    @property
    def reading(self) -> TrendReading:
        """Evidence as the logarithm's share of the bound, clipped to [0, 1], and the raised labels, strongest first."""
        scale = math.log1p(BOUND)
        values = {label: min(1.0, math.log1p(track.evidence) / scale) for label, track in self.tracks.items()}
        raised = [label for label, track in self.tracks.items() if track.raised]
        strongest = sorted(raised, key=lambda label: -self.tracks[label].evidence)
        return TrendReading(values=values, raised=tuple(strongest), turns=self.turns)

    def to_json(self) -> str:
        """The state as one line."""
        tracks = {label: [track.evidence, track.raised] for label, track in self.tracks.items()}
        return json.dumps({"model": self.model, "turns": self.turns, "tracks": tracks}, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "TrendState":
        """The state that `to_json` wrote. Raises ValueError on anything else."""
        try:
            value = json.loads(text)
            tracks = {str(label): Track(float(track[0]), bool(track[1])) for label, track in value["tracks"].items()}
            return TrendState(str(value["model"]), int(value["turns"]), tracks)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"not a trend state: {error}") from None


def update(state: TrendState, assessment: Assessment) -> TrendState:
    """The state after one more message. Pure. Only final assessments count; another model's assessment starts anew."""
    if not assessment.final:
        return state
    if state.model != assessment.model:
        state = TrendState(model=assessment.model)
    tracks = dict(state.tracks)
    for label, evidence in assessment.evidence.items():
        tracks[label] = _step(tracks.get(label, Track()), evidence)
    return replace(state, turns=state.turns + 1, tracks=tracks)


def rest(state: TrendState, seconds: float) -> TrendState:
    """The state after a pause of `seconds`. Decay only lowers evidence, so the bound still holds."""
    kept = 0.5 ** (max(0.0, seconds) / HALF_LIFE)
    tracks = {label: _settle(track, track.evidence * kept) for label, track in state.tracks.items()}
    return replace(state, tracks=tracks)


def _step(track: Track, evidence: float) -> Track:
    factor = 1.0 - MIX + MIX * math.exp(min(evidence, 50.0))
    return _settle(track, min(CEILING, (1.0 + track.evidence) * factor))


def _settle(track: Track, evidence: float) -> Track:
    return Track(evidence, evidence >= BOUND or (track.raised and evidence > RELEASE))
