"""Bad input: exit code 2, one clear line on standard error, no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROW = {"id": "1", "turns": [{"role": "user", "text": "hi"}]}


def groundwire(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The real command."""
    return subprocess.run(
        [sys.executable, "-m", "backend.cli.main", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2 and one line holding the words."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("command", ["classify", "replay"])
@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{not json", "line 2"),
        ('{"id": "2"}', "turns"),
        ('{"id": "2", "turns": []}', "turns"),
        ('{"id": "2", "turns": [{"role": "system", "text": "x"}]}', "role"),
        ('{"id": "2", "turns": [{"role": "user"}]}', "text"),
        ('{"id": "2", "turns": [{"role": "user", "text": "x"}], "age": "old"}', "age"),
        ("[]", "line 2"),
    ],
)
def test_bad_rows(tmp_path: Path, command: str, line: str, word: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROW) + "\n" + line + "\n")
    arguments = ["classify", "--jsonl", str(file)] if command == "classify" else ["replay", str(file)]
    refused(groundwire(*arguments), "line 2", word)


def test_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"id": "\xff"}\n')
    refused(groundwire("classify", "--jsonl", str(file)), "UTF-8")


@pytest.mark.parametrize("command", [["classify", "--jsonl"], ["replay"], ["decode"]])
def test_missing_file(tmp_path: Path, command: list[str]) -> None:
    refused(groundwire(*command, str(tmp_path / "nothing")), "nothing")


def test_decode_folder_without_response(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text('{"method": "POST", "url": "https://api.openai.com/v1/chat/completions"}')
    refused(groundwire("decode", str(tmp_path)), "response")


def test_decode_broken_meta(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{")
    (tmp_path / "response.sse").write_text("")
    refused(groundwire("decode", str(tmp_path)), "meta.json")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--port", "70000"], "port"),
        (["--age", "-3"], "age"),
        (["--connect-to", "nonsense"], "connect_to"),
        (["--upstream-ca", "absent.pem"], "absent.pem"),
        (["--config", "absent.toml"], "absent.toml"),
        (["--no-such-option"], "no-such-option"),
    ],
)
def test_run_options(tmp_path: Path, options: list[str], word: str) -> None:
    refused(groundwire("run", "--data", str(tmp_path / "data"), *options), word)


def test_config_errors_name_the_key(tmp_path: Path) -> None:
    config = tmp_path / "groundwire.toml"
    config.write_text('prot = 8080\n[profile]\nname = "Ada"\n')
    refused(groundwire("run", "--config", str(config), "--data", str(tmp_path / "d")), "prot")
    config.write_text("port = [")
    refused(groundwire("run", "--config", str(config), "--data", str(tmp_path / "d")), "TOML")


def test_unknown_command() -> None:
    refused(groundwire("nonsense"), "nonsense")
