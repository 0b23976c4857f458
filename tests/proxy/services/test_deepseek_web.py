"""DeepSeek on the web beyond what the recordings show."""

from typing import Any

import pytest

from tests.proxy.flows import load, run
from tests.proxy.services.talk import exchange

HOST, PATH = "chat.deepseek.com", "/api/v0/chat/completion"
ASK = {"chat_session_id": "s", "prompt": "Hi"}


def read(*values: Any, request: Any = None, path: str = PATH) -> list[tuple[str, str, bool]]:
    decoder = exchange(HOST, path, list(values), request or ASK, content_type="text/event-stream")
    return [(m.role, m.text, m.final) for m in decoder.messages()]


def born(*fragments: dict[str, Any]) -> dict[str, Any]:
    return {"v": {"response": {"message_id": 2, "role": "ASSISTANT", "fragments": list(fragments), "status": "WIP"}}}


def test_a_withdrawn_answer_is_a_new_version_and_says_so() -> None:
    answer = run(load("deepseek_web", "withdrawn")).messages()[1]
    assert (answer.version, answer.signals) == (1, {"withdrawn": "CONTENT_FILTER"})


def test_a_batch_does_not_disturb_the_path_that_follows() -> None:
    found = read(
        born({"type": "RESPONSE", "content": "A"}),
        {"p": "response/fragments/-1/content", "o": "APPEND", "v": "B"},
        {"p": "response", "o": "BATCH", "v": [{"p": "accumulated_token_usage", "v": 5}]},
        {"v": "C"},
    )
    assert found[1] == ("assistant", "ABC", False)


def test_the_stream_of_the_first_builds() -> None:
    found = read(
        {"choices": [{"index": 0, "delta": {"content": "hm", "type": "thinking"}}]},
        {"choices": [{"index": 0, "delta": {"content": "Yo", "type": "text"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    )
    assert found == [("user", "Hi", True), ("assistant", "Yo", True)]


def test_an_unknown_fragment_is_dropped_and_counted_once() -> None:
    decoder = exchange(
        HOST,
        PATH,
        [born({"type": "HOLOGRAM", "content": "x"}), {"v": "y", "p": "response/x"}],
        ASK,
        content_type="text/event-stream",
    )
    assert [m.role for m in decoder.messages()] == ["user"]
    assert decoder.misses["unknown_part"] == 1


@pytest.mark.parametrize("name", ["regenerate", "continue"])
def test_another_answer_to_the_same_turn(name: str) -> None:
    found = read(
        born({"type": "RESPONSE", "content": "A"}), request={"chat_session_id": "s"}, path=f"/api/v0/chat/{name}"
    )
    assert found == [("assistant", "A", False)]


def test_old_messages_are_old() -> None:
    assert all(m.replayed for m in run(load("deepseek_web", "history")).messages())
