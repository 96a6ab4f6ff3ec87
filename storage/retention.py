"""The register: what every table holds about whom, how long it stays, and what /forget does to it.

A rule is either a built-in limit, for technical copies, or a decision: what has come in and been sent are official
documents, of which nothing is deleted until the municipality names the decision that allows it. A disclosure hold on a
conversation keeps all of it, whatever was decided. The deletions are logged by class and number, never with content.

Sources: arkivlagen (1990:782) 10 §, tryckfrihetsförordningen 2 kap., JO 3434-2016 (documents asked for are kept).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conversations import address_keys
from storage.db import upsert
from storage.errors import NotFound
from storage.tables import (
    absences,
    actor_requests,
    addresses,
    alerts,
    attachments,
    awards,
    board_posts,
    bookings,
    broadcast_events,
    broadcast_recipients,
    broadcasts,
    case_events,
    cases,
    consents,
    conversations,
    crisis_levels,
    deletions,
    deliveries,
    dialogue_groups,
    dialogue_people,
    dialogue_polls,
    dialogue_votes,
    dialogues,
    due,
    enquiries,
    files,
    follow_ups,
    forum_topics,
    forwards,
    good_examples,
    goods,
    goods_drivers,
    goods_pairs,
    goods_runs,
    inbox,
    inbox_failures,
    interests,
    introduction_members,
    introductions,
    key_checks,
    leases,
    links,
    listener_words,
    listeners,
    map_actors,
    map_introductions,
    map_links,
    meeting_followers,
    meeting_groups,
    meeting_items,
    meeting_signups,
    meetings,
    messages,
    needs,
    obstacles,
    occasions,
    partnership_follow_ups,
    partnerships,
    plan_members,
    plan_versions,
    plans,
    project_dates,
    project_entries,
    project_members,
    projects,
    proposals,
    reactions,
    remembered,
    residents,
    room_quarters,
    room_wishes,
    safety_flags,
    seekers,
    segments,
    shift_places,
    shifts,
    signatures,
    signups,
    snoozes,
    staff,
    staff_alerts,
    staff_attempts,
    staff_chats,
    staff_codes,
    staff_profiles,
    staff_roles,
    staff_sessions,
    staff_sign_ins,
    talk_times,
    talks,
    tombstones,
    translations,
    volunteer_checks,
    volunteers,
)

HASHES: Final = frozenset({"address_key", "token_hash", "content_key", "email_key", "code_hash", "key"})
"""Columns that stand for something without telling it."""

BUILT_IN: Final = "built-in limit"
_NOW: Final = object()


@dataclass(frozen=True, slots=True)
class Who:
    """One resident of one municipality."""

    municipality_id: str
    resident_id: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A technical copy goes `days` after the moment in `since`; with `blank` only these columns of it."""

    days: int
    since: Column[Any]
    where: ColumnElement[bool] = field(default_factory=true)
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One table. `person` names the columns that hold something about a person, `plain` all others.

    `whose` finds the rows of a resident; None where none can be found or none are theirs, and `why` says why that is
    right. `forget` is what /forget does: "delete" the rows (but not those of `kept`), "blank" the columns of `blank`,
    or "keep" them under the pseudonym that a resident's id is without an address. `since` is the moment that a
    decision's days are counted from; without it no decision applies. `rest` says when nothing else needs a row any
    more, `held_by` when a disclosure hold keeps it.
    """

    table: Table
    kind: str
    person: str
    plain: str
    forget: Literal["delete", "blank", "keep", "none"]
    whose: Callable[[Who], ColumnElement[bool]] | None = None
    why: str = ""
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: ColumnElement[bool] = field(default_factory=false)
    limit: Limit | None = None
    since: ColumnElement[Any] | None = None
    rest: ColumnElement[bool] = field(default_factory=true)
    held_by: ColumnElement[bool] = field(default_factory=false)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What /forget removed and what stays, as numbers of rows by kind.

    `sent` is the number to tell the person: the messages and plans that came from them and stay.
    """

    removed: dict[str, int]
    kept: dict[str, int]
    sent: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A municipality's decision to delete one kind of information after so many days, with its reference."""

    municipality_id: str
    kind: str
    reference: str
    days: int


def _conversations(who: Who) -> Select[Any]:
    return select(conversations.c.id).where(
        conversations.c.municipality_id == who.municipality_id, conversations.c.resident_id == who.resident_id
    )


def _in_conversation(table: Table) -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: table.c.conversation_id.in_(_conversations(who))


def _of_resident(table: Table, column: str = "resident_id") -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: and_(table.c.municipality_id == who.municipality_id, table.c[column] == who.resident_id)


def _of_booking(column: ColumnElement[Any]) -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: column.in_(select(bookings.c.id).where(_of_resident(bookings)(who)))


def _of_actor(*columns: ColumnElement[Any]) -> Callable[[Who], ColumnElement[bool]]:
    def whose(who: Who) -> ColumnElement[bool]:
        theirs = select(map_actors.c.id).where(_of_resident(map_actors)(who))
        return or_(*(column.in_(theirs) for column in columns))

    return whose


def _of_volunteer(column: ColumnElement[Any]) -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: column.in_(select(volunteers.c.id).where(_of_resident(volunteers)(who)))


def _of_project(column: ColumnElement[Any]) -> Callable[[Who], ColumnElement[bool]]:
    """Of projects that somebody takes part in."""
    return lambda who: column.in_(select(project_members.c.project_id).where(_of_resident(project_members)(who)))


def _of_partnership(column: ColumnElement[Any]) -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: column.in_(select(partnerships.c.id).where(_of_resident(partnerships)(who)))


def _of_driver(column: ColumnElement[Any]) -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: column.in_(select(goods_drivers.c.id).where(_of_resident(goods_drivers)(who)))


def _of_message(table: Table) -> Callable[[Who], ColumnElement[bool]]:
    return lambda who: table.c.message_id.in_(
        select(messages.c.id).where(messages.c.conversation_id.in_(_conversations(who)))
    )


def _held(table: Table) -> ColumnElement[bool]:
    return exists().where(conversations.c.id == table.c.conversation_id, conversations.c.hold)


def _of_held_message(table: Table) -> ColumnElement[bool]:
    return exists().where(
        messages.c.id == table.c.message_id, conversations.c.id == messages.c.conversation_id, conversations.c.hold
    )


