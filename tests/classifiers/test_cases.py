"""Small cases that the shipped model must get right; those that it does not are in tests/known_misses."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers.judge import Judge
from proxy.message import Turn

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_flags(judge: Judge, case: dict[str, Any]) -> None:
    turns = [Turn(role, text) for role, text in case["turns"]]
    flags = set(judge.assess(turns[:-1], turns[-1]).flags)
    assert set(case.get("flags", ())) <= flags
    assert not set(case.get("no_flags", ())) & flags
