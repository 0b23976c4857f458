"""Reading shapes that nobody promised."""

import pytest

from proxy.dialects.pick import ident, join_surrogates, parts_text, pick, role_of, seconds_of, when_of


def test_pick_follows_what_exists_and_never_raises() -> None:
    value = {"a": [{"b": 1}, None]}
    assert pick(value, "a", 0, "b") == 1
    assert pick(value, "a", -2, "b") == 1
    for path in (("a", 5), ("a", "b"), ("x",), ("a", 0, "b", "c"), (0,)):
        assert pick(value, *path) is None


def test_ids_are_text() -> None:
    assert [ident(v) for v in (7, "x", "", None, True, 1.5, [])] == ["7", "x", None, None, None, None, None]


def test_roles() -> None:
    assert [role_of(v) for v in ("USER", "human", "Agent", "bot", "system", None, 3)] == [
        "user",
        "user",
        "assistant",
        "assistant",
        None,
        None,
        None,
    ]


def test_parts_are_joined_without_separator_and_others_left_out() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "image"}, "b", {"text": "c"}, {"type": "text", "text": None}]
    assert parts_text(content, "text") == "abc"
    assert parts_text("plain", "text") == "plain"
    assert parts_text({"type": "text", "text": "x"}, "text") == "x"
    assert parts_text(None, "text") == ""


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T18:00:00Z",
        "2026-03-02T19:00:00+01:00",
        "2026-03-02T18:00:00",
        1772474400,
        1772474400000,
        "1772474400",
    ],
)
def test_times_of_every_kind(value: object) -> None:
    assert seconds_of(value) == 1772474400.0


def test_times_sort_as_text() -> None:
    times = ["2026-01-01T00:00:01Z", "2026-01-01T00:00:01.5Z", "2026-01-01T00:00:01.916401764Z", "2026-01-01T00:00:10Z"]
    assert sorted([times[3], times[2], times[0], times[1]], key=when_of) == times
    assert when_of("yesterday") == when_of(None) == when_of(True) == when_of(-1) == ""


def test_surrogate_halves() -> None:
    assert join_surrogates("a\ud83d\udc4bé") == "a👋é"
    assert join_surrogates("\udc4b\ud83d") == "��"
