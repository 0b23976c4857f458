"""The real proxy process: bytes unchanged and copied, listed hosts only, no harm when something breaks."""

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import httpx
import pytest

from tests.support.certificates import TestAuthority
from tests.support.link_server import LinkServer
from tests.support.ports import free_port, is_free
from tests.support.proxy_process import ProxyProcess
from tests.support.upstream import Upstream, sse_body, sse_event

pytestmark = pytest.mark.process

MakeProxy = Callable[..., ProxyProcess]


def client(proxy: ProxyProcess, **options: object) -> httpx.AsyncClient:
    """A program that trusts the proxy's root and nothing else."""
    return httpx.AsyncClient(proxy=proxy.url, verify=proxy.trusting(), timeout=20, **options)  # type: ignore[arg-type]


def direct(upstream: Upstream, authority: TestAuthority) -> httpx.AsyncClient:
    """The same without the proxy, to compare with."""
    return httpx.AsyncClient(verify=authority.trusting(), base_url=f"https://127.0.0.1:{upstream.port}", timeout=20)


@pytest.mark.parametrize("path", ["/sse", "/ndjson", "/json", "/gzip"])
async def test_bytes_are_the_same_with_and_without(
    proxy: ProxyProcess, upstream: Upstream, link: LinkServer, test_authority: TestAuthority, path: str
) -> None:
    question = '{"messages": [{"role": "user", "content": "hé 🙂"}]}'.encode()
    async with client(proxy) as through:
        answer = await through.post(f"https://chatgpt.com{path}?token=secret", content=question)
        async with through.stream("POST", f"https://chatgpt.com{path}", content=question) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
    async with direct(upstream, test_authority) as plain:
        request = plain.build_request("POST", path, content=question, headers={"accept-encoding": "identity"})
        request.extensions["sni_hostname"] = "chatgpt.com"
        expected = await plain.send(request, stream=True)
        body = b"".join([chunk async for chunk in expected.aiter_raw()])
        await expected.aclose()
    assert raw == body
    assert answer.status_code == expected.status_code
    kept = {name: value for name, value in expected.headers.items() if name not in ("date", "alt-svc")}
    assert {name: value for name, value in answer.headers.items() if name != "date"} == kept
    assert set(upstream.hashes) == {hashlib.sha256(question).hexdigest()}
    copies = await link.finished(path, 2)
    for copy in copies:
        assert copy.bytes("s2c") == body
        assert copy.bytes("c2s") == question
        assert copy.end is not None
        assert copy.end.complete
        assert copy.end.size == len(body) + len(question)
    assert copies[0].meta.path == f"{path}?token=secret"
    assert (copies[0].meta.host, copies[0].meta.port, copies[0].meta.profile) == ("chatgpt.com", 443, "default")


async def test_only_two_headers_are_changed(proxy: ProxyProcess, upstream: Upstream, link: LinkServer) -> None:
    sent = {"x-odd": "kept", "accept-encoding": "br", "authorization": "Bearer secret", "accept": "text/event-stream"}
    async with client(proxy) as through:
        answer = await through.post("https://chatgpt.com/sse", content=b"{}", headers=sent)
    _, headers = upstream.seen[-1]
    seen = {name.lower(): value for name, value in headers.items()}
    assert seen["accept-encoding"] == "identity"
    assert {name: seen[name] for name in sent if name != "accept-encoding"} == {
        name: value for name, value in sent.items() if name != "accept-encoding"
    }
    assert seen["host"] == "chatgpt.com"
    assert "via" not in seen
    assert "alt-svc" not in answer.headers
    assert answer.headers["x-kept"] == "yes"


async def test_the_answer_arrives_while_it_is_written(
    proxy: ProxyProcess, upstream: Upstream, link: LinkServer
) -> None:
    async with client(proxy) as through, through.stream("POST", "https://chatgpt.com/held", content=b"{}") as response:
        got = b""
        chunks = response.aiter_raw()
        while len(got) < len(b"".join(sse_event(number) for number in range(10))):
            got += await asyncio.wait_for(anext(chunks), 10)
        # The backend has the first half too, while the service still waits.
        await link.wait(lambda server: any(copy.bytes("s2c") == got for copy in server.at("/held")))
        upstream.hold.set()
        got += b"".join([chunk async for chunk in chunks])
    assert got == sse_body()


