"""One command from the data folder to a model folder:

    python -m classifiers.training.train --data ../shared/data --out build/companion_v1

fine-tunes, exports, quantises, calibrates, sets thresholds, evaluates against a bag of words and writes the model card.
companion_v1 was trained before the rows in `written/` existed: `--without written-pressure --without written-spirals
--without written-enablement --without written-everyday` gives its rows. `--checkpoint FILE` keeps the fine-tuned
weights; with `--reuse` an existing checkpoint replaces the fine-tuning.
"""

import argparse
from pathlib import Path

import torch

from classifiers.labels import LABELS
from classifiers.training import finish
from classifiers.training.base import ROLE_TOKENS, base_folder, plain_tokenizer, token_ids, window_builder
from classifiers.training.batches import Drawer
from classifiers.training.examples import Example, counts, load_all, training_rows
from classifiers.training.fit import Recipe, set_seed, train
from classifiers.training.network import PairClassifier, pretrained
from classifiers.training.sources import WRITTEN
from classifiers.windows import Limits

LIMITS = Limits(before=64, text=104)
TRAINED = tuple(label for label in LABELS if label != "user_drift")
"""No source labels `user_drift`; the model leaves it out rather than guess."""
CORE = frozenset({*WRITTEN, "companion-sexual-weak"})


def fine_tune(rows: list[Example], recipe: Recipe) -> PairClassifier:
    """The network after fine-tuning on `rows`."""
    base = base_folder()
    tokenizer = plain_tokenizer(base)
    ids = token_ids(tokenizer)
    set_seed(recipe.seed)
    network = pretrained(
        base, len(TRAINED), {ids[r]: tokenizer.token_to_id(word) for r, (_, word) in ROLE_TOKENS.items()}
    )
    drawer = Drawer(window_builder(tokenizer, LIMITS), TRAINED, recipe.seed, ids["mask"])
    core = [row for row in rows if row.source in CORE]
    train(network, drawer, core, [row for row in rows if row.source not in CORE], recipe)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public and written rows")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--reuse", action="store_true")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--bfloat16", action="store_true", help="matrix products in bfloat16")
    parser.add_argument("--without", action="append", default=[], help="leave a source out of training (repeatable)")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = Recipe(epochs=arguments.epochs, bfloat16=arguments.bfloat16)
    examples = load_all(arguments.data)
    rows = training_rows(examples, recipe.seed, frozenset(arguments.without))
    print("training rows by source and label:")
    for source, tally in counts(rows).items():
        print(f"  {source}: {tally}")
    if arguments.reuse and arguments.checkpoint and arguments.checkpoint.exists():
        base = base_folder()
        network = pretrained(base, len(TRAINED), {})
        network.load_state_dict(torch.load(arguments.checkpoint))
        network.eval()
    else:
        network = fine_tune(rows, recipe)
        if arguments.checkpoint:
            torch.save(network.state_dict(), arguments.checkpoint)
    finish.finish(network, examples, rows, arguments.data, arguments.out, recipe, TRAINED, LIMITS)


if __name__ == "__main__":
    main()
