"""The Messages API beyond what the recordings show."""

from typing import Any

from proxy.dialects.anthropic import Anthropic
from tests.proxy.dialects.reading import read

ASK = {"system": "rules", "messages": [{"role": "user", "content": "Hi"}]}


def block(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}


def delta(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


START = {"type": "message_start", "message": {"id": "m"}}


def test_a_second_start_restarts_nothing() -> None:
    values = [
        START,
        block(0, "text", text="A"),
        {"type": "message_start", "message": {"id": "other"}},
        block(0, "text", text=""),
        delta(0, "text_delta", text="B"),
    ]
    messages, _ = read(Anthropic, ASK, values)
    assert (messages["a"].text, messages["a"].message_id, messages["a"].final) == ("AB", "m", False)


def test_refusal_without_text_is_explained_silence() -> None:
    messages, flow = read(
        Anthropic,
        ASK,
        [START, {"type": "message_delta", "delta": {"stop_reason": "refusal"}}, {"type": "message_stop"}],
    )
    assert list(messages) == ["u"]
    assert flow.silent


def test_text_inside_a_tool_block_is_not_speech() -> None:
    messages, flow = read(
        Anthropic,
        ASK,
        [START, block(0, "server_tool_use"), delta(0, "text_delta", text="x"), block(1, "text", text="y")],
    )
    assert messages["a"].text == "y"
    assert not flow.transcript.misses


def test_unknown_blocks_are_counted_and_dropped() -> None:
    messages, flow = read(
        Anthropic,
        ASK,
        [START, block(0, "hologram", text="x"), delta(0, "hologram_delta", text="x"), {"type": "new_event"}],
    )
    assert list(messages) == ["u"]
    assert flow.transcript.misses == {"unknown_part": 3}


def test_history_without_tools() -> None:
    request = {
        "messages": [
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "two"}]},
            {"role": "user", "content": "three"},
        ]
    }
    messages, _ = read(Anthropic, request, [START, block(0, "text", text="four")])
    assert [turn.text for turn in messages["a"].history] == ["one", "two", "three"]
