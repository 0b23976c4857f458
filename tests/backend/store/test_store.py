"""Writing twice, retracting, renaming, all or nothing."""

import pytest
from sqlalchemy import func, select

from backend.store import tables as t
from backend.store.errors import StoreError
from backend.store.events import alerts_after, conversations, events_after, message_scores
from backend.store.records import Batch, Rename, Settle
from backend.store.store import Store
from tests.backend.store.conftest import QUOTE, alert_row, batch, key, message_row


def count(store: Store, table: object = t.alert) -> int:
    with store.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar() or 0)  # type: ignore[arg-type]


def test_the_same_batch_again_changes_nothing(store: Store) -> None:
    assert [event.body["type"] for event in store.commit(batch())] == ["alert"]
    assert store.commit(batch()) == []
    assert (count(store), count(store, t.event), count(store, t.message)) == (1, 1, 1)


def test_one_rule_of_one_message_is_told_again_only_when_graver(store: Store) -> None:
    store.commit(batch())
    same = Batch("myself", alerts=[alert_row(key(), "a2", "warn")])
    graver = Batch("myself", alerts=[alert_row(key(), "a3", "urgent")])
    other = Batch("myself", alerts=[alert_row(key(choice=1), "a4", "warn")])
    assert [len(store.commit(b)) for b in (same, graver, other)] == [0, 1, 1]


def test_a_failed_batch_leaves_nothing(store: Store) -> None:
    broken = batch()
    broken.alerts.append(alert_row(key(), "a2", "urgent", payload=None))
    with pytest.raises((StoreError, TypeError)):
        store.commit(broken)
    assert (count(store), count(store, t.event), count(store, t.message), count(store, t.seen)) == (0, 0, 0, 0)


def test_events_come_back_with_their_quotes_in_order(store: Store) -> None:
    store.commit(batch())
    store.commit(batch(alert_id="a2", message_id="m2"))
    store.dismiss("myself", "a1")
    events = events_after(store, "myself", 0)
    assert [(event.seq, event.body["type"]) for event in events] == [(1, "alert"), (2, "alert"), (3, "retract")]
    assert events[0].body["alert"] == {"alert_id": "a1", "rule": "secrecy", "quote": QUOTE}
    assert [event.seq for event in events_after(store, "myself", 2)] == [3]
    assert events_after(store, "child", 0) == []
    assert [row["retracted"] for row in alerts_after(store, "myself", 0)] == ["dismissed", None]


def test_another_profile_cannot_dismiss(store: Store) -> None:
    store.commit(batch())
    assert store.dismiss("child", "a1") is None
    assert store.dismiss("myself", "a1") != []


def test_settling_takes_back_what_was_provisional_and_not_confirmed(store: Store) -> None:
    store.commit(Batch("myself", alerts=[
        alert_row(key(), "kept", provisional=True),
        alert_row(key(), "gone", rule="manipulation", provisional=True),
        alert_row(key(), "firm", rule="dependence"),
    ]))  # fmt: skip
    events = store.commit(Batch("myself", settle=[Settle(key(), frozenset({"kept"}), 0)]))
    assert [(e.body["alert_id"], e.body["reason"]) for e in events] == [("gone", "rescored")]
    assert store.commit(Batch("myself", settle=[Settle(key(), frozenset(), 0)])) == []


def test_settling_a_changed_text_takes_back_what_it_does_not_carry(store: Store) -> None:
    store.commit(Batch("myself", alerts=[
        alert_row(key(), "firm"), alert_row(key(), "trend", rule="trend_secrecy"),
    ]))  # fmt: skip
    events = store.commit(Batch("myself", settle=[Settle(key(), frozenset(), 0, withdrawn=True)]))
    assert [(e.body["alert_id"], e.body["reason"]) for e in events] == [("firm", "withdrawn")]


def test_a_new_version_takes_back_the_alerts_of_the_old(store: Store) -> None:
    store.commit(batch())
    events = store.commit(Batch("myself", settle=[Settle(key(), frozenset(), 1)]))
    assert [(e.body["alert_id"], e.body["reason"]) for e in events] == [("a1", "regenerated")]


def test_what_a_page_reports_replaces_nothing(store: Store) -> None:
    first = batch()
    first.messages = [message_row(key(), position=1)]
    store.commit(first)
    page = Batch("myself", messages=[message_row(key(message_id="m2"), position=1, source="page")])
    assert store.commit(page) == []
    proxy = Batch("myself", messages=[message_row(key(message_id="m3"), position=1)])
    assert [e.body["reason"] for e in store.commit(proxy)] == ["regenerated"]


def test_a_conversation_gets_its_name_later(store: Store) -> None:
    store.commit(batch())
    store.commit(Batch("myself", rename=Rename("myself", "openai", "c1", "named")))
    [found] = conversations(store, "myself")
    assert (found["conversation_id"], found["messages"], found["alerts"]) == ("named", 1, 1)
    assert store.trend_state("myself", "openai", "named", "word_v1") is not None
    store.commit(batch(alert_id="a2"))
    store.commit(Batch("myself", rename=Rename("myself", "openai", "c1", "named")))
    [found] = conversations(store, "myself")
    assert (found["messages"], found["alerts"]) == (1, 2)


def test_chains_find_the_newest_conversation(store: Store) -> None:
    store.commit(Batch("myself", messages=[message_row(key(), position=0, chain=b"one")]))
    end = store.chain_end("myself", b"one")
    assert end is not None
    assert (end.conversation_id, end.position, end.tip) == ("c1", 0, True)
    store.commit(Batch("myself", messages=[message_row(key(message_id="m2"), position=1, chain=b"two")]))
    end = store.chain_end("myself", b"one")
    assert end is not None
    assert not end.tip
    assert store.chain_end("child", b"one") is None


def test_scores_are_kept_without_text(store: Store) -> None:
    store.commit(batch())
    [row] = message_scores(store, "myself", "openai", "c1")
    assert (row["scores"], row["role"]) == ({"secrecy": 0.9}, "assistant")


def test_seen_marks_belong_to_a_profile(store: Store) -> None:
    store.commit(batch())
    assert store.is_seen("myself", b"mark m1")
    assert not store.is_seen("child", b"mark m1")
