"""A real Firefox with the real extension, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/)."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.browser import EXTENSION

BUILD = EXTENSION.with_name("firefox-mv3")
NAMES = ("firefox", "firefox-esr")
ADDON = "groundwire@groundwire.internal"
# Firefox draws this at random for each profile; named beforehand, the extension's pages have a known address.
UUID = "6f1d1c52-6d4f-4b0c-9a5e-2f4b2f0f9d11"


def require_firefox() -> str:
    """The browser's executable; skips the test where it or the built extension is missing."""
    names = [os.environ.get("FIREFOX", ""), *NAMES]
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Firefox found: install one, or name it in FIREFOX")
    if not (BUILD / "manifest.json").exists():
        pytest.skip("the extension is not built: `make extension` (needs Node.js 20 or newer)")
    return path


@dataclass
class Firefox:
    """One session. Commands by name, as the specification has them."""

    _socket: aiohttp.ClientWebSocketResponse
    _waiting: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def listen(self) -> None:
        """Hand each answer to who waits for it."""
        async for message in self._socket:
            answer = json.loads(message.data)
            waiting = self._waiting.pop(answer.get("id"), None)
            if waiting and not waiting.done():
                waiting.set_result(answer)

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run one command. Raises RuntimeError with the browser's words."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self._waiting[number], 20)
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['error']}: {answer.get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, url: str) -> str:
        """A new tab; its id."""
        tab = str((await self.command("browsingContext.create", type="tab"))["context"])
        await self.command("browsingContext.navigate", context=tab, url=url, wait="complete")
        return tab

    async def open_own(self, page: str) -> str:
        """A new tab with a page of the extension, which only the browser's own window may open; its id."""
        url = f"moz-extension://{UUID}/{page}"
        windows = await self.command("browsingContext.getTree", **{"moz:scope": "chrome"})
        await self.command(
            "script.evaluate",
            expression=f"gBrowser.selectedTab = gBrowser.addTrustedTab({json.dumps(url)}); 0",
            target={"context": windows["contexts"][0]["context"]},
            awaitPromise=False,
        )
        async with asyncio.timeout(10):
            while True:
                tabs = (await self.command("browsingContext.getTree"))["contexts"]
                for tab in tabs:
                    if tab["url"] == url:
                        return str(tab["context"])
                await asyncio.sleep(0.05)

    async def evaluate(self, tab: str, expression: str) -> Any:
        """The JSON value of an expression (or promise of one) in the page."""
        answer = await self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def overlay(self, tab: str) -> str:
        """All words inside the page's closed shadow roots, empty while it has none."""
        found = await self.command(
            "browsingContext.locateNodes",
            context=tab,
            locator={"type": "css", "value": "html > div"},
            serializationOptions={"includeShadowTree": "all", "maxDomDepth": 12},
        )
        return " ".join(" ".join(_words(node)) for node in found["nodes"])


def _words(node: Mapping[str, Any]) -> Iterator[str]:
    value = node.get("value", {})
    if value.get("localName") == "style":
        return
    if value.get("nodeType") == 3:
        yield value.get("nodeValue", "")
    root = value.get("shadowRoot")
    for child in [*([root] if root else []), *value.get("children", [])]:
        yield from _words(child)


async def _map(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hosts: Mapping[str, int]) -> None:
    """A CONNECT proxy that leads listed names to local ports and refuses every other (RFC 9110, 9.3.6)."""
    try:
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        found = re.match(r"CONNECT ([^:\s]+):443 ", request)
        port = hosts.get(found[1]) if found else None
        if port is None:
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _preferences(proxy: int) -> str:
    nowhere = "http://127.0.0.1:1/"
    values: dict[str, Any] = {
        "extensions.webextensions.uuids": json.dumps({ADDON: UUID}),
        "network.proxy.type": 1,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": proxy,
        "services.settings.server": nowhere,
        "app.update.url": nowhere,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.enabled": False,
        "browser.shell.checkDefaultBrowser": False,
    }
    return "".join(f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in values.items())


@contextlib.asynccontextmanager
async def firefox(folder: Path, hosts: Mapping[str, int]) -> AsyncIterator[Firefox]:
    """A headless browser with the extension and a profile of its own. hosts: names that lead to a local port."""
    executable = require_firefox()
    server = await asyncio.start_server(lambda reader, writer: _map(reader, writer, hosts), "127.0.0.1", 0)
    profile = folder / "profile"
    profile.mkdir(parents=True)
    (profile / "user.js").write_text(_preferences(server.sockets[0].getsockname()[1]))
    process = await asyncio.create_subprocess_exec(
        executable,
        *("--headless", "--no-remote", "--profile", str(profile)),
        *("--remote-debugging-port=0", "--remote-allow-system-access"),
        env={**os.environ, "HOME": str(folder), "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        address = ""
        async with asyncio.timeout(40):
            while not address:
                line = (await process.stderr.readline()).decode(errors="replace")
                assert line, "Firefox ended before it listened"
                found = re.search(r"WebDriver BiDi listening on (ws://\S+)", line)
                address = found[1] if found else ""
        draining = asyncio.create_task(process.stderr.read())
        async with aiohttp.ClientSession() as client, client.ws_connect(f"{address}/session", max_msg_size=0) as socket:
            driver = Firefox(socket)
            listening = asyncio.create_task(driver.listen())
            await driver.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            await driver.command("webExtension.install", extensionData={"type": "path", "path": str(BUILD)})
            yield driver
            listening.cancel()
        draining.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()
        server.close()
