"""The map of actors: who works with whom, introductions, who was asked; what is in the way of coming to something."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('map_actors',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('about', sa.LargeBinary(), nullable=True),
    sa.Column('weaver', sa.Boolean(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=True),
    sa.Column('conversation_id', _BIG, nullable=True),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('ended_at', _AT, nullable=True),
    sa.Column('ended_by', _BIG, nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_map_actors_conversation_id')),
    sa.ForeignKeyConstraint(['ended_by'], ['staff.id'], name=op.f('fk_map_actors_ended_by')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_map_actors_resident_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_map_actors_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_map_actors')),
    sa.UniqueConstraint('municipality_id', 'key', name=op.f('uq_map_actors_municipality_id_key')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_map_actors_conversation_id'), 'map_actors', ['conversation_id'], unique=False)
    op.create_index(op.f('ix_map_actors_resident_id'), 'map_actors', ['resident_id'], unique=False)
    op.create_table('map_introductions',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('a_id', _BIG, nullable=False),
    sa.Column('b_id', _BIG, nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('area', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('a_said', sa.String(), nullable=False),
    sa.Column('b_said', sa.String(), nullable=False),
    sa.Column('reached', sa.LargeBinary(), nullable=True),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('changed_at', _AT, nullable=False),
    sa.Column('answer_by', _AT, nullable=False),
    sa.ForeignKeyConstraint(['a_id'], ['map_actors.id'], name=op.f('fk_map_introductions_a_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['b_id'], ['map_actors.id'], name=op.f('fk_map_introductions_b_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_map_introductions_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_map_introductions')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_map_introductions_a_id'), 'map_introductions', ['a_id'], unique=False)
    op.create_index(op.f('ix_map_introductions_b_id'), 'map_introductions', ['b_id'], unique=False)
    op.create_table('map_links',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('a_id', _BIG, nullable=False),
    sa.Column('b_id', _BIG, nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('since', sa.String(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('noted_by', sa.String(), nullable=False),
    sa.Column('resident_id', _BIG, nullable=True),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('ended_at', _AT, nullable=True),
    sa.Column('ended_by', _BIG, nullable=True),
    sa.ForeignKeyConstraint(['a_id'], ['map_actors.id'], name=op.f('fk_map_links_a_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['b_id'], ['map_actors.id'], name=op.f('fk_map_links_b_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['ended_by'], ['staff.id'], name=op.f('fk_map_links_ended_by')),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_map_links_resident_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_map_links_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_map_links')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_map_links_a_id'), 'map_links', ['a_id'], unique=False)
    op.create_index(op.f('ix_map_links_b_id'), 'map_links', ['b_id'], unique=False)
    op.create_index(op.f('ix_map_links_resident_id'), 'map_links', ['resident_id'], unique=False)
    op.create_table('actor_requests',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('actor_id', _BIG, nullable=False),
    sa.Column('about', sa.LargeBinary(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('staff_id', _BIG, nullable=True),
    sa.Column('case_id', _BIG, nullable=True),
    sa.Column('introduction_id', _BIG, nullable=True),
    sa.Column('at', _AT, nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['map_actors.id'], name=op.f('fk_actor_requests_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_actor_requests_case_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['introduction_id'], ['map_introductions.id'], name=op.f('fk_actor_requests_introduction_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_actor_requests_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_actor_requests')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_actor_requests_actor_id'), 'actor_requests', ['actor_id'], unique=False)
    op.create_index(op.f('ix_actor_requests_case_id'), 'actor_requests', ['case_id'], unique=False)
    op.create_index(op.f('ix_actor_requests_introduction_id'), 'actor_requests', ['introduction_id'], unique=False)
    op.create_table('obstacles',
    sa.Column('id', _BIG, autoincrement=True, nullable=False),
    sa.Column('municipality_id', sa.String(), nullable=False),
    sa.Column('case_id', _BIG, nullable=False),
    sa.Column('resident_id', _BIG, nullable=False),
    sa.Column('conversation_id', _BIG, nullable=False),
    sa.Column('post_id', _BIG, nullable=True),
    sa.Column('area', sa.String(), nullable=True),
    sa.Column('said', sa.LargeBinary(), nullable=True),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('answered_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_obstacles_case_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_obstacles_conversation_id')),
    sa.ForeignKeyConstraint(['post_id'], ['board_posts.id'], name=op.f('fk_obstacles_post_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], name=op.f('fk_obstacles_resident_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obstacles')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_obstacles_case_id'), 'obstacles', ['case_id'], unique=False)
    op.create_index(op.f('ix_obstacles_conversation_id'), 'obstacles', ['conversation_id'], unique=False)
    op.create_index(op.f('ix_obstacles_post_id'), 'obstacles', ['post_id'], unique=False)
    op.create_index(op.f('ix_obstacles_resident_id'), 'obstacles', ['resident_id'], unique=False)
