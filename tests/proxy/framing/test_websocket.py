"""Several values, prefixes and envelopes in one WebSocket message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.framing.websocket import message_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a":1}', [{"a": 1}]),
        ('{"a":1}{"b":"}{"}', [{"a": 1}, {"b": "}{"}]),
        ('{"a":1}\x1e{"b":2}\x1e', [{"a": 1}, {"b": 2}]),
        ('42["events",{"a":1}]', [["events", {"a": 1}]]),
        ('42/room,["e",{}]', [["e", {}]]),
        ('420["e",{}]', [["e", {}]]),
        ('0{"sid":"x"}', [{"sid": "x"}]),
        ("2", []),
        ("ping", []),
        ('{"a":1}{"b":', [{"a": 1}]),
    ],
)
def test_text_messages(text: str, values: list[object]) -> None:
    assert message_values(text.encode())[0] == values


def test_binary_envelope() -> None:
    data = b"\x0a\x00\xff{\x01" + '{"a":"é"}'.encode() + b"[1]\x00{bad"
    assert message_values(data, binary=True) == ([{"a": "é"}], 0)


def test_broken_text_is_counted() -> None:
    assert message_values(b'{"a":')[1] == 1


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes(data: bytes, binary: bool) -> None:
    message_values(data, binary)
