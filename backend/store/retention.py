"""Deleting: by age, and a whole person. What is deleted is overwritten, in the journal and in free pages too."""

from sqlalchemy import func, select, update

from backend.store import tables as t
from backend.store.errors import explain
from backend.store.store import Store

DAY_S = 86_400.0


def purge(store: Store, days: int) -> int:
    """Delete what is older than `days` in every profile. Returns the number of rows deleted.

    Seen-marks live twice as long, so that a transcript fetched again at the edge is not taken for new.
    """
    before = store.clock() - days * DAY_S
    deleted = 0
    with store.begin() as connection:
        e = t.event.c
        for profile, newest in connection.execute(
            select(e.profile, func.max(e.seq)).where(e.t < before).group_by(e.profile)
        ).all():
            connection.execute(update(t.profile).where(t.profile.c.profile == profile).values(purged_seq=newest))
        for table in (t.event, t.alert, t.message, t.trend):
            deleted += connection.execute(table.delete().where(table.c.t < before)).rowcount
        deleted += connection.execute(t.conversation.delete().where(t.conversation.c.t_last < before)).rowcount
        deleted += connection.execute(t.seen.delete().where(t.seen.c.t < before - days * DAY_S)).rowcount
        deleted += connection.execute(
            t.pairing_code.delete().where(t.pairing_code.c.t_expires < store.clock() - DAY_S)
        ).rowcount
    if deleted:
        _checkpoint(store)
    return deleted


def forget(store: Store, profile: str) -> int:
    """Delete everything about one profile, its clients too, and rewrite the file without free pages. Rows deleted."""
    deleted = 0
    with store.begin() as connection:
        for table in t.PER_PROFILE:
            deleted += connection.execute(table.delete().where(table.c.profile == profile)).rowcount
    try:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
    except Exception as problem:
        raise explain(problem, store.where) from None
    _checkpoint(store)
    return deleted


def _checkpoint(store: Store) -> None:
    """Empty the write-ahead log into the database and cut it to nothing."""
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
