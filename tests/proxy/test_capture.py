"""What is copied and what is not."""

import pytest

from proxy import capture
from proxy.exchange import Head


@pytest.mark.parametrize(
    ("method", "destination", "expected"),
    [
        ("POST", "empty", True),
        ("GET", "", True),
        ("get", "Empty", True),
        ("GET", "websocket", True),
        ("GET", "document", False),
        ("GET", "image", False),
        ("GET", "script", False),
        ("OPTIONS", "empty", False),
        ("HEAD", "", False),
    ],
)
def test_requests(method: str, destination: str, expected: bool) -> None:
    assert capture.carries_chat(method, destination) is expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/event-stream; charset=utf-8", True),
        ("application/json", True),
        ("application/x-ndjson", True),
        ("application/octet-stream", True),
        ("text/plain", True),
        ("", True),
        ("image/webp", False),
        ("Text/HTML; charset=utf-8", False),
        ("application/javascript", False),
        ("audio/mpeg", False),
    ],
)
def test_responses(content_type: str, expected: bool) -> None:
    assert capture.is_words(Head(status=200, content_type=content_type)) is expected


def test_request_bodies() -> None:
    assert capture.has_body("post")
    assert not capture.has_body("GET")
    assert capture.is_upload("multipart/form-data; boundary=x")
    assert not capture.is_upload("application/json")


@pytest.mark.parametrize(
    ("status", "content_type", "expected"),
    [
        (403, "text/html; charset=UTF-8", True),
        (503, "text/html", True),
        (200, "text/html", False),
        (403, "application/json", False),
    ],
)
def test_where_a_challenge_may_be(status: int, content_type: str, expected: bool) -> None:
    assert capture.may_challenge(Head(status=status, content_type=content_type)) is expected


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_challenge_is_found_once_and_the_page_goes_on(size: int) -> None:
    page = b"<html><title>Just a moment...</title>" + b"x" * 9000
    found: list[int] = []
    look = capture.watch_for_challenge(lambda: found.append(1))
    passed = b"".join(look(page[start : start + size]) for start in range(0, len(page), size)) + look(b"")
    assert passed == page
    assert found == [1]


def test_an_ordinary_refusal_is_no_challenge() -> None:
    found: list[int] = []
    look = capture.watch_for_challenge(lambda: found.append(1))
    look(b"<html>Forbidden" + b" " * 5000)
    look(b"just a moment")
    assert not found
