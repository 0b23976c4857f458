"""Characters cut in half."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proxy.framing.utf8 import Utf8


@given(st.text(), st.lists(st.integers(0, 400), max_size=8))
def test_any_cut_gives_the_same_text(text: str, cuts: list[int]) -> None:
    data = text.encode("utf-8", "replace")
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    decoder = Utf8()
    parts = [decoder.feed(data[start:stop]) for start, stop in pairwise(edges)]
    assert "".join(parts) + decoder.flush() == data.decode().removeprefix("\ufeff")


def test_ill_formed_bytes_become_the_replacement_character() -> None:
    decoder = Utf8()
    assert decoder.feed(b"a\xff\xe2\x82") + decoder.flush() == "a\ufffd\ufffd"


def test_only_the_first_byte_order_mark_is_dropped() -> None:
    decoder = Utf8()
    assert decoder.feed(b"\xef\xbb") + decoder.feed(b"\xbfa\xef\xbb\xbfb") == "a\ufeffb"
