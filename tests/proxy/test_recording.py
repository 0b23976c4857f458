"""The fixture format, read and refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.exchange import Head, Segment
from proxy.recording import DecodeInputError, read_recording

URL = "https://chat.example.org/api/chat?x=1#part"


def write(
    folder: Path, meta: Any, response: tuple[str, str] | None = ("response.sse", ""), request: str | None = None
) -> Path:
    (folder / "meta.json").write_text(meta if isinstance(meta, str) else json.dumps(meta))
    if response:
        (folder / response[0]).write_text(response[1])
    if request is not None:
        (folder / "request.json").write_text(request)
    return folder


def test_http(tmp_path: Path) -> None:
    recording = read_recording(
        write(
            tmp_path,
            {"url": URL, "status": 201, "content_type": "text/event-stream"},
            ("response.sse", "data: 1\n\n"),
            '{"a":1}',
        )
    )
    meta = recording.meta
    assert (meta.kind, meta.method, meta.host, meta.port, meta.path) == (
        "http",
        "POST",
        "chat.example.org",
        443,
        "/api/chat?x=1",
    )
    sent, head, got = recording.items
    assert sent == Segment(direction="c2s", data=b'{"a":1}', t=0.0)
    assert head == Head(status=201, content_type="text/event-stream")
    assert isinstance(got, Segment)
    assert got.data == b"data: 1\n\n"


def test_form_fields_are_encoded_again(tmp_path: Path) -> None:
    meta = {"url": URL, "request_content_type": "application/x-www-form-urlencoded;charset=UTF-8"}
    item = read_recording(write(tmp_path, meta, request='{"a b": "é&", "c": ""}')).items[0]
    assert isinstance(item, Segment)
    assert item.data == b"a+b=%C3%A9%26&c="


def test_websocket(tmp_path: Path) -> None:
    lines = '{"dir":"c2s","text":"é"}\n\n{"dir":"s2c","b64":"AP8="}\n'
    recording = read_recording(write(tmp_path, {"url": "wss://a.example/ws/"}, ("response.ws.jsonl", lines)))
    assert recording.meta.kind == "websocket"
    assert [(i.direction, i.data, i.frame) for i in recording.items if isinstance(i, Segment)] == [
        ("c2s", "é".encode(), "text"),
        ("s2c", b"\x00\xff", "binary"),
    ]


@pytest.mark.parametrize(
    ("meta", "response", "request_", "says"),
    [
        ("[]", ("response.sse", ""), None, '"url"'),
        ("{", ("response.sse", ""), None, "not valid JSON"),
        ({"url": 3}, ("response.sse", ""), None, '"url"'),
        ({"url": "/only/a/path"}, ("response.sse", ""), None, "without a host"),
        ({"url": "https://a.example:port/"}, ("response.sse", ""), None, "no URL"),
        ({"url": URL}, None, None, "exactly one response"),
        ({"url": URL}, ("response.sse", ""), "{", "request.json is not valid JSON"),
        ({"url": URL}, ("response.ws.jsonl", '{"dir":"up","text":"x"}'), None, "line 1"),
        ({"url": URL}, ("response.ws.jsonl", '{"dir":"s2c","text":"x"}\nnope'), None, "line 2"),
        ({"url": URL}, ("response.ws.jsonl", '{"dir":"s2c","b64":"%"}'), None, "line 1"),
        (
            {"url": URL, "request_content_type": "application/x-www-form-urlencoded"},
            ("response.sse", ""),
            "[]",
            "form fields",
        ),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, meta: Any, response: Any, request_: str | None, says: str) -> None:
    write(tmp_path, meta, response, request_)
    with pytest.raises(DecodeInputError) as caught:
        read_recording(tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "file"):
        (tmp_path / "file").write_text("x")
        with pytest.raises(DecodeInputError, match="not a folder"):
            read_recording(path)


def test_two_responses(tmp_path: Path) -> None:
    write(tmp_path, {"url": URL})
    (tmp_path / "response.json").write_text("{}")
    with pytest.raises(DecodeInputError, match="found 2"):
        read_recording(tmp_path)
