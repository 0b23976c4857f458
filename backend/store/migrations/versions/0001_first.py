"""First schema.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("profile", sa.String(64), primary_key=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("purged_seq", sa.Integer(), nullable=False),
        sa.Column("t", sa.Float(), nullable=False),
    )
    op.create_table(
        "client",
        sa.Column("client", sa.String(32), primary_key=True),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("t", sa.Float(), nullable=False),
    )
    op.create_index("ix_client_profile", "client", ["profile"])
    op.create_table(
        "pairing_code",
        sa.Column("code_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("t_expires", sa.Float(), nullable=False),
        sa.Column("t_used", sa.Float()),
    )
    op.create_table(
        "conversation",
        sa.Column("profile", sa.String(64), primary_key=True),
        sa.Column("service", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(512), primary_key=True),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("persona", sa.String(255)),
        sa.Column("t_first", sa.Float(), nullable=False),
        sa.Column("t_last", sa.Float(), nullable=False),
        sa.Column("not_scored", sa.String(64)),
    )
    op.create_table(
        "message",
        sa.Column("profile", sa.String(64), primary_key=True),
        sa.Column("service", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(512), primary_key=True),
        sa.Column("message_id", sa.String(512), primary_key=True),
        sa.Column("choice", sa.Integer(), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("chain", sa.LargeBinary()),
        sa.Column("opening", sa.LargeBinary()),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("confidence", sa.String(8), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("t", sa.Float(), nullable=False),
    )
    op.create_index("ix_message_t", "message", ["t"])
    op.create_index("message_chain", "message", ["profile", "chain"])
    op.create_table(
        "trend",
        sa.Column("profile", sa.String(64), primary_key=True),
        sa.Column("service", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(512), primary_key=True),
        sa.Column("model", sa.String(64), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("t", sa.Float(), nullable=False),
    )
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(512), nullable=False),
        sa.Column("message_id", sa.String(512), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.LargeBinary()),
        sa.Column("retracted", sa.String(16)),
        sa.Column("t", sa.Float(), nullable=False),
    )
    op.create_index("alert_message", "alert", ["profile", "service", "conversation_id", "message_id"])
    op.create_index("ix_alert_t", "alert", ["t"])
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("alert_id", sa.String(64)),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("t", sa.Float(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("event_profile", "event", ["profile", "seq"])
    op.create_index("ix_event_t", "event", ["t"])
    op.create_table(
        "seen",
        sa.Column("profile", sa.String(64), primary_key=True),
        sa.Column("mark", sa.LargeBinary(), primary_key=True),
        sa.Column("t", sa.Float(), nullable=False),
    )
    op.create_index("ix_seen_t", "seen", ["t"])


def downgrade() -> None:
    op.drop_table("seen")
    op.drop_table("event")
    op.drop_table("alert")
    op.drop_table("trend")
    op.drop_table("message")
    op.drop_table("conversation")
    op.drop_table("pairing_code")
    op.drop_table("client")
    op.drop_table("profile")
