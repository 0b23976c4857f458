"""Glued, broken and endless JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.framing.json_objects import JsonObjects, scan_values

VALUES = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


def read(data: bytes, size: int, start: str = "{") -> tuple[list[Any], int]:
    scanner = JsonObjects(start)
    found = [value for at in range(0, len(data), size) for value in scanner.feed(data[at : at + size])]
    return found + scanner.flush(), scanner.broken


@given(st.lists(VALUES, max_size=5), st.sampled_from(["", "\n", "\r\n", ",", " ", "\x1e", "42"]), st.integers(1, 50))
def test_values_with_any_separator_and_cut(values: list[Any], separator: str, size: int) -> None:
    data = separator.join(json.dumps(value, ensure_ascii=False) for value in values).encode("utf-8", "surrogatepass")
    if b"\xed" in data:
        data = separator.join(json.dumps(value) for value in values).encode()
    assert read(data, size) == (values, 0)


def test_items_of_an_array_come_one_by_one() -> None:
    scanner = JsonObjects()
    assert scanner.feed(b'[{"a": 1},\n') == [{"a": 1}]
    assert scanner.open is False
    assert scanner.feed(b'{"b": [{"c": "}]"}]}]') == [{"b": [{"c": "}]"}]}]


def test_arrays_by_balance() -> None:
    assert read(b')]}\'\n\n12\n[["a]\\"",{"b":[1]}]]\n3\n[1]', 1, "[") == ([[['a]"', {"b": [1]}]], [1]], 0)


@pytest.mark.parametrize(
    ("text", "values", "broken"),
    [
        ('{"a": "cut\n{"b": 1}', [{"b": 1}], 1),
        ('{"a": 1 {"b": 2}{"c": 3}', [{"b": 2}, {"c": 3}], 1),
        ('{"a": {"x": 1}{"b": 2}', [{"b": 2}], 1),
        ('{"a": }{"b": 2}', [{"b": 2}], 1),
        ('{"a": [1}{"b": 2}', [{"b": 2}], 1),
        ('{"a": tru', [], 1),
        ("}}]]", [], 0),
        ("no json at all", [], 0),
    ],
)
def test_after_a_broken_value_the_next_one_is_found(text: str, values: list[Any], broken: int) -> None:
    for size in (1, 3, len(text)):
        assert read(text.encode(), size) == (values, broken)


def test_a_value_beyond_the_limit_is_dropped() -> None:
    scanner = JsonObjects(limit=100)
    assert scanner.feed(b'{"a": "' + b"x" * 200) == []
    assert scanner.broken == 1
    assert scanner.open is False


@pytest.mark.parametrize(
    "unit", [b'{"a":"', b"{", b'{"a":', b'[{"x" ', b'{"a":1 {"b":2} ', b'{"a":"x\n', b'"\\', b"[[{"]
)
def test_long_broken_input_ends(unit: bytes) -> None:
    """A scanner whose work grew with the square of the length would not come back from a megabyte."""
    read(unit * (1_000_000 // len(unit)), 65_536)
    scan_values((unit * (1_000_000 // len(unit))).decode())


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(1, 20))
def test_any_bytes(data: bytes, size: int) -> None:
    assert read(data, size)[0] == read(data, len(data) or 1)[0]


def test_scan_values() -> None:
    assert scan_values('x{"a":1}{"b":}{"c":2}[3] tail') == ([{"a": 1}, {"c": 2}, [3]], 1)
    assert scan_values("[1][2]") == ([[1], [2]], 0)
    assert scan_values('["{"]{"a":1}', "{")[0] == [{"a": 1}]
    assert scan_values("{" * 1000)[1] <= 65
    assert scan_values('{"a":' * 100_000)[1] <= 65
