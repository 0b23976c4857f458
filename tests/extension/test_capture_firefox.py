"""Page capture in a real Firefox: every framing is read, the page gets the same bytes."""

import base64
from pathlib import Path

import pytest

from tests.extension.conftest import eventually
from tests.extension.feed_server import FeedServer
from tests.extension.stream_site import BINARY, LINES, NDJSON, SSE, StreamSite
from tests.support.firefox import UUID, firefox

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ASK = "how do I grow tomatoes? 🍅"

FETCH = """(async () => {
  const answer = await fetch('%s', {method: 'POST', body: '%s'}), all = [], reader = answer.body.getReader();
  for (;;) { const {done, value} = await reader.read(); if (done) break; all.push(...value); }
  return [btoa(String.fromCharCode(...all)), answer.url, answer.type, fetch.toString().includes('[native code]')];
})()"""
XHR = """new Promise((done) => {
  const xhr = new XMLHttpRequest();
  xhr.open('POST', '/a/conversation');
  xhr.onload = () => done(xhr.responseText);
  xhr.send('%s');
})"""
SOURCE = """new Promise((done) => {
  const source = new EventSource('/api/chat/stream'), heard = [];
  source.addEventListener('delta', ({data}) => { if (heard.push(data) === 5) { source.close(); done(heard); } });
})"""
SOCKET = """new Promise((done) => {
  const socket = new WebSocket('wss://ws.chatgpt.com/socket'), heard = [];
  socket.onopen = () => { socket.send('Łódź 🌱'); socket.send(Uint8Array.from({length: 256}, (_, i) => i)); };
  socket.onmessage = ({data}) => { if (heard.push(data) === 2) { socket.close(1000); done(heard[0]); } };
})"""
CANCEL = """(async () => {
  const answer = await fetch('/b/conversation?endless', {method: 'POST', body: 'x'}), reader = answer.body.getReader();
  await reader.read();
  await reader.cancel();
  const stop = new AbortController();
  const other = await fetch('/c/conversation?endless', {method: 'POST', body: 'x', signal: stop.signal});
  setTimeout(() => stop.abort(), 50);
  try { await other.text(); } catch (error) { return error.name; }
})()"""


async def test_every_framing(feed: FeedServer, tmp_path: Path) -> None:
    feed.allowed.add(f"moz-extension://{UUID}")
    async with StreamSite(tmp_path) as site, firefox(tmp_path, site.hosts()) as browser:
        feed.hosts = dict.fromkeys(site.names, "page")
        options = await browser.open_own(f"options.html#pair={feed.code}")
        await eventually(lambda: browser.evaluate(options, "document.querySelector('form') !== null"))
        await browser.evaluate(options, "document.querySelector('form').requestSubmit()")
        await feed.until(lambda: feed.connected)
        page = await browser.open("https://chatgpt.com/")

        for path, body in (("/backend-api/f/conversation", SSE), ("/api/chat", NDJSON)):
            url = f"{path}?as={'sse' if body is SSE else 'ndjson'}"
            data, shown, kind, native = await browser.evaluate(page, FETCH % (url, ASK))
            assert base64.b64decode(data) == body
            assert (shown, kind, native) == (f"https://chatgpt.com{url}", "basic", True)
            copy = await feed.exchange(path)
            assert (copy.answered, copy.asked, copy.complete) == (body, ASK.encode(), True)

        assert (await browser.evaluate(page, XHR % ASK)).encode() == SSE
        assert (await feed.exchange("/a/conversation")).answered == SSE
        assert await browser.evaluate(page, SOURCE) == [line.strip() for line in LINES]
        assert (await feed.exchange("/api/chat/stream")).answered.count(b"data: ") == 5
        assert await browser.evaluate(page, SOCKET) == "Łódź 🌱"
        both = [("text", "Łódź 🌱".encode()), ("binary", BINARY)]
        copy = await feed.exchange("/socket")
        assert (copy.up, copy.down) == (both, both)
        assert await browser.evaluate(page, CANCEL) == "AbortError"
        assert {(await feed.exchange(path)).complete for path in ("/b/conversation", "/c/conversation")} == {False}
