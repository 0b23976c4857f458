"""No stream on a chat path goes by uncounted, and a changed format is said with its day."""

import json
from pathlib import Path

from backend.drift import DriftBoard
from backend.policy.catalogue import LANGUAGES, status_reason
from backend.status import StatusBoard
from proxy.decode import FlowDecoder
from proxy.exchange import ExchangeMeta, Head, Segment

CHAT = "/v1/chat/completions"
NOVEMBER_24 = 1795521600.0


def exchange(
    answer: bytes, status: int = 200, complete: bool = True, path: str = "/v1/chat/completions"
) -> FlowDecoder:
    meta = ExchangeMeta(
        exchange_id="x", kind="http", method="POST", scheme="https", host="api.openai.com", port=443, path=path,
        request_content_type="application/json",
    )  # fmt: skip
    decoder = FlowDecoder(meta)
    question = json.dumps({"messages": [{"role": "user", "content": "Hello"}]}).encode()
    decoder.feed(Segment(direction="c2s", data=question, t=0.0))
    decoder.head(Head(status=status, content_type="text/event-stream"))
    decoder.feed(Segment(direction="s2c", data=answer, t=0.0))
    decoder.end(complete)
    return decoder


GOOD = b'data: {"choices":[{"delta":{"content":"Hi there"}}]}\n\ndata: [DONE]\n\n'
NEW_FORMAT = b'data: {"response": "Hi there"}\n\n'
NONSENSE = b'data: {"zz": 1}\n\n'


def test_every_stream_is_counted_whatever_came_of_it() -> None:
    board = DriftBoard()
    answers = [GOOD, NEW_FORMAT, NONSENSE, b"", b"\xff\x00{{{{", b"[]", b"data: [DONE]\n\n"]
    for answer in answers:
        board.note("api.openai.com", exchange(answer))
        board.note("api.openai.com", exchange(answer, status=500))
        board.note("api.openai.com", exchange(answer, complete=False))
        board.note("api.openai.com", exchange(answer, path="/v9/new/conversation"))
    places = board.places()
    assert sum(place.seen for place in places) == 4 * len(answers)
    for place in places:
        assert place.seen == place.decoded + place.explained + place.unread


def test_a_stream_without_an_answer_is_always_shown() -> None:
    for answer in (NONSENSE, b"", b"\xff\x00{{{{", b"data: [DONE]\n\n"):
        status = StatusBoard("http://127.0.0.1:1", "m", lambda: NOVEMBER_24)
        status.note_read("api.openai.com", exchange(answer))
        (row,) = status.report("myself")["services"]  # type: ignore[misc]
        assert row["misses"], answer
        assert "2026-11-24" in row["text"]
        assert row["text"] in status.report("myself")["reasons"]  # type: ignore[operator]


def test_a_changed_format_is_told_until_it_is_read_again() -> None:
    now = [NOVEMBER_24]
    status = StatusBoard("http://127.0.0.1:1", "m", lambda: now[0])
    status.note_read("api.openai.com", exchange(NEW_FORMAT))
    now[0] += 5 * 86400
    status.note_read("api.openai.com", exchange(NEW_FORMAT))
    (row,) = status.report("myself")["services"]  # type: ignore[misc]
    assert row["reading"] == "generic"
    assert row["text"] == "OpenAI's own API changed its format on 2026-11-24: reading with the generic decoder."
    status.note_read("api.openai.com", exchange(GOOD))
    (row,) = status.report("myself")["services"]  # type: ignore[misc]
    assert (row["reading"], row["text"], row["seen"], row["decoded"]) == ("own", "", 3, 3)


def test_the_day_outlives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "services.json"
    DriftBoard(file, lambda: NOVEMBER_24).note("api.openai.com", exchange(NONSENSE))
    again = DriftBoard(file, lambda: NOVEMBER_24 + 1e6)
    again.note("api.openai.com", exchange(NONSENSE))
    (place,) = again.places()
    assert (place.seen, place.changed) == (2, NOVEMBER_24)
    assert "Hello" not in file.read_text()
    file.write_text("[{")
    assert DriftBoard(file).places() == []


def test_seen_and_not_readable_comes_with_its_minutes() -> None:
    status = StatusBoard("http://127.0.0.1:1", "m")
    status.note_notice("contact", "app.snapchat.com", "41")
    report = status.report("myself")
    assert report["contacts"] == [{"host": "app.snapchat.com", "service": "snapchat_my_ai", "minutes": 41}]
    assert any("41" in reason and "snapchat" in reason for reason in report["reasons"])  # type: ignore[attr-defined]


def test_words_in_every_language() -> None:
    for language in LANGUAGES:
        for code in ("changed_generic", "changed_none", "contact"):
            assert status_reason(language, code) != code
