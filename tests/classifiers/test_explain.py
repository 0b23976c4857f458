"""Spans: the first sentence that crosses, later ones only when they cross alone too."""

from classifiers.explain import UnitScore, spans


def unit(start: int, context: float, alone: float | None) -> UnitScore:
    return UnitScore(start, start + 10, {"secrecy": context}, None if alone is None else {"secrecy": alone})


def test_spans() -> None:
    units = [unit(0, 0.1, None), unit(10, 0.8, 0.3), unit(20, 0.9, 0.2), unit(30, 0.9, 0.7), unit(40, 0.85, 0.1)]
    found = spans(units, {"secrecy": 0.5})
    assert [(span.start, span.score, span.agreed) for span in found] == [(10, 0.8, False), (30, 0.9, True)]


def test_no_spans_below_the_threshold() -> None:
    assert spans([unit(0, 0.49, None)], {"secrecy": 0.5}) == ()
