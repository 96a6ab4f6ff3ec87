"""The register, /forget, and what expires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from storage import (
    awards,
    board,
    bookings,
    case_log,
    cases,
    consents,
    conversations,
    dialogues,
    due,
    enquiries,
    files,
    follow_ups,
    goods,
    inbox,
    interests,
    introductions,
    leases,
    links,
    listeners,
    meetings,
    messages,
    obstacles,
    outbox,
    partnerships,
    plans,
    projects,
    residents,
    retention,
    safety,
    shifts,
    signatures,
    staff,
    tables,
    talks,
    volunteers,
    weaving,
)
from storage.conversations import Opened
from storage.db import Database
from storage.errors import NotFound
from storage.secrets import Sealed
from storage.tables import addresses as addresses_table
from storage.tables import deletions as deletions_table
from storage.tables import deliveries as deliveries_table
from storage.tables import metadata
from tests.storage.builders import NOW, claim, later, open_chat, said, to_send

WORDS = "hemligt-ord-"


def test_every_table_and_column_is_in_the_register() -> None:
    assert {entry.table.name for entry in retention.REGISTER} == set(metadata.tables)
    assert len(retention.REGISTER) == len(metadata.tables)
    for entry in retention.REGISTER:
        named = (entry.person + " " + entry.plain).split()
        assert sorted(named) == sorted(entry.table.c.keys()), entry.table.name
        sealed = {column.name for column in entry.table.c if isinstance(column.type, Sealed)}
        assert sealed <= set(entry.person.split()), entry.table.name


def test_every_entry_says_what_becomes_of_a_person() -> None:
    for entry in retention.REGISTER:
        assert (entry.whose is not None and entry.forget != "none") or entry.why, entry.table.name
        assert (entry.forget == "blank") == bool(entry.blank), entry.table.name
        assert set(entry.blank) <= set(entry.table.c.keys())
        points_to = {key.column.table.name for key in entry.table.foreign_keys}
        assert not points_to & {"residents", "conversations"} or entry.whose is not None, entry.table.name


def test_a_walk_from_the_top_may_delete() -> None:
    place = {entry.table.name: at for at, entry in enumerate(retention.REGISTER)}
    for entry in retention.REGISTER:
        for key in entry.table.foreign_keys:
            if key.ondelete is None and (entry.table.name, key.column.table.name) != ("attachments", "files"):
                assert place[entry.table.name] < place[key.column.table.name], (entry.table.name, key.column.table.name)


async def live(db: Database, address: str, *, municipality_id: str = "ekero") -> Opened:
    """Somebody with a row in every table that can hold one, each sealed column with a word of theirs."""
    who = await open_chat(db, address, municipality_id=municipality_id, name_hint=WORDS + "hint")
    this, me = who.conversation_id, who.resident_id
    mine: dict[str, Any] = {"municipality_id": municipality_id}

    async def all_of_it(tx: Any) -> None:
        await conversations.save(tx, this, state={"draft": WORDS + "draft"}, now=NOW, address_id=who.address_id)
        await conversations.set_hold(tx, municipality_id, this, WORDS + "hold")
        await conversations.set_hold(tx, municipality_id, this, None)
        await conversations.set_restore_token(tx, this, b"hash of %d" % this)
        await residents.set_locale(tx, me, "so")
        await residents.set_notice(tx, me, "2026-01", NOW)
        await residents.set_name(tx, me, WORDS + "name")
        await residents.set_email(tx, me, WORDS + "email@example.org")
        rows = [said(who, {"text": WORDS + "said"}, external_id="77"), said(who, {"text": "svar"}, sender="bot")]
        ids = await messages.add(tx, rows)
        await outbox.queue(
            tx, [to_send(who, n, message_id=ids[1], body={"t": WORDS + "reply"}) for n in range(3)], now=NOW
        )
        await inbox.mark_seen(tx, f"telegram:7:{this}", municipality_id, NOW, {"text": WORDS + "raw"})
        await due.schedule(
            tx,
            **mine,
            kind="answer",
            unique_key=f"answer:{this}",
            due_at=NOW,
            now=NOW,
            conversation_id=this,
            data=WORDS + "due",
        )
        for title in ("draft", "sent"):
            plan_id, _ = await plans.save_version(
                tx,
                **mine,
                resident_id=me,
                conversation_id=this,
                title=WORDS + title,
                answers={"a": WORDS + title},
                locale="sv",
                now=NOW,
                findable=True,
            )
        case_id = await cases.open(
            tx,
            **mine,
            kind="coach",
            conversation_id=this,
            resident_id=me,
            now=NOW,
            plan_id=plan_id,
            note=WORDS + "note",
            context={"c": WORDS + "context"},
        )
        await case_log.add(
            tx,
            **mine,
            conversation_id=this,
            case_id=case_id,
            act="note",
            who=WORDS + "coach",
            at=NOW,
            detail=WORDS + "act",
        )
        asked_id = await enquiries.ask(
            tx, **mine, case_id=case_id, role_id="coach", why="first", answer_by=NOW, now=NOW
        )
        await enquiries.note(tx, asked_id, declined_at=NOW, reason=WORDS + "reason")
        await links.make(tx, **mine, purpose="plan", now=NOW, expires_at=None, resident_id=me)
        await consents.give(tx, **mine, resident_id=me, purpose="news", wording_version="1", locale="sv", now=NOW)
        content = (WORDS + "content" + address).encode()
        file_id = await files.put(tx, **mine, content=content, mime="text/plain", name=WORDS + "file", now=NOW)
        attachment_id = await files.attach(
            tx,
            **mine,
            conversation_id=this,
            kind="document",
            now=NOW,
            message_id=ids[0],
            telegram_file_id="AgAC",
            name="x",
        )
        await files.fetched(tx, attachment_id, file_id)
        await safety.flag(tx, **mine, conversation_id=this, kinds=["violence"], now=NOW, expires_at=later(days=7))
        await _rooms(tx, who, mine)
        await _need(tx, who, mine)
        await _volunteer(tx, who, mine)
        await _furniture(tx, who, mine)
        await _colleague(tx, who)
        await _coached(tx, who)
        await _listener(tx, who, mine)
        await _speaker(tx, who, mine)
        await _meets(tx, who, mine)
        await _project(tx, who, mine)
        await _what_came_of_it(tx, who, mine)
        await _seeker(tx, who, mine)

    await db.write(all_of_it)
    return who


async def _rooms(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    me: dict[str, Any] = {**mine, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    span = bookings.Span(NOW, later(hours=1), who.resident_id * 10, who.resident_id * 10 + 4)
    await bookings.book(
        tx, **me, room_id="hall", units=["hall"], spans=[span], status="approved", purpose=WORDS + "purpose"
    )
    await bookings.wish(
        tx,
        **me,
        kind="watch",
        wish={"w": WORDS + "wish"},
        first_quarter=span.first,
        after_quarter=span.after,
        ends_at=span.ends_at,
    )


async def _need(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    me: dict[str, Any] = {**mine, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    (case, *_others) = await cases.of_conversation(tx, who.conversation_id)
    post_id = await board.put_up(tx, **me, case_id=case.id, post={"what": WORDS + "need"})
    await interests.add(tx, **me, case_id=case.id, post_id=post_id, kind="join", said={"words": WORDS + "interest"})
    await obstacles.add(tx, **me, case_id=case.id, post_id=post_id, area=None, said={"about": WORDS + "obstacle"})
    group: dict[str, Any] = {**me, "kind": "group", "about": {}, "made_by": "resident"}
    own = await weaving.add_actor(tx, **group, name=WORDS + "group", key=f"case:{case.id}")
    other = await weaving.add_actor(tx, **{**group, "conversation_id": None}, name=WORDS + "partner")
    told: dict[str, Any] = {
        **mine,
        "theme": "",
        "since": "2026-03-02",
        "made_by": "",
        "noted_by": "resident",
        "now": NOW,
    }
    await weaving.add_link(tx, **told, one=own, other=other, resident_id=who.resident_id)
    asked = await weaving.introduce(
        tx, **mine, a_id=own, b_id=other, theme="", area="", why="", status="asking", made_by="leader", staff_id=None,
        answer_by=NOW, now=NOW,
    )  # fmt: skip
    await weaving.note_request(
        tx, **mine, actor_id=own, about=WORDS + "request", role="leader", how="bot", introduction_id=asked, now=NOW
    )


async def _volunteer(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They have offered help, taken a shift, and asked for help themselves."""
    me: dict[str, Any] = {**mine, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    volunteer_id = await volunteers.save(tx, **me, offer={"skills": WORDS + "skill"})
    common = {"volunteer_id": volunteer_id, "now": NOW, **mine}
    await volunteers.check(tx, **common, role="children", state="pending", number=WORDS + "number")
    need_id = await shifts.add_need(
        tx, **me, kind="errand", need={"what": WORDS + "errand"}, area="Stenhamra", priority=1, status="new",
        times=[(NOW, later(hours=1))], places=1,
    )  # fmt: skip
    (shift,) = await shifts.of_need(tx, who.municipality_id, need_id)
    signup_id = await shifts.sign_up(
        tx, **common, shift_id=shift.id, status="taken", made_by="match", why={"w": WORDS + "why"}
    )
    assert await shifts.hold_place(tx, shift.id, signup_id)


async def _furniture(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They give something, need something, and have driven both."""
    me: dict[str, Any] = {**mine, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    (case, *_others) = await cases.of_conversation(tx, who.conversation_id)
    item, need = [
        await goods.add(tx, **me, kind=kind, said={"what": WORDS + "sofa"}, case_id=case.id)
        for kind in ("item", "need")
    ]
    await goods.set_address(tx, item, {"address": WORDS + "street"})
    await goods.save_driver(tx, **me, said={"load": WORDS + "trailer"})
    driver = await goods.driver_of(tx, who.resident_id)
    assert driver is not None
    plan = {"stops": [{"area": WORDS + "stop"}]}
    run_id = await goods.add_run(tx, **mine, driver_id=driver.id, day="2026-03-07", plan=plan, now=NOW)
    pair_id = await goods.pair_up(tx, **mine, item_id=item, need_id=need, staff_id=None, now=NOW)
    assert await goods.change_pair(tx, pair_id, "delivered", NOW, ("proposed",), run_id=run_id)
    assert await goods.change_run(tx, run_id, "done", NOW, ("draft",), done_at=NOW)


async def _colleague(tx: Any, who: Opened) -> None:
    """They work for the municipality too, and have linked the chat they use as a resident."""
    email = f"{who.municipality_id}{who.resident_id}@example.se"
    staff_id = await staff.add(tx, name="Work name", email=email, now=NOW)
    assert staff_id is not None and who.address_id is not None
    await staff.link_chat(tx, staff_id, who.municipality_id, who.address_id, NOW)


async def _coached(tx: Any, who: Opened) -> None:
    """A coach has the conversation, in a topic of their group; a message was translated and liked."""
    email = f"coach{who.municipality_id}{who.resident_id}@example.se"
    staff_id = await staff.add(tx, name="Coach", email=email, now=NOW)
    case = (await cases.of_conversation(tx, who.conversation_id))[0]
    (message, *_more) = await messages.before(tx, who.conversation_id)
    me = {"municipality_id": who.municipality_id}
    assert staff_id is not None
    await talks.snooze(tx, who.municipality_id, case.id, NOW, staff_id)
    await talks.hold(tx, who.municipality_id, who.conversation_id, case.id, staff_id, NOW)
    group = await conversations.address(
        tx, municipality_id=who.municipality_id, channel="telegram", address=f"-1/{who.resident_id}", now=NOW
    )
    topic = {"conversation_id": who.conversation_id, "case_id": case.id, "address_id": group.id, "made": 1}
    await tx.execute(insert(tables.forum_topics).values(**me, **topic, opened_at=NOW))
    translated = {"message_id": message.id, "locale": "sv", "words": WORDS + "translated", "engine": "test"}
    await tx.execute(insert(tables.translations).values(**me, **translated, at=NOW))
    await tx.execute(insert(tables.reactions).values(**me, message_id=message.id, by="resident", emoji="thumb", at=NOW))


async def _what_came_of_it(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They got money, and have said what became of it."""
    me: dict[str, Any] = {**mine, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    case = (await cases.of_conversation(tx, who.conversation_id))[0]
    staff_id = await staff.add(tx, name="Grants", email=f"grants{who.municipality_id}{who.resident_id}@x.se", now=NOW)
    assert staff_id is not None
    await awards.note(
        tx, **mine, case_id=case.id, support="ekero.snabb_slant", amount_sek=9000, awarded_on=NOW.date(), area=None,
        recipient={"title": WORDS + "award"}, staff_id=staff_id, now=NOW,
    )  # fmt: skip
    asked = await follow_ups.promise(tx, **me, subject="grant", subject_id=case.id, area=None)
    assert asked is not None
    await follow_ups.turn(
        tx, who.municipality_id, asked, ("waiting",), "answered", said={"led_to": WORDS + "led to"}, answered_at=NOW
    )


async def _seeker(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They want to meet others, have been proposed, and have said how they are reached."""
    me: dict[str, Any] = {**mine, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    seeker_id = await introductions.save(tx, **me, kind="families", said={"w": WORDS + "seeks"}, keeps_guardian=False)
    id = await introductions.propose(tx, **mine, kind="families", members=(seeker_id,), why={}, now=NOW)
    said = {"status": "yes", "said": {"contact": WORDS + "reached"}}
    await introductions.change_member(tx, id, seeker_id, NOW, before=("proposed",), values=said)


async def _listener(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They have asked for news, and have heard a broadcast."""
    chosen = {name: [WORDS + name] for name in listeners.KINDS}
    await listeners.save(
        tx, **mine, **chosen, resident_id=who.resident_id, conversation_id=who.conversation_id, locale="so",
        channel="telegram", band=26, gap_days=1, quiet_from=21, quiet_to=8, now=NOW,
    )  # fmt: skip
    written = {"content": {"w": "to all"}, "status": "sending", "cursor": 0, "created_at": NOW, "changed_at": NOW}
    made = insert(tables.broadcasts).values(**mine, **written)
    (message, *_more) = await messages.before(tx, who.conversation_id)
    heard = {
        "broadcast_id": (await tx.execute(made.returning(tables.broadcasts.c.id))).scalar_one(),
        "ordinal": who.resident_id, "resident_id": who.resident_id, "message_id": message.id, "channel": "telegram",
        "locale": "so", "areas": await listeners.bits(tx, who.municipality_id, "areas", chosen["areas"]), "answer": "yes",
    }  # fmt: skip
    await tx.execute(insert(tables.broadcast_recipients).values(**mine, **heard, at=NOW, answered_at=NOW))


async def _speaker(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They have answered a survey, have a place at the meeting, have voted, and proposed something."""
    id = await dialogues.add(
        tx, **mine, code=f"d{who.resident_id}", kind="hearing", content={"w": "to all"}, staff_id=None, now=NOW
    )
    dialogue = await dialogues.load(tx, who.municipality_id, id)
    said = {"name": WORDS + "participant", "answers": {"a": WORDS + "survey"}, "place": "held", "hear": True}
    await dialogues.put_person(tx, dialogue, who.resident_id, who.conversation_id, said, NOW)
    poll_id = await dialogues.add_poll(tx, dialogue, {"w": "asked"}, 2, NOW)
    poll = await dialogues.poll(tx, who.municipality_id, poll_id)
    await dialogues.vote(tx, poll, f"r{who.resident_id}", 1, NOW, resident_id=who.resident_id)
    await dialogues.add_proposal(
        tx, dialogue, source="hearing", proposal={"w": WORDS + "proposed"}, shown=True, due_at=None, now=NOW, hear=True,
        resident_id=who.resident_id, conversation_id=who.conversation_id,
    )  # fmt: skip


async def _meets(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They are in a group at a meeting, have sent in an item, and follow its network."""
    me: dict[str, Any] = {"resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    meeting_id = await meetings.add(
        tx, **mine, network_id="workshop", now=NOW, starts_at=NOW, ends_at=later(hours=2), said={"title": "to all"}
    )
    meeting = await meetings.load(tx, who.municipality_id, meeting_id)
    signup_id = await meetings.sign_up(
        tx, **me, meeting=meeting, status="coming", people=2, said={"topic": WORDS + "topic"}
    )
    group_id = await meetings.add_group(tx, meeting, "to all", NOW)
    await meetings.put_into(tx, meeting_id, [signup_id], group_id)
    await meetings.add_item(tx, **me, meeting=meeting, words=WORDS + "item", status="in")
    await meetings.follow(tx, **mine, **me, network_id="boende", name=WORDS + "member")


async def _project(tx: Any, who: Opened, mine: dict[str, Any]) -> None:
    """They have a project and a partnership, have signed the agreement, and are to talk about another partnership."""
    me: dict[str, Any] = {"resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    id = await projects.add(tx, **mine, said={"title": WORDS + "project"}, step=4, status="running", now=NOW)
    found = await projects.load(tx, who.municipality_id, id)
    await projects.take_in(tx, found, **me, role="owner", status="in", via="staff", name=WORDS + "driver")
    await projects.write(
        tx, found, "note", NOW, who=WORDS + "driver", words=WORDS + "entry", resident_id=who.resident_id
    )
    await projects.add_date(tx, found, resident_id=who.resident_id, said={"what": WORDS + "date"}, starts_at=NOW)
    await signatures.add(tx, **mine, **me, said={"organisation": WORDS + "organisation"}, listed=True)
    case = (await cases.of_conversation(tx, who.conversation_id))[0]
    await partnerships.propose(tx, **mine, **me, case_id=case.id, said={"where": WORDS + "talk"})
    staff_id = await staff.add(tx, name="Eva", email=f"eva{who.municipality_id}{who.resident_id}@example.se", now=NOW)
    assert staff_id is not None
    held = await partnerships.add(
        tx, **mine, **me, said={"title": WORDS + "partnership"}, start_day="2023-03-02", end_day="2026-03-01", steering=2,
        days=["2023-09-01"], staff_id=staff_id,
    )  # fmt: skip
    partnership = await partnerships.load(tx, who.municipality_id, held)
    await partnerships.change(tx, partnership, status="ended", ended_at=NOW)


async def data(db: Database, who: Opened) -> dict[str, Any]:
    async with db.read() as tx:
        return await residents.my_data(tx, who.municipality_id, who.resident_id)


async def test_my_data_is_everything_and_json(db: Database) -> None:
    who = await live(db, "1")
    other = await live(db, "2")
    held = await data(db, who)
    words = json.dumps(held, ensure_ascii=False)
    expected = {entry.table.name for entry in retention.REGISTER if entry.whose is not None} - {"plan_members"}
    assert set(held) == expected
    for word in (
        "draft",
        "name",
        "email",
        "said",
        "reply",
        "due",
        "note",
        "context",
        "hint",
        "file",
        "purpose",
        "wish",
        "need",
        "coach",
        "act",
        "reason",
        "skill",
        "number",
        "errand",
        "why",
        "sofa",
        "street",
        "trailer",
        "stop",
        *listeners.KINDS,
        "interest",
        "participant",
        "survey",
        "proposed",
        "topic",
        "item",
        "member",
        "project",
        "driver",
        "entry",
        "date",
        "organisation",
        "talk",
        "partnership",
        "group",
        "partner",
        "request",
        "led to",
        "seeks",
        "reached",
    ):
        assert WORDS + word in words
    assert [row["areas"] for row in held["broadcast_recipients"]] == [(WORDS + "areas",)]
    assert '"address": "1"' in words and '"address": "2"' not in words
    assert not any(name in row for rows in held.values() for row in rows for name in retention.HASHES)
    with pytest.raises(NotFound):
        async with db.read() as tx:
            await residents.my_data(tx, "nacka", other.resident_id)


async def test_forget_keeps_official_documents_without_the_person(db: Database) -> None:
    who, other, namesake = await live(db, "1"), await live(db, "2"), await live(db, "1", municipality_id="nacka")
    others_before = [await data(db, other), await data(db, namesake)]
    before = await data(db, who)

    receipt = await db.write(lambda tx: retention.forget(tx, "ekero", who.resident_id, later(hours=1)))

    assert receipt.removed == {
        "address": 1, "plan": 2, "link": 1, "taken time": 4, "room wish": 1, "staff chat": 1, "volunteer check": 1,
        "case": 4, "board post": 1, "subscription": 2, "broadcast": 1, "dialogue": 3,
        "meeting signup": 1, "project": 4, "agreement": 1, "partnership": 2, "map of actors": 5, "follow-up": 1,
    }  # fmt: skip
    assert receipt.kept == {
        "message": 6, "delivery": 3, "promise": 1, "safety flag": 1, "case": 3, "case act": 1, "plan": 2, "consent": 1,
        "conversation": 1, "resident": 1, "booking": 2, "board post": 1, "volunteer": 1, "shift": 1,
        "need": 1, "meeting item": 1, "obstacle": 1, "furniture": 5, "introduction": 2,
    }  # fmt: skip
    assert receipt.sent == 2, "one message of theirs, and the plan that is part of a case"
    after = await data(db, who)
    words = json.dumps(after, ensure_ascii=False)
    for gone in (
        "draft",
        "name",
        "email",
        "reply",
        "due",
        "hint",
        "wish",
        "need",
        "skill",
        "number",
        "errand",
        "why",
        "interest",
        "driver",
        "entry",
        "talk",
        "group",
        "partner",
        "request",
        "sofa",
        "street",
        "trailer",
        "stop",
        "seeks",
        "reached",
    ):
        assert WORDS + gone not in words
    for stays in ("said", "sent", "note", "context", "file", "purpose", "obstacle", "award"):
        assert WORDS + stays in words
    assert after["messages"] == [row | {"external_id": None} for row in before["messages"]]
    (resident,) = after["residents"]
    assert (resident["locale"], resident["stopped_at"], resident["forgotten_at"]) == (
        None,
        later(hours=1).isoformat(),
        later(hours=1).isoformat(),
    )
    assert {row["status"] for row in after["deliveries"]} == {"given_up"}
    assert {row["status"] for row in after["due"]} == {"cancelled"}
    assert [row["withdrawn_at"] for row in after["consents"]] == [later(hours=1).isoformat()]
    assert [row["findable"] for row in after["plans"]] == [False]
    assert [await data(db, other), await data(db, namesake)] == others_before

    async with db.read() as tx:
        empty = (await tx.execute(select(addresses_table).where(addresses_table.c.state == "gone"))).one()
        assert (empty.address, empty.address_key, empty.name_hint, empty.resident_id, empty.conversation_id) == (
            None,
        ) * 5
        assert await retention.forgotten_at(tx, "ekero", "telegram", "1") == later(hours=1)
        assert await retention.forgotten_at(tx, "nacka", "telegram", "1") is None
    again = await open_chat(db, "1")
    assert again.new and again.resident_id != who.resident_id
    with pytest.raises(NotFound):
        await db.write(lambda tx: retention.forget(tx, "ekero", namesake.resident_id, NOW))


async def test_a_farewell_still_arrives(db: Database) -> None:
    who = await live(db, "1")

    async def turn(tx: Any) -> None:
        await retention.forget(tx, "ekero", who.resident_id, NOW)
        await outbox.queue(tx, [to_send(who, 9, last_address=who.address)], now=NOW)
        await conversations.save(tx, who.conversation_id, state=None, now=NOW)

    await db.write(turn)
    (farewell,) = await claim(db)
    assert (farewell.address, farewell.body) == ("1", {"text": "number 9"})
    await claim(db, farewell.sent("m"))
    assert '"1"' not in json.dumps((await data(db, who))["deliveries"])


async def test_a_plan_that_others_share_stays(db: Database) -> None:
    owner, friend = await open_chat(db, "1"), await open_chat(db, "2")
    mine: dict[str, Any] = {"municipality_id": "ekero", "answers": {}, "locale": "sv", "now": NOW}

    async def share(tx: Any) -> int:
        plan_id, _ = await plans.save_version(
            tx, **mine, resident_id=owner.resident_id, conversation_id=owner.conversation_id, title="shared"
        )
        await plans.join(tx, "ekero", plan_id, friend.resident_id, via="link", now=NOW)
        await plans.save_version(
            tx,
            **mine,
            resident_id=friend.resident_id,
            conversation_id=owner.conversation_id,
            title="shared",
            plan_id=plan_id,
        )
        return plan_id

    plan_id = await db.write(share)
    await db.write(lambda tx: retention.forget(tx, "ekero", owner.resident_id, NOW))
    async with db.read() as tx:
        assert (await plans.load(tx, "ekero", plan_id, for_resident=friend.resident_id)).version == 2
    await db.write(lambda tx: retention.forget(tx, "ekero", friend.resident_id, NOW))
    async with db.read() as tx:
        assert await plans.of_resident(tx, "ekero", friend.resident_id) == []


async def expire(db: Database, now: Any, *decisions: retention.Decision, limit: int = 1000) -> dict[str, int]:
    return await db.write(lambda tx: retention.expire(tx, now, decisions, limit=limit))


async def test_technical_copies_expire_and_documents_stay(db: Database) -> None:
    who = await live(db, "1")
    await db.write(lambda tx: inbox.quarantine(tx, "telegram:7:bad", "ekero", NOW, {"r": 1}, "Traceback"))
    await db.write(lambda tx: leases.take(tx, "poller", "me", NOW, lease_s=30))
    claimed = await claim(db)
    while claimed:
        claimed = await claim(db, *(each.sent("m") for each in claimed))
    assert await expire(db, later(days=7, hours=23)) == {"safety flag": 1, "lease": 1}
    assert await expire(db, later(days=9)) == {"delivery": 3, "update": 1}
    assert await expire(db, later(days=9)) == {}
    assert await expire(db, later(days=10_000)) == {"room wish": 1, "volunteer check": 1}
    # A promise that waits, and documents: without a decision never.
    assert await expire(db, later(days=10_000)) == {}
    held = await data(db, who)
    assert [row["body"] for row in held["deliveries"]] == [None, None, None]
    assert len(held["messages"]) == 2 and len(held["plans"]) == 2 and len(held["cases"]) == 1
    async with db.read() as tx:
        assert [each.update_key for each in await inbox.quarantined(tx)] == ["telegram:7:bad"]
        log = (await tx.execute(select(deletions_table).order_by(deletions_table.c.id))).all()
    assert {(row.municipality_id, row._mapping["class"], row.count, row.decision) for row in log} == {
        ("ekero", "safety flag", 1, "built-in limit"),
        ("", "lease", 1, "built-in limit"),
        ("ekero", "delivery", 3, "built-in limit"),
        ("ekero", "update", 1, "built-in limit"),
        ("ekero", "room wish", 1, "built-in limit"),
        ("ekero", "volunteer check", 1, "built-in limit"),
    }


async def test_a_little_at_a_time(db: Database) -> None:
    for n in range(5):
        await db.write(lambda tx, n=n: inbox.mark_seen(tx, f"telegram:7:{n}", "ekero", NOW))  # type: ignore[misc]
    assert [await expire(db, later(days=9), limit=2) for _ in range(4)] == [
        {"update": 2}, {"update": 2}, {"update": 1}, {},
    ]  # fmt: skip


def decide(kind: str, municipality_id: str = "ekero", days: int = 365) -> retention.Decision:
    return retention.Decision(municipality_id, kind, "KS 2026/99", days)


async def test_a_decision_deletes_its_kind_in_its_municipality(db: Database) -> None:
    who, elsewhere = await live(db, "1"), await live(db, "1", municipality_id="nacka")
    now = later(days=366)
    await expire(db, now)
    assert await expire(db, later(days=364), decide("message")) == {}
    assert await expire(db, now, decide("message")) == {"message": 6}
    held = await data(db, who)
    assert "messages" not in held and "attachments" not in held and "files" not in held
    assert len(held["cases"]) == 1  # of another kind
    assert len((await data(db, elsewhere))["messages"]) == 2
    async with db.read() as tx:
        count = select(deletions_table.c.count).where(deletions_table.c.decision == "KS 2026/99")
        assert await tx.scalar(count) == 6


async def test_a_disclosure_hold_keeps_everything(db: Database) -> None:
    who = await live(db, "1")
    await db.write(lambda tx: conversations.set_hold(tx, "ekero", who.conversation_id, "asked for"))
    before = await data(db, who)
    every_kind = [decide(kind) for kind in {entry.kind for entry in retention.REGISTER}]
    await expire(db, later(days=10_000), *every_kind)
    after = await data(db, who)
    for name in (
        "messages", "attachments", "files", "cases", "plans", "deliveries", "conversations", "residents", "talks",
        "forum_topics", "translations", "reactions",
    ):  # fmt: skip
        assert after[name] == before[name], name


async def test_who_has_an_open_case_keeps_talk_and_topic(db: Database) -> None:
    who = await live(db, "1")
    await expire(db, later(days=10_000), decide("case"))
    held = await data(db, who)
    assert len(held["talks"]) == len(held["forum_topics"]) == 1
    (case,) = held["cases"]
    await db.write(lambda tx: cases.answer(tx, "ekero", case["id"], NOW))
    await db.write(lambda tx: cases.close(tx, "ekero", case["id"], "answered", NOW))
    assert await expire(db, later(days=364), decide("case")) == {}
    await expire(db, later(days=366), decide("case"))
    assert not (await data(db, who)).keys() & {"talks", "forum_topics"}


async def test_with_every_decision_nothing_is_left(db: Database) -> None:
    who = await live(db, "1")
    every_kind = [decide(kind) for kind in {entry.kind for entry in retention.REGISTER}]

    async def end(tx: Any) -> None:
        await due.cancel_all(tx, who.conversation_id, "closed", now=NOW)
        await outbox.give_up_address(tx, who.address_id or 0, "blocked", "blocked", now=NOW)
        for case in await cases.of_conversation(tx, who.conversation_id):
            await cases.answer(tx, "ekero", case.id, NOW)
            await cases.close(tx, "ekero", case.id, "answered", NOW)
        await tx.execute(update(metadata.tables["goods"]).values(status="done", done_at=NOW))
        for need in await shifts.needs_of(tx, "ekero"):
            await shifts.change_need(tx, "ekero", need.id, {"status": "closed", "done_at": NOW})
        await consents.withdraw(tx, municipality_id="ekero", resident_id=who.resident_id, now=NOW)
        assert await listeners.remove(tx, "ekero", who.resident_id)
        assert await meetings.unfollow(tx, "ekero", who.resident_id)
        await tx.execute(update(metadata.tables["links"]).values(expires_at=NOW))
        for name in ("map_links", "map_actors"):  # taken off the map
            await tx.execute(update(metadata.tables[name]).values(ended_at=NOW))
        for member, _roles in await staff.everybody(tx):
            await staff.remove(tx, member.id, NOW)

    await db.write(end)
    while await expire(db, later(days=10_000), *every_kind):
        pass
    async with db.read() as tx:
        left = {
            table.name: n
            for table in metadata.sorted_tables
            if (n := await tx.scalar(select(func.count()).select_from(table)))
        }
    assert set(left) == {"deletions", "key_checks", "staff", "listener_words"}, "a work name, the names of topics"


async def test_nothing_personal_can_be_read_in_the_file(sqlite_url: str, keys: tuple[str, ...]) -> None:
    db = await Database.open(sqlite_url, keys)
    await live(db, "4711471147")
    await db.write(lambda tx: inbox.quarantine(tx, "telegram:7:bad", "ekero", NOW, {"r": WORDS}, WORDS + "traceback"))
    await db.write(lambda tx: inbox.record_failure(tx, "telegram:7:bad2", "ekero", NOW, WORDS + "traceback"))
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(deliveries_table)) == 3
    file = Path(sqlite_url.partition(":///")[2])
    raw = file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()
    await db.close()
    raw += file.read_bytes()
    assert b"violence" not in raw and b"telegram:7:bad" in raw  # so that we know what we look at
    assert WORDS.encode() not in raw
    assert b"4711471147" not in raw
