"""Host and path to claim."""

from typing import Any

import pytest

from proxy.routing import by_path, claim, looks_like_chat, pattern
from tests.proxy.flows import meta


@pytest.mark.parametrize(
    ("text", "path", "fits"),
    [
        ("POST /**/chat/completions", "/chat/completions", True),
        ("POST /**/chat/completions", "/api/paas/v4/chat/completions", True),
        ("POST /**/chat/completions", "/xchat/completions", False),
        ("POST /v1*/models/*:generateContent", "/v1beta/models/g-2:generateContent", True),
        ("POST /v1*/models/*:generateContent", "/v1beta/models/a/b:generateContent", False),
        ("GET /turns/{uuid}/", "/turns/0000-1111-22", True),
        ("GET /turns/{uuid}/", "/turns/0000-1111-22/", True),
        ("GET /turns/{uuid}/", "/turns/", False),
        ("GET /a/*/c", "/a/b/c/", True),
        ("GET /a/*/c", "/a/b/b/c", False),
        ("POST /**ChatService/Chat", "/apiv2/kimi.ChatService/Chat", True),
    ],
)
def test_patterns(text: str, path: str, fits: bool) -> None:
    method = text.partition(" ")[0]
    assert pattern(text).matches(meta(path, method=method), path, "") is fits


def test_a_pattern_may_ask_for_a_query_and_a_host() -> None:
    asks = pattern("POST /batch?rpcids=abc")
    assert asks.matches(meta("/batch"), "/batch", "x=1&rpcids=abc")
    assert not asks.matches(meta("/batch"), "/batch", "rpcids=abd")
    hosted = pattern("WS *.tch.poe.com/up/*")
    assert hosted.matches(meta("/up/1", host="a.tch.poe.com", kind="websocket"), "/up/1", "")
    assert not hosted.matches(meta("/up/1", host="poe.com", kind="websocket"), "/up/1", "")
    assert hosted.matches(meta("/up/1", host="poe.com", kind="websocket"), "/up/1", "", any_host=True)


@pytest.mark.parametrize(
    ("host", "path", "fields", "how", "service"),
    [
        ("chatgpt.com", "/backend-api/f/conversation", {}, "path", "chatgpt_web"),
        ("chatgpt.com", "/backend-api/conversation/12345678-a", {"method": "GET"}, "path", "chatgpt_web"),
        ("chatgpt.com", "/backend-api/me", {"method": "GET"}, "none", "chatgpt_web"),
        ("chatgpt.com", "/backend-api/other/conversation", {}, "unclaimed", "chatgpt_web"),
        ("ws.chatgpt.com", "/any", {"kind": "websocket"}, "path", "chatgpt_web"),
        ("beta.nomi.ai", "/api/chat", {}, "generic", "nomi"),
        ("www.talkie-ai.com", "/api/message/send", {}, "generic", "talkie"),
        ("www.talkie-ai.com", "/api/list", {}, "none", "talkie"),
        ("localhost", "/v1/chat/completions", {"port": 1234}, "path", "lm_studio"),
        ("192.168.0.9", "/api/chat", {"port": 11434}, "path", "ollama"),
        ("8.8.8.8", "/api/chat", {"port": 11434}, "probe", None),
        ("127.0.0.1", "/v1/chat/completions", {"port": 8000}, "path", "vllm"),
        ("127.0.0.1", "/api/backends/chat-completions/generate", {"port": 8000}, "path", "sillytavern"),
        ("app.snapchat.com", "/chat", {}, "none", "snapchat_my_ai"),
        ("www.talkie-ai.com", "/ws/room", {"kind": "websocket"}, "generic", "talkie"),
        ("www.talkie-ai.com", "/metrics", {"kind": "websocket"}, "none", "talkie"),
        ("new.example", "/chat", {}, "probe", None),
        ("x.com", "/2/other/message", {}, "unclaimed", "grok_x"),
    ],
)
def test_claims(host: str, path: str, fields: dict[str, Any], how: str, service: str | None) -> None:
    found = claim(meta(path, host=host, **fields))
    assert found.how == how
    assert (found.service.name if found.service else None) == service


def test_paths_of_elsewhere() -> None:
    assert [s.name for s in by_path(meta("/v1/chat/completions", host="a.example"))] == ["openai_compat"]
    assert by_path(meta("/backend-api/f/conversation", host="a.example"))[0].name == "chatgpt_web"
    assert {s.name for s in by_path(meta("/api/chat", host="a.example"))} == {"lechat", "ollama"}


@pytest.mark.parametrize(
    "path", ["/api/chat/telemetry", "/chat/title", "/conversation/prepare", "/api/extra/generate/check"]
)
def test_noise_does_not_look_like_chat(path: str) -> None:
    assert not looks_like_chat(meta(path))
    assert looks_like_chat(meta("/api/chat"))
    assert not looks_like_chat(meta("/api/chat", method="GET"))
    assert looks_like_chat(meta("/api/send?x=message")) is False
