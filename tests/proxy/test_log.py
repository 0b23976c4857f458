"""The exchange log: order, limits, and replay from the first byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.link import Data, End, FromProxy, Gap, HeadMsg, Notice, Open
from proxy.log import ExchangeLog

EVERYTHING = 1 << 30


def meta(name: str = "a", kind: str = "http") -> ExchangeMeta:
    return ExchangeMeta(
        exchange_id=name,
        kind="websocket" if kind == "websocket" else "http",
        method="POST",
        scheme="https",
        host="chatgpt.com",
        port=443,
        path="/",
    )


def body(data: bytes, t: float = 1.0) -> Segment:
    return Segment(direction="s2c", data=data, t=t)


def message(data: bytes) -> Segment:
    return Segment(direction="s2c", data=data, t=1.0, frame="text")


def received(frames: list[FromProxy], name: str = "a") -> bytes:
    """The exchange's bytes, checked for holes."""
    data = b""
    start: int | None = None
    for frame in frames:
        if isinstance(frame, Data) and frame.exchange_id == name:
            start = frame.offset if start is None else start
            assert frame.offset == start + len(data)
            data += frame.segment.data
    return data


def test_an_exchange_comes_in_order() -> None:
    log = ExchangeLog()
    log.open(meta())
    question = Segment(direction="c2s", data=b"question", t=1.0)
    log.append("a", question)
    log.head("a", Head(status=200))
    log.append("a", body(b"one"))
    log.end("a", True)
    assert log.take(EVERYTHING) == [
        Open(meta()),
        Data("a", 0, question),
        HeadMsg("a", Head(status=200)),
        Data("a", 8, body(b"one")),
        End("a", 11, True),
    ]
    assert log.take(EVERYTHING) == []


def test_it_can_be_taken_as_it_grows() -> None:
    log = ExchangeLog()
    log.open(meta())
    log.append("a", body(b"one"))
    assert log.take(EVERYTHING) == [Open(meta()), Data("a", 0, body(b"one"))]
    log.append("a", body(b"two"))
    assert log.take(EVERYTHING) == [Data("a", 3, body(b"two"))]


def test_neighbouring_bytes_are_joined_and_messages_are_not() -> None:
    log = ExchangeLog()
    log.open(meta())
    for number in range(5):
        log.append("a", body(b"x" * 10, t=float(number)))
    joined = log.take(EVERYTHING)[1]
    assert joined == Data("a", 0, body(b"x" * 50, t=4.0))
    log.append("a", message(b"one"))
    log.append("a", message(b"two"))
    assert [frame.segment.data for frame in log.take(EVERYTHING) if isinstance(frame, Data)] == [b"one", b"two"]


def test_after_a_reconnect_all_comes_again_from_the_first_byte() -> None:
    log = ExchangeLog()
    log.open(meta())
    log.append("a", body(b"one"))
    log.take(EVERYTHING)
    log.append("a", body(b"two"))
    log.ack("a", 3, False)
    log.rewind()
    frames = log.take(EVERYTHING)
    assert frames[0] == Open(meta())
    assert received(frames) == b"onetwo"


def test_done_frees_and_stops_the_copy() -> None:
    log = ExchangeLog()
    log.open(meta())
    log.append("a", body(b"one"))
    log.ack("a", 0, True)
    assert not log.append("a", body(b"two"))
    assert (len(log), log.weight, log.take(EVERYTHING)) == (0, 0, [])
    log.ack("unknown", 5, True)


def test_an_exchange_over_its_limit_becomes_a_gap_as_a_whole() -> None:
    log = ExchangeLog(exchange_limit=100)
    log.open(meta())
    assert log.append("a", body(b"x" * 100))
    assert not log.append("a", body(b"y"))
    assert not log.append("a", body(b"z"))
    log.end("a", True)
    assert log.weight == 0
    log.rewind()
    assert log.take(EVERYTHING) == [Open(meta()), Gap("a", "exchange_too_large")]


def test_a_gap_after_some_bytes_were_sent() -> None:
    log = ExchangeLog(exchange_limit=100)
    log.open(meta())
    log.append("a", body(b"x" * 60))
    log.take(EVERYTHING)
    log.append("a", body(b"x" * 60))
    assert log.take(EVERYTHING) == [Gap("a", "exchange_too_large")]


