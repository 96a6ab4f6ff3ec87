"""The volunteer board: what associations need people for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "board_posts",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("post", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("shown_at", _AT, nullable=True),
        sa.Column("ends_at", _AT, nullable=True),
        sa.Column("done_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_board_posts_resident_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_board_posts_conversation_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_board_posts_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_posts")),
        sqlite_autoincrement=True,
    )
    for column in ("resident_id", "conversation_id", "case_id"):
        op.create_index(op.f(f"ix_board_posts_{column}"), "board_posts", [column], unique=False)
    op.create_index(
        "ix_board_posts_shown",
        "board_posts",
        ["municipality_id", "shown_at"],
        unique=False,
        sqlite_where=sa.text("status = 'shown'"),
        postgresql_where=sa.text("status = 'shown'"),
    )
