"""Who may look: profiles, paired clients, pairing codes. Tokens and codes are stored as keyed hashes only."""

import secrets

from sqlalchemy import select, update

from backend.store import tables as t
from backend.store.records import Client
from backend.store.store import Store
from backend.store.upsert import put, put_new

CODE_LIFE_S = 600.0


def put_profile(store: Store, name: str, settings: str) -> None:
    """Create or change a profile. settings: JSON."""
    with store.begin() as connection:
        put(connection, t.profile, {"profile": name}, {"settings": settings, "t": store.clock()})


def ensure_profile(store: Store, name: str, settings: str) -> None:
    """Create a profile unless it exists."""
    with store.begin() as connection:
        put_new(connection, t.profile, {"profile": name}, {"settings": settings, "t": store.clock(), "purged_seq": 0})


def profiles(store: Store) -> dict[str, str]:
    """Every profile's settings as JSON, by name."""
    with store.begin() as connection:
        return {
            row.profile: row.settings
            for row in connection.execute(select(t.profile.c.profile, t.profile.c.settings).order_by(t.profile.c.t))
        }


def add_code(store: Store, code: str, profile: str, role: str) -> float:
    """Remember a new pairing code. Returns the Unix time at which it ends."""
    expires = store.clock() + CODE_LIFE_S
    with store.begin() as connection:
        connection.execute(t.pairing_code.delete().where(t.pairing_code.c.t_expires < store.clock()))
        put_new(
            connection,
            t.pairing_code,
            {"code_hash": store.key.token_hash(code)},
            {"profile": profile, "role": role, "t_expires": expires},
        )
    return expires


def redeem(store: Store, code: str, name: str) -> tuple[Client, str] | None:
    """Use a code, once. Returns the new client and its token, or None when the code is wrong, used or too old."""
    now = store.clock()
    c = t.pairing_code.c
    with store.begin() as connection:
        where = (c.code_hash == store.key.token_hash(code), c.t_used.is_(None), c.t_expires >= now)
        found = connection.execute(select(c.profile, c.role).where(*where)).first()
        # the update decides: of two at once only one changes a row
        if found is None or connection.execute(update(t.pairing_code).where(*where).values(t_used=now)).rowcount != 1:
            return None
        token = secrets.token_urlsafe(32)
        client = Client(secrets.token_hex(8), found.profile, found.role, name[:128])
        connection.execute(
            t.client.insert().values(
                client=client.client,
                profile=client.profile,
                role=client.role,
                name=client.name,
                token_hash=store.key.token_hash(token),
                t=now,
            )
        )
    return client, token


def has_clients(store: Store, profile: str) -> bool:
    """Is any client paired with this profile?"""
    with store.begin() as connection:
        return connection.execute(select(t.client.c.client).where(t.client.c.profile == profile)).first() is not None


def drop_clients(store: Store, profile: str) -> None:
    """Delete every client and code of a profile."""
    with store.begin() as connection:
        for table in (t.client, t.pairing_code):
            connection.execute(table.delete().where(table.c.profile == profile))


def client_of(store: Store, token: str) -> Client | None:
    """Whose token this is."""
    c = t.client.c
    query = select(c.client, c.profile, c.role, c.name).where(c.token_hash == store.key.token_hash(token))
    with store.begin() as connection:
        found = connection.execute(query).first()
    return Client(found.client, found.profile, found.role, found.name) if found else None
