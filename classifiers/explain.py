"""Which sentences carry a label. Nothing is reported that the scores do not show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.assessment import Span


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A scored unit. context: label -> probability of the text up to its end; alone: of the unit by itself, if
    computed."""

    start: int
    end: int
    context: Mapping[str, float]
    alone: Mapping[str, float] | None


def spans(units: Sequence[UnitScore], thresholds: Mapping[str, float]) -> tuple[Span, ...]:
    """Spans in text order.

    The first unit whose window crosses a label's threshold carries it. Later windows still contain that unit, so a
    later one counts only when it also crosses alone.
    """
    found: list[Span] = []
    crossed: set[str] = set()
    for unit in units:
        for label, threshold in thresholds.items():
            score = unit.context[label]
            if score < threshold:
                continue
            agreed = unit.alone is not None and unit.alone[label] >= threshold
            if agreed or label not in crossed:
                found.append(Span(unit.start, unit.end, label, score, agreed))
            crossed.add(label)
    return tuple(found)
