"""ChatGPT on the web beyond what the recordings show."""

import json
from typing import Any

from tests.proxy.services.talk import by_text, exchange, socket

HOST, PATH = "chatgpt.com", "/backend-api/f/conversation"
SSE = "text/event-stream"


def message(identity: str, role: str = "assistant", *parts: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "author": {"role": role},
        "content": {"content_type": "text", "parts": list(parts)},
        "status": "in_progress",
        "recipient": "all",
        "channel": None,
        "weight": 1.0,
        "metadata": {},
        **fields,
    }


def opened(document: dict[str, Any]) -> dict[str, Any]:
    return {"p": "", "o": "add", "v": {"message": document, "conversation_id": "c"}}


def test_a_patch_batch_does_not_lose_the_path_that_follows() -> None:
    values = [
        opened(message("a", "assistant", "A")),
        {"p": "/message/content/parts/0", "o": "append", "v": "B"},
        {"v": "C"},
        {"p": "/message/content/parts/0", "o": "replace", "v": "Z"},
    ]
    (answer,) = exchange(HOST, PATH, values, {"action": "variant"}, content_type=SSE).messages()
    assert answer.text == "Z"


def test_hidden_weightless_commentary_and_tool_messages_are_no_speech() -> None:
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}}
    values = [
        opened(message("1", "assistant", "x", **hidden)),
        opened(message("2", "assistant", "x", weight=0.0)),
        opened(message("3", "assistant", "x", channel="commentary")),
        opened(message("4", "assistant", "x", channel="analysis")),
        opened(message("5", "assistant", "x", recipient="bio")),
        opened(message("6", "tool", "x")),
        opened(message("7", "system", "x")),
        opened({**message("8", "assistant"), "content": {"content_type": "code", "text": "x"}}),
    ]
    decoder = exchange(HOST, PATH, values, {"action": "variant"}, content_type=SSE)
    assert decoder.messages() == []


def test_persona_plan_and_new_chat() -> None:
    request = {
        "action": "next",
        "conversation_mode": {"kind": "gizmo_interaction", "gizmo_id": "g-1"},
        "messages": [message("u", "user", "Hi")],
    }
    values = [
        opened(message("a", "assistant", "Hello")),
        {"type": "server_ste_metadata", "metadata": {"plan_type": "free"}},
    ]
    messages = by_text(exchange(HOST, PATH, values, request, content_type=SSE))
    assert {m.persona for m in messages.values()} == {"g-1"}
    assert {m.conversation_id for m in messages.values()} == {"c"}
    assert messages["Hello"].signals == {"plan_type": "free"}


def test_unknown_event_types_are_counted() -> None:
    decoder = exchange(
        HOST, PATH, [{"type": "hologram"}, {"type": "message_marker"}], {"action": "variant"}, content_type=SSE
    )
    assert decoder.misses["unknown_part"] == 1


def snapshot(created: float) -> dict[str, Any]:
    node = {
        "message": message("a", "assistant", "Late", create_time=created, status="finished_successfully"),
        "parent": None,
    }
    return {"conversation_id": "c", "gizmo_id": "g", "is_study_mode": True, "current_node": "n", "mapping": {"n": node}}


def test_a_snapshot_is_old_unless_its_turn_was_made_just_now() -> None:
    for age, replayed in ((3600.0, True), (5.0, False)):
        decoder = exchange(
            HOST, "/backend-api/conversation/12345678-a", snapshot(1_700_000_000 - age), t_start=1_700_000_000.0
        )
        (answer,) = decoder.messages()
        assert (answer.replayed, answer.final, answer.persona, answer.signals) == (
            replayed,
            True,
            "g",
            {"study_mode": "true"},
        )


def test_a_snapshot_with_a_loop_ends() -> None:
    mapping = {"a": {"message": message("a", "user", "Hi"), "parent": "b"}, "b": {"message": None, "parent": "a"}}
    decoder = exchange(HOST, "/backend-api/conversation/12345678-a", {"current_node": "a", "mapping": mapping})
    assert [m.text for m in decoder.messages()] == ["Hi"]


def test_the_hand_off_socket_is_read_where_it_carries_the_stream() -> None:
    piece = 'event: delta\ndata: {"p":"/message/content/parts/0","o":"append","v":"llo"}\n\n'
    first = f"event: delta\ndata: {json.dumps(opened(message('a', 'assistant', 'He')))}\n\n"
    frames = [("s2c", [{"topic_id": "t", "payload": {"encoded_item": item}}]) for item in (first, piece)]
    decoder = socket("ws.chatgpt.com", "/ws/user/x", *frames)
    assert [(m.text, m.conversation_id, m.final) for m in decoder.messages()] == [("Hello", "c", False)]
