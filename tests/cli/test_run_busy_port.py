"""Ports that are taken: exit code 1 and one line that says which."""

import socket
from pathlib import Path

import pytest

from tests.cli.test_bad_input import groundwire


@pytest.mark.process
@pytest.mark.parametrize("offset", [0, 1])
def test_taken_port_is_named(tmp_path: Path, offset: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = groundwire("run", "--port", str(port - offset), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
