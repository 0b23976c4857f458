"""What the pipeline writes and looks up. Synchronous: call it through `Writer`.

Deterministic ids make every write repeatable: the same bytes read again insert nothing a second time.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import ColumnElement

from backend.store import tables as t
from backend.store.errors import explain
from backend.store.keys import InstallKey
from backend.store.records import (
    AlertRow,
    Batch,
    ChainEnd,
    ConversationRow,
    Event,
    MessageKey,
    MessageRow,
    MessageState,
    Rename,
    Retraction,
    Settle,
)
from backend.store.upsert import put, put_new

RANK = {"note": 0, "warn": 1, "urgent": 2, "block": 3}


class Store:
    """One database. Every method raises StoreError on failure and leaves nothing half written."""

    def __init__(self, engine: Engine, key: InstallKey, where: str, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self.key = key
        self.where = where
        self.clock = clock

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as problem:
            raise explain(problem, self.where) from None

    def commit(self, batch: Batch) -> list[Event]:
        """Write one batch. Returns the events that are new because of it, in order."""
        now = self.clock()
        events: list[Event] = []
        with self.begin() as connection:
            if batch.rename:
                _rename(connection, batch.rename)
            if batch.conversation:
                _put_conversation(connection, batch.conversation, now)
            for message in batch.messages:
                events += self._put_message(connection, message, now)
            for trend in batch.trends:
                put(
                    connection,
                    t.trend,
                    {
                        "profile": trend.profile,
                        "service": trend.service,
                        "conversation_id": trend.conversation_id,
                        "model": trend.model,
                    },
                    {"state": trend.state, "t": now},
                )
            for settle in batch.settle:
                events += self._settle(connection, settle, now)
            for alert in batch.alerts:
                events += self._put_alert(connection, alert, now)
        return events

    def message_state(self, key: MessageKey) -> MessageState | None:
        """The stored state of a message, if it was met before."""
        row = t.message.c
        query = select(row.version, row.final, row.opening, row.source).where(*_is(t.message, key))
        with self.begin() as connection:
            found = connection.execute(query).first()
        return MessageState(found.version, found.final, found.opening, found.source) if found else None

    def is_seen(self, profile: str, mark: bytes) -> bool:
        """Was exactly this text of this message judged to its end?"""
        query = select(t.seen.c.t).where(t.seen.c.profile == profile, t.seen.c.mark == mark)
        with self.begin() as connection:
            return connection.execute(query).first() is not None

    def chain_end(self, profile: str, chain: bytes) -> ChainEnd | None:
        """The newest stateless conversation that once stood exactly at this chain."""
        row = t.message.c
        query = (
            select(row.service, row.conversation_id, row.position)
            .where(row.profile == profile, row.chain == chain, row.position.is_not(None))
            .order_by(row.t.desc())
            .limit(1)
        )
        with self.begin() as connection:
            found = connection.execute(query).first()
            if found is None:
                return None
            last = connection.execute(
                select(func.max(row.position)).where(
                    row.profile == profile, row.service == found.service, row.conversation_id == found.conversation_id
                )
            ).scalar()
        return ChainEnd(found.service, found.conversation_id, found.position, tip=last == found.position)

    def is_proxied(self, profile: str, service: str, conversation_id: str) -> bool:
        """Did the proxy read any message of this conversation?"""
        row = t.message.c
        query = select(row.message_id).where(
            row.profile == profile,
            row.service == service,
            row.conversation_id == conversation_id,
            row.source == "proxy",
        )
        with self.begin() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def conversation_exists(self, profile: str, service: str, conversation_id: str) -> bool:
        """Was anything written of this conversation?"""
        row = t.conversation.c
        query = select(row.t_first).where(
            row.profile == profile, row.service == service, row.conversation_id == conversation_id
        )
        with self.begin() as connection:
            return connection.execute(query).first() is not None

    def trend_state(self, profile: str, service: str, conversation_id: str, model: str) -> tuple[str, float] | None:
        """The trend of a conversation as written with its last message, and when that was."""
        row = t.trend.c
        query = select(row.state, row.t).where(
            row.profile == profile, row.service == service, row.conversation_id == conversation_id, row.model == model
        )
        with self.begin() as connection:
            found = connection.execute(query).first()
        return (found[0], found[1]) if found else None

    def dismiss(self, profile: str, alert_id: str) -> list[Event] | None:
        """\"This was not a problem". None when the profile has no such alert, [] when it was retracted before."""
        with self.begin() as connection:
            where = (t.alert.c.alert_id == alert_id, t.alert.c.profile == profile)
            found = connection.execute(select(t.alert.c.retracted).where(*where)).first()
            if found is None:
                return None
            return self._retract(connection, profile, [alert_id], "dismissed", self.clock())

    def _put_message(self, connection: Connection, row: MessageRow, now: float) -> list[Event]:
        put(connection, t.message, _key(row.key), {
            "role": row.role, "version": row.version, "position": row.position, "chain": row.chain,
            "opening": row.opening, "final": row.final, "source": row.source, "confidence": row.confidence,
            "scores": json.dumps({k: round(v, 6) for k, v in row.scores.items()}), "model": row.model,
            # a page tells its own time: nothing may outlive its keeping by that
            "t": min(row.t, now),
        })  # fmt: skip
        if row.mark is not None:
            put_new(connection, t.seen, {"profile": row.key.profile, "mark": row.mark}, {"t": now})
        if row.position is None or row.source == "page":
            return []
        # another answer at the same place of the same stateless conversation: the earlier one was regenerated
        m, a = t.message.c, t.alert.c
        others = select(m.message_id).where(
            m.profile == row.key.profile, m.service == row.key.service, m.role == row.role,
            m.conversation_id == row.key.conversation_id, m.position == row.position,
            m.message_id != row.key.message_id,
        )  # fmt: skip
        gone = connection.execute(
            select(a.alert_id).where(
                a.profile == row.key.profile, a.service == row.key.service, a.retracted.is_(None),
                a.conversation_id == row.key.conversation_id, a.message_id.in_(others), _of_message_alone(),
            )
        ).scalars()  # fmt: skip
        return self._retract(connection, row.key.profile, list(gone), "regenerated", now)

    def _put_alert(self, connection: Connection, row: AlertRow, now: float) -> list[Event]:
        a = t.alert.c
        told = connection.execute(
            select(a.alert_id, a.severity).where(
                *_is(t.alert, row.key), a.rule == row.rule, a.version == row.version, a.retracted.is_(None)
            )
        ).all()
        if any(RANK[other.severity] >= RANK[row.severity] for other in told):
            return []
        inserted = put_new(connection, t.alert, {"alert_id": row.alert_id}, {
            **_key(row.key), "version": row.version, "rule": row.rule, "severity": row.severity, "source": row.source,
            "provisional": row.provisional, "payload": row.payload, "t": now,
            "excerpt": self.key.encrypt(row.quote, row.alert_id) if row.quote else None,
        })  # fmt: skip
        if not inserted:
            return []
        body: dict[str, object] = {"type": "alert", "alert": {**json.loads(row.payload), "quote": row.quote}}
        return [self._event(connection, row.key.profile, "alert", row.alert_id, "{}", now, body)]

    def _settle(self, connection: Connection, settle: Settle, now: float) -> list[Event]:
        a = t.alert.c
        rows = connection.execute(
            select(a.alert_id, a.version, a.provisional).where(
                *_is(t.alert, settle.key), a.retracted.is_(None), _of_message_alone()
            )
        ).all()
        old = [r.alert_id for r in rows if r.version < settle.below_version]
        here = [r for r in rows if r.version >= settle.below_version and r.alert_id not in settle.keep]
        gone = [r.alert_id for r in here if settle.withdrawn or r.provisional]
        kept = [r.alert_id for r in rows if r.provisional and r.alert_id in settle.keep]
        if kept:
            connection.execute(update(t.alert).where(a.alert_id.in_(kept)).values(provisional=False))
        profile = settle.key.profile
        return self._retract(connection, profile, old, "regenerated", now) + self._retract(
            connection, profile, gone, "withdrawn" if settle.withdrawn else "rescored", now
        )

    def _retract(
        self, connection: Connection, profile: str, ids: list[str], reason: Retraction, now: float
    ) -> list[Event]:
        events = []
        for alert_id in ids:
            changed = connection.execute(
                update(t.alert)
                .where(t.alert.c.alert_id == alert_id, t.alert.c.retracted.is_(None))
                .values(retracted=reason)
            )
            if changed.rowcount:
                body: dict[str, object] = {"type": "retract", "alert_id": alert_id, "reason": reason}
                events.append(self._event(connection, profile, "retract", alert_id, json.dumps(body), now, body))
        return events

    @staticmethod
    def _event(
        connection: Connection,
        profile: str,
        kind: str,
        alert_id: str | None,
        payload: str,
        now: float,
        body: dict[str, object],
    ) -> Event:
        result = connection.execute(
            t.event.insert().values(profile=profile, type=kind, alert_id=alert_id, payload=payload, t=now)
        )
        seq = result.inserted_primary_key
        assert seq is not None
        return Event(int(seq[0]), profile, body)


def _key(key: MessageKey) -> dict[str, object]:
    return {
        "profile": key.profile, "service": key.service, "conversation_id": key.conversation_id,
        "message_id": key.message_id, "choice": key.choice,
    }  # fmt: skip


def _is(table: Table, key: MessageKey) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in _key(key).items()]


def _of_message_alone() -> ColumnElement[bool]:
    """A trend rests on the whole conversation: replacing one answer does not undo it."""
    return ~t.alert.c.rule.like("trend/_%", escape="/")


def _put_conversation(connection: Connection, row: ConversationRow, now: float) -> None:
    key = {"profile": row.profile, "service": row.service, "conversation_id": row.conversation_id}
    put_new(connection, t.conversation, key, {"host": row.host, "persona": row.persona, "t_first": now, "t_last": now})
    values: dict[str, object] = {"t_last": now, "not_scored": row.not_scored}
    if row.persona:
        values["persona"] = row.persona
    connection.execute(update(t.conversation).where(*[t.conversation.c[k] == v for k, v in key.items()]).values(values))


def _rename(connection: Connection, rename: Rename) -> None:
    """Move what has no counterpart under the new id; what has one is older news and goes."""
    for table in (t.conversation, t.trend, t.message, t.alert):
        c = table.c
        mine = [c.profile == rename.profile, c.service == rename.service, c.conversation_id == rename.old]
        if table in (t.conversation, t.trend):
            taken = select(c.conversation_id).where(
                c.profile == rename.profile, c.service == rename.service, c.conversation_id == rename.new
            )
            if connection.execute(taken).first():
                connection.execute(table.delete().where(*mine))
                continue
        if table is t.message:
            under_new = select(c.message_id).where(
                c.profile == rename.profile, c.service == rename.service, c.conversation_id == rename.new
            )
            connection.execute(table.delete().where(*mine, c.message_id.in_(under_new)))
        connection.execute(update(table).where(*mine).values(conversation_id=rename.new))
