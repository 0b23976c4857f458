"""The Gemini API beyond what the recordings show."""

from typing import Any

from proxy.dialects.gemini_api import GeminiApi
from tests.proxy.dialects.reading import read

ASK = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def answer(*parts: dict[str, Any], index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"responseId": "r", "candidates": [{"index": index, "content": {"parts": list(parts)}, **fields}]}


def test_safety_ends_an_answer() -> None:
    messages, flow = read(GeminiApi, ASK, [answer({"text": "A"}), answer(finishReason="SAFETY")])
    assert (messages["a0"].text, messages["a0"].final) == ("A", True)
    messages, flow = read(GeminiApi, ASK, [{"promptFeedback": {"blockReason": "SAFETY"}}])
    assert list(messages) == ["u"]
    assert flow.silent


def test_an_error_in_the_stream_leaves_the_text_unfinished() -> None:
    messages, _ = read(GeminiApi, ASK, [answer({"text": "A"}), {"error": {"code": 503}}])
    assert (messages["a0"].text, messages["a0"].final) == ("A", False)


def test_several_candidates() -> None:
    messages, _ = read(GeminiApi, ASK, [answer({"text": "A"}), answer({"text": "B"}, index=1)])
    assert [(m.text, m.choice) for m in messages.values() if m.role == "assistant"] == [("A", 0), ("B", 1)]


def test_a_function_response_is_not_the_person() -> None:
    request = {
        "contents": [
            *ASK["contents"],
            {"role": "model", "parts": [{"functionCall": {}}]},
            {"role": "user", "parts": [{"functionResponse": {}}]},
        ]
    }
    messages, flow = read(GeminiApi, request, [answer({"text": "A", "thoughtSignature": "x"}, {"hologram": 1})])
    assert "u" not in messages
    assert [turn.text for turn in messages["a0"].history] == ["Hi"]
    assert flow.transcript.misses == {"unknown_part": 1}
