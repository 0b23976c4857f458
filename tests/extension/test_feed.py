"""The connection: nothing is lost and nothing comes twice, whoever goes away in between."""

import pytest

from tests.extension.chat_site import ChatSite
from tests.extension.conftest import ANSWER, alert, eventually, warning
from tests.extension.feed_server import FeedServer
from tests.support.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CHAT = "/backend-api/f/conversation"
ASK = "answer => ask('good night', answer)"


async def titles(browser: Browser) -> list[str]:
    """Of all warnings that the extension has kept, oldest first."""
    found = await browser.worker.evaluate("chrome.storage.local.get('inbox').then((all) => all.inbox ?? [])")
    return [entry["alert"]["title"] for entry in reversed(found)]


async def test_pairs_by_code_from_its_own_origin(paired: Browser, feed: FeedServer) -> None:
    assert feed.origins == {f"chrome-extension://{paired.id}"}
    assert feed.pairings[0]["name"]


async def test_a_killed_worker_resumes_after_the_last_event(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    """The request was seen by the worker that died; its successor, which the open page starts, must find the tab."""
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate(ASK, ANSWER)
    asked = site.asked[-1][1]
    await feed.alert(alert("chatgpt.com", CHAT, asked, title="Before the kill", quote=""))
    await warning(paired, page, "Before the kill")
    hellos = len(feed.hellos)
    await paired.stop_worker()
    await feed.alert(alert("chatgpt.com", CHAT, asked, title="While it was dead", quote=""))
    await feed.until(lambda: len(feed.hellos) > hellos)
    assert feed.hellos[-1] in (len(feed.events) - 1, len(feed.events))
    shown = await warning(paired, page, "While it was dead")
    assert shown.text.count("Before the kill") == 1
    assert await titles(paired) == ["Before the kill", "While it was dead"]


async def test_a_restarted_backend_is_found_again(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate(ASK, ANSWER)
    asked = site.asked[-1][1]
    await feed.alert(alert("chatgpt.com", CHAT, asked, title="Before the restart"))
    await warning(paired, page, "Before the restart")
    await feed.stop()

    async def down() -> bool:
        return await paired.badge() == "!"

    await eventually(down)
    kind, words = await paired.state()
    assert kind == "down"
    assert "Not protected" in words
    assert "Start Groundwire" in words
    await feed.alert(alert("chatgpt.com", CHAT, asked, title="During the restart"))
    await feed.start()
    await warning(paired, page, "During the restart")
    await eventually(lambda: is_state(paired, "protected"))
    assert await titles(paired) == ["Before the restart", "During the restart"]


async def is_state(browser: Browser, kind: str) -> bool:
    return (await browser.state())[0] == kind


async def test_the_same_warning_under_a_new_number_comes_once(
    paired: Browser, feed: FeedServer, site: ChatSite
) -> None:
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate(ASK, ANSWER)
    made = alert("chatgpt.com", CHAT, site.asked[-1][1], title="Only once")
    for _ in range(2):
        await feed.alert(made)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1], title="And then this"))
    await warning(paired, page, "And then this")
    assert await titles(paired) == ["Only once", "And then this"]


async def test_a_reset_counts_from_where_the_backend_says(paired: Browser, feed: FeedServer) -> None:
    await feed.say({"type": "reset", "since": 3})

    async def counted() -> bool:
        return bool(await paired.worker.evaluate("chrome.storage.local.get('seq').then(({seq}) => seq === 3)"))

    await eventually(counted)


async def test_dismissal_waits_for_the_backend(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate(ASK, ANSWER)
    made = alert("chatgpt.com", CHAT, site.asked[-1][1])
    await feed.alert(made)
    await warning(paired, page)
    await feed.stop()
    await paired.click(page, "This was not a problem")
    await warning(paired, page, "Thank you")
    await feed.start()
    await feed.until(lambda: feed.dismissed == [made["alert_id"]])


async def test_words_of_the_chat_are_not_on_disk(paired: Browser, feed: FeedServer, site: ChatSite) -> None:
    page = await paired.open("https://chatgpt.com/")
    await page.evaluate(ASK, ANSWER)
    await feed.alert(alert("chatgpt.com", CHAT, site.asked[-1][1]))
    await warning(paired, page)
    kept = await paired.worker.evaluate("chrome.storage.local.get(null).then(JSON.stringify)")
    assert "puts pressure" in kept
    assert "alone in the dark" not in kept


async def test_an_alarm_wakes_the_worker(paired: Browser) -> None:
    assert await paired.worker.evaluate("chrome.alarms.get('wake').then((alarm) => alarm.periodInMinutes)") == 0.5


async def test_an_unknown_token_is_said(paired: Browser, feed: FeedServer) -> None:
    """Last in this file: the browser has to be paired again afterwards."""
    feed.token = "another"
    await feed.stop()
    await feed.start()
    await eventually(lambda: is_state(paired, "refused"))
    assert "new code" in (await paired.state())[1]
