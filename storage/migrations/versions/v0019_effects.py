"""What came of it: the question what became of something, and money that was granted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('follow_ups',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('subject_id', _BIG, nullable=False),
    sa.Column('area', sa.String(), nullable=True),
    sa.Column('locale', sa.String(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('asked_at', _AT, nullable=True),
    sa.Column('answered_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_follow_ups_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_follow_ups_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_ups')),
    sa.UniqueConstraint('municipality_id', 'subject', 'subject_id', name=op.f('uq_follow_ups_municipality_id_subject_subject_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_follow_ups_resident_id'), 'follow_ups', ['resident_id'], unique=False)
    op.create_index(op.f('ix_follow_ups_conversation_id'), 'follow_ups', ['conversation_id'], unique=False)
    op.create_index('ix_follow_ups_answered', 'follow_ups', ['municipality_id', 'answered_at'], unique=False)
    op.create_table('awards',
    sa.Column('case_id', _BIG, autoincrement=False, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('support', sa.String(), nullable=False),
    sa.Column('amount_sek', sa.Integer(), nullable=False),
    sa.Column('awarded_on', sa.String(), nullable=False),
    sa.Column('area', sa.String(), nullable=True),
    sa.Column('recipient', sa.LargeBinary(), nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_awards_case_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_awards_staff_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_awards')),
    sa.UniqueConstraint('public_id', name=op.f('uq_awards_public_id'))
    )
    op.create_index('ix_awards_awarded_on', 'awards', ['municipality_id', 'awarded_on'], unique=False)
