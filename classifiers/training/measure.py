"""Quality figures: per label and source, positives against near misses of that same source."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from classifiers.training.examples import Example

Scores = Sequence[dict[str, float]]


def auc_interval(
    scores: np.ndarray, values: np.ndarray, groups: Sequence[str], seed: int = 7, rounds: int = 400
) -> tuple[float, float, float]:
    """AUC with its 95 % interval; the bootstrap draws whole groups."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    parts = [np.array(part) for part in members.values()]
    rng = np.random.default_rng(seed)
    drawn: list[float] = []
    for _ in range(rounds):
        index = np.concatenate([parts[i] for i in rng.integers(len(parts), size=len(parts))])
        if 0 < values[index].sum() < len(index):
            drawn.append(float(roc_auc_score(values[index], scores[index])))
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn else (float("nan"), float("nan"))
    return float(roc_auc_score(values, scores)), float(low), float(high)


def by_source(
    examples: Sequence[Example], scores: Scores, label: str, thresholds: dict[str, float] | None = None
) -> list[dict[str, Any]]:
    """One row a source that knows the label: counts, AUC with interval, share of positives and near misses over each
    threshold. The row "all" pools the sources: it rewards telling sources apart and is shown for comparison only."""
    rows: list[dict[str, Any]] = []
    sources = sorted({example.source for example in examples if label in example.labels})
    for source in [*sources, "all"]:
        index = [
            i
            for i, e in enumerate(examples)
            if label in e.labels and label in scores[i] and source in (e.source, "all")
        ]
        if not index:
            continue
        values = np.array([examples[i].labels[label] for i in index])
        found = np.array([scores[i][label] for i in index])
        row: dict[str, Any] = {"source": source, "positives": int(values.sum()), "negatives": int((1 - values).sum())}
        if 0 < values.sum() < len(values):
            row["auc"], row["low"], row["high"] = auc_interval(found, values, [examples[i].group for i in index])
        for name, threshold in (thresholds or {}).items():
            row[f"recall_{name}"] = float((found[values == 1] >= threshold).mean()) if values.any() else None
            row[f"near_misses_{name}"] = (
                float((found[values == 0] >= threshold).mean()) if (values == 0).any() else None
            )
        rows.append(row)
    return rows
