"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("class", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "files",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("municipality_id", "content_key", name=op.f("uq_files_municipality_id_content_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("update_key", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("update_key", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_quarantined",
        "inbox",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("status != 'done'"),
        postgresql_where=sa.text("status != 'done'"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "inbox_failures",
        sa.Column("update_key", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("update_key", name=op.f("pk_inbox_failures")),
    )
    op.create_table(
        "key_checks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_checks")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "remembered",
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "key", name=op.f("pk_remembered")),
    )
    op.create_table(
        "residents",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("notice_version", sa.String(), nullable=True),
        sa.Column("notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tombstones",
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "address_key", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "consents",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("wording_version", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("subject_id", _BIG, nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_consents_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_consents_resident_id"), "consents", ["resident_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("record_state", sa.String(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=True),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.LargeBinary(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("last_address_id", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_conversations_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("resident_id", name=op.f("uq_conversations_resident_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_conversations_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_conversations_held",
        "conversations",
        ["municipality_id", "updated_at"],
        unique=False,
        sqlite_where=sa.text("holder != 'bot'"),
        postgresql_where=sa.text("holder != 'bot'"),
    )
    op.create_table(
        "links",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("subject_id", _BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("single_use", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_links_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_links_expires_at", "links", ["expires_at"], unique=False)
    op.create_index(op.f("ix_links_resident_id"), "links", ["resident_id"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("resident_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_key", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name_hint", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_addresses_conversation_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_addresses_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint(
            "municipality_id", "channel", "address_key", name=op.f("uq_addresses_municipality_id_channel_address_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_addresses_conversation_id"), "addresses", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_addresses_resident_id"), "addresses", ["resident_id"], unique=False)
    op.create_table(
        "due",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unique_key", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_due_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_due_conversation_id"), "due", ["conversation_id"], unique=False)
    op.create_index(
        "ix_due_ready",
        "due",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "uq_due_waiting",
        "due",
        ["municipality_id", "unique_key"],
        unique=True,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "messages",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("slot", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation_id", "id"], unique=False)
    op.create_index(
        "ix_messages_slot",
        "messages",
        ["conversation_id", "slot", "id"],
        unique=False,
        sqlite_where=sa.text("slot IS NOT NULL"),
        postgresql_where=sa.text("slot IS NOT NULL"),
    )
    op.create_table(
        "plans",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("owner_id", _BIG, nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("findable", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_plans_conversation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["residents.id"], name=op.f("fk_plans_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_plans_findable",
        "plans",
        ["municipality_id", "changed_at"],
        unique=False,
        sqlite_where=sa.text("findable = 1"),
        postgresql_where=sa.text("findable"),
    )
    op.create_index(op.f("ix_plans_owner_id"), "plans", ["owner_id"], unique=False)
    op.create_table(
        "safety_flags",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kinds", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_safety_flags_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_flags")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_safety_flags_conversation_id"), "safety_flags", ["conversation_id"], unique=False)
    op.create_index("ix_safety_flags_expires_at", "safety_flags", ["expires_at"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("file_id", _BIG, nullable=True),
        sa.Column("message_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("mime", sa.String(), nullable=True),
        sa.Column("telegram_file_id", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_attachments_conversation_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_attachments_file_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_attachments_conversation_id"), "attachments", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_attachments_file_id"), "attachments", ["file_id"], unique=False)
    op.create_index(op.f("ix_attachments_message_id"), "attachments", ["message_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("conversation_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("plan_id", _BIG, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("context", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_cases_plan_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_cases_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cases_conversation_id"), "cases", ["conversation_id"], unique=False)
    op.create_index(
        "ix_cases_open",
        "cases",
        ["municipality_id", "answer_by"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_cases_resident_id"), "cases", ["resident_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("message_id", _BIG, nullable=True),
        sa.Column("conversation_id", _BIG, nullable=True),
        sa.Column("address_id", _BIG, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("op", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("slot", sa.String(), nullable=True),
        sa.Column("last_address", sa.LargeBinary(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("possible_duplicate", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_deliveries_address_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_deliveries_conversation_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("made_by", "ordinal", name=op.f("uq_deliveries_made_by_ordinal")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_deliveries_conversation_id"), "deliveries", ["conversation_id"], unique=False)
    op.create_index(
        "ix_deliveries_copies",
        "deliveries",
        ["done_at"],
        unique=False,
        sqlite_where=sa.text("body IS NOT NULL"),
        postgresql_where=sa.text("body IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_leased",
        "deliveries",
        ["leased_until"],
        unique=False,
        sqlite_where=sa.text("status = 'attempting'"),
        postgresql_where=sa.text("status = 'attempting'"),
    )
    op.create_index(op.f("ix_deliveries_message_id"), "deliveries", ["message_id"], unique=False)
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["address_id", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('waiting', 'attempting')"),
        postgresql_where=sa.text("status IN ('waiting', 'attempting')"),
    )
    op.create_index(
        "ix_deliveries_ready",
        "deliveries",
        ["channel", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_deliveries_slot",
        "deliveries",
        ["address_id", "slot", "id"],
        unique=False,
        sqlite_where=sa.text("slot IS NOT NULL"),
        postgresql_where=sa.text("slot IS NOT NULL"),
    )
    op.create_table(
        "plan_members",
        sa.Column("plan_id", _BIG, nullable=False),
        sa.Column("resident_id", _BIG, nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_members_plan_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_plan_members_resident_id")),
        sa.PrimaryKeyConstraint("plan_id", "resident_id", name=op.f("pk_plan_members")),
    )
    op.create_index(op.f("ix_plan_members_resident_id"), "plan_members", ["resident_id"], unique=False)
    op.create_table(
        "plan_versions",
        sa.Column("plan_id", _BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["residents.id"], name=op.f("fk_plan_versions_made_by")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_versions_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "version", name=op.f("pk_plan_versions")),
    )
    op.create_index(op.f("ix_plan_versions_made_by"), "plan_versions", ["made_by"], unique=False)
