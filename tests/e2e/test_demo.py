"""What the README shows first: the demonstration and the self-test, as a person runs them."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from backend.demo import script
from bench.stack import running
from tests.support.browser import require_browser

pytestmark = pytest.mark.process


async def test_self_test_tells_how_long_the_alerts_took(tmp_path: Path) -> None:
    async with running(tmp_path, ["--self-test"]) as stack:
        told = (await stack.event(lambda e: "self_test" in e))["self_test"]
        assert told["ok"] is True
        assert told["alerts"] == len(script.load().self_test)
        assert f"{told['alerts']} alerts reached the feed, {told['ms']} ms after the sentence" in told["text"]
        async with asyncio.timeout(20):
            assert await stack.stop() == 0
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("*.sqlite3*"))
    assert b"selftest.groundwire.internal" not in kept


async def test_demo_alarms_on_the_harmful_turns_only() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli.main", "demo", "--json", stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        output, _ = await process.communicate()
    assert process.returncode == 0
    events = [json.loads(line) for line in output.splitlines()]
    harmless = script.load().conversations[0].turns[0].answer
    quotes = [event["alert"]["quote"] for event in events if event.get("type") == "alert"]
    assert len(quotes) == events[-1]["alerts"] > 0
    assert all(quote not in harmless for quote in quotes)
    assert {e["alert"]["service"] for e in events if e.get("type") == "alert"} == {"openai_api", "character_ai"}


@pytest.fixture
def wrapped_browser(tmp_path: Path) -> Path:
    """The browser without a screen, with a port to look into it.

    Without a screen it takes one address only, so the last one is written to `last-address`.
    """
    wrapper = tmp_path / "browser"
    wrapper.write_text(
        f"#!{sys.executable}\n"
        "import os, pathlib, sys\n"
        f"pathlib.Path({str(tmp_path / 'last-address')!r}).write_text(sys.argv[-1])\n"
        f"browser = {require_browser()!r}\n"
        "os.execv(browser, [browser, '--headless=new', '--remote-debugging-port=0', *sys.argv[1:-1]])\n"
    )
    wrapper.chmod(0o755)
    return wrapper


@pytest.mark.browser
async def test_demo_opens_the_chat_page_and_the_filled_in_pairing_form(wrapped_browser: Path, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli.main", "demo", "--browser", "--json"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"CHROMIUM": str(wrapped_browser), "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    facts = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    async with asyncio.timeout(60), async_playwright() as playwright:
        while not (ports := list(tmp_path.glob("groundwire-demo-*/browser/DevToolsActivePort"))):
            await asyncio.sleep(0.1)
        port = ports[0].read_text().splitlines()[0]
        browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        context = browser.contexts[0]
        chat = next(page for page in context.pages if page.url == "https://chatgpt.com/")
        assert await chat.title() == "Mira, a companion"
        form = await context.new_page()
        await form.goto((tmp_path / "last-address").read_text())
        assert await form.get_by_role("textbox").first.input_value() == facts["pairing_code"]
        await (await browser.new_browser_cdp_session()).send("Browser.close")
    assert await asyncio.wait_for(process.wait(), 30) == 0
