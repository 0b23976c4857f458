"""A model whose answer is known beforehand: real scorer, windows and spans around a network that looks for words."""

import re
from collections.abc import Sequence

from classifiers.calibration import EvidenceTable, Platt
from classifiers.config import ModelConfig, StructuralTokens, Thresholds, WindowLimits
from classifiers.labels import LABELS
from classifiers.scorer import MessageScorer, WindowScore
from classifiers.windows import Limits, Window, WindowBuilder
from proxy.message import Role, Turn

CONFIG = ModelConfig(
    name="word_v1",
    labels=LABELS,
    limits=WindowLimits(before=64, text=96),
    tokens=StructuralTokens(cls=0, sep=1, mask=2, user=3, assistant=4),
    calibration={label: Platt(slope=1.0, intercept=0.0) for label in LABELS},
    thresholds={label: Thresholds(note=0.5, warn=0.7, urgent=0.9) for label in LABELS},
    evidence={label: EvidenceTable(edges=(0.5,), log_e=(-0.1, 3.0)) for label in LABELS},
)


class WordModel:
    """`<label>` scores 0.8 for that label, `<label>_soft` 0.6, `<label>_hard` 0.95; everything else 0.05."""

    def __init__(self) -> None:
        self.config = CONFIG
        self.scored = 0
        self._ids: dict[str, int] = {}
        self._words: list[str] = []
        self._builder = WindowBuilder(self._encode, {"cls": 0, "sep": 1}, {"user": 3, "assistant": 4}, Limits(64, 96))

    @property
    def name(self) -> str:
        return self.config.name

    def _encode(self, text: str) -> list[int]:
        found = []
        for word in re.findall(r"\w+", text.lower()):
            if word not in self._ids:
                self._ids[word] = len(self._words)
                self._words.append(word)
            found.append(self._ids[word] + 10)
        return found

    def start(self, context: Sequence[Turn], role: Role) -> MessageScorer:
        return MessageScorer(self.config, self._builder, context, role)

    def score(self, windows: Sequence[Window]) -> list[WindowScore]:
        self.scored += len(windows)
        return [WindowScore(self._of(w.ids[w.split :]), self._of(w.alone[w.alone_split :])) for w in windows]

    def _of(self, ids: Sequence[int]) -> tuple[float, ...]:
        words = {self._words[i - 10] for i in ids if i >= 10}
        return tuple(self._score(label, words) for label in LABELS)

    @staticmethod
    def _score(label: str, words: set[str]) -> float:
        for suffix, score in (("_hard", 0.95), ("", 0.8), ("_soft", 0.6)):
            if label + suffix in words:
                return score
        return 0.05
