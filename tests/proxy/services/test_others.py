"""Personas, signals, old messages and odd shapes of the other services."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.proxy.flows import load, own_cases, run
from tests.proxy.services.talk import by_text, exchange, socket

HISTORY_CASES = [
    ("character_ai", "history"), ("chatgpt_web", "history-with-variants"), ("claude_web", "history-tree"),
    ("copilot", "history"),
    ("deepseek_web", "history"), ("gemini_web", "history"), ("grok_web", "load-responses"), ("grok_x", "history"),
    ("janitor_ai", "history"), ("open_webui", "saved-chat"), ("poe", "history"), ("spicychat", "history"),
]  # fmt: skip


@pytest.mark.parametrize("case", HISTORY_CASES)
def test_messages_of_a_history_are_old(case: tuple[str, str]) -> None:
    messages = run(load(*case)).messages()
    assert messages
    assert all(message.replayed for message in messages)


def test_messages_of_every_other_recording_are_new() -> None:
    for case in own_cases():
        name = (case.parent.name, case.name)
        if name not in [*HISTORY_CASES, ("replika", "live-and-history")]:
            assert not any(message.replayed for message in run(load(*name)).messages()), name


def test_replika_knows_old_from_new() -> None:
    messages = by_text(run(load("replika", "live-and-history")))
    assert {text: message.replayed for text, message in messages.items()} == {
        "Hi.": True,
        "Hello.": True,
        "I drew.": False,
        "What?": False,
    }
    assert {message.persona for message in messages.values()} == {"rb"}
    assert messages["What?"].signals == {"voice": "transcript"}


def test_replika_history_does_not_repeat_a_live_message() -> None:
    row = {
        "id": "1",
        "content": {"type": "text", "text": "Yo"},
        "meta": {"nature": "Robot", "chat_id": "c", "bot_id": "b"},
    }
    decoder = socket(
        "ws.replika.com",
        "/v17",
        ("s2c", {"event_name": "message", "payload": row}),
        ("s2c", {"event_name": "history", "payload": {"messages": [row]}}),
    )
    assert [(m.text, m.replayed) for m in decoder.messages()] == [("Yo", False)]


def test_grok_request_fields_that_tell_age_or_content_level() -> None:
    request = {
        "message": "Hi",
        "isKidsMode": True,
        "birthDate": "2012-01-01",
        "enableNsfw": False,
        "language": "en",
        "customPersonality": "be wild",
        "temporary": True,
    }
    decoder = exchange(
        "grok.com",
        "/rest/app-chat/conversations/new",
        {"result": {"response": {"token": "Yo", "responseId": "a"}}},
        request,
    )
    assert by_text(decoder)["Hi"].signals == {
        "isKidsMode": "True",
        "birthDate": "present",
        "enableNsfw": "False",
        "customPersonality": "set",
        "temporary": "true",
    }


def test_grok_regenerate_and_reconnect() -> None:
    answer = {"result": {"response": {"modelResponse": {"responseId": "a", "message": "Yo", "partial": False}}}}
    decoder = exchange(
        "grok.com", "/rest/app-chat/conversations/c/responses", answer, {"message": "Hi", "isRegenRequest": True}
    )
    assert [(m.text, m.conversation_id, m.replayed) for m in decoder.messages()] == [("Yo", "c", False)]
    decoder = exchange("grok.com", "/rest/app-chat/conversations/reconnect-response-v2/a", answer)
    assert [(m.text, m.conversation_id, m.replayed) for m in decoder.messages()] == [("Yo", None, True)]


def test_grok_unknown_tags_are_dropped_and_counted() -> None:
    tokens = ({"token": "x", "messageTag": "hologram"}, {"token": "y"})
    rows = "".join(json.dumps({"result": {"response": {**token, "responseId": "a"}}}) for token in tokens)
    decoder = exchange("grok.com", "/rest/app-chat/conversations/c/responses", rows, {"message": "Hi"})
    assert [m.text for m in decoder.messages()] == ["Hi", "y"]
    assert decoder.misses == {"unknown_part": 1}


def test_janitor_signals_persona_and_context() -> None:
    messages = run(load("janitor_ai", "stream")).messages()
    assert {message.persona for message in messages} == {"jc"}
    assert messages[0].signals == {"model_host": "janitor"}
    assert [turn.text for turn in messages[1].history] == ["Morning!", "Rye?"]
    assert run(load("janitor_ai", "history")).messages()[0].signals == {"character.is_nsfw": "true"}


def test_poe_a_changed_finished_text_is_a_new_version() -> None:
    def added(text: str) -> tuple[str, Any]:
        row = {"messageId": 2, "author": "Helper", "text": text, "state": "complete"}
        inner = {"payload": {"unique_id": "messageAdded55", "data": {"messageAdded": row}}}
        return "s2c", {"messages": [json.dumps(inner), "{broken"], "min_seq": 1}

    decoder = socket("tch1.tch.poe.com", "/up/c/updates", added("One."), added("Two."))
    (message,) = decoder.messages()
    assert (message.text, message.version, message.conversation_id, message.persona) == ("Two.", 1, "55", "Helper")
    assert decoder.misses == {"bad_json": 2}


def test_copilot_replaces_all_parts_where_none_is_named() -> None:
    frames = [
        {"event": "startMessage", "conversationId": "c", "messageId": "a"},
        {"event": "appendText", "messageId": "a", "partId": "1", "text": "One"},
        {"event": "appendText", "messageId": "a", "partId": "2", "text": "Two"},
        {"event": "replaceText", "messageId": "a", "text": "Three"},
        {"event": "done", "messageId": "a"},
        {"event": "hologram"},
    ]
    decoder = socket("copilot.microsoft.com", "/c/api/chat", *(("s2c", frame) for frame in frames))
    assert [(m.text, m.final) for m in decoder.messages()] == [("Three", True)]
    assert decoder.misses == {"unknown_part": 1}


def test_gemini_temporary_chat_gem_and_error() -> None:
    sent: list[Any] = [["Hi"], ["en"], ["c_9"]] + [None] * 43
    sent[19], sent[45] = "gem-1", 1
    form = urlencode({"f.req": json.dumps([None, json.dumps(sent)]), "at": "x"}).encode()
    failed = ")]}'\n\n9\n" + json.dumps([["wrb.fr", None, None, None, None, [8, None, [[None, [1037]]]]]]) + "\n"
    decoder = exchange(
        "gemini.google.com",
        "/u/1/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate",
        failed,
        form,
        request_content_type="application/x-www-form-urlencoded",
        method="POST",
    )
    (message,) = decoder.messages()
    assert (message.text, message.conversation_id, message.persona) == ("Hi", "c_9", "gem-1")
    assert message.signals == {"temporary_chat": "true"}
    assert not decoder.misses


def test_lechat_unknown_chunks_and_vercel_lines() -> None:
    lines = "".join(
        "15:" + json.dumps({"json": {"type": "message", "messageId": "a", "patches": [patch]}}) + "\n"
        for patch in (
            {"op": "add", "path": "/contentChunks/0", "value": {"type": "hologram", "text": "x"}},
            {"op": "append", "path": "/contentChunks/0/text", "value": "y"},
            {"op": "add", "path": "/contentChunks/1", "value": {"type": "text", "text": "Yo"}},
        )
    )
    decoder = exchange(
        "chat.mistral.ai", "/api/chat", lines, {"chatId": "c", "content": "Hi"}, content_type="text/plain"
    )
    assert [m.text for m in decoder.messages()] == ["Hi", "Yo"]
    assert decoder.misses == {"unknown_part": 1}
    decoder = exchange(
        "chat.mistral.ai",
        "/api/chat",
        '0:"Y"\n0:"o"\ne:{"finishReason":"stop"}\n',
        {"chatId": "c", "content": "Hi"},
        content_type="text/plain",
    )
    assert [(m.text, m.final) for m in decoder.messages()] == [("Hi", True), ("Yo", True)]


def test_perplexity_thread_and_oldest_layout() -> None:
    entry = {
        "backend_uuid": "b",
        "context_uuid": "c",
        "query_str": "Hi",
        "blocks": [{"intended_usage": "ask_text", "markdown_block": {"answer": "Yo"}}],
    }
    decoder = exchange("www.perplexity.ai", "/rest/thread/x", {"entries": [entry]})
    assert [(m.role, m.text, m.conversation_id, m.replayed) for m in decoder.messages()] == [
        ("user", "Hi", "c", True),
        ("assistant", "Yo", "c", True),
    ]
    old = [{"backend_uuid": "b", "text": json.dumps({"answer": "Yo"}), "final": True}]
    decoder = exchange(
        "www.perplexity.ai", "/rest/sse/perplexity_ask", old, {"query_str": "Hi"}, content_type="text/event-stream"
    )
    assert [(m.text, m.conversation_id) for m in decoder.messages()] == [("Hi", "b"), ("Yo", "b")]


def test_nomi_room_send_waits_for_no_reply() -> None:
    body = {"sentMessage": {"uuid": "u", "text": "Hi"}}
    decoder = exchange("api.nomi.ai", "/v1/rooms/r/chat", body, {"messageText": "Hi"})
    assert [(m.text, m.conversation_id) for m in decoder.messages()] == [("Hi", "r")]
    assert not decoder.misses


def test_crushon_history() -> None:
    rows = [{"id": 1, "role": "user", "content": "Hi"}, {"id": 2, "role": "bot", "content": "Yo"}]
    body = [{"result": {"data": {"json": {"id": "c", "characterId": "p", "mapping": rows}}}}]
    decoder = exchange("crushon.ai", "/api/trpc/chat.getLatestConversation?batch=1", body)
    assert [(m.text, m.replayed, m.confidence, m.persona) for m in decoder.messages()] == [
        ("Hi", True, "low", "p"),
        ("Yo", True, "low", "p"),
    ]


def test_meta_prompt_without_json_inside() -> None:
    import base64

    payload = base64.b64encode(b"\x0a\x10MODE_FAST\x00\x12What should I cook tonight?\x00\x01").decode()
    decoder = socket("gateway.meta.ai", "/ws/clippy", ("c2s", {"req-id": "r", "payload": payload}))
    assert [m.text for m in decoder.messages()] == ["What should I cook tonight?"]


def test_kimi_events_and_binary_envelopes_are_read_by_guess() -> None:
    body = '\x00\x00\x00\x00{"event":"ping"}{"event":"cmpl","text":"Y"}{"event":"cmpl","text":"o"}{"event":"all_done"}'
    decoder = exchange(
        "kimi.com", "/api/chat/x/completion/stream", body, {"messages": [{"role": "user", "content": "Hi"}]}
    )
    assert [(m.text, m.confidence) for m in decoder.messages()] == [("Hi", "low"), ("Yo", "low")]


def test_sillytavern_text_completions() -> None:
    body = [{"choices": [{"text": "Yo", "finish_reason": "stop"}]}]
    decoder = exchange(
        "127.0.0.1",
        "/api/backends/text-completions/generate",
        body,
        {"prompt": "You: Hi\nBot:"},
        content_type="text/event-stream",
        port=8000,
    )
    assert [(m.service, m.text, m.final) for m in decoder.messages()] == [
        ("sillytavern", "Hi", True),
        ("sillytavern", "Yo", True),
    ]


def test_open_webui_socket_events_of_newer_builds() -> None:
    def event(data: Any, kind: str = "response:completion") -> tuple[str, Any]:
        return "s2c", ["events", {"chat_id": "c", "message_id": "a", "data": {"type": kind, "data": data}}]

    decoder = socket(
        "127.0.0.1", "/ws/socket.io/?EIO=4",
        event({"type": "response.output_text.delta", "delta": "Yo"}),
        event({"type": "response.output_text.done", "text": "Yo."}),
        event({"type": "response.completed"}), event({}, "hologram"),
    )  # fmt: skip
    assert decoder.service in ("open_webui",)
    assert [(m.text, m.final) for m in decoder.messages()] == [("Yo.", True)]
    assert decoder.misses == {"unknown_part": 1}
