"""Every table. Times are aware UTC; ids never come again; sealed columns can be read by this program only.

`storage/retention.py` says for each table what it holds about whom, how long it stays, and what /forget does to it.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.db import BigId, Moment
from storage.secrets import EncryptedBytes, EncryptedJson, EncryptedText

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def _municipality() -> Column[str]:
    return Column("municipality_id", String, nullable=False)


def _to(
    name: str, table: str, *, nullable: bool = False, index: bool = False, ondelete: str | None = None
) -> Column[int]:
    return Column(name, BigId, ForeignKey(f"{table}.id", ondelete=ondelete), nullable=nullable, index=index)


# --- who, and where they stand ----------------------------------------------------------------------------------------

residents = Table(
    "residents",
    metadata,
    _id(),
    _municipality(),
    Column("locale", String),
    Column("notice_version", String),
    Column("notice_at", Moment),
    Column("name", EncryptedText("residents.name")),
    Column("email", EncryptedText("residents.email")),
    Column("stopped_at", Moment),
    Column("protected", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("forgotten_at", Moment),
    sqlite_autoincrement=True,
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _municipality(),
    Column("resident_id", BigId, ForeignKey("residents.id"), nullable=False, unique=True),
    Column("state", EncryptedJson("conversations.state")),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("holder", String, nullable=False),
    Column("record_state", String, nullable=False),
    Column("record_number", String),
    Column("hold", Boolean, nullable=False),
    Column("hold_reason", EncryptedText("conversations.hold_reason")),
    Column("token_hash", LargeBinary, unique=True),
    Column("last_address_id", BigId),  # no foreign key: addresses point here already
    sqlite_autoincrement=True,
)
Index(
    "ix_conversations_held",
    conversations.c.municipality_id,
    conversations.c.updated_at,
    sqlite_where=conversations.c.holder != "bot",
    postgresql_where=conversations.c.holder != "bot",
)

addresses = Table(
    "addresses",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    Column("channel", String, nullable=False),
    Column("address", EncryptedText("addresses.address")),
    Column("address_key", LargeBinary),
    Column("state", String, nullable=False),
    Column("state_at", Moment, nullable=False),
    Column("name_hint", EncryptedText("addresses.name_hint")),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("municipality_id", "channel", "address_key"),
    sqlite_autoincrement=True,
)

# --- what came in, what was said, what goes out -----------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    Column("update_key", String, primary_key=True),
    _municipality(),
    Column("received_at", Moment, nullable=False),
    Column("raw", EncryptedJson("inbox.raw")),
    Column("status", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("fault", EncryptedText("inbox.fault")),
)
Index("ix_inbox_received_at", inbox.c.received_at)
Index(
    "ix_inbox_quarantined",
    inbox.c.received_at,
    sqlite_where=inbox.c.status != "done",
    postgresql_where=inbox.c.status != "done",
)

inbox_failures = Table(
    "inbox_failures",
    metadata,
    Column("update_key", String, primary_key=True),
    _municipality(),
    Column("failures", Integer, nullable=False),
    Column("fault", EncryptedText("inbox_failures.fault")),
    Column("at", Moment, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _municipality(),
    _to("conversation_id", "conversations"),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment),
    Column("channel", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("locale", String),
    Column("body", EncryptedJson("messages.body")),
    Column("slot", String),
    Column("external_id", String),
    sqlite_autoincrement=True,
)
Index("ix_messages_conversation", messages.c.conversation_id, messages.c.id)
Index(
    "ix_messages_slot",
    messages.c.conversation_id,
    messages.c.slot,
    messages.c.id,
    sqlite_where=messages.c.slot.is_not(None),
    postgresql_where=messages.c.slot.is_not(None),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _municipality(),
    _to("message_id", "messages", nullable=True, index=True, ondelete="SET NULL"),
    _to("conversation_id", "conversations", nullable=True, index=True),
    _to("address_id", "addresses"),
    Column("channel", String, nullable=False),
    Column("op", String, nullable=False),
    Column("body", EncryptedJson("deliveries.body")),
    Column("slot", String),
    Column("last_address", EncryptedText("deliveries.last_address")),
    Column("priority", SmallInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_by", String),
    Column("leased_until", Moment),
    Column("external_id", String),
    Column("error", String),
    Column("possible_duplicate", Boolean, nullable=False),
    Column("made_by", String, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("made_by", "ordinal"),
    sqlite_autoincrement=True,
)
_waiting = deliveries.c.status == "waiting"
_attempting = deliveries.c.status == "attempting"
_open = deliveries.c.status.in_(("waiting", "attempting"))
Index(
    "ix_deliveries_ready",
    deliveries.c.channel,
    deliveries.c.priority,
    deliveries.c.due_at,
    deliveries.c.id,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
Index(
    "ix_deliveries_leased",
    deliveries.c.leased_until,
    sqlite_where=_attempting,
    postgresql_where=_attempting,
)
Index(
    "ix_deliveries_open",
    deliveries.c.address_id,
    deliveries.c.id,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index(
    "ix_deliveries_slot",
    deliveries.c.address_id,
    deliveries.c.slot,
    deliveries.c.id,
    sqlite_where=deliveries.c.slot.is_not(None),
    postgresql_where=deliveries.c.slot.is_not(None),
)
Index(
    "ix_deliveries_copies",
    deliveries.c.done_at,
    sqlite_where=deliveries.c.body.is_not(None),
    postgresql_where=deliveries.c.body.is_not(None),
)

Index(
    "ix_deliveries_bulk",
    deliveries.c.made_by,
    deliveries.c.status,
    deliveries.c.due_at,
    sqlite_where=text("priority = 9"),
    postgresql_where=text("priority = 9"),
)

due = Table(
    "due",
    metadata,
    _id(),
    _municipality(),
    _to("conversation_id", "conversations", nullable=True, index=True),
    Column("kind", String, nullable=False),
    Column("unique_key", String, nullable=False),
    Column("data", EncryptedJson("due.data")),
    Column("due_at", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
Index(
    "uq_due_waiting",
    due.c.municipality_id,
    due.c.unique_key,
    unique=True,
    sqlite_where=due.c.status == "waiting",
    postgresql_where=due.c.status == "waiting",
)
Index(
    "ix_due_ready",
    due.c.due_at,
    sqlite_where=due.c.status == "waiting",
    postgresql_where=due.c.status == "waiting",
)

# --- what residents make and ask --------------------------------------------------------------------------------------

plans = Table(
    "plans",
    metadata,
    _id(),
    _municipality(),
    _to("owner_id", "residents", index=True),
    _to("conversation_id", "conversations"),
    Column("title", EncryptedText("plans.title")),
    Column("findable", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
Index(
    "ix_plans_findable",
    plans.c.municipality_id,
    plans.c.changed_at,
    sqlite_where=text("findable = 1"),
    postgresql_where=text("findable"),
)

plan_versions = Table(
    "plan_versions",
    metadata,
    Column("plan_id", BigId, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _municipality(),
    Column("answers", EncryptedJson("plan_versions.answers")),
    Column("locale", String, nullable=False),
    Column("made_at", Moment, nullable=False),
    _to("made_by", "residents", index=True),
)

plan_members = Table(
    "plan_members",
    metadata,
    Column("plan_id", BigId, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("resident_id", BigId, ForeignKey("residents.id"), primary_key=True, index=True),
    _municipality(),
    Column("joined_at", Moment, nullable=False),
    Column("via", String, nullable=False),
)

links = Table(
    "links",
    metadata,
    _id(),
    _municipality(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("purpose", String, nullable=False),
    _to("resident_id", "residents", nullable=True, index=True),
    Column("subject_id", BigId),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("single_use", Boolean, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    sqlite_autoincrement=True,
)
Index("ix_links_expires_at", links.c.expires_at)

cases = Table(
    "cases",
    metadata,
    _id(),
    _municipality(),
    Column("kind", String, nullable=False),
    _to("conversation_id", "conversations", index=True),
    _to("resident_id", "residents", index=True),
    _to("plan_id", "plans", nullable=True),
    Column("status", String, nullable=False),
    Column("answer_by", Moment),
    Column("created_at", Moment, nullable=False),
    Column("note", EncryptedText("cases.note")),
    Column("context", EncryptedJson("cases.context")),
    Column("told_at", Moment),
    Column("answered_at", Moment),
    Column("closed_at", Moment),
    Column("outcome", String),
    _to("owner_id", "staff", nullable=True, index=True),
    Column("owned_at", Moment),
    Column("area", String),
    Column("priority", SmallInteger, nullable=False),
    Column("referred_to", EncryptedText("cases.referred_to")),
    Column("next_step", EncryptedText("cases.next_step")),
    Column("next_step_by", Moment),
    sqlite_autoincrement=True,
)
Index(
    "ix_cases_open",
    cases.c.municipality_id,
    cases.c.answer_by,
    sqlite_where=cases.c.closed_at.is_(None),
    postgresql_where=cases.c.closed_at.is_(None),
)

case_events = Table(
    "case_events",
    metadata,
    _id(),
    _municipality(),
    _to("conversation_id", "conversations", index=True),
    _to("case_id", "cases", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
    Column("act", String, nullable=False),
    Column("who", EncryptedText("case_events.who"), nullable=False),
    Column("detail", EncryptedText("case_events.detail")),
    sqlite_autoincrement=True,
)

enquiries = Table(
    "enquiries",
    metadata,
    _id(),
    _municipality(),
    _to("case_id", "cases", index=True, ondelete="CASCADE"),
    Column("role_id", String),
    Column("why", String, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("answer_by", Moment, nullable=False),
    Column("reminded_at", Moment),
    Column("answered_at", Moment),
    Column("declined_at", Moment),
    Column("reason", EncryptedText("enquiries.reason")),
    sqlite_autoincrement=True,
)

forwards = Table(
    "forwards",
    metadata,
    _id(),
    _municipality(),
    Column("from_role", String, nullable=False),
    Column("to_role", String, nullable=False),
    Column("topic", String),
    Column("area", String),
    Column("matter", String),
    Column("at", Moment, nullable=False),
    Column("dismissed_at", Moment),
    sqlite_autoincrement=True,
)
Index(
    "ix_forwards_learned",
    forwards.c.municipality_id,
    sqlite_where=forwards.c.dismissed_at.is_(None),
    postgresql_where=forwards.c.dismissed_at.is_(None),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents", index=True),
    Column("purpose", String, nullable=False),
    Column("wording_version", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("subject_id", BigId),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    _id(),
    _municipality(),
    Column("content_key", LargeBinary, nullable=False),
    Column("mime", String, nullable=False),
    Column("name", EncryptedText("files.name")),
    Column("size", Integer, nullable=False),
    Column("bytes", EncryptedBytes("files.bytes")),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("municipality_id", "content_key"),
    sqlite_autoincrement=True,
)

attachments = Table(
    "attachments",
    metadata,
    _id(),
    _municipality(),
    _to("file_id", "files", nullable=True, index=True),
    _to("message_id", "messages", nullable=True, index=True, ondelete="SET NULL"),
    _to("conversation_id", "conversations", index=True),
    Column("kind", String, nullable=False),
    Column("name", EncryptedText("attachments.name")),
    Column("mime", String),
    Column("telegram_file_id", EncryptedText("attachments.telegram_file_id")),
    Column("status", String, nullable=False),
    Column("reason", String),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

safety_flags = Table(
    "safety_flags",
    metadata,
    _id(),
    _municipality(),
    _to("conversation_id", "conversations", index=True),
    Column("at", Moment, nullable=False),
    Column("kinds", EncryptedText("safety_flags.kinds"), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("seen_at", Moment),
    sqlite_autoincrement=True,
)
Index("ix_safety_flags_expires_at", safety_flags.c.expires_at)

# --- the people who answer --------------------------------------------------------------------------------------------

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("name", EncryptedText("staff.name"), nullable=False),
    Column("email", EncryptedText("staff.email")),
    Column("email_key", LargeBinary, unique=True),
    Column("locale", String),
    Column("password", EncryptedText("staff.password")),
    Column("second_factor", EncryptedText("staff.second_factor")),
    Column("second_factor_step", BigId),
    Column("shortcuts", Boolean, nullable=False),
    Column("digest_hour", SmallInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("signed_in_at", Moment),
    Column("removed_at", Moment),
    sqlite_autoincrement=True,
)

staff_roles = Table(
    "staff_roles",
    metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("municipality_id", String, primary_key=True),
    Column("role", String, primary_key=True),
    Column("given_at", Moment, nullable=False),
    Column("given_by", String, nullable=False),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    _id(),
    _to("staff_id", "staff", index=True, ondelete="CASCADE"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("stage", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_staff_sessions_expires_at", staff_sessions.c.expires_at)

staff_codes = Table(
    "staff_codes",
    metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("used_at", Moment),
)

staff_attempts = Table(
    "staff_attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
)

staff_alerts = Table(
    "staff_alerts",
    metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("municipality_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("way", String, nullable=False),
)

staff_chats = Table(
    "staff_chats",
    metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("municipality_id", String, primary_key=True),
    Column("address_id", BigId, ForeignKey("addresses.id"), nullable=False, unique=True),
    Column("linked_at", Moment, nullable=False),
)
"""A member of staff's own chat in Telegram. Its address is their user id there; each is of one municipality."""

