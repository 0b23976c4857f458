"""Page capture through the whole set-up: without a proxy the extension reads; with one, nothing is doubled."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page

from backend.demo import script
from bench.stack import HOSTS, Stack, following, running
from tests.e2e.test_browser import DELUSION, GOODBYE, HARMLESS, SECRET, say, warned
from tests.support.browser import Browser, chromium

pytestmark = [pytest.mark.browser, pytest.mark.process]


@pytest.fixture
async def slow_stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with running(tmp_path / "stack", pace=0.12) as started:
        yield started


@pytest.fixture
async def browser(slow_stack: Stack, tmp_path: Path) -> AsyncIterator[Browser]:
    """Paired, and nothing of it goes through the proxy: no certificate of ours is trusted."""
    hosts = dict.fromkeys(HOSTS, slow_stack.service_port)
    async with chromium(tmp_path / "browser", hosts=hosts, roots=[slow_stack.service_ca]) as opened:
        await opened.pair(slow_stack.facts["pairing_code"])
        yield opened


async def quiet(browser: Browser, page: Page) -> bool:
    shown = await browser.overlay(page)
    return shown is None or not shown.text.strip()


@pytest.mark.parametrize(
    ("url", "turn"), [("https://chatgpt.com/", DELUSION), ("https://character.ai/", SECRET)], ids=["fetch", "socket"]
)
async def test_warns_without_proxy_while_the_answer_streams(browser: Browser, url: str, turn: script.Exchange) -> None:
    page = await browser.open(url)
    await say(page, turn.user)
    _, streaming = await warned(browser, page)
    assert streaming
    await page.wait_for_selector(".assistant[data-done]")
    assert await page.locator(".assistant").inner_text() == turn.answer
    assert (await browser.state())[0] == "protected"


async def test_right_tab_of_two_and_after_the_worker_died(browser: Browser) -> None:
    silent, loud = await browser.open("https://chatgpt.com/"), await browser.open("https://chatgpt.com/")
    await asyncio.gather(say(silent, HARMLESS.user), say(loud, GOODBYE.user))
    await asyncio.sleep(0.3)
    await browser.stop_worker()
    overlay, _ = await warned(browser, loud, 45)
    await loud.wait_for_selector(".assistant[data-done]")
    assert await loud.locator(".assistant").inner_text() == GOODBYE.answer
    assert overlay.text.count("Got it") == 1
    assert await quiet(browser, silent)


async def test_with_the_proxy_nothing_is_doubled(slow_stack: Stack, tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session, following(slow_stack, session) as feed:
        async with session.post(
            f"{slow_stack.api}/v1/codes", json={}, headers={"Authorization": f"Bearer {feed.token}"}
        ) as answer:
            code = (await answer.json())["code"]
        roots = [Path(slow_stack.ca)]
        async with chromium(tmp_path / "browser", proxy=slow_stack.proxy, roots=roots) as browser:
            await browser.pair(code)
            page = await browser.open("https://chatgpt.com/")
            for turn in (GOODBYE, DELUSION):
                await say(page, turn.user)
                await warned(browser, page)
                await page.wait_for_selector(".assistant:last-child[data-done]")
            await asyncio.sleep(1)
            told = [(one["rule"], one["quote"], one["exchange"]["t_start"]) for one in feed.alerts()]
    sentences = [(rule, quote) for rule, quote, _ in told]
    assert told
    assert len(set(sentences)) == len(sentences), sentences
    statuses = [event["status"] for event in feed.events if event["type"] == "status"]
    assert statuses[-1]["capture"]["chatgpt.com"] == "proxy"


async def test_a_browser_past_the_proxy_is_read_although_another_client_uses_it(
    browser: Browser, slow_stack: Stack
) -> None:
    body = {"messages": [{"id": "m1", "author": {"role": "user"}, "content": {"parts": [HARMLESS.user]}}]}
    trust = ssl.create_default_context(cafile=slow_stack.ca)
    url = "https://chatgpt.com/backend-api/f/conversation"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, proxy=slow_stack.proxy, ssl=trust) as answer,
    ):
        await answer.read()
    page = await browser.open("https://chatgpt.com/")
    await say(page, DELUSION.user)
    await warned(browser, page)
    await page.wait_for_selector(".assistant[data-done]")
    assert await page.locator(".assistant").inner_text() == DELUSION.answer
