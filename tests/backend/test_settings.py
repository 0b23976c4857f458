"""The settings line."""

import json

import pytest

from backend.settings import SettingsError, read_settings

GOOD = {"data": "/tmp/x", "link_token": "0123456789abcdef", "control_token": "0123456789abcdef"}


def test_what_is_left_out_has_defaults() -> None:
    read = read_settings(json.dumps(GOOD))
    assert (read.host, read.port, read.retention_days) == ("127.0.0.1", 0, 30)
    assert (read.default_profile.name, read.default_profile.kind) == ("myself", None)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"port": 70000}, "port"),
        ({"link_token": "short"}, "link_token"),
        ({"default_profile": {"name": "x", "age": -1}}, "default_profile.age"),
        ({"data": None}, "data"),
    ],
)
def test_mistakes_are_named_in_one_line(change: dict[str, object], where: str) -> None:
    with pytest.raises(SettingsError, match=rf"^backend settings: {where}: ") as problem:
        read_settings(json.dumps({**GOOD, **change}))
    assert "\n" not in str(problem.value)


def test_a_line_that_is_no_json_is_named() -> None:
    with pytest.raises(SettingsError, match="Invalid JSON"):
        read_settings("")
