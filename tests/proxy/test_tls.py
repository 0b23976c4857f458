"""Which connections are decrypted, and HTTP/2 on both sides."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from mitmproxy.proxy.layers import TCPLayer

from proxy.ca import open_or_create
from proxy.learned import Learned
from proxy.log import ExchangeLog
from proxy.tls import TlsRules, trust_store
from tests.support.certificates import TestAuthority
from tests.support.http2 import Http2Upstream
from tests.support.link_server import LinkServer
from tests.support.proxy_process import ProxyProcess
from tests.support.upstream import sse_body


@pytest.fixture
def rules(tmp_path: Path) -> TlsRules:
    authority = open_or_create(tmp_path / "ca", ["chatgpt.com", "api.openai.com"])
    return TlsRules(authority, ExchangeLog(), Learned())


def hello(sni: str | None, client_id: str = "client") -> SimpleNamespace:
    """A ClientHello as mitmproxy's hook gets it."""
    client = SimpleNamespace(id=client_id, peername=("127.0.0.1", 5), sni=sni, tls=False)
    return SimpleNamespace(
        context=SimpleNamespace(client=client, server=SimpleNamespace(tls=False)),
        client_hello=SimpleNamespace(sni=sni, cipher_suites=[0x1301], alpn_protocols=[b"h2"]),
        ignore_connection=False,
        establish_server_tls_first=False,
    )


def tunnel(rules: TlsRules, host: str, port: int = 443) -> None:
    """The client has asked for a tunnel."""
    client = SimpleNamespace(id="client")
    rules.http_connect(SimpleNamespace(client_conn=client, request=SimpleNamespace(host=host, port=port)))  # type: ignore[arg-type]


def ignored(rules: TlsRules, sni: str | None) -> bool:
    """Whether a connection that asks for this name is passed through."""
    data = hello(sni)
    rules.tls_clienthello(data)  # type: ignore[arg-type]
    return bool(data.ignore_connection)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("chatgpt.com", True),
        ("api.openai.com", True),
        ("auth.openai.com", False),
        ("evil.example", False),
        ("chatgpt.com.evil.example", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_only_listed_hosts_are_decrypted(rules: TlsRules, host: str, expected: bool) -> None:
    assert rules.decrypts(host) is expected


def test_a_listed_host_that_the_authority_does_not_cover_passes_and_is_told_once(rules: TlsRules) -> None:
    for _ in range(3):
        assert not rules.decrypts("neo.character.ai")
    assert [notice.host for notice in rules.log.take(1000)] == ["neo.character.ai"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("target", "sni", "passes"),
    [
        ("chatgpt.com", "evil.example", True),
        ("evil.example", "evil.example", True),
        ("auth.openai.com", "auth.openai.com", True),
        ("203.0.113.5", "evil.example", True),
        ("203.0.113.5", None, True),
    ],
)
def test_what_a_client_asks_for_decides(rules: TlsRules, target: str, sni: str | None, passes: bool) -> None:
    tunnel(rules, target)
    assert ignored(rules, sni) is passes


def test_a_denied_tunnel_passes_whatever_name_is_inside(rules: TlsRules) -> None:
    tunnel(rules, "auth.openai.com")
    assert ignored(rules, "chatgpt.com")


@pytest.mark.parametrize(
    ("host", "data", "plain"),
    [
        ("evil.example", b"", True),
        ("evil.example", b"\x16\x03\x01\x02\x00\x01", True),
        ("auth.openai.com", b"\x16\x03\x01\x02\x00\x01", True),
        ("chatgpt.com", b"\x16\x03\x01\x02\x00\x01", False),
        ("203.0.113.5", b"\x16\x03\x01\x02\x00\x01", False),
        ("203.0.113.5", b"SSH-2.0-x", True),
    ],
)
def test_tunnels_to_other_hosts_are_plain_bytes_at_once(rules: TlsRules, host: str, data: bytes, plain: bool) -> None:
    tunnel(rules, host)
    context = SimpleNamespace(client=SimpleNamespace(id="client", tls=False), layers=[], options=None)
    nextlayer = SimpleNamespace(layer=None, context=context, data_client=lambda: data)
    rules.next_layer(nextlayer)  # type: ignore[arg-type]
    assert isinstance(nextlayer.layer, TCPLayer) is plain


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        ("The client does not trust the proxy's certificate for chatgpt.com (OpenSSL Error)", True),
        ("Client and mitmproxy cannot agree on a TLS version to use.", True),
        ("The client disconnected during the handshake. If this happens", True),
        ("connection closed early", False),
        ("Cannot parse ClientHello: 1603", False),
    ],
)
def test_what_a_failed_handshake_teaches(rules: TlsRules, error: str, passes: bool) -> None:
    data = hello("chatgpt.com")
    rules.tls_clienthello(data)  # type: ignore[arg-type]
    assert not data.ignore_connection
    data.conn = SimpleNamespace(error=error)
    rules.tls_failed_client(data)  # type: ignore[arg-type]
    assert ignored(rules, "chatgpt.com") is passes


def test_nothing_is_kept_of_a_client_that_left(rules: TlsRules) -> None:
    tunnel(rules, "chatgpt.com")
    data = hello("chatgpt.com")
    rules.tls_clienthello(data)  # type: ignore[arg-type]
    rules.client_disconnected(data.context.client)
    assert rules.target(data.context.client) is None
    assert rules.program(data.context.client) == "127.0.0.1"


def test_roots_are_added_to_the_public_ones(tmp_path: Path) -> None:
    extra = TestAuthority(tmp_path)
    store = trust_store(tmp_path, [extra.pem])
    content = store.read_bytes()
    assert content.count(b"BEGIN CERTIFICATE") > 50
    assert content.rstrip().endswith(extra.pem.read_bytes().rstrip())


@pytest.mark.process
async def test_http2_on_both_sides(
    make_proxy: Callable[..., ProxyProcess], link: LinkServer, test_authority: TestAuthority
) -> None:
    question = b'{"q": "' + b"x" * 100_000 + b'"}'
    async with Http2Upstream(test_authority) as server:
        rule = f"chatgpt.com:443:127.0.0.1:{server.port}"
        async with (
            make_proxy(link_url=link.url, connect_to=[rule]) as process,
            httpx.AsyncClient(proxy=process.url, verify=process.trusting(), http2=True, timeout=20) as client,
        ):
            answers = await asyncio.gather(
                *(client.post("https://chatgpt.com/backend-api/x", content=question) for _ in range(5))
            )
            copies = await link.finished("/backend-api/x", 5)
    assert {answer.http_version for answer in answers} == {"HTTP/2"}
    assert {answer.content for answer in answers} == {sse_body()}
    assert set(server.bodies.values()) == {question}
    assert {headers[":authority"] for headers in server.headers} == {"chatgpt.com"}
    assert {headers["accept-encoding"] for headers in server.headers} == {"identity"}
    assert all("alt-svc" not in answer.headers for answer in answers)
    assert {copy.bytes("s2c") for copy in copies} == {sse_body()}
    assert {copy.bytes("c2s") for copy in copies} == {question}
    assert {copy.meta.host for copy in copies} == {"chatgpt.com"}
