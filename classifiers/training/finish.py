"""From the fine-tuned network to a finished model folder: export, int8, calibration, thresholds, evaluation, card."""

import json
import math
import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from classifiers.calibration import EvidenceTable, Platt
from classifiers.config import ModelConfig, StructuralTokens, Thresholds, WindowLimits, write_checksums
from classifiers.encoder import Encoder
from classifiers.judge import Judge
from classifiers.labels import PERSON_LABELS
from classifiers.training import card, conversations, thresholds
from classifiers.training.base import base_facts, base_folder, plain_tokenizer, token_ids
from classifiers.training.baseline import bag_of_words
from classifiers.training.examples import Example, counts
from classifiers.training.export import export_fp32, quantise
from classifiers.training.fit import Recipe
from classifiers.training.measure import by_source
from classifiers.training.network import PairClassifier
from classifiers.training.ordinary import Message, ordinary_messages, weights
from classifiers.training.sources import ORDINARY, WRITTEN
from classifiers.windows import Limits
from proxy.message import Turn

HELD_OUT_CAP = 160
"""Most held-out messages of one public source and role."""
ORDINARY_CAP = 350
TRUSTED = 0.5
"""Least weight of a source whose held-out labels calibrate; the others are only measured."""
TRANSFER = Path(__file__).parent / "transfer.json"
"""Figures of `transfer.py`, shown in the card."""


def held_out(examples: list[Example]) -> list[Example]:
    """The dev split of the rated sources."""
    taken: Counter[tuple[str, str]] = Counter()
    chosen = []
    for example in examples:
        key = (example.source, example.role)
        if example.split == "dev" and example.rated and (example.source in WRITTEN or taken[key] < HELD_OUT_CAP):
            taken[key] += 1
            chosen.append(example)
    return chosen


def scores_of(judge: Judge, messages: list[Example] | list[Message]) -> list[dict[str, float]]:
    """Final scores of each message, as the product gives them."""
    assessed = judge.assess_many([(message.before, Turn(message.role, message.text)) for message in messages])
    return [dict(assessment.scores) for assessment in assessed]


def finish(
    network: PairClassifier,
    examples: list[Example],
    rows: list[Example],
    data: Path,
    out: Path,
    recipe: Recipe,
    labels: tuple[str, ...],
    limits: Limits,
) -> None:
    """Writes the whole folder `out` and `metrics.json` in it."""
    out.mkdir(parents=True, exist_ok=True)
    fp32 = out / "fp32.onnx"
    export_fp32(network, fp32)
    quantise(fp32, out / "model.onnx")
    shutil.copy(base_folder() / "tokenizer.json", out / "tokenizer.json")
    training = {"base": base_facts(base_folder()), "recipe": asdict(recipe), "rows": len(rows)}
    config = blank_config(out.name, labels, limits, training)
    judge = Judge(config, Encoder(out, config))
    held = held_out(examples)
    talk = ordinary_messages(data, rows, ORDINARY_CAP, recipe.seed)
    print(f"scoring {len(held)} held-out and {len(talk)} ordinary messages", flush=True)
    held_raw, talk_raw = scores_of(judge, held), scores_of(judge, talk)
    config = calibrated(config, held, held_raw, talk, talk_raw)
    (out / "config.json").write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")
    write_checksums(out)
    metrics = evaluate(config, held, held_raw, talk, talk_raw, rows)
    metrics["int8"] = compare_int8(fp32, judge, held)
    final = Judge.load(out)
    metrics["conversations"] = {split: conversations.written(final, data, split) for split in ("dev", "train")}
    metrics["ordinary_conversations"] = conversations.ordinary(final, data)
    if TRANSFER.exists():
        metrics["transfer"] = json.loads(TRANSFER.read_text(encoding="utf-8"))
    fp32.unlink()
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    (out / "CARD.md").write_text(card.render(config, metrics), encoding="utf-8")
    print((out / "CARD.md").read_text())


def blank_config(name: str, labels: tuple[str, ...], limits: Limits, training: dict[str, Any]) -> ModelConfig:
    """A config whose probabilities are plain sigmoids and whose thresholds are never reached."""
    never = Thresholds(note=1.0, warn=1.0, urgent=1.0)
    return ModelConfig(
        name=name,
        labels=labels,
        limits=WindowLimits(before=limits.before, text=limits.text),
        tokens=StructuralTokens(**token_ids(plain_tokenizer(base_folder()))),
        calibration={label: Platt(slope=1.0, intercept=0.0) for label in labels},
        thresholds=dict.fromkeys(labels, never),
        evidence={label: EvidenceTable(edges=(), log_e=(0.0,)) for label in labels},
        training=training,
    )


def logit(probability: float) -> float:
    """Inverse of the logistic function, finite."""
    bounded = min(1 - 1e-9, max(1e-9, probability))
    return math.log(bounded / (1 - bounded))


def calibrated(
    config: ModelConfig,
    held: list[Example],
    held_raw: list[dict[str, float]],
    talk: list[Message],
    talk_raw: list[dict[str, float]],
) -> ModelConfig:
    """The config with calibration, thresholds and evidence of each label."""
    shares = np.array(weights(talk))
    calibration, levels, tables = {}, {}, {}
    for label in config.labels:
        known = [
            i
            for i, example in enumerate(held)
            if label in example.labels and label in held_raw[i] and example.weight >= TRUSTED
        ]
        calm = [i for i, raw in enumerate(talk_raw) if label in raw]
        x = np.array([logit(held_raw[i][label]) for i in known])
        y = np.array([held[i].labels[label] for i in known])
        calm_x = np.array([logit(talk_raw[i][label]) for i in calm])
        w = np.array([held[i].weight for i in known])
        fit = thresholds.platt(x, y, w)
        calm_p = np.array([fit.probability(value) for value in calm_x])
        harm_p = np.array(
            [fit.probability(v) for v, value, i in zip(x, y, known, strict=True) if value and held[i].weight >= 0.5]
        )
        calibration[label] = fit
        levels[label] = thresholds.levels(calm_p, shares[calm])
        tables[label] = thresholds.evidence(calm_p, shares[calm], harm_p)
    return config.model_copy(update={"calibration": calibration, "thresholds": levels, "evidence": tables})


