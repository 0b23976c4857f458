"""Honest words about what runs and what is read."""

from backend.policy.profile import Profile
from backend.status import Latency, StatusBoard


def board() -> StatusBoard:
    return StatusBoard("http://127.0.0.1:1", "word_v1")


def test_without_a_link_nothing_is_protected() -> None:
    status = board()
    report = status.report(None)
    assert (report["link"], report["protected"]) == ("down", False)
    status.link_opened()
    assert status.report(None)["protected"] is True
    status.link_opened()
    status.link_closed()
    assert status.link
    status.link_closed()
    assert status.report(None)["protected"] is False


def test_without_a_model_nothing_is_protected() -> None:
    status = StatusBoard("http://127.0.0.1:1", None)
    status.link_opened()
    report = status.report(None)
    assert report["protected"] is False
    assert report["reasons"]


def test_a_host_that_the_proxy_cannot_read_is_the_pages() -> None:
    status = board()
    status.link_opened()
    status.note_exchange("chatgpt.com", "proxy")
    assert status.capture_hosts()["chatgpt.com"] == "proxy"
    status.note_notice("tls_refused", "chatgpt.com", "")
    assert status.capture_hosts()["chatgpt.com"] == "page"
    report = status.report("myself")
    assert report["capture"] == {"chatgpt.com": "none"}
    assert any("chatgpt.com" in reason for reason in report["reasons"])  # type: ignore[attr-defined]
    status.note_exchange("chatgpt.com", "page")
    assert status.report("myself")["capture"] == {"chatgpt.com": "page"}
    status.note_exchange("chatgpt.com", "proxy")
    assert status.report("myself")["reasons"] == []
    status.link_closed()
    assert status.capture_hosts()["chatgpt.com"] == "page"


def test_each_profile_sees_its_own_talks_only() -> None:
    status = board()
    status.note_not_scored(Profile(name="child"), "c1", "memory_full")
    assert status.report("child")["not_scored"] == [{"conversation_id": "c1", "reason": "memory_full"}]
    assert status.report("myself")["not_scored"] == []
    assert "not_scored" not in status.report(None)


def test_watchers_hear_of_changes_once() -> None:
    status, heard = board(), []
    status.watchers.add(lambda: heard.append(1))
    for _ in range(2):
        status.note_exchange("h", "proxy")
        status.note_notice("tee_error", "h", "")
        status.set_supervisor("127.0.0.1:8080", "/ca", {"proxy": 1})
    assert len(heard) == 3


def test_words_come_in_the_language_asked_for() -> None:
    assert board().report(None, "de")["reasons"] != board().report(None, "en")["reasons"]


def test_latency_in_milliseconds() -> None:
    latency = Latency()
    assert latency.report()["p50_ms"] is None
    for ms in range(1, 101):
        latency.add(ms / 1000)
    latency.add(60)
    report = latency.report()
    assert (report["count"], report["p50_ms"], report["p95_ms"]) == (101, 51.0, 96.0)
    assert report["histogram_ms"] == {"<=25": 25, "<=50": 25, "<=100": 50, ">5000": 1}
