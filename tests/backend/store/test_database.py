"""Opening: permissions, versions, damage, folders that cannot be written."""

import os
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from backend.store.database import DATABASE_FILE, known_revisions, open_engine
from backend.store.errors import StoreError
from backend.store.keys import KEY_FILE, InstallKey, load_key
from backend.store.tables import metadata


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_only_the_owner_can_read_what_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    engine = open_engine(folder, None)
    load_key(folder)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO seen VALUES ('p', x'00', 1)")
        assert mode(folder) == 0o700
        for path in folder.iterdir():
            assert mode(path) == 0o600, path.name
    assert {path.name for path in folder.iterdir()} >= {DATABASE_FILE, KEY_FILE}
    engine.dispose()


def test_migrations_give_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, None)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_table_carries_the_profile() -> None:
    assert all("profile" in table.c for table in metadata.tables.values())


def test_a_present_schema_is_left_alone(tmp_path: Path) -> None:
    open_engine(tmp_path, None).dispose()
    engine = open_engine(tmp_path, None)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == known_revisions()[-1]
    engine.dispose()


def test_a_newer_database_is_refused_in_words(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, None)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(StoreError, match="newer than this program"):
        open_engine(tmp_path, None)


@pytest.mark.parametrize(
    "content", [b"this is not a database at all, it is text " * 200, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_damaged_database_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(content)
    with pytest.raises(StoreError, match="damaged") as problem:
        open_engine(tmp_path, None)
    assert "\n" not in str(problem.value)


def test_damage_inside_is_noticed(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, None)
    with engine.begin() as connection:
        for number in range(200):
            connection.exec_driver_sql("INSERT INTO seen VALUES ('p', ?, 1)", (number.to_bytes(200, "big"),))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    path = tmp_path / DATABASE_FILE
    content = bytearray(path.read_bytes())
    content[8192 : len(content) - 4096] = os.urandom(len(content) - 12288)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        open_engine(tmp_path, None)


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        open_engine(tmp_path / "file" / "data", None)


def test_the_key_stays_the_same_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    assert load_key(tmp_path).digest("a") == load_key(tmp_path).digest("a")
    (tmp_path / KEY_FILE).write_text("not hex")
    with pytest.raises(ValueError, match="hex"):
        load_key(tmp_path)


def test_parts_of_an_identifier_do_not_run_together() -> None:
    key = InstallKey(bytes(32))
    found = {
        key.identifier(*parts)
        for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("abc", None), (b"abc",), ("a", "b", "c"))
    }
    assert len(found) == 6
    assert all(name.startswith("~") and len(name) == 27 for name in found)


def test_an_excerpt_is_read_with_its_own_row_only() -> None:
    key = InstallKey(bytes(32))
    data = key.encrypt("quote \ud83d", "alert-1")
    assert key.decrypt(data, "alert-1") == "quote \ud83d"
    assert key.decrypt(data, "alert-2") is None
    assert InstallKey(b"\1" * 32).decrypt(data, "alert-1") is None
    assert key.decrypt(b"short", "alert-1") is None
