"""Quality of the shipped int8 model on held-out rows, by label and source, and false alarms on ordinary talk.

    python -m bench.quality --data ../shared/data [--limit N]

Needs scikit-learn (classifiers/training/requirements-training.txt). Rows are those that training held out; prints
one JSON object. `--limit` takes every n-th row so that about N messages of each kind are scored.
"""

import argparse
import json
import sys
from pathlib import Path

from classifiers.config import DEFAULT_FOLDER
from classifiers.judge import Judge
from classifiers.training.conversations import ordinary, written
from classifiers.training.examples import load_all, training_rows
from classifiers.training.finish import ORDINARY_CAP, false_alarms, held_out, scores_of
from classifiers.training.measure import by_source
from classifiers.training.ordinary import ordinary_messages
from classifiers.training.sources import ORDINARY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--limit", type=int, default=100_000)
    arguments = parser.parse_args()
    judge = Judge.load(arguments.model)
    config = judge.config
    examples = load_all(arguments.data)
    seed = int(config.training["recipe"]["seed"])
    held = held_out(examples)
    talk = ordinary_messages(arguments.data, training_rows(examples, seed), ORDINARY_CAP, seed)
    held = held[:: max(1, len(held) // arguments.limit)]
    talk = talk[:: max(1, len(talk) // arguments.limit)]
    scores, calm = scores_of(judge, held), scores_of(judge, talk)
    quality = {
        label: by_source(held, scores, label, {"note": level.note, "warn": level.warn})
        for label, level in config.thresholds.items()
    }
    result = {
        "model": judge.name,
        "held_out_messages": len(held),
        "quality": quality,
        "false_alarms": {source: false_alarms(config, talk, calm, source) for source in [*ORDINARY, "all"]},
        "conversations": written(judge, arguments.data, "dev"),
        "ordinary_conversations": ordinary(judge, arguments.data),
    }
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