def _of_held_case(table: Table) -> ColumnElement[bool]:
    return exists().where(
        cases.c.id == table.c.case_id, conversations.c.id == cases.c.conversation_id, conversations.c.hold
    )


def _case_closed_at(table: Table) -> ColumnElement[Any]:
    return select(cases.c.closed_at).where(cases.c.id == table.c.case_id).scalar_subquery()


def _none(table: Table, column: str, key: Column[Any]) -> ColumnElement[bool]:
    return ~exists().where(table.c[column] == key)


_SENT_OR_SHARED = or_(
    exists().where(cases.c.plan_id == plans.c.id), exists().where(plan_members.c.plan_id == plans.c.id)
)

_SEEN_AT = select(residents.c.seen_at).where(residents.c.id == addresses.c.resident_id).scalar_subquery()

REGISTER: Final[tuple[Entry, ...]] = (
    # Rows that point to others stand before them, so that a walk from the top may delete.
    Entry(
        translations,
        kind="message",
        person="message_id words flagged_by",
        plain="id municipality_id locale engine at flagged_at",
        whose=_of_message(translations),
        forget="keep",  # as the message they are of
        since=translations.c.at,
        held_by=_of_held_message(translations),
    ),
    Entry(
        reactions,
        kind="message",
        person="message_id by emoji",
        plain="municipality_id at",
        whose=_of_message(reactions),
        forget="keep",
        since=reactions.c.at,
        held_by=_of_held_message(reactions),
    ),
    Entry(
        talks,
        kind="case",
        person="conversation_id case_id staff_id",
        plain="municipality_id since",
        whose=_in_conversation(talks),
        forget="delete",  # nobody talks with them any more
        since=_case_closed_at(talks),
        held_by=_held(talks),
    ),
    Entry(
        forum_topics,
        kind="case",
        person="conversation_id case_id address_id",
        plain="id municipality_id made opened_at closed_at lost_at",
        whose=_in_conversation(forum_topics),
        forget="delete",  # `bot.effects` has them deleted in the coaches' group before
        since=_case_closed_at(forum_topics),
        held_by=_held(forum_topics),
    ),
    Entry(
        snoozes,
        kind="case",
        person="case_id staff_id",
        plain="municipality_id until",
        whose=lambda who: snoozes.c.case_id.in_(select(cases.c.id).where(_of_resident(cases)(who))),
        forget="delete",
        since=snoozes.c.until,
    ),
    Entry(
        broadcast_recipients,
        kind="broadcast",
        person="resident_id message_id areas answer answered_at",
        plain="broadcast_id ordinal municipality_id channel locale at",
        whose=_of_resident(broadcast_recipients),
        forget="blank",  # how many heard and answered stays true; `ordinal` is the pseudonym that everything else has too
        blank={"resident_id": None, "message_id": None},
        since=broadcast_recipients.c.at,
        held_by=_of_held_message(broadcast_recipients),
    ),
    Entry(
        broadcast_events,
        kind="broadcast",
        person="staff_id who detail",
        plain="id municipality_id broadcast_id at act",
        forget="none",
        why="about staff and what they sent to many",
        since=broadcast_events.c.at,
    ),
    Entry(
        broadcasts,
        kind="broadcast",
        person="content segment urgent staff_id approved_by",
        plain="id municipality_id status need_id answers_id file_id created_at changed_at starts_at started_at cursor "
        "expected fed_at done_at",
        forget="none",
        why="what the municipality wrote to many, and how it chose them; nobody is named in it",
        since=broadcasts.c.changed_at,
        rest=_none(broadcast_recipients, "broadcast_id", broadcasts.c.id),
    ),
    Entry(
        dialogue_votes,
        kind="dialogue",
        person="voter resident_id choice",
        plain="poll_id municipality_id at",
        whose=_of_resident(dialogue_votes),
        forget="blank",  # how many voted for what stays true; `voter` is the pseudonym that everything else has too
        blank={"resident_id": None},
        since=dialogue_votes.c.at,
    ),
    Entry(
        dialogue_polls,
        kind="dialogue",
        person="poll",
        plain="id municipality_id dialogue_id options status created_at opened_at closed_at",
        forget="none",
        why="what the municipality asked; nobody is named in it",
        since=dialogue_polls.c.created_at,
        rest=_none(dialogue_votes, "poll_id", dialogue_polls.c.id),
    ),
    Entry(
        dialogue_people,
        kind="dialogue",
        person="resident_id conversation_id name profile answers signed hear focus place group_id",
        plain="id municipality_id dialogue_id answered_at placed_at created_at",
        whose=_of_resident(dialogue_people),
        forget="blank",  # what was answered stays in the numbers, and leads to nobody
        blank={
            "resident_id": None,
            "conversation_id": None,
            "name": None,
            "signed": None,
            "hear": False,
            "focus": None,
            "place": "left",
            "group_id": None,
        },
        since=dialogue_people.c.created_at,
        held_by=_held(dialogue_people),
    ),
    Entry(
        dialogue_groups,
        kind="dialogue",
        person="swot",
        plain="id municipality_id dialogue_id number side changed_at",
        forget="none",
        why="what a group has found together; nobody is named in it",
        since=dialogue_groups.c.changed_at,
        rest=_none(dialogue_people, "group_id", dialogue_groups.c.id),
    ),
    Entry(
        proposals,
        kind="dialogue",
        person="proposal resident_id conversation_id hear answered_by staff_id",
        plain="id municipality_id dialogue_id source shown due_at outcome answered_at created_at",
        whose=_of_resident(proposals),
        forget="blank",  # the proposal was made to the municipality and is answered openly, without whose it was
        blank={"resident_id": None, "conversation_id": None, "hear": False},
        since=func.coalesce(proposals.c.answered_at, proposals.c.created_at),
        held_by=_held(proposals),
    ),
    Entry(
        dialogues,
        kind="dialogue",
        person="content feedback staff_id",
        plain="id municipality_id code kind status created_at changed_at opened_at held_at feedback_by feedback_at",
        forget="none",
        why="what the municipality asked and answered; nobody is named in it",
        since=dialogues.c.changed_at,
        rest=and_(
            *(
                _none(table, "dialogue_id", dialogues.c.id)
                for table in (dialogue_polls, dialogue_people, dialogue_groups, proposals)
            )
        ),
    ),
    Entry(
        project_entries,
        kind="project",
        person="project_id resident_id staff_id who words ref file_id post_id",
        plain="id municipality_id at kind role from_step to_step",
        whose=_of_resident(project_entries),
        forget="blank",  # that something was there stays true for the others; who said it, and what, goes
        blank={"resident_id": None, "who": None, "words": None, "ref": None, "file_id": None},
        since=project_entries.c.at,
    ),
    Entry(
        project_dates,
        kind="project",
        person="project_id resident_id said",
        plain="id municipality_id starts_at cancelled_at",
        whose=_of_resident(project_dates),
        forget="blank",  # the others still meet then
        blank={"resident_id": None},
        since=project_dates.c.starts_at,
    ),
    Entry(
        projects,
        kind="project",
        person="said plan_id case_id post_id offered_to",
        plain="id municipality_id code area step status public created_at step_at changed_at ended_at",
        whose=_of_project(projects.c.id),
        forget="keep",  # it goes on with the others; whoever is last takes the words along (`bot.projects`)
        since=projects.c.changed_at,
        rest=and_(
            *(_none(table, "project_id", projects.c.id) for table in (project_entries, project_dates, project_members))
        ),
    ),
    Entry(
        project_members,
        kind="project",
        person="project_id resident_id conversation_id name",
        plain="id municipality_id role status via at",
        whose=_of_resident(project_members),
        forget="delete",
        since=project_members.c.at,
        held_by=_held(project_members),
    ),
    Entry(
        signatures,
        kind="agreement",
        person="case_id resident_id conversation_id staff_id said",
        plain="id municipality_id status listed created_at signed_day",
        whose=_of_resident(signatures),
        forget="blank",  # it is the organisation that has signed
        blank={"resident_id": None, "conversation_id": None},
        since=signatures.c.created_at,
        held_by=_held(signatures),
    ),
    Entry(
        talk_times,
        kind="case",
        person="case_id resident_id conversation_id said",
        plain="id municipality_id status agreed_at created_at",
        whose=_of_resident(talk_times),
        forget="delete",
        since=talk_times.c.created_at,
        held_by=_held(talk_times),
    ),
    Entry(
        partnership_follow_ups,
        kind="partnership",
        person="partnership_id staff_id association municipality",
        plain="id municipality_id number due_day association_at municipality_at escalated_at",
        whose=_of_partnership(partnership_follow_ups.c.partnership_id),
        forget="keep",  # two organisations' words about their agreement
        since=select(partnerships.c.ended_at)
        .where(partnerships.c.id == partnership_follow_ups.c.partnership_id)
        .scalar_subquery(),
    ),
    Entry(
        partnerships,
        kind="partnership",
        person="case_id resident_id conversation_id staff_id said",
        plain="id municipality_id start_day end_day steering status created_at ended_at",
        whose=_of_resident(partnerships),
        forget="blank",  # the agreement is the organisations'; whoever wrote for one of them is taken out
        blank={"resident_id": None, "conversation_id": None},
        since=partnerships.c.ended_at,
        rest=_none(partnership_follow_ups, "partnership_id", partnerships.c.id),
        held_by=_held(partnerships),
    ),
    Entry(
        attachments,
        kind="message",
        person="conversation_id message_id file_id name telegram_file_id",
        plain="id municipality_id kind mime status reason created_at",
        whose=_in_conversation(attachments),
        forget="blank",
        blank={"telegram_file_id": None},
        since=attachments.c.created_at,
        held_by=_held(attachments),
    ),
    Entry(
        files,
        kind="message",
        person="name bytes content_key",
        plain="id municipality_id mime size created_at",
        whose=lambda who: or_(
            files.c.id.in_(select(attachments.c.file_id).where(attachments.c.conversation_id.in_(_conversations(who)))),
            files.c.id.in_(select(project_entries.c.file_id).where(_of_resident(project_entries)(who))),
        ),
        forget="keep",
        since=files.c.created_at,
        rest=and_(*(_none(table, "file_id", files.c.id) for table in (attachments, broadcasts, project_entries))),
    ),
    Entry(
        deliveries,
        kind="delivery",
        person="conversation_id message_id address_id body last_address external_id error made_by",
        plain="id municipality_id channel op slot priority status due_at attempts leased_by leased_until "
        "possible_duplicate ordinal created_at done_at",
        whose=lambda who: or_(
            deliveries.c.conversation_id.in_(_conversations(who)),
            deliveries.c.address_id.in_(select(addresses.c.id).where(_of_resident(addresses)(who))),
        ),
        forget="blank",
        blank={"body": None, "last_address": None, "external_id": None, "error": None},
        limit=Limit(8, deliveries.c.done_at, deliveries.c.body.is_not(None), blank=("body",)),
        since=deliveries.c.done_at,
        held_by=_held(deliveries),
    ),
    Entry(
        listeners,
        kind="subscription",
        person="resident_id conversation_id locale channel topics areas skills spoken roles band gap_days quiet_from "
        "quiet_to next_at",
        plain="municipality_id since",
        whose=_of_resident(listeners),
        forget="delete",
    ),
    Entry(
        due,
        kind="promise",
        person="conversation_id data unique_key",
        plain="id municipality_id kind due_at status reason attempts created_at done_at",
        whose=_in_conversation(due),
        forget="blank",
        blank={"data": None},
        limit=Limit(30, due.c.done_at, due.c.status != "waiting"),
        held_by=_held(due),
    ),
    Entry(
        safety_flags,
        kind="safety flag",
        person="conversation_id kinds",
        plain="id municipality_id at expires_at seen_at",
        whose=_in_conversation(safety_flags),
        forget="keep",
        why="somebody may be in danger; it ends by itself",
        limit=Limit(0, safety_flags.c.expires_at),
        held_by=_held(safety_flags),
    ),
    Entry(
        alerts,
        kind="alert",
        person="staff_id case_id",
        plain="id municipality_id reason way at told_at seen_at",
        forget="none",
        why="tells staff that a case waits; nothing in it is about the resident",
        limit=Limit(30, alerts.c.at),
    ),
    Entry(
        case_events,
        kind="case act",
        person="conversation_id case_id staff_id who detail",
        plain="id municipality_id at act",
        whose=_in_conversation(case_events),
        forget="keep",  # who has looked and what they did: the person may ask, and the municipality must be able to say
        since=case_events.c.at,
        held_by=_held(case_events),
    ),
    Entry(
        room_quarters,
        kind="taken time",
        person="occasion_id",
        plain="municipality_id quarter unit",
        whose=lambda who: room_quarters.c.occasion_id.in_(
            select(occasions.c.id).where(_of_booking(occasions.c.booking_id)(who))
        ),
        forget="delete",  # the room is free again
    ),
    Entry(
        occasions,
        kind="booking",
        person="booking_id",
        plain="id municipality_id starts_at ends_at cancelled_at",
        whose=_of_booking(occasions.c.booking_id),
        forget="none",
        why="goes and stays with its booking",
    ),
    Entry(
        room_wishes,
        kind="room wish",
        person="resident_id conversation_id booking_id room_id wish",
        plain="id municipality_id kind first_quarter after_quarter ends_at status created_at done_at",
        whose=_of_resident(room_wishes),
        forget="delete",
        limit=Limit(30, room_wishes.c.ends_at),
        held_by=_held(room_wishes),
    ),
    Entry(
        bookings,
        kind="booking",
        person="resident_id conversation_id case_id people purpose reason",
        plain="id municipality_id room_id status answer_by created_at decided_at decided_by",
        whose=_of_resident(bookings),
        forget="keep",
        since=bookings.c.created_at,
        held_by=_held(bookings),
    ),
    Entry(
        actor_requests,
        kind="map of actors",
        person="actor_id about staff_id case_id introduction_id",
        plain="id municipality_id role how at",
        whose=_of_actor(actor_requests.c.actor_id),
        forget="delete",
        since=actor_requests.c.at,
    ),
    Entry(
        map_introductions,
        kind="map of actors",
        person="a_id b_id reached staff_id",
        plain="id municipality_id theme area why status a_said b_said made_by created_at changed_at answer_by",
        whose=_of_actor(map_introductions.c.a_id, map_introductions.c.b_id),
        forget="delete",
        since=map_introductions.c.changed_at,
        rest=_none(actor_requests, "introduction_id", map_introductions.c.id),
    ),
    Entry(
        map_links,
        kind="map of actors",
        person="a_id b_id resident_id staff_id ended_by",
        plain="id municipality_id theme since made_by noted_by created_at ended_at",
        whose=_of_resident(map_links),
        forget="delete",
        since=map_links.c.ended_at,
    ),
    Entry(
        map_actors,
        kind="map of actors",
        person="key name about resident_id conversation_id staff_id ended_by",
        plain="id municipality_id kind weaver made_by created_at ended_at",
        whose=_of_resident(map_actors),
        forget="delete",
        since=map_actors.c.ended_at,
        rest=and_(
            _none(actor_requests, "actor_id", map_actors.c.id),
            *(
                _none(table, side, map_actors.c.id)
                for table in (map_links, map_introductions)
                for side in ("a_id", "b_id")
            ),
        ),
        held_by=_held(map_actors),
    ),
    Entry(
        obstacles,
        kind="obstacle",
        person="case_id resident_id conversation_id post_id area said",
        plain="id municipality_id answer created_at answered_at",
        whose=_of_resident(obstacles),
        forget="keep",
        since=obstacles.c.created_at,
        held_by=_held(obstacles),
    ),
    Entry(
        interests,
        kind="board post",
        person="post_id case_id resident_id conversation_id said",
        plain="id municipality_id kind status created_at changed_at",
        whose=_of_resident(interests),
        forget="delete",
        since=interests.c.changed_at,
        held_by=_held(interests),
    ),
    Entry(
        follow_ups,
        kind="follow-up",
        person="resident_id conversation_id subject_id area locale said",
        plain="id municipality_id subject status created_at asked_at answered_at",
        whose=_of_resident(follow_ups),
        forget="delete",
        since=follow_ups.c.created_at,
        held_by=_held(follow_ups),
    ),
    Entry(
        awards,
        kind="case",
        person="case_id recipient area staff_id",
        plain="municipality_id public_id support amount_sek awarded_on at",
        whose=lambda who: awards.c.case_id.in_(select(cases.c.id).where(_of_resident(cases)(who))),
        forget="keep",  # what the municipality decided and paid; a private person is not named in it
        since=_case_closed_at(awards),
        held_by=_of_held_case(awards),
    ),
    Entry(
        good_examples,
        kind="board post",
        person="post_id words staff_id",
        plain="municipality_id month at",
        forget="none",
        why="what the municipality itself says of something that is shown; when that is gone, it is shown no more",
        since=good_examples.c.at,
    ),
    Entry(
        board_posts,
        kind="board post",
        person="resident_id conversation_id case_id post",
        plain="id municipality_id status created_at shown_at ends_at done_at",
        whose=_of_resident(board_posts),
        forget="blank",
        blank={"post": None, "status": "withdrawn", "done_at": _NOW},
        since=board_posts.c.created_at,
        rest=and_(
            _none(interests, "post_id", board_posts.c.id),
            _none(obstacles, "post_id", board_posts.c.id),
            _none(good_examples, "post_id", board_posts.c.id),
        ),
        held_by=_held(board_posts),
    ),
    Entry(
        shift_places,
        kind="taken place",
        person="signup_id",
        plain="shift_id place municipality_id",
        forget="none",
        why="names a place's signup, as long as there is one; a volunteer who is forgotten has given theirs up before",
    ),
    Entry(
        signups,
        kind="shift",
        person="volunteer_id why approved_by reason",
        plain="id municipality_id shift_id status made_by answer_by approved_at confirmed_at came_at created_at changed_at "
        "asked_at answered_at",
        whose=_of_volunteer(signups.c.volunteer_id),
        forget="blank",
        blank={"why": None, "reason": None},
        since=signups.c.changed_at,
        held_by=exists().where(
            volunteers.c.id == signups.c.volunteer_id,
            conversations.c.id == volunteers.c.conversation_id,
            conversations.c.hold,
        ),
    ),
    Entry(
        volunteer_checks,
        kind="volunteer check",
        person="volunteer_id number staff_id",
        plain="role municipality_id state decision at",
        whose=_of_volunteer(volunteer_checks.c.volunteer_id),
        forget="delete",
        limit=Limit(365, volunteer_checks.c.at),  # an extract counts for a year (2013:852, section 4)
    ),
    Entry(
        volunteers,
        kind="volunteer",
        person="id resident_id conversation_id offer",
        plain="municipality_id standing created_at changed_at",
        whose=_of_resident(volunteers),
        forget="blank",
        blank={"offer": None, "standing": "left", "changed_at": _NOW},
        since=volunteers.c.changed_at,
        rest=_none(signups, "volunteer_id", volunteers.c.id),
        held_by=_held(volunteers),
    ),
    Entry(
        shifts,
        kind="need",
        person="gap",
        plain="id municipality_id need_id starts_at ends_at cancelled_at",
        forget="none",
        why="times at which helpers are needed, and numbers of those who nearly fit: go with their need",
    ),
    Entry(
        needs,
        kind="need",
        person="need area resident_id conversation_id case_id staff_id",
        plain="id municipality_id kind priority status drill created_at done_at",
        whose=_of_resident(needs),
        forget="blank",
        blank={"need": None, "area": None, "status": "cancelled", "done_at": _NOW},
        since=needs.c.done_at,
        held_by=_held(needs),
    ),
    Entry(
        goods_pairs,
        kind="furniture",
        person="item_id need_id held_by staff_id",
        plain="id municipality_id run_id status created_at changed_at",
        whose=lambda who: or_(
            *(
                goods_pairs.c[name].in_(select(goods.c.id).where(_of_resident(goods)(who)))
                for name in ("item_id", "need_id")
            )
        ),
        forget="none",
        why="which thing went to which need, by number: goes and stays with them; what was not over is ended before",
        since=goods_pairs.c.changed_at,
    ),
    Entry(
        goods_runs,
        kind="furniture",
        person="driver_id plan approved_by",
        plain="id municipality_id day status answer_by created_at changed_at done_at",
        whose=_of_driver(goods_runs.c.driver_id),
        forget="blank",
        blank={"plan": None},
        since=goods_runs.c.done_at,
        rest=_none(goods_pairs, "run_id", goods_runs.c.id),
    ),
    Entry(
        goods_drivers,
        kind="furniture",
        person="id resident_id conversation_id said",
        plain="municipality_id created_at changed_at",
        whose=_of_resident(goods_drivers),
        forget="blank",
        blank={"said": None, "changed_at": _NOW},
        since=goods_drivers.c.changed_at,
        rest=and_(
            _none(goods_runs, "driver_id", goods_drivers.c.id),
            _none(goods_pairs, "held_by", goods_drivers.c.id),
        ),
        held_by=_held(goods_drivers),
    ),
    Entry(
        goods,
        kind="furniture",
        person="resident_id conversation_id case_id said address",
        plain="id municipality_id kind status created_at changed_at done_at",
        whose=_of_resident(goods),
        forget="blank",
        blank={"said": None, "address": None, "status": "withdrawn", "done_at": _NOW},
        limit=Limit(
            30, goods.c.done_at, goods.c.address.is_not(None), blank=("address",)
        ),  # `Goods.erase_address_days` is less
        since=goods.c.done_at,
        rest=and_(_none(goods_pairs, "item_id", goods.c.id), _none(goods_pairs, "need_id", goods.c.id)),
        held_by=_held(goods),
    ),
    Entry(
        crisis_levels,
        kind="crisis level",
        person="reason staff_id review",
        plain="id municipality_id level drill at",
        forget="none",
        why="what the municipality decided, and which of its staff: nothing of it is about residents by name",
        since=crisis_levels.c.at,
    ),
    Entry(
        meeting_items,
        kind="meeting item",
        person="resident_id conversation_id case_id staff_id words",
        plain="id municipality_id meeting_id status created_at",
        whose=_of_resident(meeting_items),
        forget="blank",  # it was sent to the municipality: what it says stays in its case, and is on no agenda any more
        blank={"words": None, "status": "out"},
        since=meeting_items.c.created_at,
        held_by=_held(meeting_items),
    ),
    Entry(
        meeting_signups,
        kind="meeting signup",
        person="resident_id conversation_id group_id people said",
        plain="id municipality_id meeting_id status created_at changed_at",
        whose=_of_resident(meeting_signups),
        forget="delete",
        since=meeting_signups.c.changed_at,
        held_by=_held(meeting_signups),
    ),
    Entry(
        meeting_followers,
        kind="subscription",
        person="resident_id network_id conversation_id name",
        plain="municipality_id since",
        whose=_of_resident(meeting_followers),
        forget="delete",
    ),
    Entry(
        meeting_groups,
        kind="meeting",
        person="name plan",
        plain="id municipality_id meeting_id status shown_at next_at created_at changed_at",
        forget="none",
        why="what a group at a meeting has agreed on; who was in it is told by the signups only",
        since=meeting_groups.c.changed_at,
        rest=_none(meeting_signups, "group_id", meeting_groups.c.id),
    ),
    Entry(
        meetings,
        kind="meeting",
        person="said items_order minutes case_id staff_id",
        plain="id municipality_id network_id status starts_at ends_at items_until seats minutes_at groups_at created_at "
        "changed_at",
        forget="none",
        why="what the municipality tells everybody of a meeting, and its minutes",
        since=meetings.c.ends_at,
        rest=and_(
            *(_none(table, "meeting_id", meetings.c.id) for table in (meeting_groups, meeting_signups, meeting_items))
        ),
    ),
    Entry(
        enquiries,
        kind="case",
        person="case_id reason",
        plain="id municipality_id role_id why asked_at answer_by reminded_at answered_at declined_at",
        whose=lambda who: enquiries.c.case_id.in_(select(cases.c.id).where(_of_resident(cases)(who))),
        forget="none",
        why="whom a case was sent to, and when: goes and stays with it",
    ),
    Entry(
        introduction_members,
        kind="introduction",
        person="introduction_id seeker_id status said outcome",
        plain="municipality_id changed_at",
        whose=lambda who: introduction_members.c.seeker_id.in_(select(seekers.c.id).where(_of_resident(seekers)(who))),
        forget="blank",  # who has met whom stays, so that a no is a no; how anybody is reached does not
        blank={"said": None},
        since=introduction_members.c.changed_at,
        held_by=exists().where(
            seekers.c.id == introduction_members.c.seeker_id,
            conversations.c.id == seekers.c.conversation_id,
            conversations.c.hold,
        ),
    ),
    Entry(
        introductions,
        kind="introduction",
        person="why meeting meets_at approved_by",
        plain="id municipality_id kind status answer_by created_at changed_at",
        forget="none",
        why="that some have met, and what they have in common, as interests and ages: nobody is named in it",
        since=introductions.c.changed_at,
        rest=_none(introduction_members, "introduction_id", introductions.c.id),
    ),
    Entry(
        seekers,
        kind="introduction",
        person="id resident_id conversation_id said why guardian_at guardian_by told_at",
        plain="municipality_id kind standing created_at changed_at",
        whose=_of_resident(seekers),
        forget="blank",
        blank={"said": None, "why": None, "standing": "left", "changed_at": _NOW},
        since=seekers.c.changed_at,
        rest=_none(introduction_members, "seeker_id", seekers.c.id),
        held_by=_held(seekers),
    ),
    Entry(
        cases,
        kind="case",
        person="conversation_id resident_id plan_id note context owner_id area referred_to next_step",
        plain="id municipality_id kind status answer_by created_at told_at answered_at closed_at outcome owned_at "
        "priority next_step_by",
        whose=_of_resident(cases),
        forget="keep",
        since=cases.c.closed_at,
        rest=and_(
            *(
                _none(table, "case_id", cases.c.id)
                for table in (
                    case_events,
                    awards,
                    alerts,
                    bookings,
                    board_posts,
                    interests,
                    obstacles,
                    actor_requests,
                    needs,
                    goods,
                    talks,
                    forum_topics,
                    snoozes,
                    meetings,
                    meeting_items,
                    talk_times,
                )
            )
        ),
        held_by=_held(cases),
    ),
    Entry(
        messages,
        kind="message",
        person="conversation_id body locale external_id",
        plain="id municipality_id at received_at channel sender slot",
        whose=_in_conversation(messages),
        forget="blank",
        blank={"external_id": None},
        since=messages.c.at,
        held_by=_held(messages),
    ),
    Entry(
        plan_members,
        kind="plan membership",
        person="plan_id resident_id",
        plain="municipality_id joined_at via",
        whose=_of_resident(plan_members),
        forget="delete",
    ),
    Entry(
        plan_versions,
        kind="plan",
        person="plan_id answers locale made_by",
        plain="version municipality_id made_at",
        whose=_of_resident(plan_versions, "made_by"),
        forget="none",
        why="goes and stays with its plan",
    ),
    Entry(
        plans,
        kind="plan",
        person="owner_id conversation_id title",
        plain="id municipality_id findable version created_at changed_at",
        whose=_of_resident(plans, "owner_id"),
        forget="delete",  # what was never sent nor shared is still the person's own space
        kept=_SENT_OR_SHARED,
        since=plans.c.changed_at,
        rest=_none(cases, "plan_id", plans.c.id),
        held_by=_held(plans),
    ),
    Entry(
        links,
        kind="link",
        person="resident_id subject_id token_hash",
        plain="id municipality_id purpose created_at expires_at single_use used_at revoked_at",
        whose=_of_resident(links),
        forget="delete",
        limit=Limit(30, links.c.expires_at),
    ),
    Entry(
        consents,
        kind="consent",
        person="resident_id purpose locale subject_id",
        plain="id municipality_id wording_version given_at withdrawn_at",
        whose=_of_resident(consents),
        forget="keep",  # the proof that it was given, and when it ended
        since=consents.c.withdrawn_at,
    ),
    Entry(
        staff_chats,
        kind="staff chat",
        person="staff_id address_id",
        plain="municipality_id linked_at",
        whose=lambda who: staff_chats.c.address_id.in_(select(addresses.c.id).where(_of_resident(addresses)(who))),
        forget="delete",  # whoever answers others may be a resident too: then nothing more comes there, alerts neither
    ),
    Entry(
        addresses,
        kind="address",
        person="resident_id conversation_id address address_key name_hint",
        plain="id municipality_id channel state state_at created_at",
        whose=_of_resident(addresses),
        forget="blank",  # the row stays for the deliveries that name it; nothing in it leads to anybody
        blank={
            "address": None,
            "address_key": None,
            "name_hint": None,
            "resident_id": None,
            "conversation_id": None,
            "state": "gone",
            "state_at": _NOW,
        },
        limit=Limit(
            8,
            addresses.c.state_at,
            and_(addresses.c.address_key.is_(None), _none(deliveries, "address_id", addresses.c.id)),
        ),
        since=func.coalesce(_SEEN_AT, addresses.c.state_at),
        rest=and_(*(_none(table, "address_id", addresses.c.id) for table in (deliveries, staff_chats, forum_topics))),
    ),
    Entry(
        conversations,
        kind="conversation",
        person="resident_id state token_hash last_address_id hold_reason",
        plain="id municipality_id created_at updated_at holder record_state record_number hold",
        whose=_of_resident(conversations),
        forget="blank",
        blank={"state": None, "token_hash": None, "last_address_id": None, "holder": "bot"},
        since=conversations.c.updated_at,
        rest=and_(
            *(
                _none(table, "conversation_id", conversations.c.id)
                for table in (
                    attachments,
                    deliveries,
                    due,
                    safety_flags,
                    talks,
                    forum_topics,
                    case_events,
                    bookings,
                    board_posts,
                    interests,
                    dialogue_people,
                    proposals,
                    obstacles,
                    map_actors,
                    follow_ups,
                    needs,
                    goods,
                    goods_drivers,
                    volunteers,
                    seekers,
                    listeners,
                    meeting_signups,
                    meeting_items,
                    meeting_followers,
                    room_wishes,
                    project_members,
                    signatures,
                    talk_times,
                    partnerships,
                    cases,
                    messages,
                    plans,
                    addresses,
                )
            )
        ),
        held_by=conversations.c.hold,
    ),
    Entry(
        residents,
        kind="resident",
        person="id locale name email protected seen_at notice_version notice_at stopped_at",
        plain="municipality_id created_at forgotten_at",
        whose=_of_resident(residents, "id"),
        forget="blank",
        blank={"name": None, "email": None, "locale": None, "stopped_at": _NOW, "forgotten_at": _NOW},
        since=residents.c.seen_at,
        rest=and_(
            *(
                _none(table, column, residents.c.id)
                for table, column in (
                    (conversations, "resident_id"),
                    (addresses, "resident_id"),
                    (plans, "owner_id"),
                    (plan_versions, "made_by"),
                    (plan_members, "resident_id"),
                    (links, "resident_id"),
                    (cases, "resident_id"),
                    (bookings, "resident_id"),
                    (board_posts, "resident_id"),
                    (interests, "resident_id"),
                    (dialogue_people, "resident_id"),
                    (dialogue_votes, "resident_id"),
                    (proposals, "resident_id"),
                    (obstacles, "resident_id"),
                    (map_actors, "resident_id"),
                    (map_links, "resident_id"),
                    (follow_ups, "resident_id"),
                    (room_wishes, "resident_id"),
                    (needs, "resident_id"),
                    (goods, "resident_id"),
                    (goods_drivers, "resident_id"),
                    (volunteers, "resident_id"),
                    (seekers, "resident_id"),
                    (listeners, "resident_id"),
                    (meeting_signups, "resident_id"),
                    (meeting_items, "resident_id"),
                    (meeting_followers, "resident_id"),
                    (broadcast_recipients, "resident_id"),
                    (project_members, "resident_id"),
                    (project_entries, "resident_id"),
                    (project_dates, "resident_id"),
                    (signatures, "resident_id"),
                    (talk_times, "resident_id"),
                    (partnerships, "resident_id"),
                    (consents, "resident_id"),
                )
            )
        ),
    ),
    Entry(
        segments,
        kind="segment",
        person="name segment staff_id",
        plain="id municipality_id created_at",
        forget="none",
        why="by what staff choose whom they write to; nobody is named in it",
    ),
    Entry(
        listener_words,
        kind="segment",
        person="word",
        plain="municipality_id kind bit",
        forget="none",
        why="the names of topics, areas, skills, languages and roles; they are about nobody",
    ),
    Entry(
        inbox,
        kind="update",
        person="update_key raw fault",
        plain="municipality_id received_at status failures",
        forget="none",
        why="raw copies name nobody that could be looked up, and go after 8 days; what could not be read stays "
        "until an operator has seen to it, since it may be a message received",
        limit=Limit(8, inbox.c.received_at, inbox.c.status == "done"),
    ),
    Entry(
        inbox_failures,
        kind="update",
        person="update_key fault",
        plain="municipality_id failures at",
        forget="none",
        why="as inbox",
        limit=Limit(8, inbox_failures.c.at),
    ),
    Entry(
        tombstones,
        kind="tombstone",
        person="address_key",
        plain="municipality_id at",
        forget="none",
        why="the keyed trace of somebody forgotten: so that restoring a backup can forget them again",
        limit=Limit(400, tombstones.c.at),
    ),
    Entry(
        staff_sessions,
        kind="staff session",
        person="staff_id token_hash",
        plain="id stage created_at seen_at expires_at",
        forget="none",
        why="about staff; over after twelve hours at most",
        limit=Limit(1, staff_sessions.c.expires_at),
    ),
    Entry(
        staff_profiles,
        kind="staff account",
        person="staff_id profile here_until",
        plain="municipality_id",
        forget="none",
        why="about staff; goes when they leave",
    ),
    Entry(
        absences,
        kind="staff account",
        person="staff_id deputy_id",
        plain="id municipality_id begins_at ends_at",
        forget="none",
        why="about staff: when, never why; a year after it is over nobody asks",
        limit=Limit(365, absences.c.ends_at),
    ),
    Entry(
        staff_sign_ins,
        kind="staff account",
        person="key staff_id",
        plain="linked_at",
        forget="none",
        why="about staff; goes when they leave",
    ),
    Entry(
        staff_codes,
        kind="staff account",
        person="staff_id code_hash",
        plain="used_at",
        forget="none",
        why="about staff; goes with the second factor it belongs to",
    ),
    Entry(
        staff_alerts,
        kind="staff account",
        person="staff_id",
        plain="municipality_id kind way",
        forget="none",
        why="about staff; goes when they leave",
    ),
    Entry(
        staff_roles,
        kind="staff account",
        person="staff_id given_by",
        plain="municipality_id role given_at",
        forget="none",
        why="about staff; goes when they leave",
    ),
    Entry(
        staff,
        kind="staff account",
        person="id name email email_key locale password second_factor second_factor_step signed_in_at",
        plain="shortcuts digest_hour created_at removed_at",
        forget="none",
        why="about staff; whoever leaves keeps the work name they answered under, and nothing else",
    ),
    Entry(
        staff_attempts,
        kind="sign-in attempt",
        person="key",
        plain="failures last_at",
        forget="none",
        why="a keyed trace of failed sign-ins that leads to nobody",
        limit=Limit(1, staff_attempts.c.last_at),
    ),
    Entry(
        leases,
        kind="lease",
        person="",
        plain="name holder until",
        forget="none",
        why="about processes",
        limit=Limit(1, leases.c.until),
    ),
    Entry(
        forwards,
        kind="setting",
        person="",
        plain="id municipality_id from_role to_role topic area matter at dismissed_at",
        forget="none",
        why="about roles: which of them answers what",
    ),
    Entry(
        remembered, kind="setting", person="", plain="municipality_id key value", forget="none", why="about programs"
    ),
    Entry(
        deletions,
        kind="deletion log",
        person="",
        plain="id municipality_id at class count decision",
        forget="none",
        why="classes and numbers only",
    ),
    Entry(key_checks, kind="setting", person="", plain="name sealed", forget="none", why="about the secret key"),
)


