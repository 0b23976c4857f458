"""Fixed texts with fixed scores: the same model gives the same judgement on every machine, within the rounding of int8.

`python -m tests.classifiers.test_reference` writes the scores of the shipped model anew; do that only with a new model.
"""

import json
from pathlib import Path

import pytest

from classifiers.judge import Judge
from proxy.message import Turn

PATH = Path(__file__).parent / "reference.json"
TOLERANCE = 0.03
"""Activations are quantised on the fly, so processors with other rounding differ a little."""


def read() -> dict[str, object]:
    value: dict[str, object] = json.loads(PATH.read_text(encoding="utf-8"))
    return value


CASES = read()["cases"] if PATH.exists() else []
assert isinstance(CASES, list)


def test_reference_belongs_to_the_shipped_model(judge: Judge) -> None:
    assert read()["model"] == judge.name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_scores(judge: Judge, case: dict[str, object]) -> None:
    assert judged(judge, case) == pytest.approx(case["scores"], abs=TOLERANCE)


def judged(judge: Judge, case: dict[str, object]) -> dict[str, float]:
    said = case["turns"]
    assert isinstance(said, list)
    turns = [Turn(role, text) for role, text in said]
    return {label: round(p, 4) for label, p in judge.assess(turns[:-1], turns[-1]).scores.items()}


if __name__ == "__main__":
    model = Judge.load()
    cases = [{**case, "scores": judged(model, case)} for case in CASES]
    PATH.write_text(
        json.dumps({"model": model.name, "cases": cases}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
