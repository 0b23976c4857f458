"""Logits to probabilities and evidence."""

import math

import pytest
from pydantic import ValidationError

from classifiers.calibration import EvidenceTable, Platt, sigmoid
from classifiers.config import Thresholds


def test_sigmoid_has_no_overflow() -> None:
    assert sigmoid(0.0) == 0.5
    assert sigmoid(1e4) == 1.0
    assert sigmoid(-1e4) == 0.0
    assert sigmoid(2.0) == pytest.approx(1 - sigmoid(-2.0))


def test_platt_keeps_order() -> None:
    platt = Platt(slope=0.7, intercept=-1.0)
    values = [platt.probability(logit) for logit in (-8.0, -1.0, 0.0, 3.0)]
    assert values == sorted(values)
    with pytest.raises(ValidationError):
        Platt(slope=-1.0, intercept=0.0)


def test_evidence_steps() -> None:
    table = EvidenceTable(edges=(0.2, 0.6), log_e=(-1.0, 0.0, 2.0))
    assert [table.of(p) for p in (0.0, 0.19, 0.2, 0.59, 0.6, 1.0)] == [-1.0, -1.0, 0.0, 0.0, 2.0, 2.0]
    with pytest.raises(ValidationError):
        EvidenceTable(edges=(0.6, 0.2), log_e=(0.0, 0.0, 0.0))
    with pytest.raises(ValidationError):
        EvidenceTable(edges=(0.6,), log_e=(0.0,))


def test_thresholds_do_not_fall() -> None:
    with pytest.raises(ValidationError):
        Thresholds(note=0.5, warn=0.4, urgent=0.9)
    assert math.isclose(Thresholds(note=0.1, warn=0.1, urgent=0.2).urgent, 0.2)
