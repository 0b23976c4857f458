"""The tables. Every one carries the profile; none carries the text of a message except encrypted excerpts of alerts."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

profile = Table(
    "profile",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("settings", Text, nullable=False),
    Column("purged_seq", Integer, nullable=False, default=0),
    Column("t", Float, nullable=False),
)
"""settings: backend.policy.profile.Profile as JSON. purged_seq: events up to this one may be gone."""

client = Table(
    "client",
    metadata,
    Column("client", String(32), primary_key=True),
    Column("profile", String(64), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("name", String(128), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("t", Float, nullable=False),
)

pairing_code = Table(
    "pairing_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("profile", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("t_expires", Float, nullable=False),
    Column("t_used", Float),
)

conversation = Table(
    "conversation",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("service", String(64), primary_key=True),
    Column("conversation_id", String(512), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("persona", String(255)),
    Column("t_first", Float, nullable=False),
    Column("t_last", Float, nullable=False),
    Column("not_scored", String(64)),
)

message = Table(
    "message",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("service", String(64), primary_key=True),
    Column("conversation_id", String(512), primary_key=True),
    Column("message_id", String(512), primary_key=True),
    Column("choice", Integer, primary_key=True),
    Column("role", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", Integer),
    Column("chain", LargeBinary),
    Column("opening", LargeBinary),
    Column("final", Boolean, nullable=False),
    Column("source", String(16), nullable=False),
    Column("confidence", String(8), nullable=False),
    Column("scores", Text, nullable=False),
    Column("model", String(64), nullable=False),
    Column("t", Float, nullable=False, index=True),
    Index("message_chain", "profile", "chain"),
)
"""choice: 0 where a request has one answer. position: index in a stateless conversation. chain: HMAC over the
conversation up to and with this message. opening: HMAC of the first characters, tells replay from regeneration."""

trend = Table(
    "trend",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("service", String(64), primary_key=True),
    Column("conversation_id", String(512), primary_key=True),
    Column("model", String(64), primary_key=True),
    Column("state", Text, nullable=False),
    Column("t", Float, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("profile", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("conversation_id", String(512), nullable=False),
    Column("message_id", String(512), nullable=False),
    Column("choice", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rule", String(64), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("source", String(16), nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("payload", Text, nullable=False),
    Column("excerpt", LargeBinary),
    Column("retracted", String(16)),
    Column("t", Float, nullable=False, index=True),
    Index("alert_message", "profile", "service", "conversation_id", "message_id"),
)
"""payload: backend.policy.alert.Alert as JSON without its quote. excerpt: the quote, encrypted, bound to alert_id."""

event = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("profile", String(64), nullable=False),
    Column("type", String(16), nullable=False),
    Column("alert_id", String(64)),
    Column("payload", Text, nullable=False),
    Column("t", Float, nullable=False, index=True),
    Index("event_profile", "profile", "seq"),
    sqlite_autoincrement=True,
)

seen = Table(
    "seen",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("t", Float, nullable=False, index=True),
)
"""mark: HMAC over (service, conversation, message, choice, text) of a message that has been judged."""

PER_PROFILE = (client, pairing_code, conversation, message, trend, alert, event, seen, profile)
