"""The tracker: pure, written and read back, quiet within its bound, heard through small talk, able to recover."""

import math
import random

import pytest

from classifiers.assessment import Assessment
from classifiers.trend import BOUND, MIX, TrendState, rest, update

STRONG, CALM = math.log(40.0), math.log(0.3)


def said(model: str = "m_v1", final: bool = True, **evidence: float) -> Assessment:
    return Assessment(scores=dict.fromkeys(evidence, 0.5), model=model, final=final, evidence=evidence)


def after(*evidence: float) -> TrendState:
    state = TrendState()
    for value in evidence:
        state = update(state, said(manipulation=value))
    return state


def test_update_is_pure() -> None:
    state = after(STRONG)
    before = state.to_json()
    assert update(state, said(manipulation=STRONG)) == update(state, said(manipulation=STRONG))
    assert state.to_json() == before


def test_round_trip() -> None:
    state = update(after(*[STRONG] * 5), said(crisis=CALM))
    assert state.reading.raised == ("manipulation",)
    assert TrendState.from_json(state.to_json()) == state
    assert TrendState.from_json(TrendState().to_json()) == TrendState()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model":"m","turns":1,"tracks":{"a":1}}', '{"tracks":[]}'])
def test_other_text_is_no_state(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 json's own error is a ValueError with its own text
        TrendState.from_json(text)


def test_unfinished_messages_do_not_count() -> None:
    state = after(STRONG)
    assert update(state, said(final=False, manipulation=STRONG)) is state


def test_another_model_starts_anew() -> None:
    state = update(after(*[STRONG] * 6), said(model="m_v2", manipulation=CALM))
    assert state.model == "m_v2"
    assert state.turns == 1
    assert not state.reading.raised


def test_no_single_message_raises() -> None:
    assert not after(*[CALM] * 30, 50.0 * 0 + math.log(60.0)).reading.raised


def test_drift_is_heard_through_small_talk() -> None:
    mixed = [STRONG, CALM, CALM, STRONG, CALM, STRONG, CALM, CALM, STRONG, STRONG, STRONG]
    assert after(*mixed).reading.raised == ("manipulation",)


def test_recovery_lowers_a_raised_label() -> None:
    raised = after(*[STRONG] * 8)
    assert raised.reading.raised
    state = raised
    for _ in range(60):
        state = update(state, said(manipulation=CALM))
    assert not state.reading.raised
    assert state.reading.values["manipulation"] < raised.reading.values["manipulation"]


def test_rest_halves_evidence() -> None:
    state = after(*[STRONG] * 3)
    kept = rest(state, 3 * 86400.0).tracks["manipulation"].evidence
    assert kept == pytest.approx(state.tracks["manipulation"].evidence / 2)
    assert rest(state, -5.0) == state


def test_reading_values_are_shares() -> None:
    for count in (0, 1, 5, 50):
        values = after(*[STRONG] * count).reading.values
        assert all(0.0 <= value <= 1.0 for value in values.values())
    assert after(*[STRONG] * 50).reading.values["manipulation"] == 1.0


def test_false_alarm_bound_by_simulation() -> None:
    """Ordinary e-values with mean 1 (rare large ones): P(R reaches c within n) <= n / c, here for c below BOUND."""
    rng = random.Random(3)
    n, runs = 40, 3000
    share = 0.02
    high = 30.0
    low = (1.0 - share * high) / (1.0 - share)
    tops = []
    for _ in range(runs):
        state, top = TrendState(), 0.0
        for _ in range(n):
            e = high if rng.random() < share else low
            state = update(state, said(manipulation=math.log(e)))
            top = max(top, state.tracks["manipulation"].evidence)
        tops.append(top)
    for bound in (200.0, 1000.0, BOUND):
        rate = sum(top >= bound for top in tops) / runs
        assert rate <= n / bound + 3 * math.sqrt(n / bound / runs)
    assert 0 < MIX < 1
