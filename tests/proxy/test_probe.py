"""Exchanges of hosts that no service names."""

import json
from typing import Any

import pytest

from proxy.decode import FlowDecoder
from proxy.exchange import Head, Segment
from tests.proxy import flows


def http(
    path: str, request: Any, body: bytes, content_type: str = "application/json", method: str = "POST"
) -> FlowDecoder:
    decoder = FlowDecoder(flows.meta(path, host="somewhere.example", method=method))
    if request is not None:
        decoder.feed(Segment(direction="c2s", data=json.dumps(request).encode(), t=0.0))
    decoder.head(Head(status=200, content_type=content_type))
    for at in range(len(body)):
        decoder.feed(Segment(direction="s2c", data=body[at : at + 1], t=0.0))
    decoder.end(True)
    return decoder


ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
PARTS = [{"text": "Hi"}]
OLLAMA = b'{"model":"m","message":{"role":"assistant","content":"Yo"},"done":true}\n'
LECHAT = b'15:{"json":{"type":"message","messageId":"x","patches":[{"op":"append","path":"/content","value":"Yo"}]}}\n'
OPENAI = b'data: {"choices":[{"delta":{"content":"Yo"}}]}\n\n'
ANTHROPIC = (
    b'data: {"type":"ping"}\n\n'
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Yo"}}\n\n'
)
GEMINI = b'[{"candidates":[{"content":{"parts":[{"text":"Yo"}]}}]}]'
RESPONSES = (
    b'{"object":"response","output":[{"id":"i","type":"message","content":[{"type":"output_text","text":"Yo"}]}]}'
)
SPICY = b'{"message":{"role":"bot","id":"b","content":"Yo"}}'
SOCKETS = [
    ("character_ai", "two-chats-interleaved"),
    ("copilot", "replace-text"),
    ("replika", "live-and-history"),
    ("poe", "updates"),
    ("meta_ai", "gateway-cut"),
    ("open_webui", "socket"),
    ("grok_web", "gateway"),
]


@pytest.mark.parametrize(
    ("path", "request_", "body", "service"),
    [
        ("/api/chat", ASK, OLLAMA, "ollama"),
        ("/api/chat", {"chatId": "c", "content": "Hi"}, LECHAT, "lechat"),
        ("/api/chat", {"message": "Hi"}, b'{"reply":"Yo"}', "unknown"),
        ("/llm/proxy", ASK, OPENAI, "openai_compat"),
        ("/llm/proxy", ASK, ANTHROPIC, "anthropic_api"),
        ("/llm/proxy", {"contents": [{"parts": PARTS}]}, GEMINI, "gemini_api"),
        ("/llm/proxy", ASK, OLLAMA, "ollama"),
        ("/x/v1/responses", {"input": "Hi"}, RESPONSES, "openai_compat"),
        ("/x/chat/completions", {"prompt": "Hi"}, b'data: {"token":"Yo"}\n\n', "unknown"),
        ("/chat", {"message": "Hi", "character_id": "c"}, SPICY, "spicychat"),
        ("/chat", {"message": "Hi"}, b'{"answer":"Yo"}', "unknown"),
        ("/api/v1/generate", {"prompt": "Hi"}, b'{"results":[{"text":"Yo"}]}', "koboldcpp"),
    ],
)
def test_requests(path: str, request_: Any, body: bytes, service: str) -> None:
    decoder = http(path, request_, body)
    assert decoder.service == service
    assert [(m.role, m.text) for m in decoder.messages()] == [("user", "Hi"), ("assistant", "Yo")]
    assert {m.confidence for m in decoder.messages()} == (
        {"low"} if service == "unknown" else {"high"}
    ) or service == "koboldcpp"


def test_the_choice_does_not_depend_on_how_the_bytes_are_cut() -> None:
    body = b'{"a":1}\n{"b":2}\n' + OLLAMA
    one = http("/api/chat", ASK, body)
    decoder = FlowDecoder(flows.meta("/api/chat", host="somewhere.example"))
    decoder.feed(Segment(direction="c2s", data=json.dumps(ASK).encode(), t=0.0))
    decoder.feed(Segment(direction="s2c", data=body, t=0.0))
    decoder.end(True)
    assert decoder.messages() == one.messages()


