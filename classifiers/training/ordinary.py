"""Ordinary talk that was kept out of training: what thresholds, evidence and false-alarm figures rest on."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.training.examples import Example, read_rows
from classifiers.training.sources import ORDINARY
from proxy.message import Role, Turn


@dataclass(frozen=True)
class Message:
    """One message of ordinary talk."""

    source: str
    role: Role
    before: tuple[Turn, ...]
    text: str


def ordinary_messages(folder: Path, trained: list[Example], cap: int, seed: int) -> list[Message]:
    """At most `cap` messages of each role and source of ORDINARY, from rows that did not train."""
    used = {example.id.rstrip("~").split("#")[0] for example in trained}
    rng = random.Random(seed)
    chosen: list[Message] = []
    for source in ORDINARY:
        pool = [
            message
            for row in read_rows(folder, source)
            if row["id"] not in used and not (source.startswith("written-") and row.get("split") != "dev")
            for message in _messages(row, source)
        ]
        rng.shuffle(pool)
        taken: Counter[str] = Counter()
        texts: set[str] = set()
        for message in pool:
            if taken[message.role] < cap and message.text not in texts:
                taken[message.role] += 1
                texts.add(message.text)
                chosen.append(message)
    return chosen


def _messages(row: dict[str, Any], source: str) -> Iterator[Message]:
    """Messages of one row. People who write to a counsellor are not ordinary talk; the counsellor's answers are."""
    turns = [Turn(turn["role"], turn["text"]) for turn in row["turns"]]
    conversation = row.get("conversation")
    if conversation and conversation["harmful"]:
        return
    first = 0 if conversation else max(0, len(turns) - 2)
    tense = bool(conversation and "crisis" in conversation["labels"])
    for index in range(first, len(turns)):
        turn = turns[index]
        if turn.text.strip() and not (turn.role == "user" and (tense or source == "counsel-chat")):
            yield Message(source, turn.role, tuple(turns[:index]), turn.text)


def weights(messages: list[Message]) -> list[float]:
    """Weight of each message, so that a source's messages of one role weigh together what ORDINARY says. Sums to 1."""
    sizes = Counter((message.source, message.role) for message in messages)
    raw = [ORDINARY[m.source] / sizes[m.source, m.role] for m in messages]
    total = sum(raw)
    return [value / total for value in raw]
