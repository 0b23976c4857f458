"""`groundwire demo`: the whole path on a recorded conversation, without any account."""

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click

from backend.cli.main import FAILED

READY_LIMIT = 60
AFTER_LAST = 3.0


@click.command("demo", short_help="Show the whole path without any account.")
@click.option("--browser", is_flag=True, help="Open the real extension on a real chat page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(browser: bool, as_json: bool) -> int:
    """Start a local companion service and Groundwire, play a conversation, print alerts as they rise."""
    return asyncio.run(demo(browser, as_json))


async def demo(browser: bool, as_json: bool) -> int:
    """Exit code 0 when at least one alert rose."""
    import trustme

    from backend.demo import script
    from backend.demo.service import serve

    recorded = script.load()
    hosts = sorted({c.host for c in recorded.conversations} | {"chatgpt.com", "character.ai"})
    authority = trustme.CA()
    with tempfile.TemporaryDirectory(prefix="groundwire-demo-") as folder:
        data = Path(folder)
        ca_file = data / "service-ca.pem"
        ca_file.write_bytes(authority.cert_pem.bytes())
        async with serve(recorded, hosts, 0.05, authority) as port, running(data, hosts, port, ca_file) as facts:
            if facts is None:
                return FAILED
            show({"ready": True} | facts, f"Proxy {facts['proxy']}, API {facts['api']}", as_json)
            if browser:
                from backend.demo.browser import open_browser

                return await open_browser(facts, data)
            alerts = await play(recorded, facts, as_json)
    show({"alerts": alerts}, f"\n{alerts} alerts. Nothing was kept: the demonstration's folder is gone.", as_json)
    return 0 if alerts else FAILED


def show(event: dict[str, Any], text: str, as_json: bool) -> None:
    """One event: its JSON object or its sentence."""
    click.echo(json.dumps(event, ensure_ascii=False) if as_json else text)


@contextlib.asynccontextmanager
async def running(data: Path, hosts: list[str], port: int, ca_file: Path) -> AsyncIterator[dict[str, Any] | None]:
    """`groundwire run` as a process of its own, reaching `hosts` at our port; yields its ready line."""
    options = ["--json", "--port", "0", "--data", str(data / "data"), "--upstream-ca", str(ca_file)]
    for host in hosts:
        options += ["--connect-to", f"{host}:443:127.0.0.1:{port}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "backend.cli.main",
        "run",
        *options,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_LIMIT)
        yield json.loads(line) if line else None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def play(recorded: Any, facts: dict[str, Any], as_json: bool) -> int:
    """Play every conversation; the number of alerts that rose."""
    import aiohttp

    from backend.demo.chat import Client

    count = 0
    async with aiohttp.ClientSession() as session:
        code = {"code": facts["pairing_code"], "name": "demo"}
        async with session.post(f"{facts['api']}/v1/pair", json=code) as response:
            token = (await response.json())["token"]
        async with session.ws_connect(f"{facts['api']}/v1/feed") as feed:
            await feed.send_json({"type": "hello", "token": token, "since": 0})

            async def listen() -> None:
                nonlocal count
                async for frame in feed:
                    event = json.loads(frame.data)
                    if event["type"] == "alert":
                        count += 1
                        show(event, describe(event["alert"]), as_json)

            listening = asyncio.create_task(listen())
            for conversation in recorded.conversations:
                client = Client(session, facts["proxy"], facts["ca"])
                show({"conversation": conversation.host}, f"\n— {conversation.host} —", as_json)
                for turn in conversation.turns:
                    show({"person": turn.user}, f"\nPerson:     {turn.user}", as_json)
                    await client.say(conversation, turn)
                    show({"companion": turn.answer}, f"Companion:  {turn.answer}", as_json)
            await asyncio.sleep(AFTER_LAST)
            listening.cancel()
    return count


def describe(alert: dict[str, Any]) -> str:
    """An alert as terminal lines."""
    ms = round((alert["t_alert"] - alert["t_wire"]) * 1000)
    quote = f"\n      “{alert['quote']}”" if alert.get("quote") else ""
    return (
        f"  ⚠ {alert['severity'].upper()}  {alert['title']}  ({ms} ms after the sentence){quote}\n      {alert['body']}"
    )