def test_the_total_limit_costs_the_exchange_that_grows() -> None:
    log = ExchangeLog(total_limit=2000)
    for name in ("a", "b"):
        log.open(meta(name))
        assert log.append(name, body(b"x" * 500))
    assert not log.append("b", body(b"x" * 500))
    frames = log.take(EVERYTHING)
    assert received(frames, "a") == b"x" * 500
    assert Gap("b", "memory_full") in frames
    assert log.append("a", body(b"more"))


def test_many_tiny_chunks_count_too() -> None:
    log = ExchangeLog(total_limit=100_000)
    log.open(meta())
    count = 0
    while log.append("a", body(b"x")):
        count += 1
    assert count < 100_000 / 100


def test_the_number_of_exchanges_is_bounded() -> None:
    log = ExchangeLog(max_exchanges=2)
    assert log.open(meta("a"))
    assert log.open(meta("b"))
    assert not log.open(meta("c"))
    assert not log.append("c", body(b"x"))
    assert [frame.kind for frame in log.take(EVERYTHING) if isinstance(frame, Notice)] == ["overflow"]


def test_a_websocket_gives_up_acknowledged_messages_only() -> None:
    log = ExchangeLog(exchange_limit=100)
    log.open(meta(kind="websocket"))
    for number in range(10):
        assert log.append("a", message(b"%010d" % number))
    assert received(log.take(EVERYTHING)) == b"".join(b"%010d" % number for number in range(10))
    log.ack("a", 55, False)
    assert log.append("a", message(b"%010d" % 10))
    assert received(log.take(EVERYTHING)) == b"%010d" % 10
    log.rewind()
    frames = log.take(EVERYTHING)
    assert next(frame.offset for frame in frames if isinstance(frame, Data)) == 50
    assert received(frames) == b"".join(b"%010d" % number for number in range(5, 11))
    for number in range(11, 20):
        log.append("a", message(b"%010d" % number))
    assert log.take(EVERYTHING) == [Gap("a", "exchange_too_large")]
    assert log.weight == 0


def test_a_batch_is_limited_and_nothing_is_lost_between_batches() -> None:
    log = ExchangeLog()
    for name in ("a", "b"):
        log.open(meta(name))
        for _ in range(20):
            log.append(name, message(b"x" * 100))
        log.end(name, True)
    frames: list[FromProxy] = []
    while batch := log.take(250):
        assert sum(len(frame.segment.data) for frame in batch if isinstance(frame, Data)) < 350
        frames += batch
    assert [frame for frame in frames if isinstance(frame, End)] == [End("a", 2000, True), End("b", 2000, True)]
    assert received(frames, "a") == received(frames, "b") == b"x" * 2000


def test_notices_are_told_again_the_latest_of_each_kind_and_host() -> None:
    log = ExchangeLog()
    log.notice("refused", "chatgpt.com", "tls")
    log.notice("refused", "chatgpt.com", "challenge")
    assert len(log.take(EVERYTHING)) == 2
    log.rewind()
    assert log.take(EVERYTHING) == [Notice("refused", "chatgpt.com", "challenge")]


def test_notices_are_bounded() -> None:
    log = ExchangeLog()
    for number in range(1000):
        log.notice("refused", f"host{number}", "")
    assert len(log.take(EVERYTHING)) == 256
    log.rewind()
    assert len(log.take(EVERYTHING)) == 256


@pytest.mark.parametrize("call", ["head", "append", "end", "gap"])
def test_unknown_exchanges_are_ignored(call: str) -> None:
    log = ExchangeLog()
    argument = {"head": Head(status=200), "append": body(b"x"), "end": True, "gap": "why"}[call]
    getattr(log, call)("nobody", argument)
    assert log.take(EVERYTHING) == []


@given(
    chunks=st.lists(st.tuples(st.sampled_from("abc"), st.binary(min_size=1, max_size=40)), max_size=40),
    cuts=st.lists(st.integers(0, 3), max_size=40),
    limit=st.integers(1, 200),
)
def test_whatever_is_interrupted_each_exchange_arrives_whole(
    chunks: list[tuple[str, bytes]], cuts: list[int], limit: int
) -> None:
    log = ExchangeLog()
    sent: dict[str, bytes] = {}
    frames: list[FromProxy] = []
    for name in "abc":
        log.open(meta(name))
        sent[name] = b""
    plan = iter(cuts)
    for name, data in chunks:
        log.append(name, body(data))
        sent[name] += data
        action = next(plan, 0)
        if action == 1:
            frames += log.take(limit)
        elif action == 2:
            log.rewind()
            frames = []
    while batch := log.take(limit):
        frames += batch
    assert {name: received(frames, name) for name in "abc"} == sent
