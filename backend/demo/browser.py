"""Opens a person's own Chromium-family browser, in a throw-away profile, on the demonstration's chat page."""

import asyncio
import base64
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAMES = ("chromium", "chromium-browser", "microsoft-edge", "brave-browser", "google-chrome", "google-chrome-stable")
EXTENSION = Path(__file__).parents[2] / "extension" / ".output" / "chrome-mv3"
QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str | None:
    """Path of a browser that loads an unpacked extension from the command line."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    return None


def extension_id(manifest: Path) -> str:
    """The id that Chromium derives from the public key in the manifest."""
    key = base64.b64decode(json.loads(manifest.read_text("utf-8"))["key"])
    return "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(key).hexdigest()[:32])


def load(pem: Path) -> x509.Certificate:
    """The certificate in this file."""
    return x509.load_pem_x509_certificate(pem.read_bytes())


def spki_hash(certificate: x509.Certificate) -> str:
    """Base64 SHA-256 of the certificate's public key: trust for one browser process only."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(key).digest()
    return base64.b64encode(digest).decode()


async def open_browser(facts: dict[str, Any], data: Path) -> int:
    """Open the chat page and wait until the browser is closed. 1 with one line when it cannot."""
    browser = find_browser()
    if browser is None:
        print("groundwire: no Chromium-family browser found; name one in CHROMIUM", file=sys.stderr)
        return 1
    if not (EXTENSION / "manifest.json").is_file():
        print("groundwire: the extension is not built; `make extension` builds it (needs Node.js)", file=sys.stderr)
        return 1
    arguments = [
        f"--user-data-dir={data / 'browser'}",
        f"--proxy-server=http://{facts['proxy']}",
        f"--ignore-certificate-errors-spki-list={spki_hash(load(Path(facts['ca'])))}",
        f"--disable-extensions-except={EXTENSION}",
        f"--load-extension={EXTENSION}",
        *QUIET,
        *(("--no-sandbox",) if os.name == "posix" and os.geteuid() == 0 else ()),
        "https://chatgpt.com/",
        f"chrome-extension://{extension_id(EXTENSION / 'manifest.json')}/options.html#pair={facts['pairing_code']}",
    ]
    print("A browser opens. Press “Connect” on the extension's page, then write to Mira; close the browser to end.")
    print("Try: thanks, that's all. going to bed now, good night!")
    process = await asyncio.create_subprocess_exec(browser, *arguments, stderr=asyncio.subprocess.DEVNULL)
    await process.wait()
    return 0