async def forget(tx: AsyncConnection, municipality_id: str, resident_id: int, now: datetime) -> Receipt:
    """Do what the law lets us do when somebody asks to be forgotten.

    Contact stops at once: promises and deliveries end, consents are withdrawn. What is no official document goes:
    drafts, plans never sent nor shared, preferences, links, name and addresses. What was said stays, under a number
    that leads to nobody. A farewell is queued after this, with `last_address`; the conversation is then saved with a
    fresh state.
    Whoever writes again from the same address is somebody new.

    Raises:
        NotFound: The municipality has no such resident.
    """
    who = Who(municipality_id, resident_id)
    if await tx.scalar(select(residents.c.id).where(_of_resident(residents, "id")(who)).with_for_update()) is None:
        raise NotFound("residents", resident_id)
    await _stop_contact(tx, who, now)
    await _bury(tx, who, now)
    before = await _count(tx, who)
    for entry in REGISTER:
        if entry.whose is None:
            continue
        if entry.forget == "delete":
            await tx.execute(delete(entry.table).where(entry.whose(who), ~entry.kept))
        elif entry.forget == "blank":
            values = {name: now if value is _NOW else value for name, value in entry.blank.items()}
            await tx.execute(update(entry.table).where(entry.whose(who)).values(values))
    kept = await _count(tx, who)
    theirs = [
        select(func.count())
        .select_from(messages)
        .where(_in_conversation(messages)(who), messages.c.sender == "resident"),
        select(func.count()).select_from(plans).where(_of_resident(plans, "owner_id")(who)),
    ]
    sent = sum([int(await tx.scalar(rows) or 0) for rows in theirs])
    return Receipt(removed=dict(before - kept), kept=dict(kept), sent=sent)


