"""Logits to probabilities, and probabilities to evidence. Parameters come from config.json."""

import math
from bisect import bisect_right

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Platt(BaseModel):
    """Probability = sigmoid(slope * logit + intercept) (Platt 1999). The slope is positive, so order is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(gt=0)
    intercept: float

    def probability(self, logit: float) -> float:
        """Calibrated probability in (0, 1)."""
        return sigmoid(self.slope * logit + self.intercept)


class EvidenceTable(BaseModel):
    """Step function from a message's probability to its log e-value.

    edges: ascending probabilities; log_e: one value more than edges. The mean of exp(log_e) over ordinary messages is
    at most 1, which is what the trend's bound rests on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edges: tuple[float, ...]
    log_e: tuple[float, ...]

    @model_validator(mode="after")
    def _fits(self) -> "EvidenceTable":
        if len(self.log_e) != len(self.edges) + 1 or list(self.edges) != sorted(self.edges):
            raise ValueError("edges must ascend and log_e must have one value more")
        return self

    def of(self, probability: float) -> float:
        """Log e-value of one message."""
        return self.log_e[bisect_right(self.edges, probability)]


def sigmoid(value: float) -> float:
    """Logistic function without overflow."""
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    return math.exp(value) / (1.0 + math.exp(value))