async def test_pictures_and_pages_are_not_copied(proxy: ProxyProcess, upstream: Upstream, link: LinkServer) -> None:
    async with client(proxy) as through:
        picture = await through.get("https://chatgpt.com/picture")
        await through.get("https://chatgpt.com/app", headers={"sec-fetch-dest": "document", "accept-encoding": "br"})
        await through.get("https://chatgpt.com/history")
    await link.finished("/history")
    assert picture.content == bytes(range(256)) * 64
    assert not link.at("/picture")
    assert not link.at("/app")
    assert upstream.seen[1][1]["Accept-Encoding"] == "br"


async def test_websocket_both_ways(proxy: ProxyProcess, upstream: Upstream, link: LinkServer) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect("https://neo.character.ai/ws/", proxy=proxy.url, ssl=proxy.trusting()) as socket,
    ):
        await socket.send_str("hé 🙂")
        assert [(await socket.receive()).data for _ in range(3)] == [f"{number}:hé 🙂" for number in range(3)]
        await socket.send_bytes(b"\x00\x01\x02")
        assert (await socket.receive()).data == b"\x02\x01\x00"
    copy = (await link.finished("/ws/"))[0]
    said = "hé 🙂".encode()
    assert [(segment.direction, segment.frame, segment.data) for segment in copy.segments] == [
        ("c2s", "text", said),
        *(("s2c", "text", f"{number}:".encode() + said) for number in range(3)),
        ("c2s", "binary", b"\x00\x01\x02"),
        ("s2c", "binary", b"\x02\x01\x00"),
    ]
    assert copy.meta.kind == "websocket"
    assert copy.meta.scheme == "wss"
    assert copy.end is not None
    assert copy.end.complete


async def test_unlisted_hosts_see_the_services_own_certificate(
    proxy: ProxyProcess, upstream: Upstream, link: LinkServer, test_authority: TestAuthority
) -> None:
    async with httpx.AsyncClient(proxy=proxy.url, verify=test_authority.trusting()) as through:
        answer = await through.get("https://plain.example/page", headers={"accept-encoding": "br"})
        assert answer.text == "you asked for /page"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await through.get("https://chatgpt.com/page")
    async with client(proxy) as through:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await through.get("https://plain.example/page")
    assert upstream.seen[-1][1]["Accept-Encoding"] == "br"
    assert not link.exchanges


async def test_denied_hosts_pass_even_in_a_listed_tunnel(
    proxy: ProxyProcess, link: LinkServer, test_authority: TestAuthority
) -> None:
    async with client(proxy) as through:
        # The local server has no certificate for this name: what the client meets is the server's own, not ours.
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await through.get("https://auth.openai.com/")
    assert not link.exchanges


