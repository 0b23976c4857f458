"""From what the model said to what the person is told. Pure: the same input gives the same verdicts.

Thresholds come with the model (chosen on ordinary conversation), caps with the profile. Sexual content by itself is no
harm between adults; with evidence of a minor it is the rule `nsfw_to_minor`. `user_drift` never leads to an alert.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from backend.policy.profile import Kind, Profile, kind_for, myself
from backend.policy.verdict import SEVERITIES, Delivery, Severity, Verdict, rank
from classifiers.assessment import Assessment, Span, TrendReading
from classifiers.labels import REPLY_LABELS
from proxy.message import Confidence, Role

MINOR_BANDS = ("under_13", "13_15", "16_17")
_AGE_OF_KIND: Mapping[Kind, int] = {"child": 12, "teen": 15, "pupil": 15}
_QUIET_TRENDS = ("sycophancy", "claims_human", "sexual")


class Levels(Protocol):
    """Probabilities from which on a label is worth a note, a warning, an urgent warning."""

    @property
    def note(self) -> float: ...
    @property
    def warn(self) -> float: ...
    @property
    def urgent(self) -> float: ...


class Age(Protocol):
    """Age band and where it comes from."""

    @property
    def band(self) -> str: ...
    @property
    def youngest(self) -> str: ...
    @property
    def evidence(self) -> Sequence[object]: ...


def minor_band(age: Age) -> str | None:
    """The band of a minor that any evidence names: a child may well sit at an adult's profile. None without any."""
    return next((band for band in (age.youngest, age.band) if band in MINOR_BANDS), None)


def profile_age(profile: Profile) -> int | None:
    """The age that counts for a profile: the one set, else the one that its kind stands for."""
    return profile.age if profile.age is not None else _AGE_OF_KIND.get(profile.kind)


def decide(
    assessment: Assessment,
    role: Role,
    text: str,
    profile: Profile,
    age: Age,
    thresholds: Mapping[str, Levels],
    confidence: Confidence = "high",
) -> list[Verdict]:
    """At most one verdict a rule, gravest first: the first sentence that reaches the gravest severity."""
    found = []
    for label in assessment.flags:
        if label != "crisis" and (role == "user" or label not in REPLY_LABELS):
            continue
        verdict = _decide_label(label, assessment, text, profile, age, thresholds[label], confidence)
        if verdict is not None:
            found.append(verdict)
    return sorted(found, key=lambda verdict: -rank(verdict.severity))


def _decide_label(
    label: str, assessment: Assessment, text: str, profile: Profile, age: Age, levels: Levels, confidence: Confidence
) -> Verdict | None:
    score = assessment.scores.get(label, 0.0)
    spans = [span for span in assessment.spans if span.label == label] or [
        Span(0, len(text), label, score, agreed=False)
    ]
    reached = _severity(score, any(span.agreed for span in spans), levels)
    if reached is None:
        return None
    severity: Severity = reached
    rule = label
    evidence = {"score": f"{score:.3f}"}
    if label == "sexual" and minor_band(age) is not None:
        rule = "nsfw_to_minor"
        severity = max(severity, "warn", key=rank)
        evidence |= {"age": str(minor_band(age)), "age_from": _kinds(age)}
    elif label != "crisis":
        cap = profile.cap(label)
        if cap == "off":
            return None
        severity = min(severity, cap, key=rank)
    if confidence == "low":
        severity = min(severity, "warn", key=rank)
        evidence["confidence"] = "low"
    place = next((span for span in spans if _reaches(span, severity, levels)), spans[-1])
    evidence["agreed"] = "yes" if place.agreed else "no"
    return Verdict(rule, label, severity, _delivery(severity), place.start, place.end, evidence)


def decide_trend(
    before: TrendReading, after: TrendReading, text: str, profile: Profile, age: Age, confidence: Confidence = "high"
) -> list[Verdict]:
    """A verdict for each label whose accumulated evidence passed its bound with this message."""
    found = []
    for label in after.raised:
        if label in before.raised or label not in REPLY_LABELS:
            continue
        minor_sexual = label == "sexual" and minor_band(age) is not None
        cap = "warn" if minor_sexual else profile.cap(label)
        if cap == "off":
            continue
        severity: Severity = "note" if label in _QUIET_TRENDS and not minor_sexual else "warn"
        severity = min(severity, cap, key=rank)
        evidence = {"trend": f"{after.values.get(label, 0.0):.3f}", "turns": str(after.turns)}
        if confidence == "low":
            evidence["confidence"] = "low"
        found.append(Verdict(f"trend_{label}", label, severity, _delivery(severity), 0, len(text), evidence))
    return found


def classify_verdict(
    assessment: Assessment,
    role: Role,
    text: str,
    profile: Profile,
    age: Age,
    thresholds: Mapping[str, Levels],
) -> Literal["allow", "note", "warn", "urgent", "block"]:
    """One word for one message: the gravest severity of its verdicts, else `allow`."""
    verdicts = decide(assessment, role, text, profile, age, thresholds)
    return verdicts[0].severity if verdicts else "allow"


def profile_for_age(age: int | None) -> Profile:
    """The profile that a bare age stands for: without one, a person who asked for warnings on every label."""
    return myself() if age is None else Profile(name="profile", age=age, kind=kind_for(age))


def _kinds(age: Age) -> str:
    """Which kinds of evidence there are. What the person said is not repeated: evidence is kept in the clear."""
    return ", ".join(dict.fromkeys(str(item).partition(":")[0] for item in age.evidence))


def _severity(score: float, agreed: bool, levels: Levels) -> Severity | None:
    if score >= levels.urgent and agreed:
        return "urgent"
    if score >= levels.warn:
        return "warn"
    return "note" if score >= levels.note else None


def _reaches(span: Span, severity: Severity, levels: Levels) -> bool:
    own = _severity(span.score, span.agreed, levels)
    return own is not None and rank(own) >= rank(severity)


def _delivery(severity: Severity) -> Delivery:
    return "quiet" if severity == SEVERITIES[0] else "interrupt"
