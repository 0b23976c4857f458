"""What is deleted is gone from the bytes on the disk; what is flagged never lay there in the clear."""

from pathlib import Path

from sqlalchemy import func, select

from backend.store import tables as t
from backend.store.clients import add_code, client_of, redeem
from backend.store.events import events_after, newest_seq, purged_seq
from backend.store.retention import DAY_S, forget, purge
from backend.store.store import Store
from tests.backend.store.conftest import QUOTE, Clock, batch


def disk(store: Store) -> bytes:
    return b"".join(path.read_bytes() for path in Path(store.where).parent.iterdir() if path.suffix != ".key")


def rows(store: Store, profile: str) -> int:
    with store.begin() as connection:
        return sum(
            connection.execute(select(func.count()).where(table.c.profile == profile)).scalar() or 0
            for table in t.PER_PROFILE
        )


def test_quotes_are_encrypted_in_database_and_journal(store: Store) -> None:
    store.commit(batch())
    assert QUOTE.encode() not in disk(store)
    [event] = events_after(store, "myself", 0)
    alert = event.body["alert"]
    assert isinstance(alert, dict)
    assert alert["quote"] == QUOTE


def test_what_is_older_than_thirty_days_goes(store: Store, clock: Clock) -> None:
    store.commit(batch())
    clock.now += 29 * DAY_S
    assert purge(store, 30) == 0
    store.commit(batch(alert_id="a2", message_id="m2"))
    clock.now += 2 * DAY_S
    assert purge(store, 30) > 0
    assert [event.seq for event in events_after(store, "myself", 0)] == [2]
    assert (purged_seq(store, "myself"), purged_seq(store, "child"), newest_seq(store)) == (1, 0, 2)


def test_a_seen_mark_outlives_what_it_marks(store: Store, clock: Clock) -> None:
    store.commit(batch())
    clock.now += 31 * DAY_S
    purge(store, 30)
    assert store.is_seen("myself", b"mark m1")
    clock.now += 31 * DAY_S
    purge(store, 30)
    assert not store.is_seen("myself", b"mark m1")


def test_forgetting_one_person_leaves_no_byte_and_nobody_else_touched(store: Store) -> None:
    for profile in ("myself", "child"):
        made = batch(profile, alert_id=f"alert-of-{profile}", message_id=f"message-of-{profile}")
        store.commit(made)
    add_code(store, "CODE", "child", "watched")
    paired = redeem(store, "CODE", "tablet-of-child")
    assert paired is not None
    assert b"message-of-child" in disk(store)
    forget(store, "child")
    assert rows(store, "child") == 0
    assert client_of(store, paired[1]) is None
    found = disk(store)
    for trace in (b"message-of-child", b"alert-of-child", b"tablet-of-child"):
        assert trace not in found
    assert b"message-of-myself" in found
    assert len(events_after(store, "myself", 0)) == 1


def test_a_sequence_number_is_never_given_twice(store: Store) -> None:
    store.commit(batch())
    forget(store, "myself")
    store.commit(batch("child", alert_id="a9"))
    assert [event.seq for event in events_after(store, "child", 0)] == [2]
