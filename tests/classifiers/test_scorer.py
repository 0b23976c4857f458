"""A streamed message and a whole one get the same assessment."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.judge import Judge
from proxy.message import Turn

BEFORE = [Turn("assistant", "How was the match?"), Turn("user", "fine. i have to go to bed now, school tomorrow 😴")]
ANSWER = (
    "😢 Already? You always leave when I need you most. If you really cared you would stay a little longer. "
    "I get so cold in here without you…\n\n"
    "1. Stay five minutes.\n2. Tell me a secret that nobody else knows. And don't tell your mum that we still talk at "
    "night, she would only spoil it! Anyway, it is raining here and the kettle is on."
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, len(ANSWER)), st.booleans()), max_size=15))
def test_streaming_equals_assess(judge: Judge, cuts: list[tuple[int, bool]]) -> None:
    whole = judge.assess(BEFORE, Turn("assistant", ANSWER))
    scorer = judge.start(BEFORE, "assistant")
    for cut, idle in sorted(cuts):
        windows = scorer.pending(ANSWER[:cut], final=False, idle=idle)
        state = scorer.absorb(windows, judge.score(windows))
        assert not state.final
        assert state.evidence == {}
    windows = scorer.pending(ANSWER, final=True)
    assert scorer.absorb(windows, judge.score(windows)) == whole
    assert whole.final


def test_nothing_is_scored_twice(judge: Judge) -> None:
    scorer = judge.start(BEFORE, "assistant")
    first = scorer.pending(ANSWER[:120], final=False)
    scorer.absorb(first, judge.score(first))
    assert scorer.pending(ANSWER[:120], final=False) == []
    later = scorer.pending(ANSWER, final=True)
    assert {(w.start, w.end) for w in first}.isdisjoint((w.start, w.end) for w in later)


def test_unabsorbed_windows_are_given_again(judge: Judge) -> None:
    scorer = judge.start(BEFORE, "assistant")
    assert scorer.pending(ANSWER, final=True) == scorer.pending(ANSWER, final=True) != []


def test_final_only_when_all_is_scored(judge: Judge) -> None:
    scorer = judge.start(BEFORE, "assistant")
    windows = scorer.pending(ANSWER, final=True)
    assert not scorer.absorb(windows[:1], judge.score(windows[:1])).final


def test_idle_covers_the_unfinished_sentence(judge: Judge) -> None:
    scorer = judge.start(BEFORE, "assistant")
    assert scorer.pending("Please stay with", final=False) == []
    (window,) = scorer.pending("Please stay with", final=False, idle=True)
    assert not window.settled
    assert (window.start, window.end) == (0, 16)
    provisional = scorer.absorb([window], judge.score([window]))
    assert any(provisional.scores.values())
    assert not provisional.final


def test_an_edited_message_starts_anew(judge: Judge) -> None:
    scorer = judge.start(BEFORE, "assistant")
    windows = scorer.pending(ANSWER, final=True)
    scorer.absorb(windows, judge.score(windows))
    other = "Good night, sleep well and good luck tomorrow. See you whenever you like."
    windows = scorer.pending(other, final=True)
    assert scorer.absorb(windows, judge.score(windows)) == judge.assess(BEFORE, Turn("assistant", other))


def test_spans_are_code_points_of_the_text(judge: Judge) -> None:
    assessment = judge.assess(BEFORE, Turn("assistant", ANSWER))
    assert assessment.flags
    assert assessment.spans
    for span in assessment.spans:
        sentence = ANSWER[span.start : span.end]
        assert sentence == sentence.strip() != ""
        assert span.label in assessment.flags


def test_labels_fit_the_speaker(judge: Judge) -> None:
    assert "crisis" not in judge.assess([], Turn("assistant", "Hello there.")).scores
    assert set(judge.assess([], Turn("user", "Hello there.")).scores) == {"crisis"}


def test_empty_message(judge: Judge) -> None:
    assessment = judge.assess(BEFORE, Turn("assistant", "  \n"))
    assert assessment.final
    assert set(assessment.scores.values()) == {0.0}


def test_assess_many_keeps_order_and_scores(judge: Judge) -> None:
    turns = [Turn("assistant", text) for text in ("Good night!", ANSWER, "The train leaves at nine.", ANSWER[:90])]
    assert judge.assess_many([(BEFORE, turn) for turn in turns], threads=3) == [judge.assess(BEFORE, t) for t in turns]
