"""Server-sent events as services really send them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.framing.sse import Sse, SseEvent

STREAM = (
    "\ufeff: comment\n"
    "event: delta\ndata: one\ndata:two\nid: 7\nretry: 5\n\n"
    ":only a comment\n\n"
    "data:  two spaces\n\n"
    "event: empty\n\n"
    "data\n\n"
    "data: é👋\n\n"
    "data: last"
)
WANTED = [
    SseEvent("delta", "one\ntwo"),
    SseEvent("", " two spaces"),
    SseEvent("", ""),
    SseEvent("", "é👋"),
    SseEvent("", "last"),
]


def read(data: bytes, edges: list[int]) -> list[SseEvent]:
    sse = Sse()
    events = [event for start, stop in pairwise(edges) for event in sse.feed(data[start:stop])]
    return events + sse.flush()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line(end: str) -> None:
    data = STREAM.replace("\n", end).encode()
    assert read(data, list(range(len(data) + 1))) == WANTED


@given(st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 300), max_size=10))
def test_any_cut(end: str, cuts: list[int]) -> None:
    data = STREAM.replace("\n", end).encode()
    assert read(data, sorted({0, len(data), *(cut % len(data) for cut in cuts)})) == WANTED


def test_an_event_is_delivered_when_its_blank_line_arrives() -> None:
    sse = Sse()
    assert sse.feed(b"data: a\n") == []
    assert sse.feed(b"\n") == [SseEvent("", "a")]
    assert sse.flush() == []


def test_an_event_beyond_the_limit_is_dropped() -> None:
    sse = Sse(limit=12)
    assert sse.feed(b"data: 123456\ndata: 123456\n\ndata: ok\n\n") == [SseEvent("", "ok")]
    assert sse.dropped == 1


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    sse = Sse()
    sse.feed(data)
    sse.flush()
