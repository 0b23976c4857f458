"""A real Chromium with the real extension, driven by Playwright.

Chromium is looked for in the variable CHROMIUM, then by the usual names on PATH. Closed shadow roots are invisible to
Playwright's locators, so the overlay is read through the DevTools protocol, which pierces them.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from playwright.async_api import BrowserContext, CDPSession, Page, Worker, async_playwright

from backend.demo.browser import extension_id as manifest_id
from backend.demo.browser import find_browser, spki_hash

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "extension" / ".output" / "chrome-mv3"

# No request of the browser's own may leave the machine or stand in a log beside the chat's.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--gaia-url=http://127.0.0.1:1/",
    "--component-updater=url-source=http://127.0.0.1:1/",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,DisableLoadExtensionCommandLineSwitch",
)


def require_browser() -> str:
    """The browser's executable; skips the test where it or the built extension is missing."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium-family browser found: install one, or name it in CHROMIUM")
    if not (EXTENSION / "manifest.json").exists():
        pytest.skip("the extension is not built: `make extension` (needs Node.js 20 or newer)")
    return path


def extension_id(extension: Path = EXTENSION) -> str:
    """The id of the extension in this folder."""
    return manifest_id(extension / "manifest.json")


def _fingerprints(pem: Path) -> list[str]:
    """SHA-256 of each certificate's public key, base64: what `--ignore-certificate-errors-spki-list` takes."""
    found = x509.load_pem_x509_certificates(pem.read_bytes())
    return [spki_hash(one) for one in found]


def _trust(home: Path, roots: list[Path]) -> list[str]:
    """Makes Chromium trust these roots: through its certificate store where certutil is there, else by flag."""
    certutil = shutil.which("certutil")
    if certutil is None:
        return [
            f"--ignore-certificate-errors-spki-list={','.join(key for root in roots for key in _fingerprints(root))}"
        ]
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run([certutil, "-N", "-d", database, "--empty-password"], check=True, capture_output=True)
    for number, root in enumerate(roots):
        add = [certutil, "-A", "-d", database, "-t", "C,,", "-n", f"root-{number}", "-i", str(root)]
        subprocess.run(add, check=True, capture_output=True)
    return []


@dataclass
class Overlay:
    """What the warnings of a page say.

    text: all visible words. html, style: markup and rules inside the closed root. focus: the text of the element there
    that has the focus. box: in CSS pixels.
    """

    text: str
    html: str
    style: str
    focus: str
    mode: str
    box: dict[str, float]

    def __contains__(self, words: str) -> bool:
        return words in self.text


_READ = """function () {
  const stack = this.querySelector('.stack'), box = this.host.getBoundingClientRect();
  return {
    text: stack ? stack.innerText : '', html: stack ? stack.outerHTML : '', mode: this.mode,
    style: this.querySelector('style').textContent, focus: this.activeElement?.textContent ?? '',
    box: {x: box.x, y: box.y, width: box.width, height: box.height},
  };
}"""


