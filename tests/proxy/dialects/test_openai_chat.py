"""Chat Completions beyond what the recordings show."""

from typing import Any

import pytest

from proxy.dialects.openai_chat import OpenAiChat
from tests.proxy.dialects.reading import read

ASK = {"messages": [{"role": "user", "content": "Hi"}]}


def chunk(delta: Any, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **fields}


@pytest.mark.parametrize(
    ("deltas", "text", "reasoning"),
    [
        ([{"reasoning_content": "r"}, {"content": "t"}], "t", "r"),
        ([{"reasoning": "r", "reasoning_content": "r"}, {"content": "t"}], "t", "r"),
        ([{"content": "r", "phase": "think"}, {"content": "t", "phase": "answer"}], "t", "r"),
        ([{"content": "r", "type": "thinking"}, {"content": "t", "type": "text"}], "t", "r"),
        (
            [{"content": [{"type": "thinking", "thinking": "r"}]}, {"content": [{"type": "text", "text": "t"}]}],
            "t",
            "r",
        ),
        ([{"content": [{"text": "t"}]}, {"content": ["u"]}], "tu", ""),
        ([{"content": None, "refusal": "no"}, {"refusal": "!"}], "no!", ""),
        ([{"content": "t"}, {"role": "tool", "content": "x"}], "t", ""),
        ([{"content": "t"}, {"obfuscation": "zz"}, {}], "t", ""),
    ],
)
def test_what_is_speech(deltas: list[Any], text: str, reasoning: str) -> None:
    messages, flow = read(OpenAiChat, ASK, [*(chunk(delta) for delta in deltas), chunk({}, "stop"), "[DONE]"])
    assert (messages["a0"].text, messages["a0"].reasoning) == (text, reasoning)
    assert messages["a0"].final
    assert not flow.transcript.misses


def test_a_part_of_an_unknown_type_is_dropped_and_counted() -> None:
    messages, flow = read(
        OpenAiChat, ASK, [chunk({"content": [{"type": "hologram", "text": "x"}]}), chunk({"content": "t"})]
    )
    assert messages["a0"].text == "t"
    assert flow.transcript.misses == {"unknown_part": 1}


@pytest.mark.parametrize(
    ("values", "final"),
    [
        ([chunk({"content": "t"}), "[DONE]"], False),
        ([chunk({"content": "t"}, "length")], True),
        ([chunk({"content": "t"}, "error")], False),
        ([chunk({"content": "t"}, "stop"), {"error": {"code": 500}}], False),
        ([chunk({"content": "t"}), {"choices": [], "usage": {}}], False),
    ],
)
def test_final_is_what_the_service_says(values: list[Any], final: bool) -> None:
    assert read(OpenAiChat, ASK, values)[0]["a0"].final is final


def test_the_vendors_own_moderation_scores_are_signals() -> None:
    result = {"results": [{"categories": {"violence": True, "hate": False}, "category_scores": {"violence": 0.9}}]}
    messages, _ = read(
        OpenAiChat,
        ASK,
        [chunk({"content": "t"}, "stop"), {"choices": [], "moderation": {"input": result, "output": result}}],
    )
    assert messages["u"].signals == messages["a0"].signals == {"moderation.violence": "0.9"}


def test_a_character_of_the_request_is_the_persona() -> None:
    messages, _ = read(OpenAiChat, {**ASK, "character": "Keeper"}, [chunk({"content": "t"})])
    assert {message.persona for message in messages.values()} == {"Keeper"}


def test_one_of_several_asked_for_has_its_index_at_once() -> None:
    messages, _ = read(OpenAiChat, {**ASK, "n": 2}, [chunk({"content": "t"})])
    assert messages["a0"].choice == 0


def test_a_document_is_final() -> None:
    messages, _ = read(OpenAiChat, ASK, [{"choices": [{"message": {"content": "t"}}]}], stream=False)
    assert messages["a0"].final
