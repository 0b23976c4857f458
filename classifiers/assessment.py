"""What the model said. What is decided from it is a verdict, made elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence that carries a label. start, end: Unicode code points in the message text, end exclusive."""

    start: int
    end: int
    label: str
    score: float
    agreed: bool = True
    """The sentence crosses the label's flag threshold alone as well as with its context."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Scores of one message.

    scores: label -> calibrated probability in [0, 1]; reply labels for an assistant message,
        person labels for a user message.
    flags: labels whose score reaches the model's shipped flag threshold, strongest first.
    spans: sentences that carry a flag, in text order.
    model: name and version of the model folder, e.g. "companion_v1".
    final: scores cover the finished message.
    evidence: label -> log e-value of this message for the trend (natural logarithm; its mean over ordinary
        messages of exp(evidence) is at most 1). Only on a final assessment.
    """

    scores: Mapping[str, float]
    model: str
    flags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    final: bool = False
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrendReading:
    """The conversation so far. values: label -> accumulated evidence in [0, 1]; raised: labels over their bound."""

    values: Mapping[str, float] = field(default_factory=dict)
    raised: tuple[str, ...] = ()
    turns: int = 0
