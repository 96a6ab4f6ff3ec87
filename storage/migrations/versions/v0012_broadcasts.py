"""Broadcasts: who listens, what is sent to whom, what they answer, what staff did with it; the idea board."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('listener_words',
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('bit', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('word', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('municipality_id', 'kind', 'bit', name=op.f('pk_listener_words'))
    )
    op.create_table('segments',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('segment', sa.LargeBinary(), nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_segments_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_segments')),
    sqlite_autoincrement=True
    )
    op.create_table('listeners',
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, autoincrement=False, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('topics', _BIG, nullable=False),
    sa.Column('areas', _BIG, nullable=False),
    sa.Column('skills', _BIG, nullable=False),
    sa.Column('spoken', _BIG, nullable=False),
    sa.Column('roles', _BIG, nullable=False),
    sa.Column('band', sa.SmallInteger(), nullable=True),
    sa.Column('gap_days', sa.SmallInteger(), nullable=False),
    sa.Column('quiet_from', sa.SmallInteger(), nullable=False),
    sa.Column('quiet_to', sa.SmallInteger(), nullable=False),
    sa.Column('next_at', _AT, nullable=True),
    sa.Column('since', _AT, nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_listeners_conversation_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_listeners_resident_id')),
    sa.PrimaryKeyConstraint('municipality_id', 'resident_id', name=op.f('pk_listeners')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_listeners_conversation_id'), 'listeners', ['conversation_id'], unique=False)
    op.create_index('ix_listeners_resident', 'listeners', ['resident_id'], unique=False)
    op.create_index('ix_listeners_counted', 'listeners', ['municipality_id', 'locale', 'channel', 'topics', 'areas', 'skills', 'spoken', 'roles', 'band', 'next_at'], unique=False)
    op.create_table('broadcasts',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('segment', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('urgent', sa.LargeBinary(), nullable=True),
    sa.Column('need_id', _BIG, nullable=True),
    sa.Column('answers_id', _BIG, nullable=True),
    sa.Column('file_id', _BIG, nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('approved_by', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.Column('starts_at', _AT, nullable=True),
    sa.Column('started_at', _AT, nullable=True),
    sa.Column('cursor', _BIG, nullable=False),
    sa.Column('expected', sa.Integer(), nullable=True),
    sa.Column('fed_at', _AT, nullable=True),
    sa.Column('done_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['answers_id'], ['broadcasts.id'], name=op.f('fk_broadcasts_answers_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['approved_by'], ['staff.id'], name=op.f('fk_broadcasts_approved_by')),
    sa.ForeignKeyConstraint(['file_id'], ['files.id'], name=op.f('fk_broadcasts_file_id')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_broadcasts_need_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_broadcasts_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_broadcasts')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_broadcasts_answers_id'), 'broadcasts', ['answers_id'], unique=False)
    op.create_index(op.f('ix_broadcasts_need_id'), 'broadcasts', ['need_id'], unique=False)
    op.create_index('ix_broadcasts_open', 'broadcasts', ['starts_at'], unique=False, sqlite_where=sa.text("status IN ('scheduled', 'sending')"), postgresql_where=sa.text("status IN ('scheduled', 'sending')"))
    op.create_table('broadcast_events',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('broadcast_id', _BIG, nullable=False),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('at', _AT, nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('who', sa.LargeBinary(), nullable=False),
    sa.Column('detail', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcasts.id'], name=op.f('fk_broadcast_events_broadcast_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_broadcast_events_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_broadcast_events')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_broadcast_events_broadcast_id'), 'broadcast_events', ['broadcast_id'], unique=False)
    op.create_table('broadcast_recipients',
    sa.Column('broadcast_id', _BIG, nullable=False),
    sa.Column('ordinal', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=True),
    sa.Column('message_id', _BIG, nullable=True),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('areas', _BIG, nullable=False),
    sa.Column('at', _AT, nullable=False),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('answered_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcasts.id'], name=op.f('fk_broadcast_recipients_broadcast_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_broadcast_recipients_message_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_broadcast_recipients_resident_id')),
    sa.PrimaryKeyConstraint('broadcast_id', 'ordinal', name=op.f('pk_broadcast_recipients')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_broadcast_recipients_answered', 'broadcast_recipients', ['broadcast_id', 'answer', 'resident_id'], unique=False, sqlite_where=sa.text('answer IS NOT NULL'), postgresql_where=sa.text('answer IS NOT NULL'))
    op.create_index(op.f('ix_broadcast_recipients_message_id'), 'broadcast_recipients', ['message_id'], unique=False)
    op.create_index(op.f('ix_broadcast_recipients_resident_id'), 'broadcast_recipients', ['resident_id'], unique=False)
    op.create_index('ix_deliveries_bulk', 'deliveries', ['made_by', 'status', 'due_at'], unique=False, sqlite_where=sa.text('priority = 9'), postgresql_where=sa.text('priority = 9'))
    op.create_table('interests',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('post_id', _BIG, nullable=False),
    sa.Column('case_id', _BIG, nullable=True),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_interests_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_interests_conversation_id')),
    sa.ForeignKeyConstraint(['post_id'], ['board_posts.id'], name=op.f('fk_interests_post_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_interests_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interests')),
    sqlite_autoincrement=True
    )
    for name in ('case_id', 'conversation_id', 'post_id', 'resident_id'):
        op.create_index(op.f(f'ix_interests_{name}'), 'interests', [name], unique=False)
    op.create_table('good_examples',
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('post_id', _BIG, nullable=False),
    sa.Column('words', sa.LargeBinary(), nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['board_posts.id'], name=op.f('fk_good_examples_post_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_good_examples_staff_id')),
    sa.PrimaryKeyConstraint('municipality_id', 'month', name=op.f('pk_good_examples'))
    )
    op.create_index(op.f('ix_good_examples_post_id'), 'good_examples', ['post_id'], unique=False)
