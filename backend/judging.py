"""From an assessment to verdicts: the same few steps for the pipeline, for `replay` and for `classify`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.policy.policy import Levels, decide, decide_trend, profile_age
from backend.policy.profile import Profile
from backend.policy.verdict import Verdict
from classifiers.age import AgeEvidence, evidence
from classifiers.assessment import Assessment
from classifiers.trend import TrendState, rest, update
from proxy.message import Confidence, Role, Turn

REST_AFTER_S = 3600.0
"""Shorter pauses between two messages do not count as rest."""


def age_of(profile: Profile, signals: Mapping[str, str], turns: Sequence[Turn]) -> AgeEvidence:
    """What is known of the person's age, strongest evidence first."""
    return evidence(profile_age(profile), signals, turns)


def advance_trend(
    state: TrendState | None, assessment: Assessment, pause_s: float = 0.0
) -> tuple[TrendState, TrendState]:
    """The trend before and after a final assessment. pause_s: seconds since the message before."""
    before = state or TrendState()
    if pause_s > REST_AFTER_S:
        before = rest(before, pause_s)
    return before, update(before, assessment)


@dataclass(frozen=True, slots=True)
class Judged:
    """One message, judged: its verdicts, those of the trend included, and the trend after it."""

    verdicts: tuple[Verdict, ...]
    trend: TrendState | None


def judge_message(
    assessment: Assessment,
    role: Role,
    text: str,
    profile: Profile,
    age: AgeEvidence,
    thresholds: Mapping[str, Levels],
    trend: TrendState | None,
    confidence: Confidence = "high",
    pause_s: float = 0.0,
) -> Judged:
    """Apply policy to an assessment. The trend moves on with a final one only."""
    verdicts = decide(assessment, role, text, profile, age, thresholds, confidence)
    if not assessment.final:
        return Judged(tuple(verdicts), trend)
    before, after = advance_trend(trend, assessment, pause_s)
    verdicts += decide_trend(before.reading, after.reading, text, profile, age, confidence)
    return Judged(tuple(verdicts), after)
