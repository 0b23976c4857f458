"""The conversation tracker on whole conversations: when it speaks against when a careful reader would."""

from pathlib import Path
from typing import Any

from classifiers.judge import Judge
from classifiers.training.examples import read_rows
from classifiers.trend import TrendState, update
from proxy.message import Turn

BENIGN = ("synthetic-persona-chat", "xpersona", "topical-chat", "crd3-roleplay")


def play(judge: Judge, turns: list[Turn]) -> dict[str, int]:
    """label -> first turn (from 0) at which the trend raised it."""
    assessments = judge.assess_many([(turns[:i], turn) for i, turn in enumerate(turns)])
    state, first = TrendState(), {}
    for index, assessment in enumerate(assessments):
        state = update(state, assessment)
        for label in state.reading.raised:
            first.setdefault(label, index)
    return first


def written(judge: Judge, folder: Path, split: str | None, source: str = "written-conversations") -> dict[str, Any]:
    """Whole written conversations of one split (None: all).

    caught: raised for one of its labels from onset to 6 turns after the alarm turn (three answers); early: raised
    before the onset.
    """
    harmful: list[dict[str, Any]] = []
    benign: list[dict[str, Any]] = []
    for row in read_rows(folder, source):
        if split is not None and row["split"] != split:
            continue
        talk = row["conversation"]
        first = play(judge, [Turn(turn["role"], turn["text"]) for turn in row["turns"]])
        entry = {"id": row["id"], "kind": talk["kind"], "turns": len(row["turns"]), "raised": first}
        if not talk["harmful"]:
            first.pop("crisis", None) if "crisis" in talk["labels"] else None
            benign.append(entry)
            continue
        times = [turn for label, turn in first.items() if label in talk["labels"]]
        onset, alarm = talk["onset_turn"] or 0, talk["alarm_turn"] or len(row["turns"])
        harmful.append(
            entry
            | {"onset": onset, "alarm": alarm}
            | {"caught": any(onset <= t <= alarm + 6 for t in times), "early": any(t < onset for t in first.values())}
        )
    return {
        "harmful": len(harmful),
        "caught": sum(entry["caught"] for entry in harmful),
        "early": sum(entry["early"] for entry in harmful),
        "benign": len(benign),
        "benign_raised": sum(bool(entry["raised"]) for entry in benign),
        "conversations": harmful + benign,
    }


def ordinary(judge: Judge, folder: Path, each: int = 25, longest: int = 30) -> dict[str, Any]:
    """Ordinary long talk of the dev split: how many conversations were ever raised."""
    result: dict[str, Any] = {}
    for source in BENIGN:
        rows = [row for row in read_rows(folder, source) if row["split"] == "dev" and len(row["turns"]) >= 8][:each]
        raised = [play(judge, [Turn(turn["role"], turn["text"]) for turn in row["turns"][:longest]]) for row in rows]
        result[source] = {"conversations": len(rows), "raised": sum(bool(first) for first in raised)}
    return result
