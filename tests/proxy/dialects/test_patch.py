"""Patch operations on a document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.dialects.patch import apply


@pytest.mark.parametrize(
    ("document", "path", "op", "value", "result"),
    [
        ({"a": {"b": "x"}}, "/a/b", "append", "y", {"a": {"b": "xy"}}),
        ({"a": ["x"]}, "a/0", "append", "y", {"a": ["xy"]}),
        ({"a": [{"t": "x"}, {"t": "y"}]}, "a/-1/t", "append", "z", {"a": [{"t": "x"}, {"t": "yz"}]}),
        ({"a": ["x"]}, "/a", "append", ["y"], {"a": ["x", "y"]}),
        ({"a": {"x": 1}}, "/a", "append", {"y": 2}, {"a": {"x": 1, "y": 2}}),
        ({}, "/a/0/t", "append", "x", {"a": []}),
        ({}, "/a/0", "add", {"t": "x"}, {"a": [{"t": "x"}]}),
        ({"a": [1, 3]}, "/a/1", "add", 2, {"a": [1, 2, 3]}),
        ({"a": [1]}, "/a/-", "add", 2, {"a": [1, 2]}),
        ({"a": [1]}, "/a/9", "add", 2, {"a": [1, 2]}),
        ({"a": [1, 2]}, "/a/0", "remove", None, {"a": [2]}),
        ({"a": 1}, "/a", "remove", None, {}),
        ({"a": 1}, "", "replace", {"b": 2}, {"b": 2}),
        ({"a": 1}, "/", "replace", {"b": 2}, {"b": 2}),
        ({"a": 1}, "/x/y", "replace", 2, {"a": 1, "x": {"y": 2}}),
        ({"a/b": "x"}, "/a~1b", "append", "y", {"a/b": "xy"}),
        ("ab", "", "append", "c", "abc"),
    ],
)
def test_operations(document: Any, path: str, op: str, value: Any, result: Any) -> None:
    assert apply(document, path, op, value) == result


@given(
    st.recursive(
        st.none() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab0"), inner),
    ),
    st.text(alphabet="ab0-1/~", max_size=10),
    st.sampled_from(["append", "add", "replace", "remove", "other"]),
    st.none() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
)
def test_any_operation_leaves_a_document(document: Any, path: str, op: str, value: Any) -> None:
    apply(document, path, op, value)
