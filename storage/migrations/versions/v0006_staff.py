"""Staff: accounts, sessions, alerts; who has a case, and what was done with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_OLD = (
    "id, municipality_id, kind, conversation_id, resident_id, plan_id, status, answer_by, created_at, note, context, "
    "told_at, answered_at, closed_at, outcome"
)


def upgrade() -> None:
    _accounts()
    if op.get_bind().dialect.name == "sqlite":
        _cases_anew()
    else:
        _cases_widened()
    op.create_index(op.f("ix_cases_owner_id"), "cases", ["owner_id"], unique=False)
    _what_is_done()


def _accounts() -> None:
    op.create_table(
        "staff",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("email_key", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("second_factor", sa.LargeBinary(), nullable=True),
        sa.Column("second_factor_step", _BIG, nullable=True),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("signed_in_at", _AT, nullable=True),
        sa.Column("removed_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_email_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "staff_roles",
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("given_at", _AT, nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_roles_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "municipality_id", "role", name=op.f("pk_staff_roles")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("seen_at", _AT, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_staff_sessions_expires_at", "staff_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"], unique=False)
    op.create_table(
        "staff_codes",
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_codes_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_staff_codes")),
    )
    op.create_table(
        "staff_attempts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staff_attempts")),
    )
    op.create_table(
        "staff_alerts",
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_alerts_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "municipality_id", "kind", name=op.f("pk_staff_alerts")),
    )


def _cases_widened() -> None:
    op.add_column("cases", sa.Column("owner_id", _BIG, nullable=True))
    op.create_foreign_key(op.f("fk_cases_owner_id"), "cases", "staff", ["owner_id"], ["id"])
    op.add_column("cases", sa.Column("owned_at", _AT, nullable=True))
    op.add_column("cases", sa.Column("area", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="5"))
    op.alter_column("cases", "priority", server_default=None)
    op.add_column("cases", sa.Column("referred_to", sa.LargeBinary(), nullable=True))
    op.add_column("cases", sa.Column("next_step", sa.LargeBinary(), nullable=True))
    op.add_column("cases", sa.Column("next_step_by", _AT, nullable=True))


def _cases_anew() -> None:
    """SQLite's own ADD COLUMN would leave a table that is written otherwise than a fresh one."""
    connection = op.get_bind()
    last = connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'cases'"))
    op.execute("PRAGMA defer_foreign_keys = ON")  # what refers to a case finds it again before the end
    op.execute("CREATE TABLE cases_before AS SELECT * FROM cases")
    op.drop_table("cases")
    op.create_table(
        "cases",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("plan_id", _BIG, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer_by", _AT, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("context", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", _AT, nullable=True),
        sa.Column("answered_at", _AT, nullable=True),
        sa.Column("closed_at", _AT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("owner_id", _BIG, nullable=True),
        sa.Column("owned_at", _AT, nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("referred_to", sa.LargeBinary(), nullable=True),
        sa.Column("next_step", sa.LargeBinary(), nullable=True),
        sa.Column("next_step_by", _AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_cases_resident_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_cases_plan_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_cases_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO cases ({_OLD}, priority) SELECT {_OLD}, 5 FROM cases_before")
    # Ids never come again, those of deleted rows neither: the new table goes on counting where the old one stood.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'cases'")
    if last is not None:
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('cases', {int(last)})")
    op.drop_table("cases_before")
    op.create_index(
        "ix_cases_open",
        "cases",
        ["municipality_id", "answer_by"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_cases_conversation_id"), "cases", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_cases_resident_id"), "cases", ["resident_id"], unique=False)


def _what_is_done() -> None:
    op.create_table(
        "case_events",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_case_events_conversation_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_events_case_id"), "case_events", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_events_conversation_id"), "case_events", ["conversation_id"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("told_at", _AT, nullable=True),
        sa.Column("seen_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alerts_staff_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_alerts_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alerts_staff_id"), "alerts", ["staff_id"], unique=False)
    op.create_index(op.f("ix_alerts_case_id"), "alerts", ["case_id"], unique=False)
    op.create_index(
        "ix_alerts_unseen",
        "alerts",
        ["staff_id", "municipality_id"],
        unique=False,
        sqlite_where=sa.text("seen_at IS NULL"),
        postgresql_where=sa.text("seen_at IS NULL"),
    )
