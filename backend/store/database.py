"""Opening the database: permissions, pragmas, schema version, one writer thread."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from backend.store.errors import StoreError, explain

DATABASE_FILE = "groundwire.sqlite3"
_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_CHECK_LIMIT = 64 * 1024 * 1024
"""Larger files are not read through at every start."""


def known_revisions() -> list[str]:
    """Schema versions that this program can read, oldest first."""
    return sorted(path.stem.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def prepare_folder(folder: Path) -> None:
    """Make the data folder, for its owner only. Raises StoreError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        probe = folder / f".write-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as problem:
        reason = "disk full" if problem.errno == 28 else "data folder cannot be written"
        raise StoreError(reason, f"give this user write access to {folder}, or pass --data DIR") from None


def open_engine(folder: Path, url: str | None) -> Engine:
    """Open or create the database and bring its schema up to date. Raises StoreError."""
    prepare_folder(folder)
    target = make_url(url) if url else make_url(f"sqlite:///{folder / DATABASE_FILE}")
    where = target.database if target.get_backend_name() == "sqlite" else target.render_as_string(hide_password=True)
    engine: Engine | None = None
    try:
        engine = create_engine(target)
        if target.get_backend_name() == "sqlite" and target.database and target.database != ":memory:":
            _create_private(Path(target.database))
            event.listen(engine, "connect", _set_pragmas)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                _check(connection, target.database)
            _migrate(connection)
        return engine
    except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as problem:
        if engine is not None:
            engine.dispose()
        raise explain(problem, str(where)) from None


def _create_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    # journal files inherit the database file's permissions; secure_delete overwrites what is deleted with zeros
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=5000",
        "secure_delete=ON",
        "cache_size=-2000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _check(connection: Connection, path: str | None) -> None:
    if path and path != ":memory:" and Path(path).stat().st_size <= _CHECK_LIMIT:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StoreError("database is damaged", f"move {path} aside and start again; a new one is created")


def _migrate(connection: Connection) -> None:
    """Alembic costs much of a second to import, so it is only loaded when there is something to do."""
    known = known_revisions()
    present: str | None = None
    if connection.dialect.has_table(connection, "alembic_version"):
        present = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if present == known[-1]:
        return
    if present is not None and present not in known:
        raise StoreError(
            "database is newer than this program",
            f"it has schema {present}, this program knows up to {known[-1]}; update Groundwire",
        )
    connection.rollback()
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_VERSIONS.parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


class Writer:
    """All database work runs here, in order, on one thread: SQLite has one writer, and the event loop never waits."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def __call__[**P, R](self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._pool.shutdown(wait=True)
