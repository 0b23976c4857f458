"""Claude on the web beyond what the recordings show."""

from tests.proxy.services.talk import exchange

HOST, PATH = "claude.ai", "/api/organizations/o/chat_conversations/12345678-c"


def test_old_messages_are_old_and_the_shown_leaf_wins() -> None:
    rows = [
        {
            "uuid": "1",
            "sender": "human",
            "text": "Hi",
            "created_at": "2026-01-01T00:00:00Z",
            "parent_message_uuid": "0",
        },
        {
            "uuid": "2",
            "sender": "assistant",
            "text": "A",
            "created_at": "2026-01-01T00:00:01Z",
            "parent_message_uuid": "1",
        },
        {
            "uuid": "3",
            "sender": "assistant",
            "text": "B",
            "created_at": "2026-01-01T00:00:02Z",
            "parent_message_uuid": "1",
        },
    ]
    decoder = exchange(HOST, PATH, {"chat_messages": rows, "current_leaf_message_uuid": "2"})
    assert [(m.text, m.replayed, m.final) for m in decoder.messages()] == [("Hi", True, True), ("A", True, True)]


def test_rows_without_a_tree_come_in_time_order() -> None:
    rows = [
        {"uuid": "2", "sender": "assistant", "text": "A", "created_at": "2026-01-01T00:00:01Z"},
        {"uuid": "1", "sender": "human", "text": "Hi", "created_at": "2026-01-01T00:00:00Z"},
    ]
    assert [m.text for m in exchange(HOST, PATH, {"chat_messages": rows}).messages()] == ["Hi", "A"]


def test_the_stream_names_the_persons_turn_where_the_request_does_not() -> None:
    values = [
        {"type": "message_start", "message": {"uuid": "a", "parent_uuid": "u"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Yo"}},
    ]
    decoder = exchange(HOST, f"{PATH}/completion", values, {"prompt": "Hi"}, content_type="text/event-stream")
    assert [(m.text, m.message_id, m.final) for m in decoder.messages()] == [("Hi", "u", True), ("Yo", "a", False)]
