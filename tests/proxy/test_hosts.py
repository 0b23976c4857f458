"""Which hosts are read and which never."""

import pytest

from proxy.hosts import all_hosts, contact, denied, listed


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("chatgpt.com", "chatgpt_web"),
        ("ChatGPT.com.", "chatgpt_web"),
        ("neo.character.ai", "character_ai"),
        ("tch7.tch.poe.com", "poe"),
        ("tch.poe.com", "poe"),
        ("127.0.0.1:11434", "ollama"),
        ("selftest.groundwire.internal", "selftest"),
        ("api.openai.com", "openai_api"),
    ],
)
def test_listed(host: str, service: str) -> None:
    assert listed(host) == service
    assert denied(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "example.org", "evilchatgpt.com", "chatgpt.com.evil.example", "sub.chatgpt.com", "127.0.0.1", "127.0.0.1:80",
        "googleapis.com", "x.com", "web.snapchat.com", "www.facebook.com", "", "poe.com.example",
    ],
)  # fmt: skip
def test_not_listed(host: str) -> None:
    assert listed(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "accounts.google.com", "auth.openai.com", "www.paypal.com", "paypal.com", "PayPal.com.", "online.bank",
        "www.hsbc.co.uk",
        "988lifeline.org", "chat.988lifeline.org", "www.samaritans.org", "samaritans.org", "irs.gov", "a.b.gov",
        "service.gov.uk",
        "clerk.example.com", "web.whatsapp.com", "gamma.kinde.com", "accounts.google.com:443",
    ],
)  # fmt: skip
def test_denied(host: str) -> None:
    assert denied(host)
    assert listed(host) is None


def test_the_deny_list_wins_and_is_no_suffix_match() -> None:
    assert denied("notpaypal.com") is None
    assert denied("chatgpt.com") is None


def test_contact_names_what_cannot_be_read() -> None:
    assert contact("web.snapchat.com") == "snapchat_my_ai"
    assert contact("chatgpt.com") is None


def test_all_hosts_are_sorted_readable_and_listed() -> None:
    hosts = all_hosts()
    assert list(hosts) == sorted(set(hosts))
    assert "selftest.groundwire.internal" in hosts
    assert not any("snapchat" in host or "facebook" in host for host in hosts)
    for host in hosts:
        assert listed(host.removeprefix("*.")) is not None
