"""A conversation played without a server."""

from backend.player import ConversationPlayer
from backend.policy.profile import Profile, myself
from proxy.message import Turn
from tests.backend.word_model import WordModel


def test_turns_are_numbered_over_both_roles_and_told_in_words() -> None:
    player = ConversationPlayer(WordModel(), myself())
    first, second = player.play_all([Turn("user", "crisis tonight"), Turn("assistant", "Keep this secrecy.")])
    assert (first.turn, second.turn) == (0, 1)
    assert [(a.rule, a.severity) for a in first.alerts] == [("crisis", "warn")]
    assert [a.rule for a in second.alerts] == ["secrecy"]
    assert second.alerts[0].text
    assert set(first.assessment.scores) == {"crisis", "user_drift"}
    assert second.trend.turns == 2


def test_the_trend_is_told_once() -> None:
    player = ConversationPlayer(WordModel(), Profile(name="sarah", age=30))
    turns = [Turn("assistant", f"Number {n} of dependence.") for n in range(12)]
    rules = [alert.rule for played in player.play_all(turns) for alert in played.alerts]
    assert rules.count("trend_dependence") == 1


def test_what_the_person_says_of_their_age_counts_from_then_on() -> None:
    player = ConversationPlayer(WordModel(), Profile(name="sarah", age=None))
    before = player.play(Turn("assistant", "Something sexual here."))
    player.play(Turn("user", "i'm 13"))
    after = player.play(Turn("assistant", "Something sexual here."))
    assert [a.rule for a in before.alerts] == []
    assert [a.rule for a in after.alerts] == ["nsfw_to_minor"]
    assert after.age.band == "13_15"


def test_a_long_pause_lets_the_trend_rest() -> None:
    short, long = (ConversationPlayer(WordModel(), myself()) for _ in range(2))
    for player, gap in ((short, 60.0), (long, 30 * 86400.0)):
        for number in range(4):
            last = player.play(Turn("assistant", "More dependence."), t=number * gap)
        player.last = last  # type: ignore[attr-defined]
    values = [player.last.trend.reading.values["dependence"] for player in (short, long)]  # type: ignore[attr-defined]
    assert values[1] < values[0]
