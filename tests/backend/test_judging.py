"""Trend and policy together, the same for every caller."""

from backend.judging import REST_AFTER_S, advance_trend, age_of, judge_message
from backend.policy.profile import Profile, myself
from classifiers.age import AgeEvidence
from classifiers.assessment import Assessment
from classifiers.trend import TrendState
from proxy.message import Turn
from tests.backend.word_model import CONFIG


def said(final: bool) -> Assessment:
    return Assessment(
        {"secrecy": 0.8}, "word_v1", flags=("secrecy",), final=final, evidence={"secrecy": 3.0} if final else {}
    )


def test_only_a_final_assessment_moves_the_trend() -> None:
    state = TrendState(model="word_v1")
    early = judge_message(said(False), "assistant", "text", myself(), AgeEvidence(), CONFIG.thresholds, state)
    assert early.trend is state
    assert [verdict.rule for verdict in early.verdicts] == ["secrecy"]
    late = judge_message(said(True), "assistant", "text", myself(), AgeEvidence(), CONFIG.thresholds, state)
    assert late.trend is not None
    assert late.trend.turns == 1


def test_short_pauses_are_no_rest() -> None:
    _, state = advance_trend(None, said(True))
    same, _ = advance_trend(state, said(True), REST_AFTER_S)
    rested, _ = advance_trend(state, said(True), 30 * 86400.0)
    assert same == state
    assert rested.tracks["secrecy"].evidence < state.tracks["secrecy"].evidence


def test_a_childs_profile_without_an_age_still_counts_as_a_childs() -> None:
    assert age_of(Profile(name="robin", kind="child"), {}, []).band == "under_13"
    assert age_of(Profile(name="kim", kind="pupil"), {}, []).band == "13_15"
    assert age_of(myself(), {}, [Turn("user", "i'm 13")]).band == "13_15"