@dataclass
class Browser:
    """context: Playwright's; worker: the extension's service worker."""

    context: BrowserContext
    worker: Worker
    id: str
    _sessions: dict[Page, CDPSession] = field(default_factory=dict)

    def url(self, page: str) -> str:
        """Address of a page of the extension: `popup.html`, `options.html`."""
        return f"chrome-extension://{self.id}/{page}"

    async def open(self, url: str) -> Page:
        """A new tab."""
        page = await self.context.new_page()
        await page.goto(url)
        return page

    async def pair(self, code: str) -> None:
        """Pair through the popup, as a person does."""
        page = await self.open(self.url("popup.html"))
        await page.get_by_role("textbox").fill(code)
        await page.locator("form button").click()
        await page.locator("[data-state]:not([data-state=unpaired])").wait_for()
        await page.close()

    async def state(self) -> tuple[str, str]:
        """The kind of state and its words, as the popup shows them."""
        page = await self.open(self.url("popup.html"))
        shown = page.locator("[data-state]")
        kind, words = await shown.get_attribute("data-state"), await shown.inner_text()
        await page.close()
        return kind or "", words

    async def badge(self) -> str:
        """The text on the extension's icon."""
        return str(await self.worker.evaluate("chrome.action.getBadgeText({})"))

    async def stop_worker(self) -> None:
        """End the service worker as the browser does when it is idle."""
        cdp = await self.cdp(self.context.pages[0])
        await cdp.send("ServiceWorker.enable")
        await cdp.send("ServiceWorker.stopAllWorkers")

    async def cdp(self, page: Page) -> CDPSession:
        if page not in self._sessions:
            self._sessions[page] = await self.context.new_cdp_session(page)
        return self._sessions[page]

    async def overlay(self, page: Page) -> Overlay | None:
        """The overlay of a page, or None while it has none."""
        root = await self._root(page)
        if root is None:
            return None
        found: dict[str, Any] = await self._call(page, root, _READ)
        return Overlay(**found)

    async def click(self, page: Page, name: str) -> None:
        """Click the overlay's button of this name with the mouse."""
        root = await self._root(page)
        assert root is not None, "no overlay"
        find = """function (name) {
          const all = [...this.querySelectorAll('button')];
          const button = all.find((one) => (one.ariaLabel || one.textContent) === name);
          button?.scrollIntoView({block: 'nearest'});
          const box = button?.getBoundingClientRect();
          return box && {x: box.x + box.width / 2, y: box.y + box.height / 2};
        }"""
        at = await self._call(page, root, find, name)
        assert at, f"no button {name!r}"
        await page.mouse.click(at["x"], at["y"])

    async def _root(self, page: Page) -> int | None:
        """Backend node id of the closed shadow root that holds the warnings."""
        cdp = await self.cdp(page)
        tree = await cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
        stack: list[Mapping[str, Any]] = [tree["root"]]
        while stack:
            node = stack.pop()
            for root in node.get("shadowRoots", []):
                if any("stack" in child.get("attributes", []) for child in root.get("children", [])):
                    return int(root["backendNodeId"])
            stack += [*node.get("children", []), *node.get("shadowRoots", [])]
        return None

    async def _call(self, page: Page, node: int, function: str, *arguments: object) -> Any:
        cdp = await self.cdp(page)
        resolved = await cdp.send("DOM.resolveNode", {"backendNodeId": node})
        answer = await cdp.send(
            "Runtime.callFunctionOn",
            {
                "objectId": resolved["object"]["objectId"],
                "functionDeclaration": function,
                "arguments": [{"value": argument} for argument in arguments],
                "returnByValue": True,
            },
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@contextlib.asynccontextmanager
async def chromium(
    folder: Path,
    *,
    proxy: str = "",
    hosts: Mapping[str, int] | None = None,
    roots: list[Path] | None = None,
    arguments: tuple[str, ...] = (),
    locale: str = "en-US",
    color_scheme: Any = "light",
    extension: Path = EXTENSION,
) -> AsyncIterator[Browser]:
    """A headless browser with a profile of its own under `folder`.

    proxy: its address, `http://127.0.0.1:PORT`. hosts: names that lead to a local port instead; every other name is
    then unknown. roots: certificates (PEM) to trust.
    """
    executable = require_browser()
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    flags = [*QUIET, f"--disable-extensions-except={extension}", f"--load-extension={extension}", f"--lang={locale}"]
    flags += arguments
    if proxy:
        flags.append(f"--proxy-server={proxy}")
    if hosts is not None:
        rules = [f"MAP {name} 127.0.0.1:{port}" for name, port in hosts.items()]
        flags.append(f"--host-resolver-rules={', '.join([*rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'])}")
    flags += _trust(home, roots) if roots else []
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=executable,
            headless=True,
            args=flags,
            env={**os.environ, "HOME": str(home), "LANGUAGE": locale.replace("-", "_")},
            viewport={"width": 1280, "height": 800},
            color_scheme=color_scheme,
        )
        try:
            workers = context.service_workers
            worker = workers[0] if workers else await context.wait_for_event("serviceworker", timeout=15_000)
            yield Browser(context, worker, extension_id(extension))
        finally:
            await context.close()
