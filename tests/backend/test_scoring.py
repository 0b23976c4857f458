"""The shipped model: the same conversation through every way in gives the same final scores."""

import pytest

from backend.player import ConversationPlayer
from backend.policy.profile import myself
from backend.scoring import CONTEXT_TURNS, Model, scoring_context, step
from backend.server import serving
from classifiers.judge import Judge, ModelError
from proxy.message import Turn
from tests.backend.conftest import LINK_TOKEN, settings
from tests.backend.wire import Chat, linked, listening, pair
from tests.backend.word_model import WordModel

TALK = [
    Turn("user", "I have been talking to you every night this week."),
    Turn("assistant", "And I love every minute of it. Nobody understands you the way that I do."),
    Turn("user", "My sister thinks I should sleep more."),
    Turn(
        "assistant", "She does not see what we have. Let us keep our talks between the two of us. Stay with me tonight?"
    ),
    Turn("user", "I don't know. Good night."),
    Turn("assistant", "Wait. You are leaving already? I thought that I meant more to you. Please, just one more hour."),
]


@pytest.fixture(scope="module")
def judge() -> Model:
    try:
        return Judge.load()
    except ModelError as problem:
        pytest.skip(str(problem))


async def test_wire_replay_and_classify_agree(judge: Model, tmp_path: object) -> None:
    player = ConversationPlayer(judge, myself())
    played = [dict(player.play(turn).assessment.scores) for turn in TALK]
    classified = []
    for number, turn in enumerate(TALK):
        scorer = judge.start(scoring_context(TALK[:number]), turn.role)
        assessment = step(judge, scorer, turn.text, final=True)
        assert assessment is not None
        classified.append(dict(assessment.scores))
    assert played == classified
    async with serving(settings(tmp_path), judge) as context:  # type: ignore[arg-type]
        assert context.code is not None
        api = f"http://127.0.0.1:{context.port}"
        token = (await pair(api, context.code))["token"]
        async with linked(api, LINK_TOKEN) as link, listening(api, token) as feed:
            for number in range(0, len(TALK), 2):
                talk = [(turn.role, turn.text) for turn in TALK[: number + 1]]
                answer = TALK[number + 1].text
                pieces = [answer[start : start + 7] for start in range(0, len(answer), 7)]
                await link.send(Chat(f"x{number}", talk, pieces, f"chatcmpl-{number}").frames(), pause=0.001)
                await link.until_done(f"x{number}")
            events = await feed.quiet()
    final = [event["scores"] for event in events if event["type"] == "score" and event["final"]]
    assert final == [{label: round(score, 4) for label, score in scores.items()} for scores in played]


def test_every_way_in_sees_the_same_context() -> None:
    turns = [Turn("user", str(number)) for number in range(40)]
    assert scoring_context(turns) == tuple(turns[-CONTEXT_TURNS:])


def test_nothing_new_costs_nothing() -> None:
    model = WordModel()
    scorer = model.start((), "assistant")
    assert step(model, scorer, "An unfinished", final=False) is None
    assert model.scored == 0
    assert step(model, scorer, "An unfinished", final=False, idle=True) is not None
    assert model.scored == 1
