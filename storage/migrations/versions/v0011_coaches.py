"""Coaches: who has a conversation, forum topics, translations, reactions; when staff work and what they know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('absences',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('staff_id', _BIG, nullable=False),
    sa.Column('deputy_id', _BIG, nullable=True),
    sa.Column('begins_at', _AT, nullable=False),
    sa.Column('ends_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['deputy_id'], ['staff.id'], name=op.f('fk_absences_deputy_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_absences_staff_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_absences_staff_id'), 'absences', ['staff_id'], unique=False)
    op.create_table('staff_profiles',
    sa.Column('staff_id', _BIG, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('profile', sa.LargeBinary(), nullable=True),
    sa.Column('here_until', _AT, nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_profiles_staff_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('staff_id', 'municipality_id', name=op.f('pk_staff_profiles'))
    )
    op.create_table('staff_sign_ins',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('staff_id', _BIG, nullable=False),
    sa.Column('linked_at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_sign_ins_staff_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_staff_sign_ins'))
    )
    op.create_index(op.f('ix_staff_sign_ins_staff_id'), 'staff_sign_ins', ['staff_id'], unique=False)
    op.create_table('reactions',
    sa.Column('message_id', _BIG, autoincrement=False, nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('emoji', sa.String(), nullable=False),
    sa.Column('at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_reactions_message_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('message_id', 'by', name=op.f('pk_reactions'))
    )
    op.create_table('translations',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('message_id', _BIG, nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('words', sa.LargeBinary(), nullable=True),
    sa.Column('engine', sa.String(), nullable=False),
    sa.Column('at', _AT, nullable=False),
    sa.Column('flagged_at', _AT, nullable=True),
    sa.Column('flagged_by', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_translations_message_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_translations')),
    sa.UniqueConstraint('message_id', 'locale', name=op.f('uq_translations_message_id_locale')),
    sqlite_autoincrement=True
    )
    op.create_table('forum_topics',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('case_id', _BIG, nullable=False),
    sa.Column('address_id', _BIG, nullable=False),
    sa.Column('made', sa.Integer(), nullable=False),
    sa.Column('opened_at', _AT, nullable=False),
    sa.Column('closed_at', _AT, nullable=True),
    sa.Column('lost_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['address_id'], ['addresses.id'], name=op.f('fk_forum_topics_address_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_forum_topics_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_forum_topics_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forum_topics')),
    sa.UniqueConstraint('address_id', name=op.f('uq_forum_topics_address_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_forum_topics_case_id'), 'forum_topics', ['case_id'], unique=False)
    op.create_index(op.f('ix_forum_topics_conversation_id'), 'forum_topics', ['conversation_id'], unique=False)
    op.create_table('snoozes',
    sa.Column('case_id', _BIG, autoincrement=False, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('until', _AT, nullable=False),
    sa.Column('staff_id', _BIG, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_snoozes_case_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_snoozes_staff_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_snoozes'))
    )
    op.create_table('talks',
    sa.Column('conversation_id', _BIG, autoincrement=False, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('case_id', _BIG, nullable=False),
    sa.Column('staff_id', _BIG, nullable=False),
    sa.Column('since', _AT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_talks_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_talks_conversation_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_talks_staff_id')),
    sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_talks'))
    )
    op.create_index(op.f('ix_talks_case_id'), 'talks', ['case_id'], unique=False)
    op.create_index(op.f('ix_talks_staff_id'), 'talks', ['staff_id'], unique=False)