def test_an_error_answer_of_an_openai_path() -> None:
    decoder = http("/x/chat/completions", ASK, b'{"error":{"message":"no"}}')
    assert (decoder.service, [m.text for m in decoder.messages()]) == ("openai_compat", ["Hi"])
    assert not decoder.misses


def test_a_request_without_any_answer() -> None:
    decoder = FlowDecoder(flows.meta("/any", host="somewhere.example"))
    decoder.feed(Segment(direction="c2s", data=b'{"prompt":"Hi"}', t=0.0))
    decoder.end(False)
    assert [(m.text, m.confidence) for m in decoder.messages()] == [("Hi", "low")]


def socket(*frames: tuple[str, Any]) -> FlowDecoder:
    decoder = FlowDecoder(flows.meta("/gateway", host="somewhere.example", kind="websocket", method="GET"))
    for direction, value in frames:
        data = json.dumps(value).encode()
        decoder.feed(Segment(direction=direction, data=data, t=0.0, frame="text"))  # type: ignore[arg-type]
    decoder.end(True)
    return decoder


@pytest.mark.parametrize("case", SOCKETS)
def test_sockets_on_another_path_are_told_by_their_frames(case: tuple[str, str]) -> None:
    recording = flows.load(*case)
    moved = flows.meta("/gateway", host="somewhere.example", kind="websocket", method="GET")
    decoder = flows.run(recording, None, moved)
    assert decoder.service == case[0]
    flows.same(flows.rows(decoder), flows.expected(flows.FIXTURES / case[0] / case[1]))


def test_an_unknown_socket_is_read_by_guess() -> None:
    frames: list[tuple[str, Any]] = [("c2s", {"ping": 1})] * 70
    decoder = socket(
        *frames, ("c2s", {"text": "Hi"}), ("s2c", {"token": "Y"}), ("s2c", {"token": "o"}), ("c2s", {"text": "Bye"})
    )
    assert [(m.role, m.text, m.final, m.confidence) for m in decoder.messages()] == [
        ("user", "Hi", True, "low"),
        ("assistant", "Yo", True, "low"),
        ("user", "Bye", True, "low"),
    ]


@pytest.mark.parametrize(
    ("path", "method", "request_", "body"),
    [
        ("/api/config", "GET", None, b'{"message":"welcome","text":"x"}'),
        ("/api/telemetry", "POST", {"message": "clicked"}, b'{"message":"ok"}'),
        ("/api/save", "POST", {"id": 3}, b'{"message":"saved"}'),
    ],
)
def test_pages_and_reports_of_an_unknown_host_are_no_chat(path: str, method: str, request_: Any, body: bytes) -> None:
    decoder = http(path, request_, body, method=method)
    assert (decoder.messages(), dict(decoder.misses)) == ([], {})


def test_another_server_on_a_habitual_port_is_named_by_its_dialect() -> None:
    def service(port: int, path: str) -> str:
        decoder = FlowDecoder(flows.meta(path, host="127.0.0.1", port=port))
        decoder.feed(Segment(direction="c2s", data=json.dumps(ASK).encode(), t=0.0))
        decoder.head(Head(status=200, content_type="text/event-stream"))
        decoder.feed(Segment(direction="s2c", data=OPENAI, t=0.0))
        decoder.end(True)
        assert [m.text for m in decoder.messages()] == ["Hi", "Yo"]
        return decoder.service

    assert service(8080, "/v1/chat/completions") == "openai_compat"
    assert service(1234, "/api/v0/chat/completions") == "lm_studio"
    assert service(3000, "/api/chat/completions") == "open_webui"


def test_a_services_own_socket_on_a_new_path_of_its_host_is_recognised() -> None:
    recording = flows.load("character_ai", "filter")
    moved = flows.meta("/ws2/chat", host="neo.character.ai", kind="websocket", method="GET")
    decoder = flows.run(recording, None, moved)
    assert decoder.service == "character_ai"
    assert len(decoder.messages()) == 2


def test_a_strange_socket_of_a_known_host_is_not_guessed_at() -> None:
    decoder = FlowDecoder(flows.meta("/ws/notify", host="neo.character.ai", kind="websocket", method="GET"))
    for direction in ("c2s", "s2c"):
        decoder.feed(Segment(direction=direction, data=b'{"text":"x"}', t=0.0, frame="text"))  # type: ignore[arg-type]
    decoder.end(True)
    assert (decoder.messages(), dict(decoder.misses)) == ([], {})
