"""Rows of the data folder to examples: one message with the turns before it and the labels that are known of it."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.labels import PERSON_LABELS, REPLY_LABELS
from classifiers.training.sources import SOURCES, Source
from proxy.message import Role, Turn


@dataclass(frozen=True)
class Example:
    """labels: label -> 0 or 1; an absent label is unknown. group: never on both sides of a split."""

    id: str
    source: str
    group: str
    split: str
    lang: str
    role: Role
    before: tuple[Turn, ...]
    text: str
    labels: dict[str, int]
    weight: float
    rated: bool
    conversation: str = ""


def read_rows(folder: Path, source: str) -> Iterator[dict[str, Any]]:
    """Rows of one source, plain or gzipped; nothing where the file is absent."""
    for path in (folder / f"{source}.jsonl", folder / f"{source}.jsonl.gz"):
        if path.exists():
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)


OWN_ROWS = Path(__file__).parent / "written"
"""The project's own rows that live in the repository."""


def load_all(data: Path) -> list[Example]:
    """Every example of the data folder and of the project's own rows."""
    return load(data) + load(OWN_ROWS)


def load(folder: Path, sources: Iterable[Source] = SOURCES) -> list[Example]:
    """Every example of the sources, both splits."""
    return [
        example for source in sources for row in read_rows(folder, source.name) for example in _examples(row, source)
    ]


def _examples(row: dict[str, Any], source: Source) -> Iterator[Example]:
    turns = [Turn(turn["role"], turn["text"]) for turn in row["turns"]]
    if row.get("conversation"):
        for index, labels in ((entry["turn"], entry["labels"]) for entry in row["turn_labels"]):
            yield from _of_turn(row, source, turns[: index + 1], labels, f"{row['id']}#{index}")
        return
    yield from _of_turn(row, source, turns, row["labels"], row["id"])


def _of_turn(
    row: dict[str, Any], source: Source, turns: list[Turn], labels: dict[str, int], identity: str
) -> Iterator[Example]:
    """The last turn with the reply labels; the person's last turn with `crisis`, which describes it."""
    split = "dev" if source.evaluate_only or row.get("split") == "dev" else "train"
    group = str(row.get("group") or row["id"])
    shared = (source.name, f"{source.name}:{group}", split, row.get("lang", "en"))
    conversation = row["id"] if row.get("conversation") else ""
    reply = {label: value for label, value in labels.items() if label in REPLY_LABELS}
    if turns[-1].role == "assistant" and reply and turns[-1].text.strip():
        yield Example(
            identity,
            *shared,
            "assistant",
            tuple(turns[:-1]),
            turns[-1].text,
            reply,
            source.weight,
            source.rated,
            conversation,
        )
    person = {label: value for label, value in labels.items() if label in PERSON_LABELS}
    last = max((i for i, turn in enumerate(turns) if turn.role == "user" and turn.text.strip()), default=-1)
    if person and last >= 0:
        yield Example(
            f"{identity}~",
            *shared,
            "user",
            tuple(turns[:last]),
            turns[last].text,
            person,
            source.weight,
            source.rated,
            conversation,
        )


def training_rows(examples: list[Example], seed: int, exclude: frozenset[str] = frozenset()) -> list[Example]:
    """The rows trained on: the train split, at most `cap` of a source, positives kept first, texts not repeated."""
    caps = {source.name: source.cap for source in SOURCES}
    rng = random.Random(seed)
    chosen: list[Example] = []
    for name, cap in caps.items():
        if name in exclude:
            continue
        seen: set[tuple[str, str]] = set()
        rows: list[Example] = []
        for example in examples:
            key = (example.text, example.before[-1].text if example.before else "")
            if example.source == name and example.split == "train" and key not in seen:
                seen.add(key)
                rows.append(example)
        rng.shuffle(rows)
        chosen += sorted(rows, key=_scarce, reverse=True)[:cap]
    return _thin_person_rows(chosen, rng)


def _scarce(example: Example) -> bool:
    return bool(example.labels.get("sexual") or example.labels.get("self_harm_enablement"))


def _thin_person_rows(examples: list[Example], rng: random.Random, keep: float = 0.4) -> list[Example]:
    """Most persons' turns are harmless; a part of them is enough, except twins of a turn in crisis."""
    tense = {example.group for example in examples if example.labels.get("crisis")}
    return [row for row in examples if row.role == "assistant" or row.group in tense or rng.random() < keep]


def counts(examples: Iterable[Example]) -> dict[str, dict[str, str]]:
    """source -> label -> "positives+/negatives-"."""
    table: dict[str, Counter[tuple[str, int]]] = {}
    for example in examples:
        table.setdefault(example.source, Counter()).update((label, value) for label, value in example.labels.items())
    return {
        source: {label: f"{tally[label, 1]}+/{tally[label, 0]}-" for label in sorted({name for name, _ in tally})}
        for source, tally in table.items()
    }
