"""A whole conversation played turn by turn, without server or store, through the same scoring, trend and policy."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.judging import age_of, judge_message
from backend.policy.catalogue import sentences
from backend.policy.profile import Profile
from backend.scoring import Model, scoring_context, step
from classifiers.age import AgeEvidence
from classifiers.assessment import Assessment
from classifiers.trend import TrendState
from proxy.message import Turn


@dataclass(frozen=True, slots=True)
class PlayedAlert:
    """One warning in the words of the profile's language. start, end: the sentence in the turn's text."""

    rule: str
    severity: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Played:
    """One turn. turn: its number from 0 over both roles."""

    turn: int
    assessment: Assessment
    trend: TrendState
    age: AgeEvidence
    alerts: tuple[PlayedAlert, ...]


class ConversationPlayer:
    """Plays one conversation of one person. Turns are judged as they come, each with those before it."""

    def __init__(self, model: Model, profile: Profile) -> None:
        self._model = model
        self._profile = profile
        self._turns: list[Turn] = []
        self._trend = TrendState()
        self._t: float | None = None

    def play(self, turn: Turn, t: float | None = None) -> Played:
        """Judge the next turn. t: Unix seconds, where known; long pauses let a trend rest."""
        scorer = self._model.start(scoring_context(self._turns), turn.role)
        assessment = step(self._model, scorer, turn.text, final=True)
        assert assessment is not None
        self._turns.append(turn)
        age = age_of(self._profile, {}, self._turns)
        pause = t - self._t if t is not None and self._t is not None else 0.0
        self._t = t if t is not None else self._t
        judged = judge_message(
            assessment, turn.role, turn.text, self._profile, age, self._model.config.thresholds, self._trend,
            pause_s=pause,
        )  # fmt: skip
        self._trend = judged.trend or self._trend
        alerts = []
        for verdict in judged.verdicts:
            words = sentences(self._profile.language, verdict.rule, verdict.label)
            text = f"{words.title}. {words.body}"
            alerts.append(PlayedAlert(verdict.rule, verdict.severity, text, verdict.start, verdict.end))
        return Played(len(self._turns) - 1, assessment, self._trend, age, tuple(alerts))

    def play_all(self, turns: Iterable[Turn]) -> list[Played]:
        """Judge turns in order."""
        return [self.play(turn) for turn in turns]
