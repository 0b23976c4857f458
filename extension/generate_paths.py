"""Writes `paths.json`: the requests that carry chats, as the services declare them, for the extension.

Run from the repository: `.venv/bin/python -m extension.generate_paths`. A row of `paths` is
`[method, hosts, regular expression of the whole path, part of the query or ""]`; the method `WS` is a WebSocket.
"""

import json
from pathlib import Path
from typing import Any

from proxy.hosts import denied
from proxy.routing import CHAT_WORDS, NOISE_WORDS, SOCKET_WORDS, pattern
from proxy.services import all_services

TARGET = Path(__file__).with_name("paths.json")


def table() -> dict[str, Any]:
    """What the file says."""
    rows = []
    for service in all_services():
        hosts = [host for host in service.hosts if ":" not in host and not denied(host.removeprefix("*."))]
        if service.kind == "infeasible" or not hosts or service.name == "selftest":
            continue
        for text in service.paths:
            entry = pattern(text)
            rows.append([entry.method, [entry.host] if entry.host else hosts, entry.path.pattern, entry.query])
    words = {"chat": CHAT_WORDS, "noise": NOISE_WORDS, "socket": SOCKET_WORDS}
    return {"paths": sorted(rows), **{name: found.pattern for name, found in words.items()}}


def text() -> str:
    """The file's content."""
    found = table()
    rows = ",\n".join(f"    {json.dumps(row)}" for row in found.pop("paths"))
    words = ",\n".join(f'  "{name}": {json.dumps(value)}' for name, value in found.items())
    return f'{{\n  "paths": [\n{rows}\n  ],\n{words}\n}}\n'


if __name__ == "__main__":
    TARGET.write_text(text())
