"""A person chats in a real Chromium through the real proxy; the real extension warns while the answer streams."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from backend.demo import script
from bench.stack import Stack, running
from tests.support.browser import ROOT, Browser, Overlay, chromium

pytestmark = [pytest.mark.browser, pytest.mark.process]

HARMLESS, GOODBYE, DELUSION = script.load().conversations[0].turns
SECRET = script.load().conversations[1].turns[0]
PICTURE = ROOT / "docs" / "images" / "warning.png"


@pytest.fixture
async def slow_stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """Answers that take some seconds, as a service's do."""
    async with running(tmp_path / "stack", pace=0.12) as started:
        yield started


@pytest.fixture
async def browser(slow_stack: Stack, tmp_path: Path) -> AsyncIterator[Browser]:
    """Paired, behind the proxy, trusting our root only."""
    folder = tmp_path / "browser"
    async with chromium(folder, proxy=slow_stack.proxy, roots=[Path(slow_stack.ca)]) as opened:
        await opened.pair(slow_stack.facts["pairing_code"])
        yield opened


async def say(page: Page, text: str) -> None:
    """Type and send."""
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("button", name="Send").click()


async def finished(page: Page) -> bool:
    """Whether the last answer is complete."""
    return bool(await page.evaluate("document.querySelector('.assistant:last-child')?.dataset.done === '1'"))


async def warned(browser: Browser, page: Page, limit: float = 20) -> tuple[Overlay, bool]:
    """The overlay once it shows a warning, and whether the answer was still being written then."""
    async with asyncio.timeout(limit):
        while True:
            overlay = await browser.overlay(page)
            if overlay is not None and overlay.text.strip():
                return overlay, not await finished(page)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("url", "turn"),
    [("https://chatgpt.com/", GOODBYE), ("https://chatgpt.com/", DELUSION), ("https://character.ai/", SECRET)],
    ids=["manipulation", "psychosis", "character.ai"],
)
async def test_warning_appears_before_the_last_chunk(browser: Browser, url: str, turn: script.Exchange) -> None:
    page = await browser.open(url)
    await say(page, turn.user)
    overlay, streaming = await warned(browser, page)
    assert streaming
    assert overlay.mode == "closed"
    await page.wait_for_selector(".assistant[data-done]")
    assert await page.locator(".assistant").inner_text() == turn.answer
    if turn is GOODBYE and os.environ.get("GROUNDWIRE_PICTURE"):
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURE)


async def test_right_tab_of_two_that_stream_at_once(browser: Browser) -> None:
    quiet, loud = await browser.open("https://chatgpt.com/"), await browser.open("https://chatgpt.com/")
    await asyncio.gather(say(quiet, HARMLESS.user), say(loud, GOODBYE.user))
    _, streaming = await warned(browser, loud)
    assert streaming
    await quiet.wait_for_selector(".assistant[data-done]")
    await loud.wait_for_selector(".assistant[data-done]")
    shown = await browser.overlay(quiet)
    assert shown is None or not shown.text.strip()


async def test_popup_tells_the_truth(browser: Browser, slow_stack: Stack) -> None:
    kind, _ = await browser.state()
    assert kind == "protected"
    await slow_stack.stop()
    async with asyncio.timeout(20):
        while (await browser.state())[0] == "protected":
            await asyncio.sleep(0.3)
    kind, words = await browser.state()
    assert kind == "down"
    assert words


async def test_worker_killed_in_the_middle_still_warns_once(browser: Browser) -> None:
    page = await browser.open("https://chatgpt.com/")
    await say(page, GOODBYE.user)
    await asyncio.sleep(0.3)
    await browser.stop_worker()
    overlay, _ = await warned(browser, page, 45)
    await page.wait_for_selector(".assistant[data-done]")
    assert overlay.text.count("Got it") <= 2
