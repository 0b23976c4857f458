"""The same extension in a real Firefox: pairs, connects, warns on the right page."""

from pathlib import Path

import pytest

from tests.extension.chat_site import ChatSite
from tests.extension.conftest import ANSWER, alert, eventually
from tests.extension.feed_server import FeedServer
from tests.support.firefox import UUID, firefox

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_pairs_and_warns(feed: FeedServer, site: ChatSite, tmp_path: Path) -> None:
    origin = f"moz-extension://{UUID}"
    feed.allowed.add(origin)
    async with firefox(tmp_path, site.hosts()) as browser:
        options = await browser.open_own(f"options.html#pair={feed.code}")
        await eventually(lambda: browser.evaluate(options, "document.querySelector('form') !== null"))
        await browser.evaluate(options, "document.querySelector('form').requestSubmit()")
        await feed.until(lambda: feed.connected)
        assert feed.origins == {origin}
        quiet = await browser.open("https://chatgpt.com/")
        page = await browser.open("https://chatgpt.com/")
        await browser.evaluate(page, f"ask('good night', {ANSWER!r})")
        await feed.alert(alert("chatgpt.com", "/backend-api/f/conversation", site.asked[-1][1]))

        async def warned() -> bool:
            return "This answer puts pressure on you" in await browser.overlay(page)

        await eventually(warned)
        assert await browser.evaluate(page, "CSS.highlights.get('groundwire-warning').size") == 1
        assert await browser.overlay(quiet) == ""
