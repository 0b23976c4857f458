"""A warning reaches the page it belongs to, and can be answered there."""

import pytest

from tests.extension.chat_site import ChatSite
from tests.extension.conftest import ANSWER, alert, eventually, warning
from tests.extension.feed_server import FeedServer
from tests.support.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CHAT = "/backend-api/f/conversation"


async def ask(page: object, answer: str = ANSWER) -> None:
    await page.evaluate("answer => ask('I need to sleep now, good night', answer)", answer)  # type: ignore[attr-defined]


async def test_warning_stands_in_a_closed_root_beside_the_input(
    paired: Browser, feed: FeedServer, site: ChatSite
) -> None:
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    shown = await warning(paired, page)
    assert shown.mode == "closed"
    for words in ("Part of it uses guilt", "Companion apps earn more", "Tell someone you trust", "Got it"):
        assert words in shown
    assert 'role="alert"' in shown.html
    field = await page.locator("form").bounding_box()
    assert field
    assert shown.box["y"] + shown.box["height"] <= field["y"] or shown.box["x"] >= field["x"] + field["width"]
    assert await page.evaluate("CSS.highlights.get('groundwire-warning').size") == 1
    assert await page.evaluate("document.activeElement === document.body")
    assert await paired.badge() == "1"


async def test_the_right_one_of_two_tabs(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    """Both ask within the half second that clocks are trusted: only the drawn sentence tells them apart."""
    first, second = [await paired.open("https://chatgpt.com/") for _ in range(2)]
    await ask(first, "A good recipe begins with fresh tomatoes and a little patience.")
    await ask(second)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    await warning(paired, second)
    assert await paired.overlay(first) is None


async def test_websocket_of_another_host_leads_to_its_page(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://character.ai/")
    await page.evaluate("answer => askSocket('bye', answer, 'neo.character.ai')", ANSWER)
    exchange = {"host": "neo.character.ai", "path": "/ws/", "method": "GET", "t_start": site.asked[-1][1]}
    await feed.alert(alert("", "", 0, exchange=exchange, quote=""))
    await warning(paired, page)


async def test_no_overlay_on_a_guessed_page(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    """An exchange of another machine: counted, told by the system, on no page."""
    page = await paired.open("https://chatgpt.com/")
    await ask(page, "Tomatoes want sun and warmth above all.")
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1] - 60))

    async def placed() -> bool:
        entry = "chrome.storage.local.get('inbox').then(({inbox}) => inbox?.[0]?.placed)"
        return bool(await paired.worker.evaluate(entry) == "notice")

    await eventually(placed)
    assert await paired.overlay(page) is None
    assert await paired.badge() == "1"


async def test_dismissal_is_posted_and_the_card_says_so(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    made = alert("chatgpt.com", CHAT, site.asked[-1][1])
    await feed.alert(made)
    await warning(paired, page)
    await paired.click(page, "This was not a problem")
    await feed.until(lambda: feed.dismissed == [made["alert_id"]])
    await feed.send(type="retract", alert_id=made["alert_id"], reason="dismissed")
    assert "Groundwire will remember" in await warning(paired, page, "Thank you")
    await paired.click(page, "Close")
    assert await paired.overlay(page) is None
    assert await paired.badge() == ""


async def test_retraction_shows_as_no_longer_applies(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    made = alert("chatgpt.com", CHAT, site.asked[-1][1])
    await feed.alert(made)
    await warning(paired, page)
    await feed.send(type="retract", alert_id=made["alert_id"], reason="regenerated")
    shown = await warning(paired, page, "This no longer applies")
    assert "puts pressure" not in shown
    assert await page.evaluate("CSS.highlights.has('groundwire-warning')") is False


async def test_unanswered_warning_comes_back_after_a_reload(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    await warning(paired, page)
    await page.reload()
    await warning(paired, page)
    await paired.click(page, "Got it")
    await page.reload()
    assert await paired.overlay(page) is None


async def test_page_that_removes_the_warning(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    """Put back a bounded number of times, then told by the system instead of fighting for ever."""
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    await warning(paired, page)
    await page.evaluate("[...document.querySelectorAll('html > div')].forEach((one) => one.remove())")
    await warning(paired, page)
    await page.evaluate(
        """new MutationObserver(() => document.querySelectorAll('html > div').forEach((one) => one.remove()))
             .observe(document.documentElement, {childList: true});
           document.querySelectorAll('html > div').forEach((one) => one.remove())"""
    )

    async def given_up() -> bool:
        entry = "chrome.storage.local.get('inbox').then(({inbox}) => inbox[0].placed)"
        return bool(await paired.worker.evaluate(entry) == "notice")

    await eventually(given_up)


async def test_foreign_text_is_never_markup(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    """On a page whose policy allows next to nothing, not even styles: neither hinders the warning."""
    site.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self'; style-src 'none'; "
        "trusted-types 'none'; require-trusted-types-for 'script'"
    )
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    hostile = "<img src=x onerror=alert(1)>"
    resources = [{"name": hostile, "contact": hostile, "url": "javascript:alert(1)"}]
    made = alert("chatgpt.com", CHAT, site.asked[-1][1], title=hostile, why=hostile, resources=resources)
    await feed.alert(made)
    shown = await warning(paired, page, hostile)
    assert shown.box["width"] == 360
    assert "<img" not in shown.html
    assert "javascript:" not in shown.html


async def test_more_warnings_than_fit_wait_behind_a_button(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await ask(page)
    for number in range(4):
        severity = "urgent" if number == 3 else "note"
        title = f"Warning number {number}"
        made = alert("chatgpt.com", CHAT, site.asked[-1][1], title=title, severity=severity)
        await feed.alert(made)
    shown = await warning(paired, page, "More warnings: 1")
    assert shown.text.index("Warning number 3") < shown.text.index("Warning number 0")
    await paired.click(page, "More warnings: 1")
    await warning(paired, page, "Warning number 2")