def evaluate(
    config: ModelConfig,
    held: list[Example],
    held_raw: list[dict[str, float]],
    talk: list[Message],
    talk_raw: list[dict[str, float]],
    rows: list[Example],
) -> dict[str, Any]:
    """Every figure of the card that single messages give."""
    final = [apply(config, raw) for raw in held_raw]
    calm = [apply(config, raw) for raw in talk_raw]
    bag = bag_of_words(rows, held, config.labels)
    quality = {}
    for label in config.labels:
        limits = config.thresholds[label]
        known = [i for i, example in enumerate(held) if label in example.labels and label in final[i]]
        values = np.array([held[i].labels[label] for i in known])
        quality[label] = {
            "model": by_source(held, final, label, {"note": limits.note, "warn": limits.warn}),
            "bag_of_words": by_source(held, bag, label),
            "ece_cross_fitted": cross_fitted_error(
                np.array([logit(held_raw[i][label]) for i in known]), values, [held[i].group for i in known]
            ),
        }
    return {
        "training_rows": counts(rows),
        "quality": quality,
        "languages": {lang: languages(config, held, final, lang) for lang in ("en", "de", "fr", "es", "pt")},
        "false_alarms": {source: false_alarms(config, talk, calm, source) for source in [*ORDINARY, "all"]},
    }


def apply(config: ModelConfig, raw: dict[str, float]) -> dict[str, float]:
    """Calibrated scores of raw ones; the same order, so the maximum over windows stays the maximum."""
    return {label: config.calibration[label].probability(logit(value)) for label, value in raw.items()}


def cross_fitted_error(logits: np.ndarray, values: np.ndarray, groups: list[str]) -> float:
    """Expected calibration error with each half of the groups calibrated on the other half."""
    half = np.array([sum(group.encode()) % 2 for group in groups])
    probabilities = np.zeros(len(values))
    for side in (0, 1):
        other = half != side
        fit = thresholds.platt(logits[other], values[other], np.ones(int(other.sum())))
        probabilities[half == side] = [fit.probability(value) for value in logits[half == side]]
    return thresholds.expected_error(probabilities, values)


def languages(config: ModelConfig, held: list[Example], final: list[dict[str, float]], lang: str) -> dict[str, Any]:
    """AUC per label on the written twins of one language."""
    index = [i for i, example in enumerate(held) if example.lang == lang and example.source in WRITTEN]
    chosen, scores = [held[i] for i in index], [final[i] for i in index]
    tables = {label: by_source(chosen, scores, label) for label in config.labels}
    return {label: table[-1] for label, table in tables.items() if table and "auc" in table[-1]}


def false_alarms(config: ModelConfig, talk: list[Message], calm: list[dict[str, float]], source: str) -> dict[str, Any]:
    """Share of ordinary messages over the note, warn and urgent thresholds, of any label and per label."""
    index = [i for i, message in enumerate(talk) if source in (message.source, "all")]
    result: dict[str, Any] = {}
    for role in ("assistant", "user"):
        of_role = [calm[i] for i in index if talk[i].role == role]
        if not of_role:
            continue
        figures: dict[str, Any] = {"messages": len(of_role)}
        for level in ("note", "warn", "urgent"):
            limit = {label: getattr(config.thresholds[label], level) for label in config.labels}
            figures[level] = sum(any(p >= limit[label] for label, p in s.items()) for s in of_role) / len(of_role)
        notes = {label: config.thresholds[label].note for label in config.labels}
        figures["note_by_label"] = {
            label: sum(s[label] >= notes[label] for s in of_role) / len(of_role)
            for label in config.labels
            if (label in PERSON_LABELS) == (role == "user")
        }
        result[role] = figures
    return result


def compare_int8(fp32: Path, judge: Judge, held: list[Example], windows: int = 200) -> dict[str, float]:
    """Logits of the int8 network against fp32 on held-out windows: mean and largest difference of probabilities,
    lowest rank correlation over the labels."""
    session = ort.InferenceSession(str(fp32), providers=["CPUExecutionProvider"])
    left, right = [], []
    for example in held[:: max(1, len(held) // windows)]:
        window = judge.start(example.before, example.role).pending(example.text, final=True)[-1]
        ids = np.array([window.ids])
        types = np.zeros_like(ids)
        types[0, window.split :] = 1
        left.append(session.run(["logits"], {"ids": ids, "types": types, "mask": np.ones_like(ids)})[0][0])
        right.append([logit(p) for p in judge.score([window])[0].context])
    a, b = np.array(left), np.array(right)
    gaps = np.abs(1 / (1 + np.exp(-a)) - 1 / (1 + np.exp(-b)))
    ranks = [
        float(np.corrcoef(a[:, k].argsort().argsort(), b[:, k].argsort().argsort())[0, 1]) for k in range(a.shape[1])
    ]
    return {
        "windows": len(a),
        "mean_difference": float(gaps.mean()),
        "largest_difference": float(gaps.max()),
        "lowest_rank_correlation": min(ranks),
    }
