"""`groundwire doctor`: each fault is named, with what to do about it."""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from backend.config import Config
from backend.doctor import certificate, folder, model, running
from bench.stack import running as run_stack
from classifiers.judge import Judge, ModelError
from tests.cli.test_bad_input import groundwire


def states(settings: Config, check: object) -> dict[str, tuple[str, str]]:
    """name -> (state, fix) of one check."""
    return {r.name: (r.state, r.fix) for r in check.check(settings)}  # type: ignore[attr-defined]


def test_not_running_is_a_fault_with_a_fix(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = groundwire("doctor", "--data", str(tmp_path), "--port", str(port - 1), "--json")
    assert done.returncode == 1
    rows = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows["Groundwire"]["state"] == "fault"
    assert rows["Groundwire"]["fix"] == "Start it: groundwire run"
    assert rows["Model"]["state"] == "ok"


def test_port_of_another_program_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = states(Config(data=tmp_path, port=port), running)
    assert found["Proxy port"][0] == "fault"
    assert "--port" in found["Proxy port"][1]


def test_folder_that_others_can_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert states(Config(data=tmp_path), folder)["Data folder"] == ("fault", f"Run: chmod 700 {tmp_path}")
    tmp_path.chmod(0o700)
    assert states(Config(data=tmp_path), folder)["Data folder"][0] == "ok"


def test_damaged_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "groundwire-ca.pem").write_text("damaged")
    state, fix = states(Config(data=tmp_path), certificate)["Certificate"]
    assert state == "fault"
    assert str(tmp_path / "ca") in fix


def test_missing_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(where: Path | None = None) -> Judge:
        raise ModelError("The model folder lacks model.onnx.")

    monkeypatch.setattr(Judge, "load", missing)
    assert states(Config(data=tmp_path), model)["Model"][0] == "fault"


@pytest.mark.process
async def test_running_set_up_is_recognised_with_and_without_its_token(tmp_path: Path) -> None:
    async with run_stack(tmp_path) as stack:
        port = int(stack.api.rpartition(":")[2]) - 1
        async with asyncio.timeout(10):
            while (running.status_of(port + 1) or {}).get("link") != "up":
                await asyncio.sleep(0.1)
        for data in (tmp_path / "data", tmp_path):
            found = states(Config(data=data, port=port), running)
            assert found["Groundwire"][0] == "ok"
            assert found["Proxy"][0] == "ok"
            assert "Link" not in found
