"""Reading back: kept events after a sequence number, alerts, conversations with their trends."""

import json

from sqlalchemy import Row, func, select

from backend.store import tables as t
from backend.store.records import Event
from backend.store.store import Store


def newest_seq(store: Store) -> int:
    """The last sequence number given out, over all profiles, deleted ones included."""
    with store.begin() as connection:
        kept = connection.execute(select(func.max(t.event.c.seq))).scalar() or 0
        purged = connection.execute(select(func.max(t.profile.c.purged_seq))).scalar() or 0
        return max(int(kept), int(purged))


def purged_seq(store: Store, profile: str) -> int:
    """Events of this profile up to this number may be gone."""
    with store.begin() as connection:
        found = connection.execute(select(t.profile.c.purged_seq).where(t.profile.c.profile == profile)).scalar()
        return int(found or 0)


def events_after(store: Store, profile: str, seq: int, limit: int = 500) -> list[Event]:
    """Kept events of one profile after `seq`, oldest first, with decrypted quotes."""
    e, a = t.event.c, t.alert.c
    query = (
        select(e.seq, e.type, e.payload, e.alert_id, a.payload.label("alert"), a.excerpt)
        .select_from(t.event.outerjoin(t.alert, (e.alert_id == a.alert_id) & (a.profile == e.profile)))
        .where(e.profile == profile, e.seq > seq)
        .order_by(e.seq)
        .limit(limit)
    )
    with store.begin() as connection:
        rows = connection.execute(query).all()
    events = []
    for row in rows:
        body = json.loads(row.payload)
        if row.type == "alert":
            if row.alert is None:
                continue
            body = {"type": "alert", "alert": _alert(store, row.alert, row.alert_id, row.excerpt)}
        events.append(Event(row.seq, profile, body))
    return events


def alerts_after(store: Store, profile: str, seq: int, limit: int = 200) -> list[dict[str, object]]:
    """Alerts of one profile, oldest first, each with its event's `seq` and why it was `retracted`, if so."""
    e, a = t.event.c, t.alert.c
    query = (
        select(e.seq, a.alert_id, a.payload, a.excerpt, a.retracted)
        .select_from(t.event.join(t.alert, (e.alert_id == a.alert_id) & (a.profile == e.profile)))
        .where(e.profile == profile, e.type == "alert", e.seq > seq)
        .order_by(e.seq)
        .limit(limit)
    )
    with store.begin() as connection:
        rows = connection.execute(query).all()
    return [
        {"seq": row.seq, "retracted": row.retracted, "alert": _alert(store, row.payload, row.alert_id, row.excerpt)}
        for row in rows
    ]


def conversations(store: Store, profile: str, limit: int = 100) -> list[dict[str, object]]:
    """Newest conversations with counts and the trend states of every model that judged them."""
    c, m, a = t.conversation.c, t.message.c, t.alert.c
    with store.begin() as connection:
        rows = connection.execute(
            select(t.conversation).where(c.profile == profile).order_by(c.t_last.desc()).limit(limit)
        ).all()
        return [
            {
                "service": row.service,
                "conversation_id": row.conversation_id,
                "host": row.host,
                "persona": row.persona,
                "t_first": row.t_first,
                "t_last": row.t_last,
                "not_scored": row.not_scored,
                "messages": connection.execute(
                    select(func.count()).where(
                        m.profile == profile, m.service == row.service, m.conversation_id == row.conversation_id
                    )
                ).scalar(),
                "alerts": connection.execute(
                    select(func.count()).where(
                        a.profile == profile, a.service == row.service, a.conversation_id == row.conversation_id
                    )
                ).scalar(),
                "trend": [
                    {"model": state.model, "state": json.loads(state.state)}
                    for state in connection.execute(
                        select(t.trend.c.model, t.trend.c.state).where(
                            t.trend.c.profile == profile,
                            t.trend.c.service == row.service,
                            t.trend.c.conversation_id == row.conversation_id,
                        )
                    )
                ],
            }
            for row in rows
        ]


def message_scores(store: Store, profile: str, service: str, conversation_id: str) -> list[dict[str, object]]:
    """The judged messages of one conversation in time order: role, time, scores, model; never text."""
    m = t.message.c
    query = (
        select(m.message_id, m.choice, m.role, m.version, m.final, m.t, m.scores, m.model)
        .where(m.profile == profile, m.service == service, m.conversation_id == conversation_id)
        .order_by(m.t)
        .limit(2000)
    )
    with store.begin() as connection:
        rows: list[Row[tuple[str, int, str, int, bool, float, str, str]]] = list(connection.execute(query).all())
    return [{**dict(row._mapping), "scores": json.loads(row.scores)} for row in rows]


def _alert(store: Store, payload: str, alert_id: str, excerpt: bytes | None) -> dict[str, object]:
    quote = store.key.decrypt(excerpt, alert_id) if excerpt else None
    return {**json.loads(payload), "quote": quote or ""}
