"""Legacy completions beyond what the recordings show."""

from proxy.dialects.text_completion import TextCompletion
from tests.proxy.dialects.reading import read


def test_choices_prompts_and_errors() -> None:
    messages, _ = read(
        TextCompletion,
        {"prompt": ["a", "b"], "n": 2},
        [
            {"id": "c", "choices": [{"index": 0, "text": "A"}, {"index": 1, "text": "B", "finish_reason": "stop"}]},
            {"error": {"message": "x"}},
        ],
    )
    assert messages["u"].text == "ab"
    assert [(m.text, m.choice, m.final) for m in messages.values() if m.role == "assistant"] == [
        ("A", 0, False),
        ("B", 1, False),
    ]
