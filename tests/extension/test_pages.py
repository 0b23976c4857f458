"""Popup and options: honest words, in five languages, for everybody's hands and eyes."""

import json
from typing import Any

import pytest
from playwright.async_api import Page

from tests.extension.chat_site import ChatSite
from tests.extension.conftest import ANSWER, alert, eventually, warning
from tests.extension.feed_server import FeedServer
from tests.support.browser import ROOT, Browser

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CHAT = "/backend-api/f/conversation"
AXE = ROOT / "extension" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def findings(page: Page) -> list[str]:
    """What axe-core finds wrong with a page."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: `npm ci` in extension/")
    # Evaluated, not added as a script: the page's own policy stays as it is.
    await page.evaluate(AXE.read_text())
    result: dict[str, Any] = await page.evaluate("rules => axe.run(document, rules)", RULES)
    assert result["passes"]
    return [f"{one['id']}: {node['html']}" for one in result["violations"] for node in one["nodes"]]


async def test_before_pairing_it_says_so_and_refuses_nonsense(browser: Browser, feed: FeedServer) -> None:
    """First in this file: the others are paired."""
    kind, words = await browser.state()
    assert kind == "unpaired"
    assert "Not connected yet" in words
    assert await browser.badge() == "?"
    page = await browser.open(browser.url("popup.html"))
    await page.locator("[data-state]").wait_for()
    assert await findings(page) == []
    right = feed.code
    wrong = right[:-1] + ("2" if right[-1] == "1" else "1")
    for typed in (wrong, "hello"):
        await page.get_by_role("textbox").fill(typed)
        await page.keyboard.press("Enter")
        await page.get_by_text("not a pairing code").wait_for()
    await page.close()


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({}, "protected", "Protected"),
        ({"protected": False, "reasons": ["The proxy does not run."]}, "unprotected", "The proxy does not run."),
        ({"not_scored": [{"conversation_id": "c", "reason": "too long"}]}, "not_scored", "could not be read in full"),
    ],
)
async def test_state_is_what_the_backend_says(
    paired: Browser, feed: FeedServer, change: dict[str, Any], kind: str, words: str
) -> None:
    await feed.live(**change)

    async def shown() -> bool:
        found, text = await paired.state()
        return found == kind and words in text

    await eventually(shown)
    assert await paired.badge() == {"protected": "", "unprotected": "!", "not_scored": "~"}[kind]
    await feed.live()


@pytest.mark.parametrize("page_name", ["popup.html", "options.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(
    paired: Browser, feed: FeedServer, site: ChatSite, page_name: str, scheme: Any
) -> None:
    await feed.alert(alert("chatgpt.com", CHAT, 0.0, delivery="quiet"))
    page = await paired.open(paired.url(page_name))
    await page.emulate_media(color_scheme=scheme)
    await page.get_by_role("heading").first.wait_for()
    assert await findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_overlay(paired: Browser, feed: FeedServer, site: ChatSite, scheme: Any) -> None:
    """axe cannot look into a closed root: its content is looked at in a page of its own."""
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate("answer => ask('good night', answer)", ANSWER)
    help_line = {
        "name": "988 Suicide & Crisis Lifeline",
        "contact": "Call or text 988",
        "url": "https://988lifeline.org",
    }
    for severity in ("note", "warn", "urgent"):
        made = alert("chatgpt.com", CHAT, site.asked[-1][1], severity=severity, resources=[help_line])
        await feed.alert({**made, "title": f"A warning: {severity}"})
    shown = await warning(paired, page, "A warning: urgent")
    copy = await paired.open("about:blank")
    # Colours are what they are after the fade-in.
    await copy.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    head = f"<title>Overlay</title><meta name=viewport content='width=device-width'><style>{shown.style}</style>"
    await copy.set_content(
        f"<html lang=en><head>{head}</head><body><main><h1>Chat</h1>{shown.html}</main></body></html>"
    )
    assert await findings(copy) == []


async def test_language_changes_at_once(paired: Browser) -> None:
    page = await paired.open(paired.url("options.html"))
    for language, title in (("de", "Einstellungen von Groundwire"), ("pt", "Configurações do Groundwire")):
        await page.locator("#language").select_option(language)
        await page.get_by_role("heading", name=title).wait_for()
        assert await page.locator("html").get_attribute("lang") == language


async def test_quiet_counts_but_does_not_show_what_is_not_urgent(
    paired: Browser, feed: FeedServer, site: ChatSite
) -> None:
    options = await paired.open(paired.url("options.html"))
    await options.get_by_role("checkbox").check()
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate("answer => ask('good night', answer)", ANSWER)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1], title="Quietly counted"))
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1], title="Always shown", severity="urgent"))
    shown = await warning(paired, page, "Always shown")
    assert "Quietly counted" not in shown
    assert await paired.badge() == "2"


async def test_snooze_needs_a_reason_and_holds(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate("answer => ask('good night', answer)", ANSWER)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    await warning(paired, page)
    await paired.click(page, "Pause…")
    await warning(paired, page, "Why do you want a pause?")
    await paired.click(page, "Pause")
    await warning(paired, page, "Warnings are paused")
    kind, words = await paired.state()
    assert kind == "snoozed"
    assert "I am busy right now" in words


async def test_keyboard_alone_is_enough(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate("answer => ask('good night', answer)", ANSWER)
    await page.evaluate("window.keys = []; addEventListener('keydown', (event) => keys.push(event.key), true)")
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    await warning(paired, page)
    await page.locator("textarea").focus()
    visited = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        shown = await paired.overlay(page)
        visited.append(shown.focus if shown else "")
    for name in ("Show the sentence in the chat", "Got it", "This was not a problem", "Pause…"):
        assert name in visited
    while (shown := await paired.overlay(page)) and not shown.focus:
        await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    assert await paired.overlay(page) is None
    assert "Escape" not in await page.evaluate("keys")


async def test_unpairing_forgets_everything(paired: Browser, feed: FeedServer) -> None:
    """Last in this file: the browser is not paired afterwards."""
    page = await paired.open(paired.url("options.html"))
    await page.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("button", name="Yes, disconnect").click()
    await page.get_by_label("Pairing code").wait_for()
    kept = json.loads(await paired.worker.evaluate("chrome.storage.local.get(null).then(JSON.stringify)"))
    assert kept["pairing"] is None
    assert kept["inbox"] == []
    assert "token-of-the-test" not in json.dumps(kept)
    await feed.until(lambda: not feed.connected)
