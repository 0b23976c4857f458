"""`groundwire forget`: what was kept is gone from the folder's bytes."""

import json
from pathlib import Path

from backend.drift import FILE
from backend.store.clients import put_profile
from backend.store.database import DATABASE_FILE, open_engine
from backend.store.keys import load_key
from backend.store.store import Store
from tests.cli.test_bad_input import groundwire, refused


def filled(folder: Path) -> None:
    """A data folder that knows two people and a service."""
    store = Store(open_engine(folder, None), load_key(folder), str(folder / DATABASE_FILE))
    for name in ("Ada Example", "Grace Example"):
        put_profile(store, name, "{}")
    store.engine.dispose()
    (folder / FILE).write_text("[]")


def kept(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob(f"{DATABASE_FILE}*"))


def test_everything(tmp_path: Path) -> None:
    filled(tmp_path)
    done = groundwire("forget", "--data", str(tmp_path), "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["profiles"] == ["Ada Example", "Grace Example"]
    assert b"Example" not in kept(tmp_path)
    assert not (tmp_path / FILE).exists()


def test_one_person_only(tmp_path: Path) -> None:
    filled(tmp_path)
    assert groundwire("forget", "--data", str(tmp_path), "--profile", "Ada Example", "--yes").returncode == 0
    assert b"Ada Example" not in kept(tmp_path)
    assert b"Grace Example" in kept(tmp_path)


def test_nothing_without_a_yes(tmp_path: Path) -> None:
    filled(tmp_path)
    assert groundwire("forget", "--data", str(tmp_path), stdin="n\n").returncode == 1
    assert b"Ada Example" in kept(tmp_path)


def test_unknown_person_and_empty_folder(tmp_path: Path) -> None:
    refused(groundwire("forget", "--data", str(tmp_path), "--yes"), "nothing is kept")
    filled(tmp_path)
    refused(groundwire("forget", "--data", str(tmp_path), "--profile", "Nobody", "--yes"), "Nobody", "Ada Example")
