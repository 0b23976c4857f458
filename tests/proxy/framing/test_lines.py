"""Ends of line and limits."""

from proxy.framing.lines import Lines


def read(data: bytes, size: int, limit: int = 100) -> tuple[list[str], int]:
    lines = Lines(limit)
    found = [line for start in range(0, len(data), size) for line in lines.feed(data[start : start + size])]
    return found + lines.flush(), lines.dropped


def test_lf_crlf_and_cr_end_a_line_and_nothing_else_does() -> None:
    data = "a\nb\r\nc\rd\u2028e\x0bf\n\n\r\n\rg".encode()
    wanted = ["a", "b", "c", "d\u2028e\x0bf", "", "", "", "g"]
    for size in (1, 2, 3, 5, len(data)):
        assert read(data, size) == (wanted, 0)


def test_a_line_beyond_the_limit_is_dropped_whole() -> None:
    data = b"x" * 101 + b"\nshort\n" + b"y" * 300
    for size in (1, 7, len(data)):
        lines, dropped = read(data, size)
        assert (lines, dropped) == (["short"], 2)


def test_an_empty_stream_has_no_lines() -> None:
    assert read(b"", 1) == ([], 0)
