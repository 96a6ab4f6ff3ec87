"""Rooms: bookings, what is taken, waiting lists and watches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer_by", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_bookings_resident_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_bookings_conversation_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bookings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sqlite_autoincrement=True,
    )
    for column in ("resident_id", "conversation_id", "case_id"):
        op.create_index(op.f(f"ix_bookings_{column}"), "bookings", [column], unique=False)
    op.create_table(
        "occasions",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("booking_id", _BIG, nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_occasions_booking_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occasions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_occasions_booking_id"), "occasions", ["booking_id"], unique=False)
    op.create_table(
        "room_quarters",
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("quarter", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("occasion_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["occasion_id"], ["occasions.id"], name=op.f("fk_room_quarters_occasion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("municipality_id", "quarter", "unit", name=op.f("pk_room_quarters")),
    )
    op.create_index(op.f("ix_room_quarters_occasion_id"), "room_quarters", ["occasion_id"], unique=False)
    op.create_table(
        "room_wishes",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("booking_id", _BIG, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(), nullable=True),
        sa.Column("wish", sa.LargeBinary(), nullable=True),
        sa.Column("first_quarter", sa.Integer(), nullable=False),
        sa.Column("after_quarter", sa.Integer(), nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_room_wishes_resident_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_room_wishes_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_room_wishes_booking_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_wishes")),
        sqlite_autoincrement=True,
    )
    for column in ("resident_id", "conversation_id", "booking_id"):
        op.create_index(op.f(f"ix_room_wishes_{column}"), "room_wishes", [column], unique=False)
    op.create_index(
        "ix_room_wishes_waiting",
        "room_wishes",
        ["municipality_id", "first_quarter"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