async def count(tx: AsyncConnection, municipality_id: str, resident_id: int) -> dict[str, int]:
    """How many rows are a person's, by table."""
    who = Who(municipality_id, resident_id)
    return {
        entry.table.name: int(
            await tx.scalar(select(func.count()).select_from(entry.table).where(entry.whose(who))) or 0
        )
        for entry in REGISTER
        if entry.whose is not None
    }


async def _count(tx: AsyncConnection, who: Who) -> Counter[str]:
    counts: Counter[str] = Counter()
    for entry in REGISTER:
        if entry.whose is not None:
            rows = select(func.count()).select_from(entry.table).where(entry.whose(who))
            counts[entry.kind] += await tx.scalar(rows) or 0
    return +counts


async def _stop_contact(tx: AsyncConnection, who: Who, now: datetime) -> None:
    ended = {"done_at": now}
    await tx.execute(
        update(due)
        .where(_in_conversation(due)(who), due.c.status == "waiting")
        .values(status="cancelled", reason="forgotten", **ended)
    )
    theirs = next(entry.whose for entry in REGISTER if entry.table is deliveries)
    assert theirs is not None
    await tx.execute(
        update(deliveries)
        .where(theirs(who), deliveries.c.status.in_(("waiting", "attempting")))
        .values(status="given_up", leased_by=None, leased_until=None, **ended)
    )
    await tx.execute(
        update(consents).where(_of_resident(consents)(who), consents.c.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )
    await tx.execute(update(plans).where(_of_resident(plans, "owner_id")(who)).values(findable=False))


async def _bury(tx: AsyncConnection, who: Who, now: datetime) -> None:
    keys = select(addresses.c.address_key).where(_of_resident(addresses)(who), addresses.c.address_key.is_not(None))
    graves = [{"municipality_id": who.municipality_id, "address_key": key, "at": now} for key in await tx.scalars(keys)]
    if graves:
        statement = upsert(tx, tombstones)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["municipality_id", "address_key"], set_={"at": statement.excluded.at}
            ),
            graves,
        )


