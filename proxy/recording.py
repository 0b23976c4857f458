"""A recorded flow in a folder: `meta.json`, `request.json` (optional), one `response.<ext>`."""

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from proxy.exchange import Direction, ExchangeMeta, Head, Segment

MAX_FILE = 64 * 1024 * 1024
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class DecodeInputError(Exception):
    """The folder is no recorded flow; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """items: the bytes and the response head in wire order."""

    meta: ExchangeMeta
    items: tuple[Head | Segment, ...]


def read_recording(path: str | Path) -> Recording:
    folder = Path(path)
    if not folder.is_dir():
        raise DecodeInputError(f"{folder} is not a folder: give a folder that holds meta.json and response.*")
    facts = _json(folder / "meta.json")
    if not isinstance(facts, dict) or not isinstance(facts.get("url"), str):
        raise DecodeInputError(f'{folder / "meta.json"} must be a JSON object with a "url"')
    bodies = sorted(entry for entry in folder.glob("response.*") if entry.is_file())
    if len(bodies) != 1:
        raise DecodeInputError(f"{folder} must hold exactly one response.* file, found {len(bodies)}")
    socket = bodies[0].name.endswith(".ws.jsonl")
    meta = _meta(folder, facts, socket)
    if socket:
        return Recording(meta, tuple(_frames(bodies[0])))
    items: list[Head | Segment] = []
    if (folder / "request.json").is_file():
        body = _request(folder / "request.json", meta.request_content_type)
        items.append(Segment(direction="c2s", data=body, t=0.0))
    items.append(Head(status=_status(facts), content_type=str(facts.get("content_type") or "")))
    items.append(Segment(direction="s2c", data=_bytes(bodies[0]), t=0.0))
    return Recording(meta, tuple(items))


def _status(facts: dict[str, Any]) -> int:
    status = facts.get("status", 200)
    return status if isinstance(status, int) and 100 <= status < 600 else 200


def _meta(folder: Path, facts: dict[str, Any], socket: bool) -> ExchangeMeta:
    try:
        url = urlsplit(facts["url"])
        port = url.port
    except ValueError as error:
        raise DecodeInputError(f'{folder / "meta.json"} has a "url" that is no URL') from error
    if not url.hostname:
        raise DecodeInputError(f'{folder / "meta.json"} has a "url" without a host')
    scheme = url.scheme or "https"
    websocket = socket or scheme in ("ws", "wss") or facts.get("method") == "WS"
    method = str(facts.get("method") or ("POST" if (folder / "request.json").is_file() else "GET")).upper()
    return ExchangeMeta(
        exchange_id=folder.name,
        kind="websocket" if websocket else "http",
        method="GET" if websocket else method,
        scheme=scheme,
        host=url.hostname,
        port=port or _DEFAULT_PORTS.get(scheme, 443),
        path=(url.path or "/") + (f"?{url.query}" if url.query else ""),
        source="cli",
        request_content_type=str(facts.get("request_content_type") or "application/json"),
    )


def _request(path: Path, content_type: str) -> bytes:
    body = _json(path)
    if content_type.startswith("application/x-www-form-urlencoded"):
        if not isinstance(body, dict):
            raise DecodeInputError(f"{path} must be an object of form fields")
        return urlencode(
            {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        ).encode()
    return _bytes(path)


def _frames(path: Path) -> list[Segment]:
    frames: list[Segment] = []
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            direction: Direction = {"c2s": "c2s", "s2c": "s2c"}[row["dir"]]  # type: ignore[assignment]
            if "b64" in row:
                data = base64.b64decode(row["b64"], validate=True)
                frames.append(Segment(direction=direction, data=data, t=0.0, frame="binary"))
            else:
                data = row["text"].encode("utf-8", "surrogatepass")
                frames.append(Segment(direction=direction, data=data, t=0.0, frame="text"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise DecodeInputError(
                f'{path} line {number} is no frame: expected {{"dir":"c2s"|"s2c","text"|"b64":…}}'
            ) from error
    return frames


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise DecodeInputError(f"{path} is not valid JSON") from error


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeInputError(f"{path} is not UTF-8 text") from error


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise DecodeInputError(f"{path} is larger than {MAX_FILE // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise DecodeInputError(f"{path} cannot be read: {error.strerror or error}") from error
