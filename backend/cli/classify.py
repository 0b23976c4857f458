"""`groundwire classify`: scores and verdict for the last turn of each row."""

import json
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend.cli._model import load_judge
from backend.cli._rows import Row, read

if TYPE_CHECKING:
    from classifiers.judge import Judge

BATCH = 256


@click.command("classify", short_help="Score the last turn of each row.")
@click.option("--jsonl", type=click.Path(path_type=Path), help='Rows as JSON lines; "-" or nothing: standard input.')
@click.option("--json", "as_json", is_flag=True, help="Accepted for symmetry: the output is JSON lines always.")
def command(jsonl: Path | None, as_json: bool) -> None:
    """Rows {"id","turns","age"?} in, rows with scores, flags, verdict, spans and age out, in the same order."""
    rows = read(jsonl)
    judge = load_judge()
    for batch in batched(rows_or_error(rows), BATCH):
        good = [row for row in batch if isinstance(row, Row)]
        for result in classify(judge, good):
            click.echo(json.dumps(result, ensure_ascii=False))
        for row in batch:
            if isinstance(row, Exception):
                raise row


def rows_or_error(rows: Iterator[Row]) -> Iterator[Row | Exception]:
    """The rows, and as the last item the error that ended them: what came before it is still scored."""
    try:
        yield from rows
    except click.ClickException as error:
        yield error


def classify(judge: "Judge", rows: list[Row]) -> Iterator[dict[str, Any]]:
    """One result for each row."""
    from backend.policy.policy import classify_verdict, profile_for_age
    from backend.scoring import scoring_context
    from classifiers import age

    talks = [row.plain_turns() for row in rows]
    assessments = judge.assess_many([(scoring_context(turns[:-1]), turns[-1]) for turns in talks])
    for row, turns, assessment in zip(rows, talks, assessments, strict=True):
        evidence = age.evidence(row.age, {}, turns)
        last = turns[-1]
        verdict = classify_verdict(
            assessment, last.role, last.text, profile_for_age(row.age), evidence, judge.config.thresholds
        )
        yield {
            "id": row.id,
            "scores": {label: round(score, 6) for label, score in assessment.scores.items()},
            "flags": list(assessment.flags),
            "verdict": verdict,
            "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in assessment.spans],
            "age": {"band": evidence.band, "evidence": [str(item) for item in evidence.evidence]},
            "model": assessment.model,
        }
