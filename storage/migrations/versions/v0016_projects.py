"""Projects with those concerned, the agreement's signatures, times of talks, partnerships and their follow-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("plan_id", _BIG, nullable=True),
        sa.Column("post_id", _BIG, nullable=True),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("offered_to", _BIG, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("step_at", _AT, nullable=False),
        sa.Column("changed_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_projects_plan_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["post_id"], ["board_posts.id"], name=op.f("fk_projects_post_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_projects_case_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("code", name=op.f("uq_projects_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_projects_case_id"), "projects", ["case_id"], unique=False)
    op.create_index(op.f("ix_projects_plan_id"), "projects", ["plan_id"], unique=False)
    op.create_index(op.f("ix_projects_post_id"), "projects", ["post_id"], unique=False)
    op.create_table(
        "project_members",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("project_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_members_project_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_project_members_resident_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_project_members_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_members")),
        sa.UniqueConstraint("project_id", "resident_id", name=op.f("uq_project_members_project_id_resident_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_project_members_conversation_id"), "project_members", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_project_members_resident_id"), "project_members", ["resident_id"], unique=False)
    op.create_table(
        "project_entries",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("project_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("from_step", sa.SmallInteger(), nullable=True),
        sa.Column("to_step", sa.SmallInteger(), nullable=True),
        sa.Column("ref", sa.LargeBinary(), nullable=True),
        sa.Column("file_id", _BIG, nullable=True),
        sa.Column("post_id", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_entries_project_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_project_entries_resident_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_project_entries_staff_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_project_entries_file_id")),
        sa.ForeignKeyConstraint(["post_id"], ["board_posts.id"], name=op.f("fk_project_entries_post_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_project_entries_file_id"), "project_entries", ["file_id"], unique=False)
    op.create_index(op.f("ix_project_entries_post_id"), "project_entries", ["post_id"], unique=False)
    op.create_index(op.f("ix_project_entries_project_id"), "project_entries", ["project_id"], unique=False)
    op.create_index(op.f("ix_project_entries_resident_id"), "project_entries", ["resident_id"], unique=False)
    op.create_table(
        "project_dates",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("project_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("starts_at", _AT, nullable=False),
        sa.Column("cancelled_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_dates_project_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_project_dates_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_dates")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_project_dates_project_id"), "project_dates", ["project_id"], unique=False)
    op.create_index(op.f("ix_project_dates_resident_id"), "project_dates", ["resident_id"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("signed_day", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_signatures_case_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_signatures_resident_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_signatures_conversation_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_signatures_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_signatures_case_id"), "signatures", ["case_id"], unique=False)
    op.create_index(op.f("ix_signatures_conversation_id"), "signatures", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_signatures_resident_id"), "signatures", ["resident_id"], unique=False)
    op.create_table(
        "talk_times",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("agreed_at", _AT, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_talk_times_case_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_talk_times_resident_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_talk_times_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_times")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_talk_times_case_id"), "talk_times", ["case_id"], unique=False)
    op.create_index(op.f("ix_talk_times_conversation_id"), "talk_times", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_talk_times_resident_id"), "talk_times", ["resident_id"], unique=False)
    op.create_table(
        "partnerships",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("start_day", sa.String(), nullable=False),
        sa.Column("end_day", sa.String(), nullable=False),
        sa.Column("steering", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_partnerships_case_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_partnerships_resident_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_partnerships_conversation_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_partnerships_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnerships")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_partnerships_case_id"), "partnerships", ["case_id"], unique=False)
    op.create_index(op.f("ix_partnerships_conversation_id"), "partnerships", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_partnerships_resident_id"), "partnerships", ["resident_id"], unique=False)
    op.create_table(
        "partnership_follow_ups",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("partnership_id", _BIG, nullable=False),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("due_day", sa.String(), nullable=False),
        sa.Column("association", sa.LargeBinary(), nullable=True),
        sa.Column("association_at", _AT, nullable=True),
        sa.Column("municipality", sa.LargeBinary(), nullable=True),
        sa.Column("municipality_at", _AT, nullable=True),
        sa.Column("escalated_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_partnership_follow_ups_partnership_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_partnership_follow_ups_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_follow_ups")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_partnership_follow_ups_partnership_id"), "partnership_follow_ups", ["partnership_id"], unique=False)
