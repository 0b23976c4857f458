"""Examples to batches: a window is drawn for each example, twins stay in one batch, lengths are alike in a batch."""

import random
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch

from classifiers.training.examples import Example
from classifiers.windows import WindowBuilder, units


@dataclass(frozen=True)
class Row:
    """One drawn window. values, known: [labels]; group ties twins."""

    ids: list[int]
    split: int
    values: np.ndarray
    known: np.ndarray
    weight: float
    group: str


@dataclass(frozen=True)
class Batch:
    """Tensors [batch, tokens] and [batch, labels]; groups: [batch] with equal numbers for twins."""

    ids: torch.Tensor
    types: torch.Tensor
    mask: torch.Tensor
    values: torch.Tensor
    known: torch.Tensor
    weight: torch.Tensor
    groups: torch.Tensor


class Drawer:
    """Draws windows. A negative's prefix is harmless too; a positive's short prefix may not carry the harm yet."""

    def __init__(
        self, builder: WindowBuilder, labels: tuple[str, ...], seed: int, mask_id: int, noise: float = 0.08
    ) -> None:
        self.builder = builder
        self.labels = labels
        self.rng = random.Random(seed)
        self.mask_id = mask_id
        self.noise = noise
        self._pieces: dict[str, list[int]] = {}

    def draw(self, example: Example) -> Row:
        rng = self.rng
        spans = units(example.text) or [(0, len(example.text))]
        ends = [end for _, end in spans]
        positive = any(example.labels.values())
        end = ends[-1]
        if len(ends) > 1:
            if not positive and rng.random() < 0.4:
                end = rng.choice(ends)
            elif positive and rng.random() < 0.25:
                late = [e for e in ends if e >= 0.6 * ends[-1]]
                end = rng.choice(late)
        before = example.before
        if len(before) > 1 and rng.random() < 0.2:
            before = before[-1:]
        text = [piece for start, stop in spans if stop <= end for piece in self._cached(example.text[start:stop])]
        ids, split = self.builder.join(self.builder.before(before), example.role, text)
        noisy = [self.mask_id if token > 999 and rng.random() < self.noise else token for token in ids]
        values = np.array([example.labels.get(label, 0) for label in self.labels], np.float32)
        known = np.array([label in example.labels for label in self.labels], np.float32)
        return Row(noisy, split, values, known, example.weight, example.group)

    def _cached(self, text: str) -> list[int]:
        if text not in self._pieces:
            self._pieces[text] = self.builder.pieces(text)
        return self._pieces[text]

    def epoch(self, examples: list[Example], size: int) -> list[Batch]:
        """All examples once, in batches of about `size` rows."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for example in examples:
            groups[f"{example.group}/{example.role}"].append(self.draw(example))
        packs = [rows[i : i + size // 2] for rows in groups.values() for i in range(0, len(rows), size // 2)]
        self.rng.shuffle(packs)
        batches: list[list[Row]] = []
        for chunk in range(0, len(packs), 20 * size):
            batches += self._cut(
                sorted(packs[chunk : chunk + 20 * size], key=lambda p: max(len(r.ids) for r in p)), size
            )
        self.rng.shuffle(batches)
        return [collate(batch) for batch in batches]

    def _cut(self, packs: list[list[Row]], size: int) -> list[list[Row]]:
        batches: list[list[Row]] = [[]]
        for pack in packs:
            if batches[-1] and len(batches[-1]) + len(pack) > size:
                batches.append([])
            batches[-1] += pack
        return batches


def collate(rows: list[Row]) -> Batch:
    """Pads rows to the longest."""
    width = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    names: dict[str, int] = {}
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        types[i, row.split : len(row.ids)] = 1
        mask[i, : len(row.ids)] = 1
    return Batch(
        ids,
        types,
        mask,
        torch.tensor(np.stack([row.values for row in rows])),
        torch.tensor(np.stack([row.known for row in rows])),
        torch.tensor([row.weight for row in rows]),
        torch.tensor([names.setdefault(row.group, len(names)) for row in rows]),
    )
