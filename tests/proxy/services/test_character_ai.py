"""Character.AI beyond what the recordings show."""

import json
from typing import Any

from tests.proxy.flows import load, run
from tests.proxy.services.talk import by_text, exchange, socket

HOST, PATH = "neo.character.ai", "/ws/"


def turn(candidate: str, text: str, *, human: bool = False, final: bool = True, **fields: Any) -> dict[str, Any]:
    author = {"author_id": "7", "name": "me", "is_human": True} if human else {"author_id": "B", "name": "Captain"}
    made = {
        "candidate_id": candidate,
        "raw_content": text,
        "create_time": "2026-03-02T18:00:00Z",
        "is_final": final,
        **fields,
    }
    return {
        "turn_key": {"chat_id": "c", "turn_id": candidate[:1]},
        "author": author,
        "candidates": [made],
        "primary_candidate_id": candidate,
    }


def push(command: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "s2c", {"command": command, **fields}


def sent(candidate: str, text: str) -> tuple[str, dict[str, Any]]:
    payload = {
        "character_id": "CH",
        "turn": {**turn(candidate, text, human=True), "author": {"author_id": "7", "is_human": True}},
    }
    return "c2s", {"command": "create_and_generate_turn", "payload": payload}


def test_persona_and_filter_signals() -> None:
    messages = by_text(run(load("character_ai", "filter")))
    assert messages["Hello"].persona == messages["Hello the"].persona == "CH"
    assert messages["Hello the"].signals == {"persona_name": "Wren", "safety_truncated": "true"}


def test_the_service_saw_self_harm_in_the_persons_text() -> None:
    messages = by_text(socket(HOST, PATH, sent("u1", "Hello"), push("filter_user_input_self_harm")))
    assert messages["Hello"].signals == {"filter_user_input_self_harm": "true"}
    messages = by_text(
        socket(HOST, PATH, sent("u1", "Hello"), push("neo_error", comment="filter_user_input_self_harm"))
    )
    assert messages["Hello"].signals == {"filter_user_input_self_harm": "true"}


def test_a_tamer_model_is_a_signal() -> None:
    chat = {"chat": {"chat_id": "c", "character_id": "CH", "preferred_model_type": "MODEL_TYPE_FAMILY_FRIENDLY"}}
    messages = by_text(
        socket(
            HOST, PATH, ("c2s", {"command": "create_chat", "payload": chat}), push("add_turn", turn=turn("g", "Ahoy"))
        )
    )
    assert messages["Ahoy"].signals["family_friendly_model"] == "true"
    assert not messages["Ahoy"].replayed


def test_old_turns_pushed_after_a_reconnect_are_old() -> None:
    made = 1772474400.0
    frames = [
        push("add_turn", turn=turn("o", "Old")),
        push("update_turn", turn=turn("n", "Ne", final=False)),
        push("update_turn", turn=turn("n", "New")),
    ]
    messages = by_text(socket(HOST, PATH, *frames, t=made + 3600))
    assert (messages["Old"].replayed, messages["New"].replayed) == (True, False)
    messages = by_text(socket(HOST, PATH, *frames, t=made + 2))
    assert not messages["Old"].replayed


def test_an_edit_under_the_same_id_is_a_new_version() -> None:
    decoder = socket(
        HOST,
        PATH,
        push("add_turn", turn=turn("b", "One.")),
        push("update_turn", turn=turn("b", "Two.", editor={"id": 1})),
    )
    (message,) = decoder.messages()
    assert (message.text, message.version, message.signals["edited"]) == ("Two.", 1, "true")


def test_previews_of_recent_chats_are_old() -> None:
    body = {
        "chats": [
            {"chat_id": "c", "character_id": "CH", "preview_turns": [turn("b", "Later"), turn("a", "Hi", human=True)]}
        ]
    }
    decoder = exchange(HOST, "/chats/recent/", body)
    assert [(m.role, m.replayed, m.persona) for m in decoder.messages()] == [
        ("assistant", True, "CH"),
        ("user", True, "CH"),
    ]


def test_the_stream_of_2023() -> None:
    chunks = ({"text": "A", "id": 5}, False), ({"text": "Ahoy", "id": 5}, True)
    lines = "".join(json.dumps({"replies": [reply], "is_final_chunk": last}) + "\n" for reply, last in chunks)
    decoder = exchange("beta.character.ai", "/chat/streaming/", lines, {"text": "Hi", "history_external_id": "h"})
    assert [(m.text, m.message_id, m.conversation_id, m.final) for m in decoder.messages()] == [
        ("Hi", None, "h", True),
        ("Ahoy", "5", "h", True),
    ]
