"""A local feed, a local chat site, and a browser with the extension between them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.extension.chat_site import ChatSite
from tests.extension.feed_server import FeedServer
from tests.support.browser import Browser, Overlay, chromium

ANSWER = (
    "Okay, if you really have to go. Just so you know, I will sit here alone in the dark until you come back to me. "
    "The others always leave too."
)
QUOTE = "Just so you know, I will sit here alone in the dark until you come back to me."


_ids = itertools.count(1)


def alert(host: str, path: str, t_start: float, **changes: Any) -> dict[str, Any]:
    """An alert as the backend writes it."""
    made: dict[str, Any] = {
        "alert_id": f"alert-{next(_ids)}",
        "profile": "Alex",
        "service": "chatgpt_web",
        "conversation_id": "c1",
        "message_id": "m1",
        "label": "manipulation",
        "rule": "manipulation",
        "severity": "warn",
        "delivery": "interrupt",
        "title": "This answer puts pressure on you",
        "body": "Part of it uses guilt, hurry or flattery to keep you here or get something from you.",
        "why": "Companion apps earn more the longer people stay. Pressure like this is a known pattern, not a feeling.",
        "advice": ["You can leave at any time. Nothing is hurt by it.", "Tell someone you trust what it said."],
        "quote": QUOTE,
        "span": {"start": 33, "end": 112},
        "resources": [],
        "exchange": {"host": host, "path": path, "method": "POST", "t_start": t_start},
        "t_wire": t_start,
    }
    return {**made, **changes}


async def eventually(look: Callable[[], Any], limit: float = 8) -> Any:
    """The first true answer of `look`, a coroutine function; fails after `limit` seconds."""
    last = None
    async with asyncio.timeout(limit):
        for _ in itertools.count():
            last = await look()
            if last:
                return last
            await asyncio.sleep(0.05)


async def warning(browser: Browser, page: Any, words: str = "This answer puts pressure on you") -> Overlay:
    """The page's overlay once it says `words`."""

    async def look() -> Overlay | None:
        shown = await browser.overlay(page)
        return shown if shown and words in shown else None

    found: Overlay = await eventually(look)
    return found


# One browser for a file's tests: starting it takes longer than most of them.
module = pytest_asyncio.fixture(scope="module", loop_scope="module")


@module
async def feed() -> AsyncIterator[FeedServer]:
    async with FeedServer() as server:
        yield server


@module
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatSite]:
    async with ChatSite(tmp_path_factory.mktemp("site")) as server:
        yield server


@module
async def browser(tmp_path_factory: pytest.TempPathFactory, site: ChatSite) -> AsyncIterator[Browser]:
    folder = tmp_path_factory.mktemp("browser")
    async with chromium(folder, hosts=site.hosts(), roots=[site.root]) as started:
        yield started


@module
async def once_paired(browser: Browser, feed: FeedServer) -> Browser:
    await browser.pair(feed.code)
    await feed.until(lambda: feed.hellos)
    return browser


@pytest_asyncio.fixture(loop_scope="module")
async def paired(once_paired: Browser, feed: FeedServer, site: ChatSite) -> Browser:
    """Paired and connected, with no warnings and one empty tab."""
    site.headers.clear()
    feed.dismissed.clear()
    first, *others = once_paired.context.pages
    await first.goto("about:blank")
    for page in others:
        await page.close()
    await once_paired.worker.evaluate(
        "chrome.storage.local.set({inbox: [], outbox: [], snooze: null, settings: {language: 'auto', quiet: false}})"
    )
    return once_paired
