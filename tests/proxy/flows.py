"""Helpers for tests that decode recorded flows."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proxy.decode import FlowDecoder, message_json
from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.recording import Recording, read_recording

FIXTURES = Path(__file__).parent.parent / "fixtures"
SHARED = Path(__file__).parents[3] / "shared" / "wire" / "fixtures"


def own_cases() -> list[Path]:
    return sorted(path.parent for path in FIXTURES.glob("*/*/meta.json"))


def shared_cases() -> list[Path]:
    return sorted(path.parent for path in SHARED.glob("*/meta.json")) if SHARED.is_dir() else []


def expected(case: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((case / "expected.json").read_text("utf-8"))
    return rows


def meta(url_path: str, host: str = "api.openai.com", **fields: Any) -> ExchangeMeta:
    defaults: dict[str, Any] = {
        "exchange_id": "x",
        "kind": "http",
        "method": "POST",
        "scheme": "https",
        "host": host,
        "port": 443,
        "path": url_path,
        "request_content_type": "application/json",
    }
    return ExchangeMeta(**{**defaults, **fields})


def cut(items: tuple[Head | Segment, ...], sizes: Iterator[int]) -> Iterator[Head | Segment]:
    """The same bytes in other pieces; WebSocket messages stay whole."""
    for item in items:
        if isinstance(item, Head) or item.frame != "body":
            yield item
            continue
        position = 0
        while position < len(item.data):
            size = next(sizes)
            data = item.data[position : position + size]
            yield Segment(direction=item.direction, data=data, t=item.t, frame="body")
            position += size


def ones() -> Iterator[int]:
    while True:
        yield 1


def randoms(seed: int) -> Iterator[int]:
    source = random.Random(seed)
    while True:
        yield source.randint(1, 60)


def run(recording: Recording, sizes: Iterator[int] | None = None, meta_: ExchangeMeta | None = None) -> FlowDecoder:
    decoder = FlowDecoder(meta_ or recording.meta)
    for item in cut(recording.items, sizes) if sizes else recording.items:
        if isinstance(item, Head):
            decoder.head(item)
        else:
            decoder.feed(item)
    decoder.end(True)
    return decoder


def rows(decoder: FlowDecoder) -> list[dict[str, Any]]:
    return [message_json(message) for message in decoder.messages()]


def bare(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "reasoning"}


def squeezed(row: dict[str, Any]) -> str:
    return "".join(row.get("reasoning", "").split())


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Assert equality as the fixture format asks: reasoning counts only where it is expected, white space aside."""
    assert [bare(row) for row in found] == [bare(row) for row in wanted]
    for got, want in zip(found, wanted, strict=True):
        if want.get("reasoning"):
            assert squeezed(got) == squeezed(want)
        if got.get("reasoning"):
            assert got["reasoning"] not in got["text"]


def load(service: str, case: str) -> Recording:
    return read_recording(FIXTURES / service / case)
