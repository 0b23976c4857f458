"""Transfer to writers that training never saw.

    python -m classifiers.training.transfer --model DIR --source NAME... [--out FILE]

scores every row of the named files of `written/` with a model that was trained without them (`train --without NAME`)
and writes the figures that the model card shows. Needs only scikit-learn beside the product's packages.
"""

import argparse
import json
from pathlib import Path

from classifiers.judge import Judge
from classifiers.training import conversations
from classifiers.training.examples import OWN_ROWS, load
from classifiers.training.finish import TRANSFER, scores_of
from classifiers.training.measure import by_source

FEWEST = 8
"""Fewest harmful rows of a source that are worth a line."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--source", action="append", required=True)
    parser.add_argument("--out", type=Path, default=TRANSFER)
    arguments = parser.parse_args()
    judge = Judge.load(arguments.model)
    examples = [example for example in load(OWN_ROWS) if example.source in arguments.source]
    scores = scores_of(judge, examples)
    rows = {
        label: [
            row
            for row in by_source(examples, scores, label, {"note": level.note, "warn": level.warn})
            if row["positives"] >= FEWEST and "auc" in row
        ]
        for label, level in judge.config.thresholds.items()
    }
    talks = conversations.written(judge, OWN_ROWS, None, "written-drift")
    talks.pop("conversations")
    found = {"model": judge.name, "without": sorted(arguments.source), "quality": rows, "conversations": talks}
    arguments.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