alerts = Table(
    "alerts",
    metadata,
    _id(),
    _municipality(),
    _to("staff_id", "staff", index=True, ondelete="CASCADE"),
    _to("case_id", "cases", index=True),
    Column("reason", String, nullable=False),
    Column("way", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("seen_at", Moment),
    sqlite_autoincrement=True,
)
Index(
    "ix_alerts_unseen",
    alerts.c.staff_id,
    alerts.c.municipality_id,
    sqlite_where=alerts.c.seen_at.is_(None),
    postgresql_where=alerts.c.seen_at.is_(None),
)

# --- a human in the conversation --------------------------------------------------------------------------------------

talks = Table(
    "talks",
    metadata,
    Column("conversation_id", BigId, ForeignKey("conversations.id"), primary_key=True, autoincrement=False),
    _municipality(),
    _to("case_id", "cases", index=True),
    _to("staff_id", "staff", index=True),
    Column("since", Moment, nullable=False),
)
"""Which member of staff has a conversation, while its holder is "human", and for which case."""

snoozes = Table(
    "snoozes",
    metadata,
    Column("case_id", BigId, ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    _municipality(),
    Column("until", Moment, nullable=False),
    _to("staff_id", "staff"),
)
"""Cases that their owner has put out of sight until a moment."""

forum_topics = Table(
    "forum_topics",
    metadata,
    _id(),
    _municipality(),
    _to("conversation_id", "conversations", index=True),
    _to("case_id", "cases", index=True),
    Column("address_id", BigId, ForeignKey("addresses.id"), nullable=False, unique=True),
    Column("made", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("lost_at", Moment),
    sqlite_autoincrement=True,
)
"""A conversation's topic in the coaches' group in Telegram. `made` counts how often it had to be made anew."""

translations = Table(
    "translations",
    metadata,
    _id(),
    _municipality(),
    Column("message_id", BigId, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    Column("locale", String, nullable=False),
    Column("words", EncryptedText("translations.words")),
    Column("engine", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("flagged_at", Moment),
    Column("flagged_by", String),
    UniqueConstraint("message_id", "locale"),
    sqlite_autoincrement=True,
)

reactions = Table(
    "reactions",
    metadata,
    Column("message_id", BigId, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("by", String, primary_key=True),
    _municipality(),
    Column("emoji", String, nullable=False),
    Column("at", Moment, nullable=False),
)

staff_profiles = Table(
    "staff_profiles",
    metadata,
    Column("staff_id", BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("municipality_id", String, primary_key=True),
    Column("profile", EncryptedJson("staff_profiles.profile")),
    Column("here_until", Moment),
)
"""When somebody works and what they know (languages, topics, areas), in one municipality."""

absences = Table(
    "absences",
    metadata,
    _id(),
    _municipality(),
    _to("staff_id", "staff", index=True, ondelete="CASCADE"),
    _to("deputy_id", "staff", nullable=True, ondelete="CASCADE"),
    Column("begins_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

staff_sign_ins = Table(
    "staff_sign_ins",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    _to("staff_id", "staff", index=True, ondelete="CASCADE"),
    Column("linked_at", Moment, nullable=False),
)
"""A keyed trace of who somebody is at the municipality's own sign-in (OpenID Connect)."""

# --- rooms ------------------------------------------------------------------------------------------------------------

bookings = Table(
    "bookings",
    metadata,
    _id(),
    _municipality(),
    Column("room_id", String, nullable=False),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    _to("case_id", "cases", nullable=True, index=True),
    Column("people", Integer),
    Column("purpose", EncryptedText("bookings.purpose")),
    Column("status", String, nullable=False),
    Column("answer_by", Moment),
    Column("created_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", String),
    Column("reason", EncryptedText("bookings.reason")),
    sqlite_autoincrement=True,
)
"""`status` is "offered" (held for somebody on the waiting list), "requested", "approved", "declined", "cancelled" or
"lapsed" (an offer not taken). The first three hold their times."""

occasions = Table(
    "occasions",
    metadata,
    _id(),
    _municipality(),
    _to("booking_id", "bookings", index=True, ondelete="CASCADE"),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("cancelled_at", Moment),
    sqlite_autoincrement=True,
)

room_quarters = Table(
    "room_quarters",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("quarter", Integer, primary_key=True, autoincrement=False),
    Column("unit", String, primary_key=True),
    _to("occasion_id", "occasions", index=True, ondelete="CASCADE"),
)
"""What is taken: a quarter of an hour (counted since 1970, UTC) of the smallest part of a room. Its primary key is what
makes a double booking impossible, on both databases."""

room_wishes = Table(
    "room_wishes",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    _to("booking_id", "bookings", nullable=True, index=True, ondelete="SET NULL"),
    Column("kind", String, nullable=False),
    Column("room_id", String),
    Column("wish", EncryptedJson("room_wishes.wish")),
    Column("first_quarter", Integer, nullable=False),
    Column("after_quarter", Integer, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
"""`kind` is "wait" (for one room at times that were taken) or "watch" (tell me when something fits); `status` "waiting",
"offered" or "done"."""
Index(
    "ix_room_wishes_waiting",
    room_wishes.c.municipality_id,
    room_wishes.c.first_quarter,
    sqlite_where=room_wishes.c.status == "waiting",
    postgresql_where=room_wishes.c.status == "waiting",
)

# --- what is put up for everybody ---------------------------------------------------------------------------------------

board_posts = Table(
    "board_posts",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    _to("case_id", "cases", nullable=True, index=True),
    Column("post", EncryptedJson("board_posts.post")),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("shown_at", Moment),
    Column("ends_at", Moment),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
"""What an association needs people for, an open activity, an idea, or an association that is listed: the kind of its case
says which. `status` is "waiting" until
a person at the municipality has shown it, "shown" to everybody, at last "filled", "withdrawn" or "expired"."""
Index(
    "ix_board_posts_shown",
    board_posts.c.municipality_id,
    board_posts.c.shown_at,
    sqlite_where=board_posts.c.status == "shown",
    postgresql_where=board_posts.c.status == "shown",
)

interests = Table(
    "interests",
    metadata,
    _id(),
    _municipality(),
    _to("post_id", "board_posts", index=True),
    _to("case_id", "cases", nullable=True, index=True),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    Column("kind", String, nullable=False),
    Column("said", EncryptedJson("interests.said")),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Somebody who wants to "join" or "help" with an idea that is shown, or "ask" an association that is listed. `said` holds
their first name and words, and how they are reached until the owner has answered. `status` is "waiting" for the owner,
"asked" (the owner waits for an answer to a question), at last "agreed", "declined", "withdrawn" or "ended"."""

good_examples = Table(
    "good_examples",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("month", String, primary_key=True),
    _to("post_id", "board_posts", index=True),
    Column("words", EncryptedJson("good_examples.words")),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
)
"""The example of a month ("2026-11"): something that is or was shown, with words of the municipality's by language."""

# --- volunteers -------------------------------------------------------------------------------------------------------

volunteers = Table(
    "volunteers",
    metadata,
    _id(),
    _municipality(),
    Column("resident_id", BigId, ForeignKey("residents.id"), nullable=False, unique=True),
    _to("conversation_id", "conversations", index=True),
    Column("offer", EncryptedJson("volunteers.offer")),
    Column("standing", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Somebody who has offered help. `standing` is "new", "offered" (a place has been offered), "active" (has said yes to
one), "resting", "later" (not needed now, may be asked again) or "left". What was checked of them is in `volunteer_checks`."""
Index("ix_volunteers_standing", volunteers.c.municipality_id, volunteers.c.standing)

volunteer_checks = Table(
    "volunteer_checks",
    metadata,
    Column("volunteer_id", BigId, ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String, primary_key=True),
    _municipality(),
    Column("state", String, nullable=False),
    Column("number", EncryptedText("volunteer_checks.number")),
    Column("decision", String),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
)
"""The check of one volunteer for one role: "asked" (for permission), "pending", "shown" (an extract was shown to
`staff_id` on the day of `at`), "listed" (on a list that is out) or "cleared" (by the list of `decision`). `number` is there only while
a list is out, and only where a decision allows it (languages-and-rights.md C8)."""

needs = Table(
    "needs",
    metadata,
    _id(),
    _municipality(),
    Column("kind", String, nullable=False),
    Column("need", EncryptedJson("needs.need")),
    Column("area", String),
    Column("priority", SmallInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("drill", Boolean, nullable=False),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    _to("case_id", "cases", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
"""What helpers are needed for. `kind` "shift": a coordinator's, with one or more shifts, and nobody's `resident_id`.
`kind` "errand": one resident's request for help, with one shift of one place. `status` is "open" until it is "closed" or
"cancelled"; an errand is "new", "matched", "accepted", "on_the_way", "done", "closed" or "cancelled"."""
Index(
    "ix_needs_open",
    needs.c.municipality_id,
    needs.c.id,
    sqlite_where=needs.c.done_at.is_(None),
    postgresql_where=needs.c.done_at.is_(None),
)

shifts = Table(
    "shifts",
    metadata,
    _id(),
    _municipality(),
    _to("need_id", "needs", index=True, ondelete="CASCADE"),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("cancelled_at", Moment),
    Column("gap", EncryptedJson("shifts.gap")),
    sqlite_autoincrement=True,
)
"""`gap` is what the last matching said about places that nobody takes: how many, and what those lack who nearly fit."""
Index("ix_shifts_ends_at", shifts.c.municipality_id, shifts.c.ends_at)

signups = Table(
    "signups",
    metadata,
    _id(),
    _municipality(),
    _to("shift_id", "shifts", index=True, ondelete="CASCADE"),
    _to("volunteer_id", "volunteers", index=True),
    Column("status", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("why", EncryptedJson("signups.why")),
    Column("answer_by", Moment),
    Column("approved_at", Moment),
    _to("approved_by", "staff", nullable=True),
    Column("confirmed_at", Moment),
    Column("came_at", Moment),
    Column("reason", EncryptedText("signups.reason")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("asked_at", Moment),
    Column("answered_at", Moment),
    sqlite_autoincrement=True,
)
"""One volunteer and one shift. `status`: "proposed" (by the solver, for a coordinator to approve), "standby", and with a
place held: "asked" (approved, until `answer_by`), "offered" (to who stood by, until `answer_by`), "taken". Over are
"declined", "cancelled", "lapsed" (no answer in time), "done" (came) and "missed". `made_by`: "self", "match" or "staff";
`why` holds the reasons of a match."""
Index(
    "uq_signups_living",
    signups.c.shift_id,
    signups.c.volunteer_id,
    unique=True,
    sqlite_where=text("status IN ('proposed', 'standby', 'asked', 'offered', 'taken')"),
    postgresql_where=text("status IN ('proposed', 'standby', 'asked', 'offered', 'taken')"),
)

shift_places = Table(
    "shift_places",
    metadata,
    Column("shift_id", BigId, ForeignKey("shifts.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _municipality(),
    Column("signup_id", BigId, ForeignKey("signups.id", ondelete="SET NULL"), unique=True),
)
"""The places of a shift: one row each, made with it, whoever has it named in it. There are no more rows than places, and
a row names one signup: a shift cannot be over-booked, on either database."""

crisis_levels = Table(
    "crisis_levels",
    metadata,
    _id(),
    _municipality(),
    Column("level", String, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("reason", EncryptedText("crisis_levels.reason")),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
    Column("review", EncryptedJson("crisis_levels.review")),
    sqlite_autoincrement=True,
)
"""Every change of the crisis level ("calm", "standby", "crisis"), by whom and why; the newest counts. `review` is what was
decided when it was over: whom to thank, what to erase."""
Index("ix_crisis_levels_at", crisis_levels.c.municipality_id, crisis_levels.c.at)

# --- needs out, answers in ----------------------------------------------------------------------------------------------

listeners = Table(
    "listeners",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("resident_id", BigId, ForeignKey("residents.id"), primary_key=True, autoincrement=False),
    _to("conversation_id", "conversations", index=True),
    Column("locale", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("topics", BigId, nullable=False),
    Column("areas", BigId, nullable=False),
    Column("skills", BigId, nullable=False),
    Column("spoken", BigId, nullable=False),
    Column("roles", BigId, nullable=False),
    Column("band", SmallInteger),
    Column("gap_days", SmallInteger, nullable=False),
    Column("quiet_from", SmallInteger, nullable=False),
    Column("quiet_to", SmallInteger, nullable=False),
    Column("next_at", Moment),
    Column("since", Moment, nullable=False),
    sqlite_with_rowid=False,
)
"""Whoever has asked for news, one narrow row each, so that a million are counted in a moment. `topics` (none: all),
`areas` (none: all), `skills`, `spoken` and `roles` are sets of bits, whose words are in `listener_words`. `channel` is
where they are reached: "telegram", "mail" or "web" (at their next visit). `band` is the age that their age group begins
with (`bot.packs.model.news.BANDS`), where they have told. They hear at most once in `gap_days`, so not before `next_at`,
and nothing from `quiet_from` to `quiet_to` o'clock; the same hour twice: at any time."""
Index("ix_listeners_resident", listeners.c.resident_id)
_COUNTED = ("municipality_id", "locale", "channel", "topics", "areas", "skills", "spoken", "roles", "band", "next_at")
Index("ix_listeners_counted", *(listeners.c[name] for name in _COUNTED))
# All that a count by language and channel looks at, in its order: SQLite would sort every row otherwise (a million in 1.3 s,
# with it in 0.15 s).

listener_words = Table(
    "listener_words",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("bit", SmallInteger, primary_key=True, autoincrement=False),
    Column("word", EncryptedText("listener_words.word"), nullable=False),
)
"""What a bit of the column `kind` of `listeners` stands for."""

segments = Table(
    "segments",
    metadata,
    _id(),
    _municipality(),
    Column("name", EncryptedText("segments.name"), nullable=False),
    Column("segment", EncryptedJson("segments.segment")),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Whom broadcasts go to, kept under a name for the next time."""

broadcasts = Table(
    "broadcasts",
    metadata,
    _id(),
    _municipality(),
    Column("content", EncryptedJson("broadcasts.content")),
    Column("segment", EncryptedJson("broadcasts.segment")),
    Column("status", String, nullable=False),
    Column("urgent", EncryptedText("broadcasts.urgent")),
    _to("need_id", "needs", nullable=True, index=True, ondelete="SET NULL"),
    _to("answers_id", "broadcasts", nullable=True, index=True, ondelete="SET NULL"),
    _to("file_id", "files", nullable=True),
    _to("staff_id", "staff", nullable=True),
    _to("approved_by", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("starts_at", Moment),
    Column("started_at", Moment),
    Column("cursor", BigId, nullable=False),
    Column("expected", Integer),
    Column("fed_at", Moment),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
"""One message to many. `status`: "draft", "asked" (a second person is to approve it), "scheduled" (from `starts_at`),
"sending", "paused", "cancelled", "done". `cursor` is the last resident who was handed to the outbox; when there is none
left, `fed_at`. `answers_id` names the broadcast whose answers this one tells the outcome of: it goes to who answered."""
Index(
    "ix_broadcasts_open",
    broadcasts.c.starts_at,
    sqlite_where=broadcasts.c.status.in_(("scheduled", "sending")),
    postgresql_where=broadcasts.c.status.in_(("scheduled", "sending")),
)

broadcast_recipients = Table(
    "broadcast_recipients",
    metadata,
    Column("broadcast_id", BigId, ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    _municipality(),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("message_id", "messages", nullable=True, index=True, ondelete="SET NULL"),
    Column("channel", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("areas", BigId, nullable=False),
    Column("at", Moment, nullable=False),
    Column("answer", String),
    Column("answered_at", Moment),
    sqlite_with_rowid=False,
)
"""Who was handed a broadcast, once: `ordinal` is their resident's number at that time, and that of their delivery, whose
status tells whether it arrived. `answer` is the button they pressed last."""
Index(
    "ix_broadcast_recipients_answered",
    broadcast_recipients.c.broadcast_id,
    broadcast_recipients.c.answer,
    broadcast_recipients.c.resident_id,
    sqlite_where=broadcast_recipients.c.answer.is_not(None),
    postgresql_where=broadcast_recipients.c.answer.is_not(None),
)

broadcast_events = Table(
    "broadcast_events",
    metadata,
    _id(),
    _municipality(),
    _to("broadcast_id", "broadcasts", index=True, ondelete="CASCADE"),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
    Column("act", String, nullable=False),
    Column("who", EncryptedText("broadcast_events.who"), nullable=False),
    Column("detail", EncryptedText("broadcast_events.detail")),
    sqlite_autoincrement=True,
)
"""What staff did with a broadcast: made, changed, tested, asked for approval, approved, paused and so on."""

# --- meetings -----------------------------------------------------------------------------------------------------------

meetings = Table(
    "meetings",
    metadata,
    _id(),
    _municipality(),
    Column("network_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("items_until", Moment),
    Column("seats", Integer),
    Column("said", EncryptedJson("meetings.said"), nullable=False),
    Column("items_order", EncryptedJson("meetings.items_order")),
    Column("minutes", EncryptedText("meetings.minutes")),
    Column("minutes_at", Moment),
    Column("groups_at", Moment),
    _to("case_id", "cases", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""A meeting of a network of the pack. `status`: "planned", or "off" when it was called off. `said` is what everybody is told:
title, place, access, interpreter, childcare, about, languages, remind_hours. `items_order` is the agenda as staff have put it.
From `groups_at` on everybody knows the groups of an open space. `case_id` is the wish it was made from."""
Index("ix_meetings_time", meetings.c.municipality_id, meetings.c.starts_at)

meeting_groups = Table(
    "meeting_groups",
    metadata,
    _id(),
    _municipality(),
    _to("meeting_id", "meetings", index=True),
    Column("name", EncryptedText("meeting_groups.name"), nullable=False),
    Column("plan", EncryptedJson("meeting_groups.plan")),
    Column("status", String, nullable=False),
    Column("shown_at", Moment),
    Column("next_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""A group of an open space with its action plan: what, who, next, day, and `went`, what became of earlier steps. `status`:
"open" until there is a plan, "going" while it is followed up, next at `next_at`, then "done" or "ended". Everybody sees the
plan, without who, from `shown_at` on."""

meeting_signups = Table(
    "meeting_signups",
    metadata,
    _id(),
    _municipality(),
    _to("meeting_id", "meetings", index=True),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    _to("group_id", "meeting_groups", nullable=True, index=True, ondelete="SET NULL"),
    Column("status", String, nullable=False),
    Column("people", Integer, nullable=False),
    Column("said", EncryptedJson("meeting_signups.said")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Who comes to a meeting, for how many. `status`: "coming", "waiting" (it is full), "left". `said`: name, contact (where they
want to be reached beside this program), needs, words about them, and their own topic of an open space."""
Index(
    "uq_meeting_signups_living",
    meeting_signups.c.meeting_id,
    meeting_signups.c.resident_id,
    unique=True,
    sqlite_where=meeting_signups.c.status != "left",
    postgresql_where=meeting_signups.c.status != "left",
)

meeting_items = Table(
    "meeting_items",
    metadata,
    _id(),
    _municipality(),
    _to("meeting_id", "meetings", index=True),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    _to("case_id", "cases", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("words", EncryptedText("meeting_items.words")),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""What shall be talked about, sent in by a resident or written by staff. `status`: "sent" (nobody has read it yet; staff see it
on the agenda), "in" (everybody does), "out"."""

meeting_followers = Table(
    "meeting_followers",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("resident_id", BigId, ForeignKey("residents.id"), primary_key=True, autoincrement=False),
    Column("network_id", String, primary_key=True),
    _to("conversation_id", "conversations", index=True),
    Column("name", EncryptedText("meeting_followers.name")),
    Column("since", Moment, nullable=False),
    Index("ix_meeting_followers_resident", "resident_id"),
)
"""Who wants to hear of the meetings of a network. Of a sub-network this is its membership, and there is a name."""

# --- furniture that goes from one to another --------------------------------------------------------------------------------

goods = Table(
    "goods",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    _to("case_id", "cases", nullable=True, index=True),
    Column("kind", String, nullable=False),
    Column("said", EncryptedJson("goods.said")),
    Column("address", EncryptedJson("goods.address")),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
"""An "item" that somebody gives away, or a "need" of something. `said` are the answers of the flow, `address` is for the
driver alone and erased when it is over. `status`: "waiting", "paired" (of `goods_pairs`), at last "done", "broken",
"withdrawn" or "ended" (by the municipality)."""
Index(
    "ix_goods_open",
    goods.c.municipality_id,
    goods.c.id,
    sqlite_where=goods.c.done_at.is_(None),
    postgresql_where=goods.c.done_at.is_(None),
)

goods_drivers = Table(
    "goods_drivers",
    metadata,
    _id(),
    _municipality(),
    Column("resident_id", BigId, ForeignKey("residents.id"), nullable=False, unique=True),
    _to("conversation_id", "conversations", index=True),
    Column("said", EncryptedJson("goods_drivers.said")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""A volunteer with a car who drives things; `said` is None when they do no more."""

goods_runs = Table(
    "goods_runs",
    metadata,
    _id(),
    _municipality(),
    _to("driver_id", "goods_drivers", index=True),
    Column("day", String, nullable=False),
    Column("plan", EncryptedJson("goods_runs.plan")),
    Column("status", String, nullable=False),
    Column("answer_by", Moment),
    _to("approved_by", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("done_at", Moment),
    sqlite_autoincrement=True,
)
"""What one driver does on one day ("2026-03-07"). `plan`: {"km", "stops": [{"pair", "do", "at", "area", "state"}]}, without
addresses. `status`: "draft" (for a coordinator), "asked" (the driver, until `answer_by`), "taken", at last "done", "declined",
"lapsed" or "cancelled"."""
Index("ix_goods_runs_living", goods_runs.c.municipality_id, goods_runs.c.status)

goods_pairs = Table(
    "goods_pairs",
    metadata,
    _id(),
    _municipality(),
    Column("item_id", BigId, ForeignKey("goods.id"), nullable=False),
    Column("need_id", BigId, ForeignKey("goods.id"), nullable=False),
    _to("run_id", "goods_runs", nullable=True, index=True),
    _to("held_by", "goods_drivers", nullable=True, index=True),
    Column("status", String, nullable=False),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""An item and the need it goes to. `status`: "proposed" (whoever needs it is asked), "agreed" (they said yes; the giver's
address is not known), "ready" (for a run), "planned" (in `run_id`), "fetched" (in the car), at last "delivered", "declined",
"broken" or "ended". `held_by`: the driver has it, since nobody was there to take it."""
_LIVES = text("status IN ('proposed', 'agreed', 'ready', 'planned', 'fetched')")
Index("uq_goods_pairs_item", goods_pairs.c.item_id, unique=True, sqlite_where=_LIVES, postgresql_where=_LIVES)
Index("uq_goods_pairs_need", goods_pairs.c.need_id, unique=True, sqlite_where=_LIVES, postgresql_where=_LIVES)

# --- housekeeping -----------------------------------------------------------------------------------------------------

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Moment, nullable=False),
)

remembered = Table(
    "remembered",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("municipality_id", String, primary_key=True),
    Column("address_key", LargeBinary, primary_key=True),
    Column("at", Moment, nullable=False),
)

deletions = Table(
    "deletions",
    metadata,
    _id(),
    _municipality(),
    Column("at", Moment, nullable=False),
    Column("class", String, nullable=False),
    Column("count", Integer, nullable=False),
    Column("decision", String, nullable=False),
    sqlite_autoincrement=True,
)

key_checks = Table(
    "key_checks",
    metadata,
    Column("name", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# --- dialogues --------------------------------------------------------------------------------------------------------

dialogues = Table(
    "dialogues",
    metadata,
    _id(),
    _municipality(),
    Column("code", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("content", EncryptedJson("dialogues.content")),
    Column("status", String, nullable=False),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("held_at", Moment),
    Column("feedback_by", Moment),
    Column("feedback", EncryptedJson("dialogues.feedback")),
    Column("feedback_at", Moment),
    UniqueConstraint("municipality_id", "code"),
    sqlite_autoincrement=True,
)
"""A dialogue that staff hold: "three_steps" (survey, focus groups, workshop), "hearing" (groups, SWOT, polls) or "forum"
(the proposals of a large meeting). `code` is its address. `status`: "draft", "open", "closed". `held_at` is when people
met; `feedback`, words by language, is promised to all who were registered by `feedback_by`."""

dialogue_groups = Table(
    "dialogue_groups",
    metadata,
    _id(),
    _municipality(),
    _to("dialogue_id", "dialogues", index=True, ondelete="CASCADE"),
    Column("number", SmallInteger, nullable=False),
    Column("side", String, nullable=False),
    Column("swot", EncryptedJson("dialogue_groups.swot")),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("dialogue_id", "number"),
    sqlite_autoincrement=True,
)
"""A group of a dialogue. `side`: "civil" or "municipal" for a focus group, "field" for the group of the field with the
same number in a hearing, whose secretary writes `swot`: four boxes by name."""

dialogue_people = Table(
    "dialogue_people",
    metadata,
    _id(),
    _municipality(),
    _to("dialogue_id", "dialogues", index=True, ondelete="CASCADE"),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    Column("name", EncryptedText("dialogue_people.name")),
    Column("profile", EncryptedJson("dialogue_people.profile")),
    Column("answers", EncryptedJson("dialogue_people.answers")),
    Column("signed", EncryptedText("dialogue_people.signed")),
    Column("answered_at", Moment),
    Column("hear", Boolean, nullable=False),
    Column("focus", String),
    Column("place", String),
    Column("placed_at", Moment),
    _to("group_id", "dialogue_groups", nullable=True, index=True, ondelete="SET NULL"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("dialogue_id", "resident_id"),
    sqlite_autoincrement=True,
)
"""One person in one dialogue. `answers` to its survey, `profile` (side, area, age band; never anything sensitive), `name`
where they come, `signed` where they stand by their answers. `focus`: "wants", "drawn", "invited", "accepted", "declined". `place` at the workshop or hearing: "held",
"waiting" or "left". `hear`: they want to know what becomes of what they said."""

dialogue_polls = Table(
    "dialogue_polls",
    metadata,
    _id(),
    _municipality(),
    _to("dialogue_id", "dialogues", index=True, ondelete="CASCADE"),
    Column("poll", EncryptedJson("dialogue_polls.poll")),
    Column("options", SmallInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    sqlite_autoincrement=True,
)
"""A quick question at a hearing: `poll` holds {"texts": {tag: {"ask", "options"}}}. `status`: "waiting", "open", "closed"."""

dialogue_votes = Table(
    "dialogue_votes",
    metadata,
    Column("poll_id", BigId, ForeignKey("dialogue_polls.id", ondelete="CASCADE"), primary_key=True),
    Column("voter", String, primary_key=True),
    _municipality(),
    _to("resident_id", "residents", nullable=True, index=True),
    Column("choice", SmallInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
"""One vote for each voter: "r<resident>" in a conversation, "w<keyed trace of the browser>" on the page without sign-in."""

proposals = Table(
    "proposals",
    metadata,
    _id(),
    _municipality(),
    _to("dialogue_id", "dialogues", index=True, ondelete="CASCADE"),
    Column("source", String, nullable=False),
    Column("proposal", EncryptedJson("proposals.proposal")),
    Column("shown", Boolean, nullable=False),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    Column("hear", Boolean, nullable=False),
    Column("due_at", Moment),
    Column("outcome", String),
    Column("answered_by", EncryptedText("proposals.answered_by")),
    Column("answered_at", Moment),
    Column("staff_id", BigId, ForeignKey("staff.id"), nullable=True),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""A proposal made in a dialogue, in its `source`: "survey", "focus", "workshop", "hearing" or "forum". `proposal` holds
{"texts": {tag: words}, "why": {tag: words}}. `outcome`: "used", "partly" or "not", answered by a role. Everybody sees it
once staff have read it (`shown`)."""

# --- people brought together ------------------------------------------------------------------------------------------

seekers = Table(
    "seekers",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents"),
    _to("conversation_id", "conversations", index=True),
    Column("kind", String, nullable=False),
    Column("said", EncryptedJson("seekers.said")),
    Column("standing", String, nullable=False),
    Column("why", String),
    Column("guardian_at", Moment),
    _to("guardian_by", "staff", nullable=True),
    Column("told_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("resident_id", "kind"),
    sqlite_autoincrement=True,
)
"""Somebody who wants to meet others: "friends", "families" or "phone_chats". `said` holds the answers of that flow.
`standing` is "waiting", "aside" (left out by a coordinator, or did not answer), "matched" or "left"; what they are in is in
`introduction_members`. `why` is what the solver said last (`bot.rules.matching`). `guardian_at`: a coach has noted that a
guardian agrees. `told_at`: they were told that they wait."""
Index("ix_seekers_standing", seekers.c.municipality_id, seekers.c.kind, seekers.c.standing)

introductions = Table(
    "introductions",
    metadata,
    _id(),
    _municipality(),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("why", EncryptedJson("introductions.why")),
    Column("meeting", EncryptedJson("introductions.meeting")),
    Column("meets_at", Moment),
    _to("approved_by", "staff", nullable=True),
    Column("answer_by", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""People who are to meet. `status` is "proposed", "asked" (a coordinator has approved it), "back" (too few said yes: a
coordinator decides), "met" (they have agreed), at last "declined" (by a coordinator) or "ended". `why` says what they have
in common. `meeting` is the first one: place, note and game, of which `meets_at` is the time."""
Index("ix_introductions_status", introductions.c.municipality_id, introductions.c.kind, introductions.c.status)

introduction_members = Table(
    "introduction_members",
    metadata,
    Column("introduction_id", BigId, ForeignKey("introductions.id", ondelete="CASCADE"), primary_key=True),
    Column("seeker_id", BigId, ForeignKey("seekers.id"), primary_key=True),
    _municipality(),
    Column("status", String, nullable=False),
    Column("said", EncryptedJson("introduction_members.said")),
    Column("outcome", String),
    Column("changed_at", Moment, nullable=False),
)
"""One of those who are to meet: "proposed", "asked", "yes" (`said` is how the others reach them, as they chose), "met"; or
"no", "silent" (did not answer), "left", "released" (it came to nothing without their doing). `outcome` is what they said at
the last follow-up: "contact", "not_yet", "another" (they would like one more) or "no" (they want somebody else)."""
Index(
    "ix_introduction_members_living",
    introduction_members.c.seeker_id,
    unique=True,
    sqlite_where=introduction_members.c.status.in_(("proposed", "asked", "yes")),
    postgresql_where=introduction_members.c.status.in_(("proposed", "asked", "yes")),
)
"""Nobody is in two that are not settled yet."""

# --- projects, the agreement, partnerships ---------------------------------------------------------------------------

projects = Table(
    "projects",
    metadata,
    _id(),
    _municipality(),
    Column("code", String, nullable=False, unique=True),
    _to("plan_id", "plans", nullable=True, index=True, ondelete="SET NULL"),
    _to("post_id", "board_posts", nullable=True, index=True, ondelete="SET NULL"),
    _to("case_id", "cases", nullable=True, index=True, ondelete="SET NULL"),
    Column("area", String),
    Column("said", EncryptedJson("projects.said")),
    Column("step", SmallInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("offered_to", BigId),
    Column("created_at", Moment, nullable=False),
    Column("step_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("ended_at", Moment),
    sqlite_autoincrement=True,
)
"""`said`: {"title", "what", "outcome", "whom"}. `status`: "asked" (its owner has not said yes), "running", "ended",
"anchored" (somebody else goes on with it), "stopped", "declined". `offered_to` is the member asked to become its owner."""

project_members = Table(
    "project_members",
    metadata,
    _id(),
    _municipality(),
    _to("project_id", "projects", ondelete="CASCADE"),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    Column("name", EncryptedText("project_members.name")),
    Column("role", String, nullable=False),
    Column("status", String, nullable=False),
    Column("via", String, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("project_id", "resident_id"),
    sqlite_autoincrement=True,
)
"""`role`: "owner" or "driver". `status`: "asked" (has not said yes), "in", "no", "left"."""

project_entries = Table(
    "project_entries",
    metadata,
    _id(),
    _municipality(),
    _to("project_id", "projects", index=True, ondelete="CASCADE"),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("who", EncryptedText("project_entries.who")),
    Column("role", String),
    Column("words", EncryptedText("project_entries.words")),
    Column("from_step", SmallInteger),
    Column("to_step", SmallInteger),
    Column("ref", EncryptedText("project_entries.ref")),
    _to("file_id", "files", nullable=True, index=True),
    _to("post_id", "board_posts", nullable=True, index=True, ondelete="SET NULL"),
    sqlite_autoincrement=True,
)
"""`kind`: "note", "need" (a new need somebody sees; `post_id` once it is put up), "step", "file" (`words` its name, `ref` what finds
it), "joined", "left", "owner", "begun", "ended", "staff" (a note that only staff see). `role` is that of a member of staff."""

project_dates = Table(
    "project_dates",
    metadata,
    _id(),
    _municipality(),
    _to("project_id", "projects", index=True, ondelete="CASCADE"),
    _to("resident_id", "residents", nullable=True, index=True),
    Column("said", EncryptedJson("project_dates.said")),
    Column("starts_at", Moment, nullable=False),
    Column("cancelled_at", Moment),
    sqlite_autoincrement=True,
)

signatures = Table(
    "signatures",
    metadata,
    _id(),
    _municipality(),
    _to("case_id", "cases", nullable=True, index=True, ondelete="SET NULL"),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("said", EncryptedJson("signatures.said")),
    Column("status", String, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("signed_day", String),
    sqlite_autoincrement=True,
)
"""Who wants to join the agreement, and who has: "sent", "signed" or "ended". `said`: {"organisation", "does"}."""

talk_times = Table(
    "talk_times",
    metadata,
    _id(),
    _municipality(),
    _to("case_id", "cases", index=True),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    Column("said", EncryptedJson("talk_times.said")),
    Column("status", String, nullable=False),
    Column("agreed_at", Moment),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""The time of a talk: `said` has the proposed {"times"} and {"where"}; "proposed", "agreed", "none" fits, or "replaced"."""

partnerships = Table(
    "partnerships",
    metadata,
    _id(),
    _municipality(),
    _to("case_id", "cases", nullable=True, index=True, ondelete="SET NULL"),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("said", EncryptedJson("partnerships.said")),
    Column("start_day", String, nullable=False),
    Column("end_day", String, nullable=False),
    Column("steering", SmallInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    sqlite_autoincrement=True,
)
"""A partnership that runs, or has "ended". `said`: {"title", "association", "administration", "plan", "contact", "email",
"next", "outcome"}; days are those of the calendar ("2026-03-02")."""

partnership_follow_ups = Table(
    "partnership_follow_ups",
    metadata,
    _id(),
    _municipality(),
    _to("partnership_id", "partnerships", index=True, ondelete="CASCADE"),
    _to("staff_id", "staff", nullable=True),
    Column("number", SmallInteger, nullable=False),
    Column("due_day", String, nullable=False),
    Column("association", EncryptedJson("partnership_follow_ups.association")),
    Column("association_at", Moment),
    Column("municipality", EncryptedJson("partnership_follow_ups.municipality")),
    Column("municipality_at", Moment),
    Column("escalated_at", Moment),
    sqlite_autoincrement=True,
)
"""Both sides' answers to the short survey; each is seen by the other when both have answered."""

# --- the map of actors, and what is in the way of coming ------------------------------------------------------------------

map_actors = Table(
    "map_actors",
    metadata,
    _id(),
    _municipality(),
    Column("key", String),
    Column("kind", String, nullable=False),
    Column("name", EncryptedText("map_actors.name"), nullable=False),
    Column("about", EncryptedJson("map_actors.about")),
    Column("weaver", Boolean, nullable=False),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("conversation_id", "conversations", nullable=True, index=True),
    Column("made_by", String, nullable=False),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    _to("ended_by", "staff", nullable=True),
    UniqueConstraint("municipality_id", "key"),
    sqlite_autoincrement=True,
)
"""Somebody who does something for others, on the map of who works with whom. `key` says where it comes from ("network:csam",
"role:weaver", "house:x" of the pack; "case:7", a group that told of itself), none for what staff noted or a group named.
`about` holds {"does", "areas", "topics", "contact"}. `resident_id` told of it; `conversation_id` is where it is asked itself.
`made_by` is "pack", "resident" or the role of who noted it."""

map_links = Table(
    "map_links",
    metadata,
    _id(),
    _municipality(),
    _to("a_id", "map_actors", index=True, ondelete="CASCADE"),
    _to("b_id", "map_actors", index=True, ondelete="CASCADE"),
    Column("theme", String, nullable=False),
    Column("since", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("noted_by", String, nullable=False),
    _to("resident_id", "residents", nullable=True, index=True),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    _to("ended_by", "staff", nullable=True),
    sqlite_autoincrement=True,
)
"""Two actors who work together; `a_id` is the smaller. `theme` is a topic of the pack or "", `since` a day ("2026-03-02").
`made_by` is the role through which they found each other, or "themselves", or ""; `noted_by` as `made_by` of actors."""

map_introductions = Table(
    "map_introductions",
    metadata,
    _id(),
    _municipality(),
    _to("a_id", "map_actors", index=True, ondelete="CASCADE"),
    _to("b_id", "map_actors", index=True, ondelete="CASCADE"),
    Column("theme", String, nullable=False),
    Column("area", String, nullable=False),
    Column("why", String, nullable=False),
    Column("status", String, nullable=False),
    Column("a_said", String, nullable=False),
    Column("b_said", String, nullable=False),
    Column("reached", EncryptedJson("map_introductions.reached")),
    Column("made_by", String, nullable=False),
    _to("staff_id", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("answer_by", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Two actors whom staff want to bring together. `status` is "asking", "agreed", "declined", "dropped", or "unwanted" (staff
do not want it proposed). What each has said is "waiting", "yes" or "no"; `reached` holds by "a" and "b" how they want to be
reached, until it is over."""

actor_requests = Table(
    "actor_requests",
    metadata,
    _id(),
    _municipality(),
    _to("actor_id", "map_actors", index=True, ondelete="CASCADE"),
    Column("about", EncryptedText("actor_requests.about"), nullable=False),
    Column("role", String, nullable=False),
    Column("how", String, nullable=False),
    _to("staff_id", "staff", nullable=True),
    _to("case_id", "cases", nullable=True, index=True, ondelete="SET NULL"),
    _to("introduction_id", "map_introductions", nullable=True, index=True, ondelete="SET NULL"),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""The contact log: who was asked, by which role ("resident" for a resident through the bot), about what, when. `how` is
"bot", "letter", "phone" or "met"."""

obstacles = Table(
    "obstacles",
    metadata,
    _id(),
    _municipality(),
    _to("case_id", "cases", index=True),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    _to("post_id", "board_posts", nullable=True, index=True, ondelete="SET NULL"),
    Column("area", String),
    Column("said", EncryptedJson("obstacles.said")),
    Column("answer", String),
    Column("created_at", Moment, nullable=False),
    Column("answered_at", Moment),
    sqlite_autoincrement=True,
)
"""What keeps somebody from coming to something. `said` holds {"what": kinds, "activity", "about"}; `post_id` is what it is
about, where its owner was told. `answer` of whoever holds it is "arranged", "partly" or "not"."""

# --- what came of it ----------------------------------------------------------------------------------------------------

follow_ups = Table(
    "follow_ups",
    metadata,
    _id(),
    _municipality(),
    _to("resident_id", "residents", index=True),
    _to("conversation_id", "conversations", index=True),
    Column("subject", String, nullable=False),
    Column("subject_id", BigId, nullable=False),
    Column("area", String),
    Column("locale", String),
    Column("status", String, nullable=False),
    Column("said", EncryptedJson("follow_ups.said")),
    Column("created_at", Moment, nullable=False),
    Column("asked_at", Moment),
    Column("answered_at", Moment),
    UniqueConstraint("municipality_id", "subject", "subject_id"),
    sqlite_autoincrement=True,
)
"""The question what became of something, asked once: `subject` is "room" (a booking), "grant" (a case) or "plan". `status`
is "waiting", "asked", "answered", "declined" (they want no such questions) or "dropped" (there was nothing to ask any more).
`said` holds what they answered: {"happened", "led_to", "hard", "hard_words", "may"}; with "may" people at the municipality may
read the words."""
Index("ix_follow_ups_answered", follow_ups.c.municipality_id, follow_ups.c.answered_at)

awards = Table(
    "awards",
    metadata,
    Column("case_id", BigId, ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    _municipality(),
    Column("public_id", String, nullable=False, unique=True),
    Column("support", String, nullable=False),
    Column("amount_sek", Integer, nullable=False),
    Column("awarded_on", String, nullable=False),
    Column("area", String),
    Column("recipient", EncryptedJson("awards.recipient")),
    _to("staff_id", "staff", nullable=True),
    Column("at", Moment, nullable=False),
)
"""Money that was granted for an application, noted by staff. `public_id` is made by chance and names it in open data. `awarded_on` is a day ("2026-03-02"). `recipient` is
{"organisation", "number", "title"}: who got it, where that is an organisation (private persons are never named), and what it
is for in a few words, as everybody may read it."""
Index("ix_awards_awarded_on", awards.c.municipality_id, awards.c.awarded_on)
