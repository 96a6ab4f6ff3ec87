"""Crisis volunteers: offers and checks, needs with their shifts and places, who has signed up, and the crisis level."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('crisis_levels',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('at', _AT, nullable=False),
    sa.Column('review', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_crisis_levels_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_crisis_levels')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_crisis_levels_at', 'crisis_levels', ['municipality_id', 'at'], unique=False)
    op.create_table('volunteers',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('offer', sa.LargeBinary(), nullable=True),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_volunteers_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_volunteers_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_volunteers')),
    sa.UniqueConstraint('resident_id', name=op.f('uq_volunteers_resident_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_volunteers_conversation_id'), 'volunteers', ['conversation_id'], unique=False)
    op.create_index('ix_volunteers_standing', 'volunteers', ['municipality_id', 'standing'], unique=False)
    op.create_table('volunteer_checks',
    sa.Column('volunteer_id', _BIG, nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('number', sa.LargeBinary(), nullable=True),
    sa.Column('decision', sa.String(), nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_volunteer_checks_staff_id')),
    sa.ForeignKeyConstraint(['volunteer_id'], ['volunteers.id'], name=op.f('fk_volunteer_checks_volunteer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('volunteer_id', 'role', name=op.f('pk_volunteer_checks'))
    )
    op.create_table('needs',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('need', sa.LargeBinary(), nullable=True),
    sa.Column('area', sa.String(), nullable=True),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=True),
    sa.Column('conversation_id', _BIG, nullable=True),
    sa.Column('case_id', _BIG, nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('done_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_needs_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_needs_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_needs_resident_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_needs_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_needs')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_needs_case_id'), 'needs', ['case_id'], unique=False)
    op.create_index(op.f('ix_needs_conversation_id'), 'needs', ['conversation_id'], unique=False)
    op.create_index('ix_needs_open', 'needs', ['municipality_id', 'id'], unique=False, sqlite_where=sa.text('done_at IS NULL'), postgresql_where=sa.text('done_at IS NULL'))
    op.create_index(op.f('ix_needs_resident_id'), 'needs', ['resident_id'], unique=False)
    op.create_table('shifts',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('need_id', _BIG, nullable=False),
    sa.Column('starts_at', _AT, nullable=False),
    sa.Column('ends_at', _AT, nullable=False),
    sa.Column('cancelled_at', _AT, nullable=True),
    sa.Column('gap', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_shifts_need_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_shifts_ends_at', 'shifts', ['municipality_id', 'ends_at'], unique=False)
    op.create_index(op.f('ix_shifts_need_id'), 'shifts', ['need_id'], unique=False)
    op.create_table('signups',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('shift_id', _BIG, nullable=False),
    sa.Column('volunteer_id', _BIG, nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('why', sa.LargeBinary(), nullable=True),
    sa.Column('answer_by', _AT, nullable=True),
    sa.Column('approved_at', _AT, nullable=True),
    sa.Column('approved_by', _BIG, nullable=True),
    sa.Column('confirmed_at', _AT, nullable=True),
    sa.Column('came_at', _AT, nullable=True),
    sa.Column('reason', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.Column('asked_at', _AT, nullable=True),
    sa.Column('answered_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['approved_by'], ['staff.id'], name=op.f('fk_signups_approved_by')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_signups_shift_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['volunteer_id'], ['volunteers.id'], name=op.f('fk_signups_volunteer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signups')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_signups_shift_id'), 'signups', ['shift_id'], unique=False)
    op.create_index(op.f('ix_signups_volunteer_id'), 'signups', ['volunteer_id'], unique=False)
    op.create_index('uq_signups_living', 'signups', ['shift_id', 'volunteer_id'], unique=True, sqlite_where=sa.text("status IN ('proposed', 'standby', 'asked', 'offered', 'taken')"), postgresql_where=sa.text("status IN ('proposed', 'standby', 'asked', 'offered', 'taken')"))
    op.create_table('shift_places',
    sa.Column('shift_id', _BIG, nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('signup_id', _BIG, nullable=True),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_shift_places_shift_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['signup_id'], ['signups.id'], name=op.f('fk_shift_places_signup_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('shift_id', 'place', name=op.f('pk_shift_places')),
    sa.UniqueConstraint('signup_id', name=op.f('uq_shift_places_signup_id'))
    )