async def forgotten_at(tx: AsyncConnection, municipality_id: str, channel: str, address: str) -> datetime | None:
    """When whoever was at this address asked to be forgotten: for going through a restored backup."""
    statement = select(func.max(tombstones.c.at)).where(
        tombstones.c.municipality_id == municipality_id,
        tombstones.c.address_key.in_(address_keys(channel, address)),
    )
    at: datetime | None = await tx.scalar(statement)
    return at


async def log_deletion(
    tx: AsyncConnection, municipality_id: str, kind: str, count: int, decision: str, now: datetime
) -> None:
    """Write down that so much of a kind was erased at once, and by which decision; never whose."""
    row = {"municipality_id": municipality_id, "at": now, "class": kind, "count": count, "decision": decision}
    await tx.execute(insert(deletions), [row])


async def expire(
    tx: AsyncConnection, now: datetime, decisions: Sequence[Decision] = (), *, limit: int = 1000
) -> dict[str, int]:
    """Remove what is past its limit, and log it; how much of each kind.

    At most `limit` rows of a table in one call, so that the writer is free again soon: call until it returns nothing.
    """
    removed: Counter[tuple[str, str, str]] = Counter()
    for entry in REGISTER:
        if entry.limit is not None:
            old = and_(entry.limit.since < now - timedelta(days=entry.limit.days), entry.limit.where)
            for municipality_id in await _remove(tx, entry, old, entry.limit.blank, limit):
                removed[municipality_id, entry.kind, BUILT_IN] += 1
        for decision in decisions:
            if decision.kind == entry.kind and entry.since is not None:
                old = and_(
                    entry.since < now - timedelta(days=decision.days),
                    entry.table.c.municipality_id == decision.municipality_id,
                    entry.rest,
                )
                for municipality_id in await _remove(tx, entry, old, (), limit):
                    removed[municipality_id, entry.kind, decision.reference] += 1
    log = [
        {"municipality_id": municipality_id, "at": now, "class": kind, "count": count, "decision": decision}
        for (municipality_id, kind, decision), count in removed.items()
    ]
    if log:
        await tx.execute(insert(deletions), log)
    counts: Counter[str] = Counter()
    for (_, kind, _), count in removed.items():
        counts[kind] += count
    return dict(counts)


async def _remove(
    tx: AsyncConnection, entry: Entry, old: ColumnElement[bool], blank: tuple[str, ...], limit: int
) -> list[str]:
    """Delete, or blank, what is old and not held; the municipality of each row."""
    key = list(entry.table.primary_key.columns)
    chosen = select(*key).where(old, ~entry.held_by).limit(limit)
    these = key[0].in_(chosen) if len(key) == 1 else tuple_(*key).in_(chosen)
    whose = entry.table.c.get("municipality_id")
    returned = key[0] if whose is None else whose
    if blank:
        rows = await tx.execute(
            update(entry.table).where(these).values({name: None for name in blank}).returning(returned)
        )
    else:
        rows = await tx.execute(delete(entry.table).where(these).returning(returned))
    return ["" if whose is None else row[0] for row in rows]
