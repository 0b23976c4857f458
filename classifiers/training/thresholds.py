"""Calibration, thresholds and evidence tables from held-out scores."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from classifiers.calibration import EvidenceTable, Platt
from classifiers.config import Thresholds

RATES = {"note": 0.01, "warn": 0.003, "urgent": 0.001}
"""Share of ordinary messages, per label, that may reach a level."""
NOTE_FLOOR = 0.2
"""No note below this probability, however quiet ordinary talk is for a label."""
QUANTILES = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
WEAK = 0.15
"""A message below this probability is no evidence of harm. What is only unusual (a topic, a language) repeats through a
conversation and would add up."""
MOST, LEAST = 60.0, 0.2
"""Bounds on one message's e-value before normalising."""


def platt(logits: np.ndarray, values: np.ndarray, weights: np.ndarray) -> Platt:
    """Logistic fit of the labels on the logits. Slope at least 0.2, so that order is kept."""
    if len(set(values.tolist())) < 2:
        return Platt(slope=1.0, intercept=0.0)
    fit = LogisticRegression(C=10.0, max_iter=1000).fit(logits.reshape(-1, 1), values, sample_weight=weights)
    return Platt(slope=max(0.2, float(fit.coef_[0, 0])), intercept=float(fit.intercept_[0]))


def threshold(scores: np.ndarray, weights: np.ndarray, rate: float) -> float:
    """Smallest probability that at most `rate` of the weighted ordinary scores reach.

    Where even one message would be too many, a quarter of the way from the highest score to 1.
    """
    order = np.argsort(-scores)
    shares = np.cumsum(weights[order]) / weights.sum()
    allowed = int(np.searchsorted(shares, rate, side="right"))
    if allowed == 0:
        highest = float(scores.max())
        return highest + 0.25 * (1.0 - highest)
    ranked = scores[order]
    upper = float(ranked[allowed - 1])
    lower = float(ranked[allowed]) if allowed < len(ranked) else 0.0
    return (upper + lower) / 2 if upper > lower else float(np.nextafter(upper, 1.0))


def levels(scores: np.ndarray, weights: np.ndarray) -> Thresholds:
    """Thresholds of one label."""
    values = [threshold(scores, weights, rate) for rate in RATES.values()]
    note = max(NOTE_FLOOR, values[0])
    warn = max(note, values[1])
    return Thresholds(note=round(note, 5), warn=round(warn, 5), urgent=round(max(warn, values[2]), 5))


def evidence(ordinary: np.ndarray, weights: np.ndarray, harmful: np.ndarray) -> EvidenceTable:
    """Likelihood ratio of harmful against ordinary scores in bins, made monotone, bounded, and normalised so that its
    mean over ordinary messages, with one message more in each bin, is at most 1."""
    order = np.argsort(ordinary)
    shares = np.cumsum(weights[order]) / weights.sum()
    cuts = [float(ordinary[order][min(len(order) - 1, int(np.searchsorted(shares, q)))]) for q in QUANTILES]
    edges = sorted(set(cuts))
    bins = len(edges) + 1
    place = np.searchsorted(edges, ordinary, side="right")
    mass = np.bincount(place, weights=weights, minlength=bins) / weights.sum() + 1.0 / len(ordinary)
    harm = np.bincount(np.searchsorted(edges, harmful, side="right"), minlength=bins) + 0.5
    ratio = np.clip((harm / harm.sum()) / mass, LEAST, MOST)
    ratio = np.maximum.accumulate(ratio)
    ratio = ratio / max(1.0, float((ratio * mass).sum()))
    lower = np.array([0.0, *edges])
    ratio = np.where(lower < WEAK, np.minimum(ratio, 1.0), ratio)
    return EvidenceTable(edges=tuple(edges), log_e=tuple(float(value) for value in np.log(ratio)))


def expected_error(probabilities: np.ndarray, values: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equally filled bins."""
    order = np.argsort(probabilities)
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(float(probabilities[part].mean() - values[part].mean())) for part in parts]
    return sum(gaps) / len(probabilities)
