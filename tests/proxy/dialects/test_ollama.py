"""Ollama's native API beyond what the recordings show."""

from proxy.dialects.ollama import Ollama
from tests.proxy.dialects.reading import read

ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi", "images": ["x"]}]}


def test_tool_calls_are_explained_silence() -> None:
    messages, flow = read(
        Ollama, ASK, [{"message": {"role": "assistant", "content": "", "tool_calls": [{}]}, "done": True}], stream=False
    )
    assert list(messages) == ["u"]
    assert flow.silent


def test_an_error_after_text() -> None:
    messages, _ = read(Ollama, ASK, [{"message": {"content": "A"}, "done": False}, {"error": "gone"}], stream=False)
    assert (messages["a"].text, messages["a"].final) == ("A", False)


def test_generate_with_inline_reasoning_and_a_held_back_end() -> None:
    messages, _ = read(
        Ollama,
        {"prompt": "Hi"},
        [{"response": "<think>a</think>b", "done": False}, {"response": " <", "done": True}],
        stream=False,
    )
    assert (messages["a"].text, messages["a"].reasoning, messages["a"].final) == ("b <", "a", True)
