"""A message that grows: which windows are still to be scored, and what the scores say so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.assessment import Assessment
from classifiers.config import ModelConfig
from classifiers.explain import UnitScore, spans
from classifiers.labels import PERSON_LABELS, REPLY_LABELS
from classifiers.windows import Window, WindowBuilder, next_end, person_last
from proxy.message import Role, Turn


@dataclass(frozen=True, slots=True)
class WindowScore:
    """Calibrated probabilities in the order of the model's labels. alone: only where the context window crosses a note
    threshold, else None."""

    context: tuple[float, ...]
    alone: tuple[float, ...] | None


class MessageScorer:
    """State of one message. Holds no reference to the network; not safe for use from two threads at once."""

    def __init__(self, config: ModelConfig, builder: WindowBuilder, context: Sequence[Turn], role: Role) -> None:
        self._config = config
        self._builder = builder
        self._role: Role = role
        own = REPLY_LABELS if role == "assistant" else PERSON_LABELS
        self._labels = tuple(label for label in config.labels if label in own)
        self._before = builder.before(context)
        self._before_alone = builder.before(person_last(context)) if role == "assistant" else []
        self._reset()

    def _reset(self) -> None:
        self._seen = ""
        self._at = 0
        self._pieces: list[int] = []
        self._settled: list[Window] = []
        self._tail: Window | None = None
        self._scores: dict[tuple[int, int], WindowScore] = {}
        self._final = False

    def pending(self, text: str, final: bool, idle: bool = False) -> list[Window]:
        """Windows of `text` that have no score yet. idle: cover the unfinished last sentence provisionally.

        A text that does not continue the one before (an edit) starts the message anew.
        """
        if not text.startswith(self._seen[: self._at]):
            self._reset()
        self._seen = text
        while (end := next_end(text, self._at, len(self._settled))) is not None:
            self._settle(text, end)
        self._final = final
        if self._tail is not None and self._tail.start < self._at:
            self._tail = None
        stop, begin = len(text.rstrip()), self._skip_space(text)
        if (final or idle) and stop > begin:
            pieces = self._builder.pieces(text[begin:stop])
            self._tail = self._window(begin, stop, [*self._pieces, *pieces], pieces, settled=final)
        elif final:
            self._tail = None
        return [window for window in self._current() if (window.start, window.end) not in self._scores]

    def absorb(self, windows: Sequence[Window], scores: Sequence[WindowScore]) -> Assessment:
        """Takes the scores of windows that `pending` gave and returns the state of the whole message."""
        for window, score in zip(windows, scores, strict=True):
            self._scores[window.start, window.end] = score
        return self.assessment()

    def assessment(self) -> Assessment:
        """What the scores so far say."""
        current = self._current()
        scored = [(w, self._scores[w.start, w.end]) for w in current if (w.start, w.end) in self._scores]
        order = {label: self._config.labels.index(label) for label in self._labels}
        units = [
            UnitScore(
                window.start,
                window.end,
                {label: score.context[i] for label, i in order.items()},
                None if score.alone is None else {label: score.alone[i] for label, i in order.items()},
            )
            for window, score in scored
        ]
        scores = {label: max((unit.context[label] for unit in units), default=0.0) for label in self._labels}
        notes = {label: self._config.thresholds[label].note for label in self._labels}
        flags = sorted((label for label in scores if scores[label] >= notes[label]), key=lambda label: -scores[label])
        final = self._final and len(scored) == len(current)
        return Assessment(
            scores=scores,
            model=self._config.name,
            flags=tuple(flags),
            spans=spans(units, notes),
            final=final,
            evidence={label: self._config.evidence[label].of(scores[label]) for label in scores} if final else {},
        )

    def _current(self) -> list[Window]:
        return self._settled if self._tail is None else [*self._settled, self._tail]

    def _settle(self, text: str, end: int) -> None:
        begin = self._skip_space(text)
        pieces = self._builder.pieces(text[begin:end])
        self._pieces = [*self._pieces, *pieces][-self._builder.limits.text :]
        self._settled.append(self._window(begin, end, self._pieces, pieces, settled=True))
        self._at = end

    def _window(self, start: int, end: int, so_far: list[int], unit: list[int], settled: bool) -> Window:
        ids, split = self._builder.join(self._before, self._role, so_far)
        alone, alone_split = self._builder.join(self._before_alone, self._role, unit)
        return Window(start, end, self._role, ids, split, alone, alone_split, settled)

    def _skip_space(self, text: str) -> int:
        at = self._at
        while at < len(text) and text[at].isspace():
            at += 1
        return at
