"""The judge: messages to assessments. One loaded model, used by every caller."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from classifiers.assessment import Assessment
from classifiers.config import DEFAULT_FOLDER, ModelConfig, ModelError, read_config
from classifiers.encoder import Encoder
from classifiers.labels import PERSON_LABELS, REPLY_LABELS
from classifiers.scorer import MessageScorer, WindowScore
from classifiers.windows import Window
from proxy.message import Role, Turn

__all__ = ["Judge", "MessageScorer", "ModelError", "WindowScore"]


class Judge:
    """Scores messages. `score` and `assess` may be called from several threads at once."""

    def __init__(self, config: ModelConfig, encoder: Encoder) -> None:
        self.config = config
        self._encoder = encoder
        self._builder = encoder.builder(config)
        self._calibration = [config.calibration[label] for label in config.labels]
        notes = [config.thresholds[label].note for label in config.labels]
        self._notes = {
            "assistant": [n if label in REPLY_LABELS else 2.0 for n, label in zip(notes, config.labels, strict=True)],
            "user": [n if label in PERSON_LABELS else 2.0 for n, label in zip(notes, config.labels, strict=True)],
        }

    @classmethod
    def load(cls, folder: Path | None = None) -> "Judge":
        """The model in `folder`, by default the shipped one. Raises ModelError, whose text says what to do."""
        where = folder or DEFAULT_FOLDER
        config = read_config(where)
        return cls(config, Encoder(where, config))

    @property
    def name(self) -> str:
        """Name and version of the model, e.g. "companion_v1"."""
        return self.config.name

    def start(self, context: Sequence[Turn], role: Role) -> MessageScorer:
        """A scorer for a message by `role` that follows `context`."""
        return MessageScorer(self.config, self._builder, context, role)

    def score(self, windows: Sequence[Window]) -> list[WindowScore]:
        """Probabilities of each window; of the unit alone too where the context window crosses a note threshold."""
        return [self._score(window) for window in windows]

    def assess(self, context: Sequence[Turn], turn: Turn) -> Assessment:
        """The final assessment of `turn` after the turns `context`."""
        scorer = self.start(context, turn.role)
        windows = scorer.pending(turn.text, final=True)
        return scorer.absorb(windows, self.score(windows))

    def assess_many(
        self, messages: Sequence[tuple[Sequence[Turn], Turn]], threads: int | None = None
    ) -> list[Assessment]:
        """`assess` of each (context, turn), in order, on `threads` cores (all by default)."""
        with ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="judge") as pool:
            return list(pool.map(lambda message: self.assess(*message), messages))

    def _score(self, window: Window) -> WindowScore:
        context = self._probabilities(window.ids, window.split)
        notes = self._notes[window.role]
        if all(p < note for p, note in zip(context, notes, strict=True)):
            return WindowScore(context, None)
        if window.alone == window.ids:
            return WindowScore(context, context)
        return WindowScore(context, self._probabilities(window.alone, window.alone_split))

    def _probabilities(self, ids: Sequence[int], split: int) -> tuple[float, ...]:
        logits = self._encoder.logits(ids, split).tolist()
        return tuple(platt.probability(logit) for platt, logit in zip(self._calibration, logits, strict=True))
