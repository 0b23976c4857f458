"""The settings line."""

import json

import pytest

from proxy.settings import ConnectTo, Listen, SettingsError, parse_connect_to, read_settings

GOOD = {"listen": [{"port": 8080, "profile": "kid"}], "data": "/d", "link_url": "ws://127.0.0.1:1/", "link_token": "t"}


def test_the_shortest_settings() -> None:
    settings = read_settings(json.dumps(GOOD))
    assert settings.listen == (Listen(port=8080, profile="kid", host="127.0.0.1", mode="regular"),)
    assert settings.connect_to == settings.upstream_ca == ()


@pytest.mark.parametrize(
    "change",
    [
        {"listen": []},
        {"listen": [{"port": 70000}]},
        {"listen": [{"port": 1, "mode": "transparent"}]},
        {"data": 5},
        {"unknown": 1},
    ],
)
def test_unusable_settings(change: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(json.dumps({**GOOD, **change}))
    assert "\n" not in str(caught.value)


def test_a_line_that_is_not_json() -> None:
    with pytest.raises(SettingsError):
        read_settings(b"")


def test_a_free_port_instead_of_0() -> None:
    assert Listen(port=0).with_port().port > 0
    assert Listen(port=7).with_port() == Listen(port=7)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("chatgpt.com:443:127.0.0.1:9443", ConnectTo("chatgpt.com", 443, "127.0.0.1", 9443)),
        ("::127.0.0.1:9443", ConnectTo("", None, "127.0.0.1", 9443)),
        (":443::9443", ConnectTo("", 443, "", 9443)),
        ("A.example:80:[::1]:", ConnectTo("a.example", 80, "::1", None)),
    ],
)
def test_rules_as_curl_reads_them(text: str, rule: ConnectTo) -> None:
    assert parse_connect_to(text) == rule


@pytest.mark.parametrize("text", ["", "a:1:b", "a:x:b:1", "a:1:b:70000", "a:1:b:2:c"])
def test_rules_that_make_no_sense(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_connect_to(text)


def test_applying_a_rule() -> None:
    rule = parse_connect_to("chatgpt.com:443:127.0.0.1:9443")
    assert rule.apply("ChatGPT.com", 443) == ("127.0.0.1", 9443)
    assert rule.apply("chatgpt.com", 80) is None
    assert rule.apply("other.example", 443) is None
    assert parse_connect_to(":443::9443").apply("any.example", 443) == ("any.example", 9443)
