"""Dialogues: surveys, focus groups, hearings with quick polls, and proposals followed until they are answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", _BIG, autoincrement=True, nullable=False)


def _municipality() -> sa.Column[str]:
    return sa.Column("municipality_id", sa.String(), nullable=False)


def _to(table: str, name: str, there: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{there}.id"], name=op.f(f"fk_{table}_{name}"), ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "dialogues",
        _id(),
        _municipality(),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("changed_at", _AT, nullable=False),
        sa.Column("opened_at", _AT, nullable=True),
        sa.Column("held_at", _AT, nullable=True),
        sa.Column("feedback_by", _AT, nullable=True),
        sa.Column("feedback", sa.LargeBinary(), nullable=True),
        sa.Column("feedback_at", _AT, nullable=True),
        _to("dialogues", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogues")),
        sa.UniqueConstraint("municipality_id", "code", name=op.f("uq_dialogues_municipality_id_code")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "dialogue_groups",
        _id(),
        _municipality(),
        sa.Column("dialogue_id", _BIG, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("swot", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", _AT, nullable=False),
        _to("dialogue_groups", "dialogue_id", "dialogues", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_groups")),
        sa.UniqueConstraint("dialogue_id", "number", name=op.f("uq_dialogue_groups_dialogue_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "dialogue_people",
        _id(),
        _municipality(),
        sa.Column("dialogue_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("profile", sa.LargeBinary(), nullable=True),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", _AT, nullable=True),
        sa.Column("hear", sa.Boolean(), nullable=False),
        sa.Column("focus", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("placed_at", _AT, nullable=True),
        sa.Column("group_id", _BIG, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        _to("dialogue_people", "dialogue_id", "dialogues", "CASCADE"),
        _to("dialogue_people", "resident_id", "residents"),
        _to("dialogue_people", "conversation_id", "conversations"),
        _to("dialogue_people", "group_id", "dialogue_groups", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_people")),
        sa.UniqueConstraint("dialogue_id", "resident_id", name=op.f("uq_dialogue_people_dialogue_id_resident_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "dialogue_polls",
        _id(),
        _municipality(),
        sa.Column("dialogue_id", _BIG, nullable=False),
        sa.Column("poll", sa.LargeBinary(), nullable=True),
        sa.Column("options", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("opened_at", _AT, nullable=True),
        sa.Column("closed_at", _AT, nullable=True),
        _to("dialogue_polls", "dialogue_id", "dialogues", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_polls")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "dialogue_votes",
        sa.Column("poll_id", _BIG, nullable=False),
        sa.Column("voter", sa.String(), nullable=False),
        _municipality(),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        _to("dialogue_votes", "poll_id", "dialogue_polls", "CASCADE"),
        _to("dialogue_votes", "resident_id", "residents"),
        sa.PrimaryKeyConstraint("poll_id", "voter", name=op.f("pk_dialogue_votes")),
    )
    op.create_table(
        "proposals",
        _id(),
        _municipality(),
        sa.Column("dialogue_id", _BIG, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("proposal", sa.LargeBinary(), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("hear", sa.Boolean(), nullable=False),
        sa.Column("due_at", _AT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answered_by", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", _AT, nullable=True),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        _to("proposals", "dialogue_id", "dialogues", "CASCADE"),
        _to("proposals", "resident_id", "residents"),
        _to("proposals", "conversation_id", "conversations"),
        _to("proposals", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sqlite_autoincrement=True,
    )
    for table, names in (
        ("dialogue_groups", ("dialogue_id",)),
        ("dialogue_people", ("dialogue_id", "resident_id", "conversation_id", "group_id")),
        ("dialogue_polls", ("dialogue_id",)),
        ("dialogue_votes", ("resident_id",)),
        ("proposals", ("dialogue_id", "resident_id", "conversation_id")),
    ):
        for name in names:
            op.create_index(op.f(f"ix_{table}_{name}"), table, [name], unique=False)
