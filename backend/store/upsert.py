"""Insert-or-update in the words of the dialect at hand (SQLite and PostgreSQL share them)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def _insert(connection: Connection, table: Table) -> Any:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def put(connection: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> None:
    """Insert the row, or give the present row with this primary key the new values."""
    statement = _insert(connection, table).values({**key, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def put_new(connection: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> bool:
    """Insert the row unless its primary key is taken. True when it was inserted."""
    statement = _insert(connection, table).values({**key, **values}).on_conflict_do_nothing(index_elements=list(key))
    return bool(connection.execute(statement).rowcount)
