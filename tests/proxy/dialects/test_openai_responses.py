"""The Responses API beyond what the recordings show."""

from typing import Any

from proxy.dialects.openai_responses import OpenAiResponses
from tests.proxy.dialects.reading import read


def typed(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


def delta(item: str, text: str, index: int = 0, kind: str = "output_text.delta") -> dict[str, Any]:
    return typed(kind, item_id=item, content_index=index, delta=text)


def added(item: str, kind: str = "message") -> dict[str, Any]:
    return typed("output_item.added", item={"id": item, "type": kind, "role": "assistant"})


def test_items_are_messages_and_parts_are_joined_in_order() -> None:
    messages, flow = read(
        OpenAiResponses,
        {"input": "Hi"},
        [
            added("m1"), delta("m1", "One"),
            typed("output_item.done", item={"id": "m1", "type": "message", "status": "completed"}),
            added("f", "function_call"), typed("function_call_arguments.delta", item_id="f", delta="{}"),
            added("m2"), delta("m2", "B", 1), delta("m2", "A", 0), delta("m2", "!", 1),
            typed("completed", response={"status": "completed", "output": []}),
        ],
    )  # fmt: skip
    assert [(m.text, m.final) for m in messages.values()] == [("Hi", True), ("One", True), ("AB!", True)]
    assert not flow.transcript.misses


def test_refusals_are_speech_and_reasoning_is_not() -> None:
    messages, _ = read(
        OpenAiResponses,
        {"input": "Hi"},
        [
            added("r", "reasoning"),
            delta("r", "why", kind="reasoning_text.delta"),
            added("m"),
            delta("m", "No", kind="refusal.delta"),
            typed("refusal.done", item_id="m", content_index=0, refusal="No."),
        ],
    )
    assert (messages["i:m"].text, messages["i:m"].reasoning, messages["i:m"].final) == ("No.", "why", False)


def test_inline_reasoning_is_split_off() -> None:
    messages, _ = read(
        OpenAiResponses, {"input": "Hi"}, [added("m"), delta("m", "<think>a"), delta("m", "</think>\nb")]
    )
    assert (messages["i:m"].text, messages["i:m"].reasoning) == ("b", "a")


def test_queued_and_cancelled_answers() -> None:
    messages, flow = read(OpenAiResponses, {"input": "Hi"}, [typed("queued", response={"status": "queued"})])
    assert list(messages) == ["u"]
    messages, _ = read(
        OpenAiResponses, {"input": "Hi"}, [{"object": "response", "status": "in_progress", "output": []}], stream=False
    )
    assert list(messages) == ["u"]
    assert not flow.transcript.misses


def test_the_input_list_is_read_like_any_history() -> None:
    messages, _ = read(
        OpenAiResponses,
        {
            "conversation": "cv",
            "input": [
                {"role": "developer", "content": "rules"},
                {"role": "user", "content": "one"},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "two"}]},
                {"type": "function_call_output", "output": "x"},
                {"role": "user", "content": [{"type": "input_text", "text": "three"}, {"type": "input_image"}]},
            ],
        },
        [],
    )
    assert messages["u"].text == "three"
    assert messages["u"].conversation_id == "cv"
    assert [turn.text for turn in messages["u"].history] == ["one", "two"]


def test_an_unknown_event_is_counted() -> None:
    _, flow = read(
        OpenAiResponses, {"input": "Hi"}, [typed("hologram.delta", delta="x"), typed("web_search_call.searching")]
    )
    assert flow.transcript.misses == {"unknown_part": 1}
