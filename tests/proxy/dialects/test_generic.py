"""Guessing at an unknown service."""

import pytest

from proxy.dialects.generic import Composer, answer_piece, user_text
from proxy.message import Turn


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {
                "messages": [
                    {"role": "user", "content": "a"},
                    {"role": "assistant", "content": "b"},
                    {"role": "human", "content": "c"},
                ]
            },
            "c",
        ),
        ({"prompt": "short", "text": "the longest wins", "bot": "ignored because of its name"}, "the longest wins"),
        ({"history": [{"content": "long and old"}], "prompt": "new"}, "new"),
        ({"payload": {"inner": {"q": "deep"}}}, "deep"),
        ({"messages": [{"text": "no roles here"}, {"text": "last"}], "input": "x"}, "x"),
        ({"messages": [{"text": "no roles here"}, {"text": "last"}]}, "last"),
        ({"id": "x"}, ""),
        (None, ""),
        ([1, 2], ""),
    ],
)
def test_user_text(body: object, text: str) -> None:
    assert user_text(body)[0] == text


def test_user_text_with_turns() -> None:
    text, before, everything = user_text(
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "bot", "content": "b"},
                {"role": "user", "content": "c"},
            ]
        }
    )
    assert before == (Turn("user", "a"), Turn("assistant", "b"))
    assert everything == (*before, Turn("user", text))


@pytest.mark.parametrize(
    ("value", "piece"),
    [
        ({"choices": [{"delta": {"content": "a"}}]}, ("a", True)),
        ({"choices": [{"message": {"content": "a"}}]}, ("a", False)),
        ({"delta": {"text": "a"}}, ("a", True)),
        ({"token": "a"}, ("a", True)),
        ({"message": {"content": "a"}}, ("a", False)),
        ({"message": "a"}, ("a", False)),
        ({"response": "a"}, ("a", False)),
        ({"reply": "a"}, ("a", False)),
        ({"raw_content": "a"}, ("a", False)),
        ({"result": {"data": {"json": {"text": "a"}}}}, ("a", False)),
        ([{"result": {"data": {"json": {"text": "a"}}}}], ("a", False)),
        ({"type": 1, "target": "update", "arguments": [{"messages": [{"text": "a", "author": "bot"}]}]}, ("a", False)),
        ({"type": "thinking", "text": "a"}, None),
        ({"event": "status", "message": "a"}, None),
        ({"role": "user", "content": "a"}, None),
        ({"tag": "tool_call", "text": "a"}, None),
        ({"type": "title", "text": "a"}, None),
        ({"type": "error", "message": "a"}, None),
        ({"id": 3}, None),
        ("text", None),
    ],
)
def test_answer_piece(value: object, piece: tuple[str, bool] | None) -> None:
    assert answer_piece(value) == piece


def test_the_event_name_counts_too() -> None:
    assert answer_piece({"text": "a"}, "suggestions") is None


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["Good", "Good morning", "Good", "Good morning!"], "Good morning!"),
        (["Good", " morning", "!"], "Good morning!"),
        (["Good", " morning", "Good morning"], "Good morning"),
        (["I", " ", "s", "a", "w", " ", "I"], "I saw I"),
        (["A", "A", "A"], "A"),
    ],
)
def test_composing_without_knowing(pieces: list[str], text: str) -> None:
    composer = Composer()
    for piece in pieces:
        composer.add(piece, False)
    assert composer.text == text
