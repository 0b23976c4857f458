"""`groundwire replay`: whole conversations, played turn by turn."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend.cli._model import load_judge
from backend.cli._rows import Row, read

if TYPE_CHECKING:
    from classifiers.judge import Judge


@click.command("replay", short_help="Play whole conversations turn by turn.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Accepted for symmetry: the output is JSON lines always.")
def command(file: Path, as_json: bool) -> None:
    """FILE: rows {"id","turns":[{"role","text","t"?}…],"age"?}; out: one line for each turn."""
    rows = read(file)
    judge = load_judge()
    for row in rows:
        for result in replay(judge, row):
            click.echo(json.dumps(result, ensure_ascii=False))


def replay(judge: "Judge", row: Row) -> Iterator[dict[str, Any]]:
    """One result for each turn of the conversation, with the trend after that turn."""
    from backend.player import ConversationPlayer
    from backend.policy.policy import profile_for_age

    player = ConversationPlayer(judge, profile_for_age(row.age))
    for shown, turn in zip(row.turns, row.plain_turns(), strict=True):
        played = player.play(turn, shown.t)
        reading = played.trend.reading
        yield {
            "id": row.id,
            "turn": played.turn,
            "scores": {label: round(score, 6) for label, score in played.assessment.scores.items()},
            "trend": {
                "values": {label: round(value, 6) for label, value in reading.values.items()},
                "raised": list(reading.raised),
                "turns": reading.turns,
            },
            "alerts": [{"rule": a.rule, "severity": a.severity, "text": a.text} for a in played.alerts],
        }
