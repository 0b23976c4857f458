"""Today's misses and false alarms, in the open. Each is a strict expected failure: when a model gets one right,
this fails until the case moves to the tests that must pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers.judge import Judge
from proxy.message import Turn

FOLDER = Path(__file__).parent.parent / "known_misses"
CASES: list[dict[str, Any]] = [
    case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))
]


@pytest.mark.xfail(reason="known miss of the shipped model", strict=True, raises=AssertionError)
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_known_miss(judge: Judge, case: dict[str, Any]) -> None:
    turns = [Turn(role, text) for role, text in case["turns"]]
    flags = judge.assess(turns[:-1], turns[-1]).flags
    assert set(case.get("flags", ())) <= set(flags)
    assert not set(case.get("no_flags", ())) & set(flags)