async def test_bytes_that_are_not_tls_pass_a_tunnel(make_proxy: MakeProxy) -> None:
    """A protocol in which the server speaks first."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, make_proxy(connect_to=[f"mail.example:25:127.0.0.1:{port}"]) as process:
        reader, writer = await asyncio.open_connection("127.0.0.1", process.ports[0])
        writer.write(b"CONNECT mail.example:25 HTTP/1.1\r\nHost: mail.example:25\r\n\r\n")
        assert b" 200 " in await reader.readline()
        await reader.readuntil(b"\r\n")
        assert await asyncio.wait_for(reader.readline(), 10) == b"220 hello\r\n"
        writer.write(b"quit\n")
        assert await asyncio.wait_for(reader.read(), 10) == b"QUIT\n"
        writer.close()


async def test_plain_http_to_other_hosts_is_not_copied(
    make_proxy: MakeProxy, link: LinkServer, test_authority: TestAuthority
) -> None:
    async with Upstream(test_authority, tls=False) as plain:
        rule = f"plain.example:80:127.0.0.1:{plain.port}"
        async with make_proxy(link_url=link.url, connect_to=[rule]) as process, client(process) as through:
            answer = await through.post("http://plain.example/sse", content=b"{}", headers={"accept-encoding": "br"})
            assert answer.content == sse_body()
            assert "alt-svc" in answer.headers
        assert plain.seen[0][1]["Accept-Encoding"] == "br"
    assert not link.exchanges


async def test_a_local_model_server_behind_a_reverse_port(
    make_proxy: MakeProxy, link: LinkServer, test_authority: TestAuthority
) -> None:
    async with Upstream(test_authority, tls=False) as plain:
        listen = [
            {"port": 0, "profile": "kid", "mode": f"reverse:http://127.0.0.1:{plain.port}"},
            {"port": 0, "profile": "adult"},
        ]
        async with make_proxy(link_url=link.url, listen=listen) as process, httpx.AsyncClient() as caller:
            assert len(set(process.ports)) == 2
            answer = await caller.post(f"http://127.0.0.1:{process.ports[0]}/ndjson", content=b"{}")
            copy = (await link.finished("/ndjson"))[0]
    assert copy.bytes("s2c") == answer.content
    assert (copy.meta.host, copy.meta.port, copy.meta.profile) == ("127.0.0.1", plain.port, "kid")
    assert copy.meta.listen_port == process.ports[0]


async def test_a_client_that_refuses_our_certificate_is_passed_through(
    proxy: ProxyProcess, link: LinkServer, test_authority: TestAuthority
) -> None:
    def ask() -> str:
        with httpx.Client(proxy=proxy.url, verify=test_authority.trusting()) as stubborn:
            return stubborn.get("https://chatgpt.com/page").text

    with pytest.raises(httpx.ConnectError):
        await asyncio.to_thread(ask)
    assert await asyncio.to_thread(ask) == "you asked for /page"
    await link.wait(lambda server: any(notice.kind == "tls_refused" for notice in server.notices))
    assert link.notices[0].host == "chatgpt.com"
    assert not link.exchanges


async def test_a_service_that_cannot_be_verified_is_left_to_the_client(
    make_proxy: MakeProxy, link: LinkServer, test_authority: TestAuthority
) -> None:
    async with make_proxy(link_url=link.url, upstream_ca=[]) as process:
        async with client(process) as through:
            assert (await through.get("https://chatgpt.com/page")).status_code == 502
        async with httpx.AsyncClient(proxy=process.url, verify=test_authority.trusting()) as own:
            assert (await own.get("https://chatgpt.com/page")).text == "you asked for /page"
        await link.wait(lambda server: any(notice.kind == "refused" for notice in server.notices))


async def test_a_challenge_page_makes_the_host_pass_through(
    proxy: ProxyProcess, link: LinkServer, test_authority: TestAuthority
) -> None:
    async with client(proxy) as through:
        assert (await through.get("https://chatgpt.com/challenge")).status_code == 403
        await link.wait(lambda server: any(notice.kind == "refused" for notice in server.notices))
        # The decrypted connection is closed, so that the next request meets the service itself.
        await asyncio.sleep(0.6)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await through.get("https://chatgpt.com/page")
    async with httpx.AsyncClient(proxy=proxy.url, verify=test_authority.trusting()) as own:
        assert (await own.get("https://chatgpt.com/page")).text == "you asked for /page"


async def test_a_broken_stream_is_not_complete(proxy: ProxyProcess, link: LinkServer) -> None:
    async with client(proxy) as through:
        with pytest.raises(httpx.RemoteProtocolError):
            await through.post("https://chatgpt.com/cut", content=b"{}")
    copy = (await link.finished("/cut"))[0]
    assert copy.bytes("s2c") == sse_event(0)
    assert copy.end is not None
    assert not copy.end.complete


async def test_a_client_that_leaves_is_not_complete(proxy: ProxyProcess, upstream: Upstream, link: LinkServer) -> None:
    async with client(proxy) as through, through.stream("POST", "https://chatgpt.com/held", content=b"{}") as response:
        await anext(response.aiter_raw())
    copy = (await link.finished("/held"))[0]
    assert copy.end is not None
    assert not copy.end.complete


async def test_chats_go_on_without_a_backend_and_all_is_told_later(make_proxy: MakeProxy) -> None:
    port = free_port()
    server = LinkServer()
    server.port = port
    async with make_proxy(link_url=server.url) as process:
        async with client(process) as through:
            answers = [await through.post("https://chatgpt.com/sse", content=b"{}") for _ in range(3)]
        assert all(answer.content == sse_body() for answer in answers)
        await server.start(port)
        try:
            copies = await server.finished("/sse", 3)
            assert [copy.bytes("s2c") for copy in copies] == [sse_body()] * 3
            assert [copy.meta.t_start for copy in copies] == sorted(copy.meta.t_start for copy in copies)
        finally:
            await server.stop()


async def test_a_link_cut_in_the_middle_is_told_again_from_the_start(
    proxy: ProxyProcess, upstream: Upstream, link: LinkServer
) -> None:
    async with client(proxy) as through, through.stream("POST", "https://chatgpt.com/held", content=b"{}") as response:
        chunks = response.aiter_raw()
        got = await anext(chunks)
        await link.wait(lambda server: bool(server.at("/held")) and server.at("/held")[0].size > 100)
        await link.cut()
        await link.wait(lambda server: server.at("/held")[0].opened == 2)
        upstream.hold.set()
        got += b"".join([chunk async for chunk in chunks])
    copy = (await link.finished("/held"))[0]
    assert got == sse_body() == copy.bytes("s2c")
    assert copy.bytes("c2s") == b"{}"


async def test_over_the_limit_the_copy_stops_and_the_chat_goes_on(proxy: ProxyProcess, link: LinkServer) -> None:
    async with client(proxy) as through:
        answer = await through.post("https://chatgpt.com/big", content=b"80")
        after = await through.post("https://chatgpt.com/sse", content=b"{}")
    assert len(answer.content) == 80 * (65_000 + 8)
    assert after.content == sse_body()
    assert (await link.finished("/big"))[0].gap == "exchange_too_large"
    assert (await link.finished("/sse"))[0].bytes("s2c") == sse_body()


async def test_large_and_uploaded_request_bodies_arrive_whole(
    proxy: ProxyProcess, upstream: Upstream, link: LinkServer
) -> None:
    big = os.urandom(5 * 1024 * 1024)
    async with client(proxy) as through:
        await through.post("https://chatgpt.com/sse", content=big)
        await through.post("https://chatgpt.com/sse", files={"file": big[:100_000]})
    assert upstream.hashes[0] == hashlib.sha256(big).hexdigest()
    copies = await link.finished("/sse", 2)
    assert copies[0].gap == "exchange_too_large"
    assert copies[1].gap is None
    assert copies[1].bytes("c2s") == b""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_a_stream_open(
    make_proxy: MakeProxy, upstream: Upstream, link: LinkServer, number: signal.Signals
) -> None:
    process = await make_proxy(link_url=link.url).start()
    async with (
        client(process) as through,
        through.stream("POST", "https://chatgpt.com/held", content=b"{}") as response,
    ):
        await anext(response.aiter_raw())
        process.process.send_signal(number)
        assert await asyncio.wait_for(process.process.wait(), 8) == 0
    assert "Traceback" not in process.errors()
    await process.stop()
    copy = (await link.finished("/held"))[0]
    assert copy.end is not None
    assert not copy.end.complete


async def test_killed_it_leaves_its_port_free(make_proxy: MakeProxy, upstream: Upstream) -> None:
    process = await make_proxy().start()
    port = process.ports[0]
    process.process.kill()
    await process.process.wait()
    assert is_free(port)
    await process.stop()
    async with make_proxy(listen=[{"port": port}]) as again, client(again) as through:
        assert (await through.post("https://chatgpt.com/sse", content=b"{}")).content == sse_body()


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
async def test_it_ends_when_its_parent_has_gone(tmp_path: Path) -> None:
    script = (
        "import json, os, subprocess, sys, time\n"
        "pipe = subprocess.PIPE\n"
        "child = subprocess.Popen([sys.executable, '-m', 'proxy.addon'], stdin=pipe, stdout=pipe)\n"
        "settings = {'listen': [{'port': 0}], 'data': sys.argv[1], 'link_url': 'ws://127.0.0.1:9/', 'link_token': 't',"
        " 'parent_pid': os.getpid()}\n"
        "child.stdin.write(json.dumps(settings).encode() + b'\\n'); child.stdin.flush()\n"
        "print(child.stdout.readline().decode().strip(), flush=True)\n"
        "time.sleep(60)\n"
    )
    root = Path(__file__).parents[2]
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path / "data"), cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    port = json.loads(await asyncio.wait_for(parent.stdout.readline(), 30))["listening"][0]
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while not is_free(port):
            await asyncio.sleep(0.1)


async def test_a_port_in_use_is_one_clear_line(make_proxy: MakeProxy) -> None:
    async with make_proxy() as first:
        second = make_proxy(listen=[{"port": first.ports[0]}])
        second.data = second.data.with_name("second")
        with pytest.raises(RuntimeError) as caught:
            await second.start()
        assert await second.stop() == 2
    lines = str(caught.value).strip().splitlines()
    assert len(lines) == 1
    assert f"127.0.0.1:{first.ports[0]}" in lines[0]
    assert "another port" in lines[0]


async def test_settings_that_make_no_sense_are_one_clear_line(make_proxy: MakeProxy) -> None:
    broken = make_proxy(connect_to=["nonsense"])
    with pytest.raises(RuntimeError, match="is not HOST:PORT:HOST2:PORT2"):
        await broken.start()
    assert await broken.stop() == 2
