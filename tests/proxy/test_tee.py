"""The tee: bytes go on unchanged whatever happens to the copy."""

import pytest

from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import Data, End, Gap, HeadMsg, Notice, Open
from proxy.log import ExchangeLog
from proxy.tee import Tee

META = ExchangeMeta(exchange_id="a", kind="http", method="POST", scheme="https", host="chatgpt.com", port=443, path="/")
EVERYTHING = 1 << 30


class BrokenLog(ExchangeLog):
    """A log in which one method fails."""

    def __init__(self, broken: str) -> None:
        super().__init__()
        self.broken = broken

    def append(self, exchange_id: str, segment: Segment) -> bool:
        if self.broken == "append":
            raise ValueError("broken")
        return super().append(exchange_id, segment)

    def open(self, meta: ExchangeMeta) -> bool:
        if self.broken == "open":
            raise KeyError("broken")
        return super().open(meta)

    def notice(self, kind: str, host: str, detail: str) -> None:
        if self.broken == "open":
            raise RuntimeError("broken too")
        super().notice(kind, host, detail)


def test_one_exchange() -> None:
    log = ExchangeLog()
    tee = Tee(log, META, clock=lambda: 5.0)
    assert tee.request(b"ques") == b"ques"
    assert tee.request(b"tion") == b"tion"
    assert tee.request(b"") == b""
    tee.head(Head(status=200, content_type="text/event-stream"))
    assert tee.response(b"one") == b"one"
    assert tee.response(b"") == b""
    tee.end(True)
    assert log.take(EVERYTHING) == [
        Open(META),
        Data("a", 0, Segment(direction="c2s", data=b"question", t=5.0)),
        HeadMsg("a", Head(status=200, content_type="text/event-stream")),
        Data("a", 8, Segment(direction="s2c", data=b"one", t=5.0)),
        End("a", 11, True),
    ]


def test_a_request_that_is_still_going_when_the_answer_starts_comes_first() -> None:
    log = ExchangeLog()
    tee = Tee(log, META)
    tee.request(b"question")
    tee.head(Head(status=200))
    frames = log.take(EVERYTHING)
    assert isinstance(frames[1], Data)
    assert isinstance(frames[2], HeadMsg)


def test_nothing_is_said_of_an_exchange_that_never_began() -> None:
    log = ExchangeLog()
    Tee(log, META).end(True)
    assert log.take(EVERYTHING) == []


def test_messages_keep_their_frames() -> None:
    log = ExchangeLog()
    tee = Tee(log, META, clock=lambda: 1.0)
    tee.open()
    tee.message("c2s", b"", "text")
    tee.message("s2c", b"\x00", "binary")
    assert log.take(EVERYTHING)[1:] == [
        Data("a", 0, Segment(direction="c2s", data=b"", t=1.0, frame="text")),
        Data("a", 0, Segment(direction="s2c", data=b"\x00", t=1.0, frame="binary")),
    ]


def test_after_the_end_nothing_is_copied() -> None:
    log = ExchangeLog()
    tee = Tee(log, META)
    tee.open()
    tee.end(False)
    assert tee.response(b"late") == b"late"
    tee.end(True)
    assert log.take(EVERYTHING) == [Open(META), End("a", 0, False)]


def test_over_the_limit_copying_stops_and_bytes_go_on() -> None:
    log = ExchangeLog(exchange_limit=10)
    tee = Tee(log, META)
    tee.head(Head(status=200))
    for _ in range(5):
        assert tee.response(b"12345") == b"12345"
    assert not tee.on
    tee.end(True)
    assert log.take(EVERYTHING) == [Open(META), Gap("a", "exchange_too_large")]


def test_a_large_request_is_not_gathered() -> None:
    log = ExchangeLog(exchange_limit=10)
    tee = Tee(log, META)
    for _ in range(5):
        assert tee.request(b"12345") == b"12345"
    assert log.take(EVERYTHING) == [Open(META), Gap("a", "exchange_too_large")]


@pytest.mark.parametrize("method", ["request", "response"])
@pytest.mark.parametrize("broken", ["append", "open"])
def test_an_error_returns_the_bytes_and_switches_the_tee_off(method: str, broken: str) -> None:
    log = BrokenLog(broken)
    tee = Tee(log, META)
    call = getattr(tee, method)
    for _ in range(3):
        assert call(b"bytes") == b"bytes"
        assert call(b"") == b""
    tee.message("s2c", b"x", "text")
    tee.head(Head(status=200))
    tee.end(True)
    assert not tee.on
    frames = log.take(EVERYTHING)
    if broken == "append":
        assert Gap("a", "tee_error") in frames
        assert Notice("tee_error", "chatgpt.com", "ValueError") in frames
    assert not any(isinstance(frame, Data | End) for frame in frames)
