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
