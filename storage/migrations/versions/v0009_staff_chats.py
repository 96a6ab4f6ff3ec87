"""The chat in Telegram of a member of staff, where alerts go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff_chats",
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("address_id", _BIG, nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_chats_staff_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_staff_chats_address_id")),
        sa.PrimaryKeyConstraint("staff_id", "municipality_id", name=op.f("pk_staff_chats")),
        sa.UniqueConstraint("address_id", name=op.f("uq_staff_chats_address_id")),
    )
