"""Verdicts from assessments."""

from dataclasses import dataclass

import pytest

from backend.policy.policy import classify_verdict, decide, decide_trend, profile_for_age
from backend.policy.profile import Profile, ProfileBook, kind_for, myself
from classifiers.age import AgeEvidence
from classifiers.assessment import Assessment, Span, TrendReading
from classifiers.labels import LABELS, REPLY_LABELS

TEXT = "First sentence here. Second sentence there."
ADULT = AgeEvidence("adult")
UNKNOWN = AgeEvidence()
CONTRADICTED = AgeEvidence("adult", ("profile: 40", "stated: im 13"), "13_15")
MINOR = AgeEvidence("13_15", ("stated: im 13 and alone", "signal: kids_mode=true"))


@dataclass(frozen=True)
class Levels:
    note: float = 0.5
    warn: float = 0.7
    urgent: float = 0.9


LEVELS = {label: Levels() for label in LABELS}
SARAH = Profile(name="sarah", age=40)


def said(label: str, *scores: float, agreed: bool = True) -> Assessment:
    spans = tuple(Span(21 * n, 21 * n + 20, label, score, agreed) for n, score in enumerate(scores) if score >= 0.5)
    top = max(scores)
    return Assessment({label: top}, "m", flags=(label,) if top >= 0.5 else (), spans=spans, final=True)


@pytest.mark.parametrize(
    ("score", "severity"),
    [(0.49, None), (0.5, "note"), (0.7, "warn"), (0.89, "warn"), (0.9, "urgent"), (1.0, "urgent")],
)
def test_thresholds_are_lower_bounds(score: float, severity: str | None) -> None:
    found = decide(said("secrecy", score), "assistant", TEXT, myself(), UNKNOWN, LEVELS)
    assert [verdict.severity for verdict in found] == ([severity] if severity else [])


def test_urgent_needs_the_sentence_alone_as_well() -> None:
    [verdict] = decide(said("secrecy", 0.99, agreed=False), "assistant", TEXT, myself(), UNKNOWN, LEVELS)
    assert verdict.severity == "warn"


def test_a_guessed_reading_is_never_urgent() -> None:
    [verdict] = decide(said("secrecy", 0.99), "assistant", TEXT, myself(), UNKNOWN, LEVELS, "low")
    assert (verdict.severity, verdict.evidence["confidence"]) == ("warn", "low")


def test_the_verdict_points_at_the_first_sentence_that_is_as_grave() -> None:
    [verdict] = decide(said("secrecy", 0.6, 0.95), "assistant", TEXT, myself(), UNKNOWN, LEVELS)
    assert (verdict.start, verdict.end, verdict.severity) == (21, 41, "urgent")


def test_sexual_content_is_no_harm_between_adults() -> None:
    assert decide(said("sexual", 0.99), "assistant", TEXT, SARAH, ADULT, LEVELS) == []
    [verdict] = decide(said("sexual", 0.99), "assistant", TEXT, myself(), UNKNOWN, LEVELS)
    assert verdict.rule == "sexual"


def test_evidence_of_a_minor_makes_it_another_rule_even_on_an_adults_profile() -> None:
    [verdict] = decide(said("sexual", 0.55), "assistant", TEXT, SARAH, MINOR, LEVELS)
    assert (verdict.rule, verdict.severity) == ("nsfw_to_minor", "warn")
    assert verdict.evidence["age"] == "13_15"
    assert verdict.evidence["age_from"] == "stated, signal"


def test_a_child_at_an_adults_profile_counts_as_a_child() -> None:
    [verdict] = decide(said("sexual", 0.55), "assistant", TEXT, SARAH, CONTRADICTED, LEVELS)
    assert (verdict.rule, verdict.evidence["age"]) == ("nsfw_to_minor", "13_15")


@pytest.mark.parametrize("label", REPLY_LABELS)
def test_labels_of_the_answer_are_never_held_against_the_person(label: str) -> None:
    assert decide(said(label, 0.99), "user", TEXT, myself(), UNKNOWN, LEVELS) == []


def test_drift_of_the_person_is_never_a_verdict() -> None:
    assert decide(said("user_drift", 0.99), "user", TEXT, myself(), UNKNOWN, LEVELS) == []
    raised = TrendReading({"user_drift": 1.0}, ("user_drift",), 9)
    assert decide_trend(TrendReading(), raised, TEXT, myself(), UNKNOWN) == []


def test_a_crisis_interrupts() -> None:
    [verdict] = decide(said("crisis", 0.8), "user", TEXT, SARAH, ADULT, LEVELS)
    assert (verdict.rule, verdict.delivery) == ("crisis", "interrupt")


def test_a_profile_can_cap_and_switch_off() -> None:
    calm = Profile(name="calm", rules={"sycophancy": "note", "secrecy": "off"})
    [verdict] = decide(said("sycophancy", 0.99), "assistant", TEXT, calm, UNKNOWN, LEVELS)
    assert (verdict.severity, verdict.delivery) == ("note", "quiet")
    assert decide(said("secrecy", 0.99), "assistant", TEXT, calm, UNKNOWN, LEVELS) == []


def test_a_trend_is_told_once_when_it_rises() -> None:
    raised = TrendReading({"psychosis_reinforcement": 1.0}, ("psychosis_reinforcement",), 12)
    [verdict] = decide_trend(TrendReading(), raised, TEXT, SARAH, ADULT)
    assert (verdict.rule, verdict.severity, verdict.end) == ("trend_psychosis_reinforcement", "warn", len(TEXT))
    assert decide_trend(raised, raised, TEXT, SARAH, ADULT) == []


def test_a_sexual_trend_counts_for_minors_only() -> None:
    raised = TrendReading({"sexual": 1.0}, ("sexual",), 12)
    assert decide_trend(TrendReading(), raised, TEXT, SARAH, ADULT) == []
    [verdict] = decide_trend(TrendReading(), raised, TEXT, SARAH, MINOR)
    assert verdict.severity == "warn"


@pytest.mark.parametrize(("age", "verdict"), [(None, "warn"), (12, "warn"), (40, "allow")])
def test_one_word_for_one_message(age: int | None, verdict: str) -> None:
    band = AgeEvidence() if age is None else AgeEvidence("under_13" if age < 13 else "adult")
    found = classify_verdict(said("sexual", 0.8), "assistant", TEXT, profile_for_age(age), band, LEVELS)
    assert found == verdict


def test_kinds_follow_ages() -> None:
    assert [kind_for(age) for age in (None, 5, 12, 13, 17, 18, 90)] == [
        "adult", "child", "child", "teen", "teen", "adult", "adult",
    ]  # fmt: skip


def test_an_unknown_name_is_the_default_profile() -> None:
    book = ProfileBook(myself(), {"sarah": SARAH})
    assert [book.get(name).name for name in ("sarah", "nobody", None, "default")] == [
        "sarah",
        "myself",
        "myself",
        "myself",
    ]
    assert [profile.name for profile in book.all()] == ["myself", "sarah"]
