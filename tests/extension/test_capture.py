"""Page capture in a real Chromium: every framing is read as it streams, and the page notices nothing."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.extension.conftest import eventually
from tests.extension.feed_server import FeedServer
from tests.extension.stream_site import BINARY, LINES, NDJSON, SSE, StreamSite
from tests.support.browser import Browser, chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
module = pytest_asyncio.fixture(scope="module", loop_scope="module")
ASK = "how do I grow tomatoes? 🍅"

READ = """const all = []; const reader = answer.body.getReader();
  for (;;) { const {done, value} = await reader.read(); if (done) break; all.push(...value); }
  return btoa(String.fromCharCode(...all));"""


LOOK = r"""async () => {
  const answer = await fetch('/backend-api/conversation?x=1', {method: 'POST', body: 'x'});
  const copy = answer.clone();
  const socket = new WebSocket('wss://ws.chatgpt.com/socket');
  const source = (f) => Function.prototype.toString.call(f);
  const native = (f) => /^(async )?function [\w ]*\(\) \{\s*\[native code\]\s*\}$/.test(source(f));
  const getter = Object.getOwnPropertyDescriptor(Response.prototype, 'url').get;
  const failure = async (act) => {
    try { await act(); return 'none'; } catch (error) { return error.name + error.constructor.name; }
  };
  class Mine extends WebSocket { hi() { return 'hi'; } }
  return {
    native: [
      fetch, XMLHttpRequest, XMLHttpRequest.prototype.open, XMLHttpRequest.prototype.send, WebSocket,
      WebSocket.prototype.send, EventSource, EventSource.prototype.close, Function.prototype.toString, getter,
    ].map(native),
    early: window.early,
    names: [fetch.name, fetch.length, WebSocket.name, WebSocket.length, EventSource.name],
    own: [Object.keys(answer), Object.keys(socket), Object.getOwnPropertyNames(answer)].flat(),
    response: [
      answer instanceof Response, answer.url, answer.type, answer.redirected, answer.headers.get('x-chat'),
      answer.ok, answer.bodyUsed, answer.body instanceof ReadableStream, copy.url,
    ],
    socket: [
      socket instanceof WebSocket, socket.constructor === WebSocket, WebSocket.OPEN,
      Object.getPrototypeOf(socket) === WebSocket.prototype,
    ],
    subclass: new Mine('wss://ws.chatgpt.com/socket').hi(),
    same: (await answer.text()) === (await copy.text()),
    errors: [
      await failure(() => fetch('https://nowhere.example/chat', {method: 'POST'})),
      await failure(() => fetch('/x', {method: 'GET', body: 'x'})),
      await failure(() => WebSocket('wss://ws.chatgpt.com/socket')),
      await failure(() => fetch.call({}, '/backend-api/conversation')),
      await failure(() => new WebSocket('ftp://chatgpt.com/')),
    ],
  };
}"""


@module
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StreamSite]:
    async with StreamSite(tmp_path_factory.mktemp("site")) as server:
        yield server


@module
async def browser(
    tmp_path_factory: pytest.TempPathFactory, site: StreamSite, feed: FeedServer
) -> AsyncIterator[Browser]:
    feed.hosts = dict.fromkeys(site.names, "page")
    async with chromium(tmp_path_factory.mktemp("browser"), hosts=site.hosts(), roots=[site.root]) as started:
        await started.pair(feed.code)
        await feed.until(lambda: feed.hellos)
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, feed: FeedServer, site: StreamSite) -> AsyncIterator[Page]:
    feed.captured.clear()
    feed.acknowledge = True
    feed.hosts = dict.fromkeys(site.names, "page")
    opened = await browser.open("https://chatgpt.com/")
    yield opened
    await opened.close()


async def fetched(page: Page, url: str, init: str = "{method: 'POST', body: ask}") -> bytes:
    """The bytes that the page itself got."""
    code = f"async ([url, ask]) => {{ const answer = await fetch(url, {init}); {READ} }}"
    return base64.b64decode(await page.evaluate(code, [url, ASK]))


@pytest.mark.parametrize(("kind", "sent"), [("sse", SSE), ("ndjson", NDJSON)])
async def test_fetch_stream(page: Page, feed: FeedServer, kind: str, sent: bytes) -> None:
    assert await fetched(page, f"/backend-api/f/conversation?as={kind}") == sent
    copy = await feed.exchange("/backend-api/f/conversation")
    assert copy.answered == sent
    assert copy.asked == ASK.encode()
    assert len(copy.down) > 3, "bytes are forwarded as they arrive"
    assert copy.complete is True
    assert (copy.meta["host"], copy.meta["method"], copy.head["status"]) == ("chatgpt.com", "POST", 200)


@pytest.mark.parametrize(
    "init",
    [
        "{method: 'POST', body: new Blob([ask])}",
        "{method: 'POST', body: new TextEncoder().encode(ask)}",
        "{method: 'POST', body: new TextEncoder().encode(ask).buffer}",
    ],
    ids=["blob", "view", "buffer"],
)
async def test_what_was_asked_in_any_form(page: Page, feed: FeedServer, site: StreamSite, init: str) -> None:
    assert await fetched(page, "/backend-api/conversation", init) == SSE
    assert (await feed.exchange("/backend-api/conversation")).asked == ASK.encode()
    assert site.asked[-1] == ("/backend-api/conversation", ASK.encode())


async def test_a_request_object(page: Page, feed: FeedServer, site: StreamSite) -> None:
    code = f"""async (ask) => {{
      const answer = await fetch(new Request('/backend-api/conversation', {{method: 'POST', body: ask}})); {READ} }}"""
    assert base64.b64decode(await page.evaluate(code, ASK)) == SSE
    assert (await feed.exchange("/backend-api/conversation")).asked == ASK.encode()
    assert site.asked[-1][1] == ASK.encode()


@pytest.mark.parametrize("kind", ["", "text", "arraybuffer", "blob"])
async def test_xhr(page: Page, feed: FeedServer, kind: str) -> None:
    code = """async ([kind, ask]) => {
      const xhr = new XMLHttpRequest();
      xhr.open('POST', '/backend-api/conversation'); xhr.responseType = kind;
      await new Promise((done) => { xhr.onload = done; xhr.send(ask); });
      return kind === '' || kind === 'text' ? xhr.responseText : await new Response(xhr.response).text();
    }"""
    assert (await page.evaluate(code, [kind, ASK])).encode() == SSE
    copy = await feed.exchange("/backend-api/conversation")
    assert (copy.answered, copy.asked, copy.complete) == (SSE, ASK.encode(), True)


async def test_event_source(page: Page, feed: FeedServer) -> None:
    code = """async () => {
      const source = new EventSource('/api/chat/stream'), heard = [];
      await new Promise((done) => {
        source.addEventListener('delta', ({data}) => heard.push(data) === 5 && done());
      });
      source.close();
      return heard;
    }"""
    assert await page.evaluate(code) == [line.strip() for line in LINES]
    copy = await feed.exchange("/api/chat/stream")
    data = [line[6:] for line in copy.answered.decode().splitlines() if line.startswith("data: ")]
    assert data == [line.strip() for line in LINES]
    assert copy.answered.count(b"event: delta\n") == 5


@pytest.mark.parametrize("binary", ["blob", "arraybuffer"])
async def test_socket_both_ways(page: Page, feed: FeedServer, binary: str) -> None:
    code = """async ([binary, texts]) => {
      const socket = new WebSocket('wss://ws.chatgpt.com/socket'), heard = [];
      socket.binaryType = binary;
      await new Promise((done) => { socket.onopen = done; });
      const all = new Promise((done) => {
        socket.onmessage = ({data}) => heard.push(data) === 2 * texts.length && done();
      });
      for (const text of texts) { socket.send(text); socket.send(Uint8Array.from({length: 256}, (_, i) => i)); }
      await all;
      const bytes = new Uint8Array(await new Response(heard[1]).arrayBuffer());
      const shut = new Promise((done) => { socket.onclose = done; });
      socket.close(1000);
      await shut;
      return [heard.filter((one) => typeof one === 'string'), btoa(String.fromCharCode(...bytes))];
    }"""
    texts, data = await page.evaluate(code, [binary, LINES])
    assert (texts, base64.b64decode(data)) == (LINES, BINARY)
    copy = await feed.exchange("/socket")
    expected = [one for line in LINES for one in (("text", line.encode()), ("binary", BINARY))]
    assert copy.up == expected
    assert copy.down == expected
    assert copy.meta["kind"] == "websocket"


async def test_what_is_no_chat_is_not_read(page: Page, feed: FeedServer) -> None:
    for path in ("/telemetry/conversation", "/backend-api/settings/chat", "/api/profile"):
        await fetched(page, f"{path}?as=json")
    await fetched(page, "/backend-api/conversation")
    await feed.exchange("/backend-api/conversation")
    assert [one.meta["path"] for one in feed.captured.values()] == ["/backend-api/conversation"]


async def test_the_page_cannot_tell(page: Page) -> None:
    facts: dict[str, Any] = await page.evaluate(LOOK)
    assert all(facts["native"]), facts["native"]
    assert "[native code]" in facts["early"]
    assert facts["names"] == ["fetch", 1, "WebSocket", 1, "EventSource"]
    assert facts["own"] == []
    url = "https://chatgpt.com/backend-api/conversation?x=1"
    assert facts["response"] == [True, url, "basic", False, "yes", True, False, True, url]
    assert facts["socket"] == [True, True, 1, True]
    assert facts["subclass"] == "hi"
    assert facts["same"] is True
    assert facts["errors"] == ["TypeErrorTypeError"] * 4 + ["SyntaxErrorDOMException"]


async def test_abort_and_cancel_reach_the_service(page: Page, feed: FeedServer, site: StreamSite) -> None:
    site.gone.clear()
    names = await page.evaluate(
        """async () => {
          const stop = new AbortController();
          const first = await fetch('/a/conversation?endless', {method: 'POST', body: 'x', signal: stop.signal});
          const reader = first.body.getReader();
          await reader.read();
          stop.abort();
          let name = '';
          try { for (;;) await reader.read(); } catch (error) { name = error.name; }
          const second = await fetch('/b/conversation?endless', {method: 'POST', body: 'x'});
          const other = second.body.getReader();
          await other.read();
          await other.cancel();
          const third = await fetch('/c/conversation?endless', {method: 'POST', body: 'x'});
          const text = third.body.pipeThrough(new TextDecoderStream()).getReader();
          await text.read();
          await text.cancel();
          return name;
        }"""
    )
    assert names == "AbortError"
    async with asyncio.timeout(5):
        while len(site.gone) < 3:
            await asyncio.sleep(0.02)
    assert sorted(site.gone) == ["/a/conversation", "/b/conversation", "/c/conversation"]
    for path in ("/a/conversation", "/b/conversation", "/c/conversation"):
        assert (await feed.exchange(path)).complete is False


async def test_everything_again_after_a_lost_connection(browser: Browser, page: Page, feed: FeedServer) -> None:
    feed.acknowledge = False
    reading = asyncio.create_task(fetched(page, "/backend-api/f/conversation"))
    await feed.until(lambda: any(copy.down for copy in feed.captured.values()))
    await feed.cut_capture()
    assert await reading == SSE
    copy = await feed.exchange("/backend-api/f/conversation")
    assert (copy.opened, copy.answered, copy.asked) == (2, SSE, ASK.encode())
    await browser.stop_worker()
    await feed.until(lambda: copy.meta["exchange_id"] in feed.captured and _again(feed, copy.meta["exchange_id"]))
    assert (await feed.exchange("/backend-api/f/conversation")).answered == SSE


def _again(feed: FeedServer, exchange_id: str) -> bool:
    known = feed.captured[exchange_id]
    return known.opened == 3 and known.complete is not None


async def test_too_large_is_a_gap_and_the_page_gets_all(page: Page, feed: FeedServer) -> None:
    code = """async () => {
      const answer = await fetch('/backend-api/conversation', {method: 'POST', body: 'x'.repeat(5 << 20)});
      return (await answer.text()).length;
    }"""
    assert await page.evaluate(code) == len(SSE.decode().encode("utf-16-le")) // 2, "JavaScript counts UTF-16 units"
    assert (await feed.exchange("/backend-api/conversation")).gap == "exchange_too_large"


async def test_a_long_socket_goes_on_as_new_exchanges(page: Page, feed: FeedServer) -> None:
    code = """async (texts) => {
      const socket = new WebSocket('wss://ws.chatgpt.com/socket');
      await new Promise((done) => { socket.onopen = done; });
      for (const text of texts) {
        const answered = new Promise((done) => { socket.onmessage = done; });
        socket.send(text);
        await answered;
      }
      const shut = new Promise((done) => { socket.onclose = done; });
      socket.close(1000);
      await shut;
    }"""
    texts = [letter * (600 << 10) for letter in "abcdef"]
    await page.evaluate(code, texts)

    async def ended() -> bool:
        return bool(feed.captured) and all(one.complete is not None for one in feed.captured.values())

    await eventually(ended)
    parts = list(feed.captured.values())
    expected = [("text", text.encode()) for text in texts]
    assert len(parts) > 1
    assert [one for part in parts for one in part.up] == expected
    assert [one for part in parts for one in part.down] == expected
    assert not any(part.gap for part in parts)
    assert len({part.meta["t_start"] for part in parts}) == 1, "the tab is found by the connection's start"


async def test_where_the_proxy_reads_only_the_beginning_is_told(page: Page, feed: FeedServer, site: StreamSite) -> None:
    feed.hosts = dict.fromkeys(site.names, "proxy")
    await feed.cut_capture()
    await asyncio.sleep(1)
    assert await fetched(page, "/backend-api/conversation") == SSE
    await feed.until(lambda: feed.captured)
    await asyncio.sleep(0.3)
    [copy] = feed.captured.values()
    assert (copy.size, copy.complete) == (0, None)


@pytest.mark.parametrize("kind", ["worker", "service worker"])
async def test_what_a_worker_sends_is_said_not_to_be_read(browser: Browser, page: Page, kind: str) -> None:
    await browser.worker.evaluate("chrome.storage.session.set({unseen: []})")
    path = "/backend-anon/f/conversation" if kind == "worker" else "/backend-anon/conversation"
    start = {
        "worker": "new Worker('/worker.js')",
        "service worker": "await navigator.serviceWorker.register('/worker.js').then(() => "
        "navigator.serviceWorker.ready).then((one) => one.active)",
    }[kind]
    code = f"""async () => {{
      const worker = {start}, {{port1, port2}} = new MessageChannel();
      const answer = new Promise((done) => {{ port1.onmessage = ({{data}}) => done(data); }});
      worker.postMessage('{path}', [port2]);
      return await answer;
    }}"""
    assert (await page.evaluate(code)).encode() == SSE

    async def noticed() -> bool:
        return bool(await browser.worker.evaluate("chrome.storage.session.get('unseen').then((one) => one.unseen[0])"))

    await eventually(noticed)
    assert await fetched(page, path) == SSE

    async def read_again() -> bool:
        return not await noticed()

    await eventually(read_again)
