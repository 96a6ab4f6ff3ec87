"""Furniture that goes from one to another: what is given and needed, who drives, what goes to whom, and runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_LIVES = sa.text("status IN ('proposed', 'agreed', 'ready', 'planned', 'fetched')")


def upgrade() -> None:
    op.create_table('goods',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('case_id', _BIG, nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('address', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.Column('done_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_goods_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_goods_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_goods_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_goods_case_id'), 'goods', ['case_id'], unique=False)
    op.create_index(op.f('ix_goods_conversation_id'), 'goods', ['conversation_id'], unique=False)
    op.create_index(op.f('ix_goods_resident_id'), 'goods', ['resident_id'], unique=False)
    op.create_index('ix_goods_open', 'goods', ['municipality_id', 'id'], unique=False,
                    sqlite_where=sa.text('done_at IS NULL'), postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('goods_drivers',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_goods_drivers_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_goods_drivers_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_drivers')),
    sa.UniqueConstraint('resident_id', name=op.f('uq_goods_drivers_resident_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_goods_drivers_conversation_id'), 'goods_drivers', ['conversation_id'], unique=False)
    op.create_table('goods_runs',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('driver_id', _BIG, nullable=False),
    sa.Column('day', sa.String(), nullable=False),
    sa.Column('plan', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('answer_by', _AT, nullable=True),
    sa.Column('approved_by', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.Column('done_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['approved_by'], ['staff.id'], name=op.f('fk_goods_runs_approved_by')),
    sa.ForeignKeyConstraint(['driver_id'], ['goods_drivers.id'], name=op.f('fk_goods_runs_driver_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_runs')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_goods_runs_driver_id'), 'goods_runs', ['driver_id'], unique=False)
    op.create_index('ix_goods_runs_living', 'goods_runs', ['municipality_id', 'status'], unique=False)
    op.create_table('goods_pairs',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('item_id', _BIG, nullable=False),
    sa.Column('need_id', _BIG, nullable=False),
    sa.Column('run_id', _BIG, nullable=True),
    sa.Column('held_by', _BIG, nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['held_by'], ['goods_drivers.id'], name=op.f('fk_goods_pairs_held_by')),
    sa.ForeignKeyConstraint(['item_id'], ['goods.id'], name=op.f('fk_goods_pairs_item_id')),
    sa.ForeignKeyConstraint(['need_id'], ['goods.id'], name=op.f('fk_goods_pairs_need_id')),
    sa.ForeignKeyConstraint(['run_id'], ['goods_runs.id'], name=op.f('fk_goods_pairs_run_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_goods_pairs_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_pairs')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_goods_pairs_held_by'), 'goods_pairs', ['held_by'], unique=False)
    op.create_index(op.f('ix_goods_pairs_run_id'), 'goods_pairs', ['run_id'], unique=False)
    op.create_index('uq_goods_pairs_item', 'goods_pairs', ['item_id'], unique=True, sqlite_where=_LIVES,
                    postgresql_where=_LIVES)
    op.create_index('uq_goods_pairs_need', 'goods_pairs', ['need_id'], unique=True, sqlite_where=_LIVES,
                    postgresql_where=_LIVES)
