"""The running set-up, asked through its own API."""

import json
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from typing import Any

from backend.config import Config
from backend.doctor.result import Result
from backend.settings import STATUS_TOKEN_FILE

ORDER = 50


def token_of(folder: Path) -> str:
    """The token of the running backend that lets this user read the whole status; empty when there is none."""
    try:
        return (folder / STATUS_TOKEN_FILE).read_text("ascii")
    except (OSError, ValueError):
        return ""


def status_of(port: int, token: str = "") -> dict[str, Any] | None:
    """`/v1/status` of the API on `port`, or None when nothing of ours answers there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/v1/status", headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) and "proxy" in answer else None


def listens(port: int) -> bool:
    """Whether anything accepts connections on that loopback port."""
    with socket(AF_INET, SOCK_STREAM) as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def check(settings: Config) -> Iterable[Result]:
    """Proxy and backend answer; what the backend knows of itself."""
    api = settings.port + 1
    status = status_of(api, token_of(settings.data.expanduser())) or status_of(api)
    if status is None:
        for name, port in (("Proxy port", settings.port), ("API port", api)):
            if listens(port):
                fix = f"Stop that program, or run Groundwire with another --port than {settings.port}."
                yield Result(name, "fault", f"another program uses {port}", fix)
        yield Result("Groundwire", "fault", "not running: chats are not watched over", "Start it: groundwire run")
        return
    yield Result("Groundwire", "ok", f"running, API on {api}, model {status.get('model')}")
    if listens(int(str(status["proxy"]).rpartition(":")[2])):
        yield Result("Proxy", "ok", str(status["proxy"]))
    else:
        yield Result("Proxy", "fault", f"{status['proxy']} does not answer", "Run `groundwire run` again.")
    if status.get("link") != "up":
        yield Result("Link", "fault", "the proxy does not reach the backend", "Run `groundwire run` again.")
    for reason in status.get("reasons") or []:
        yield Result("Protection", "note", str(reason))
    for item in status.get("not_scored") or []:
        yield Result("Not scored", "note", str(item.get("reason", item)))
    if not status.get("paired", True):
        yield Result("Extension", "note", "no extension is paired", "Type the pairing code into the extension.")
