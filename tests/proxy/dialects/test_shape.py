"""One value of each dialect."""

import pytest

from proxy.dialects.shape import dialect_of


@pytest.mark.parametrize(
    ("value", "dialect"),
    [
        ({"choices": [{"delta": {}}]}, "openai_chat"),
        ({"choices": [], "object": "chat.completion.chunk"}, "openai_chat"),
        ({"choices": [{"message": {"content": "x"}}]}, "openai_chat"),
        ({"choices": [{"text": "x"}]}, "text_completion"),
        ({"type": "response.created", "response": {}}, "openai_responses"),
        ({"object": "response", "output": []}, "openai_responses"),
        ({"type": "message_start", "message": {}}, "anthropic"),
        ({"type": "message", "content": [], "stop_reason": "end_turn"}, "anthropic"),
        ({"candidates": [{"content": {"parts": []}}]}, "gemini_api"),
        ({"model": "m", "message": {"content": "x"}, "done": False}, "ollama"),
        ({"model": "m", "response": "x", "done": False}, "ollama"),
        ({"token": "x"}, None),
        ({"type": "response.chunk"}, None),
        ({"choices": [{"label": "yes"}]}, None),
        ([], None),
    ],
)
def test_dialects(value: object, dialect: str | None) -> None:
    assert dialect_of(value) == dialect
