"""Meetings: what is planned, who comes, what is sent in, who follows them; groups of an open space and their plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('meetings',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('network_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('starts_at', _AT, nullable=False),
    sa.Column('ends_at', _AT, nullable=False),
    sa.Column('items_until', _AT, nullable=True),
    sa.Column('seats', sa.Integer(), nullable=True),
    sa.Column('said', sa.LargeBinary(), nullable=False),
    sa.Column('items_order', sa.LargeBinary(), nullable=True),
    sa.Column('minutes', sa.LargeBinary(), nullable=True),
    sa.Column('minutes_at', _AT, nullable=True),
    sa.Column('groups_at', _AT, nullable=True),
    sa.Column('case_id', _BIG, nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_meetings_case_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_meetings_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_meetings_case_id'), 'meetings', ['case_id'], unique=False)
    op.create_index('ix_meetings_time', 'meetings', ['municipality_id', 'starts_at'], unique=False)
    op.create_table('meeting_groups',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('meeting_id', _BIG, nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('plan', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('shown_at', _AT, nullable=True),
    sa.Column('next_at', _AT, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_groups_meeting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_groups')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_meeting_groups_meeting_id'), 'meeting_groups', ['meeting_id'], unique=False)
    op.create_table('meeting_signups',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('meeting_id', _BIG, nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('group_id', _BIG, nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_meeting_signups_conversation_id')),
    sa.ForeignKeyConstraint(['group_id'], ['meeting_groups.id'], name=op.f('fk_meeting_signups_group_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_signups_meeting_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_meeting_signups_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_signups')),
    sqlite_autoincrement=True
    )
    for name in ('meeting_id', 'resident_id', 'conversation_id', 'group_id'):
        op.create_index(op.f(f'ix_meeting_signups_{name}'), 'meeting_signups', [name], unique=False)
    op.create_index('uq_meeting_signups_living', 'meeting_signups', ['meeting_id', 'resident_id'], unique=True, sqlite_where=sa.text("status != 'left'"), postgresql_where=sa.text("status != 'left'"))
    op.create_table('meeting_items',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('meeting_id', _BIG, nullable=False),
    sa.Column('resident_id', _BIG, nullable=True),
    sa.Column('conversation_id', _BIG, nullable=True),
    sa.Column('case_id', _BIG, nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('words', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('created_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_meeting_items_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_meeting_items_conversation_id')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_items_meeting_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_meeting_items_resident_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_meeting_items_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_items')),
    sqlite_autoincrement=True
    )
    for name in ('meeting_id', 'resident_id', 'conversation_id', 'case_id'):
        op.create_index(op.f(f'ix_meeting_items_{name}'), 'meeting_items', [name], unique=False)
    op.create_table('meeting_followers',
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, autoincrement=False, nullable=False),
    sa.Column('network_id', sa.String(), nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=True),
    sa.Column('since', _AT, nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_meeting_followers_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_meeting_followers_resident_id')),
    sa.PrimaryKeyConstraint('municipality_id', 'resident_id', 'network_id', name=op.f('pk_meeting_followers'))
    )
    op.create_index(op.f('ix_meeting_followers_conversation_id'), 'meeting_followers', ['conversation_id'], unique=False)
    op.create_index('ix_meeting_followers_resident', 'meeting_followers', ['resident_id'], unique=False)
