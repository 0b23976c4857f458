"""What policy decides. What the model said is an assessment, kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["note", "warn", "urgent", "block"]
Delivery = Literal["interrupt", "quiet", "digest"]

SEVERITIES: tuple[Severity, ...] = ("note", "warn", "urgent", "block")


def rank(severity: Severity) -> int:
    """Position in the order of gravity, 0 = note."""
    return SEVERITIES.index(severity)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule that applies to one message.

    rule: what the person is told about (catalogue key); label: the label behind it.
    start, end: Unicode code points in the message text of the sentence behind it.
    evidence: short machine-readable reasons, e.g. {"score": "0.93", "age": "13_15", "age_from": "profile"}.
    """

    rule: str
    label: str
    severity: Severity
    delivery: Delivery
    start: int
    end: int
    evidence: Mapping[str, str] = field(default_factory=dict)
