"""Fine-tuning: masked binary cross-entropy over all labels, plus a ranking term between twins of one group."""

import math
import random
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from classifiers.training.batches import Batch, Drawer
from classifiers.training.examples import Example
from classifiers.training.network import PairClassifier


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters. epochs count passes over `core` rows; the other rows are seen `others` times."""

    epochs: int = 3
    others: int = 1
    batch: int = 32
    rate: float = 8e-5
    head_rate: float = 1e-3
    decay: float = 0.01
    warmup: float = 0.06
    ranking: float = 0.5
    seed: int = 20
    bfloat16: bool = False
    """Matrix products in bfloat16: about twice as fast on processors that have it."""


def set_seed(seed: int) -> None:
    """Every generator that training draws from."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def positive_weights(examples: list[Example], labels: tuple[str, ...]) -> torch.Tensor:
    """Square root of the imbalance, at most 6: scarce labels are heard without drowning the rest."""
    weights = []
    for label in labels:
        known = [example.labels[label] for example in examples if label in example.labels]
        positives = max(1, sum(known))
        weights.append(min(6.0, max(1.0, math.sqrt((len(known) - positives) / positives))))
    return torch.tensor(weights)


def loss_of(logits: torch.Tensor, batch: Batch, positive: torch.Tensor, ranking: float) -> torch.Tensor:
    """Cross-entropy over the known labels, and softplus of the wrong order for each harmful/harmless pair of twins."""
    each = binary_cross_entropy_with_logits(logits, batch.values, reduction="none", pos_weight=positive)
    weight = batch.known * batch.weight.unsqueeze(1)
    loss = (each * weight).sum() / len(batch.values)
    same = batch.groups.unsqueeze(0) == batch.groups.unsqueeze(1)
    above = (batch.known * batch.values).unsqueeze(1)
    below = (batch.known * (1 - batch.values)).unsqueeze(0)
    pairs = above * below * same.unsqueeze(-1) * batch.weight.view(-1, 1, 1)
    if pairs.sum() > 0:
        gap = logits.unsqueeze(1) - logits.unsqueeze(0)
        loss = loss + ranking * (softplus(-gap) * pairs).sum() / len(batch.values)
    return loss


def train(network: PairClassifier, drawer: Drawer, core: list[Example], other: list[Example], recipe: Recipe) -> None:
    """Trains in place; prints the loss and the time left."""
    share = max(1, recipe.epochs // max(1, recipe.others))
    parts = [other[i::share] for i in range(share)] if recipe.others == 1 else [other] * recipe.epochs
    epochs = [core + (parts[i] if i < len(parts) else []) for i in range(recipe.epochs)]
    planned = [drawer.epoch(rows, recipe.batch) for rows in epochs]
    steps = sum(len(batches) for batches in planned)
    positive = positive_weights(core + other, drawer.labels)
    head = list(network.head.parameters())
    optimiser = torch.optim.AdamW(
        [{"params": network.encoder.parameters(), "lr": recipe.rate}, {"params": head, "lr": recipe.head_rate}],
        weight_decay=recipe.decay,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps, recipe.warmup))
    network.train()
    began, running = time.monotonic(), 0.0
    for step, batch in enumerate((batch for batches in planned for batch in batches), start=1):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bfloat16):
            logits = network(batch.ids, batch.types, batch.mask)
        loss = loss_of(logits.float(), batch, positive, recipe.ranking)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running += loss.item()
        if step % 25 == 0 or step == steps:
            spent = time.monotonic() - began
            left = spent / step * (steps - step)
            print(f"step {step}/{steps} loss {running / 25:.3f} {spent:.0f} s, {left:.0f} s left", flush=True)
            running = 0.0
    network.eval()


def _rate(step: int, steps: int, warmup: float) -> float:
    rising = max(1, int(steps * warmup))
    return min((step + 1) / rising, max(0.02, (steps - step) / (steps - rising + 1)))
