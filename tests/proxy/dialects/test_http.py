"""Bodies to values: framing by content type and first bytes."""

from typing import Any

import pytest

from proxy.dialects.flow import Flow
from proxy.dialects.http import HttpDecoder, parse_request
from tests.proxy.flows import meta


class Notes:
    """A reader that keeps what it is given and cannot bear the number 13."""

    def __init__(self) -> None:
        self.body: Any = "none"
        self.events: list[tuple[str, Any]] = []

    def request(self, body: Any) -> None:
        self.body = body

    def event(self, name: str, value: Any) -> None:
        if value == {"n": 13}:
            raise ValueError
        self.events.append((name, value))

    def end(self, complete: bool) -> None:
        self.events.append(("end", complete))


def run(data: bytes, content_type: str = "", complete: bool = True, size: int = 1) -> tuple[Notes, Flow]:
    flow = Flow.open(meta("/x"), "test")
    flow.content_type = content_type
    notes = Notes()
    decoder = HttpDecoder(flow, notes)
    for at in range(0, len(data), size):
        decoder.response(data[at : at + size])
    decoder.end(complete)
    return notes, flow


@pytest.mark.parametrize(
    ("data", "content_type", "events"),
    [
        (b'data: {"a":1}\n\nevent: e\ndata: [DONE]\n\n', "text/event-stream", [("", {"a": 1}), ("e", "[DONE]")]),
        (b'event: e\r\ndata: {"a":1}\r\n\r\n', "text/plain", [("e", {"a": 1})]),
        (b': hello\n\ndata: {"a":1}', "", [("", {"a": 1})]),
        (b'\xef\xbb\xbfdata: {"a":1}\n\n', "text/event-stream", [("", {"a": 1})]),
        (b'{"a":1}{"b":2}', "application/json", [("", {"a": 1}), ("", {"b": 2})]),
        (b'{"error":"x"}', "text/event-stream", [("", {"error": "x"})]),
        (b'[{"a":1},{"b":2}]', "", [("", {"a": 1}), ("", {"b": 2})]),
        (b'data: {"a":1}{"b":2}\n\n', "text/event-stream", [("", {"a": 1}), ("", {"b": 2})]),
        (b'data: {\ndata: "a": 1}\n\n', "text/event-stream", [("", {"a": 1})]),
        (b"", "text/event-stream", []),
        (b"hi", "", []),
    ],
)
def test_framings(data: bytes, content_type: str, events: list[tuple[str, Any]]) -> None:
    for size in (1, 3, 100):
        notes, flow = run(data, content_type, size=size)
        assert notes.events == [*events, ("end", True)]
        assert not +flow.transcript.misses


def test_a_value_the_reader_cannot_bear_is_counted_and_the_next_is_read() -> None:
    notes, flow = run(b'{"n":12}{"n":13}{"n":14}')
    assert notes.events == [("", {"n": 12}), ("", {"n": 14}), ("end", True)]
    assert flow.transcript.misses == {"unknown_part": 1}


def test_a_cut_value_is_broken_only_when_the_service_closed_normally() -> None:
    for data, content_type in ((b'{"a":1}{"b', ""), (b'data: {"a":1}\n\ndata: {"b', "text/event-stream")):
        assert (+run(data, content_type, complete=True)[1].transcript.misses) == {"bad_json": 1}
        assert not +run(data, content_type, complete=False)[1].transcript.misses


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b"", "application/json", None),
        (b"a=1&b=%C3%A9+x&c=", "application/x-www-form-urlencoded;charset=UTF-8", {"a": "1", "b": "é x", "c": ""}),
        (b"a=1&b=2", "", {"a": "1", "b": "2"}),
        (
            b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"inputs":"Hi"}\r\n--x--',
            "multipart/form-data; boundary=x",
            {"inputs": "Hi"},
        ),
    ],
)
def test_requests(body: bytes, content_type: str, value: Any) -> None:
    assert parse_request(body, content_type) == value


def test_a_request_that_is_no_json_is_counted() -> None:
    flow = Flow.open(meta("/x"), "test")
    notes = Notes()
    HttpDecoder(flow, notes).request(b"{broken")
    assert notes.body is None
    assert flow.transcript.misses == {"bad_json": 1}
