"""Questions to roles: whom each was sent to, and what was passed on to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("role_id", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("answer_by", _MOMENT, nullable=False),
        sa.Column("reminded_at", _MOMENT, nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("declined_at", _MOMENT, nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_enquiries_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_enquiries_case_id"), "enquiries", ["case_id"], unique=False)
    op.create_table(
        "forwards",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("from_role", sa.String(), nullable=False),
        sa.Column("to_role", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("matter", sa.String(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("dismissed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forwards")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_forwards_learned",
        "forwards",
        ["municipality_id"],
        unique=False,
        sqlite_where=sa.text("dismissed_at IS NULL"),
        postgresql_where=sa.text("dismissed_at IS NULL"),
    )
