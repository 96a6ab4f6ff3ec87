"""People brought together: who wants to meet others, who is introduced to whom, and what each has said to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_LIVING = sa.text("status IN ('proposed', 'asked', 'yes')")


def upgrade() -> None:
    op.create_table('seekers',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=True),
    sa.Column('guardian_at', _AT, nullable=True),
    sa.Column('guardian_by', _BIG, nullable=True),
    sa.Column('told_at', _AT, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_seekers_conversation_id')),
    sa.ForeignKeyConstraint(['guardian_by'], ['staff.id'], name=op.f('fk_seekers_guardian_by')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_seekers_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seekers')),
    sa.UniqueConstraint('resident_id', 'kind', name=op.f('uq_seekers_resident_id_kind')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_seekers_conversation_id'), 'seekers', ['conversation_id'], unique=False)
    op.create_index('ix_seekers_standing', 'seekers', ['municipality_id', 'kind', 'standing'], unique=False)
    op.create_table('introductions',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('why', sa.LargeBinary(), nullable=True),
    sa.Column('meeting', sa.LargeBinary(), nullable=True),
    sa.Column('meets_at', _AT, nullable=True),
    sa.Column('approved_by', _BIG, nullable=True),
    sa.Column('answer_by', _AT, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['approved_by'], ['staff.id'], name=op.f('fk_introductions_approved_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_introductions')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_introductions_status', 'introductions', ['municipality_id', 'kind', 'status'], unique=False)
    op.create_table('introduction_members',
    sa.Column('introduction_id', _BIG, nullable=False),
    sa.Column('seeker_id', _BIG, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['introduction_id'], ['introductions.id'], name=op.f('fk_introduction_members_introduction_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seeker_id'], ['seekers.id'], name=op.f('fk_introduction_members_seeker_id')),
    sa.PrimaryKeyConstraint('introduction_id', 'seeker_id', name=op.f('pk_introduction_members'))
    )
    op.create_index('ix_introduction_members_living', 'introduction_members', ['seeker_id'], unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING)
