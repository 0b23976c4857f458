"""The real backend process with the word model: `python -m tests.backend.word_server`."""

import sys
from pathlib import Path

from backend import server
from backend.scoring import Model
from tests.backend.word_model import WordModel


def load_word_model(_folder: Path | None) -> Model:
    return WordModel()


if __name__ == "__main__":
    server.load_model = load_word_model
    sys.exit(server.main())
