"""When staff work and when they are away, on both databases."""

from __future__ import annotations

from sqlalchemy import text

from storage import cases, presence, staff
from storage.db import Database
from tests.storage.builders import NOW, later
from tests.storage.test_staff import a_case, member

SAID = {"hours": {"days": [1, 2], "opens": "08:00", "closes": "12:00"}, "languages": ["ar"], "topics": ["roads"]}


async def test_a_profile_is_kept_sealed_and_changed(db: Database) -> None:
    anna = await member(db, "anna")
    await db.write(lambda tx: presence.here(tx, anna, "ekero", later(hours=2)))
    await db.write(lambda tx: presence.keep(tx, anna, "ekero", SAID))
    async with db.read() as tx:
        assert await presence.profiles(tx, "ekero") == {anna: presence.Profile(SAID, later(hours=2))}
        assert await presence.profiles(tx, "lund") == {}
        raw = await tx.scalar(text("SELECT profile FROM staff_profiles"))
        assert b"roads" not in bytes(raw)
    await db.write(lambda tx: presence.here(tx, anna, "ekero", None))
    async with db.read() as tx:
        assert (await presence.profiles(tx, "ekero"))[anna] == presence.Profile(SAID, None)


async def test_an_absence_ends_now_or_never_begins(db: Database) -> None:
    anna, olle = await member(db, "anna"), await member(db, "olle")
    async with db.read() as tx:
        assert not await presence.anything(tx, "ekero", NOW)
    running, to_come = [
        await db.write(
            lambda tx, days=days: presence.add_absence(
                tx, municipality_id="ekero", staff_id=anna, deputy_id=olle, begins_at=later(days=days),
                ends_at=later(days=days + 3),
            )
        )
        for days in (-1, 7)
    ]  # fmt: skip
    async with db.read() as tx:
        assert [(each.id, each.deputy_id) for each in await presence.away(tx, "ekero", NOW)] == [
            (running, olle),
            (to_come, olle),
        ]
        assert await presence.anything(tx, "ekero", NOW) and not await presence.anything(tx, "lund", NOW)
    assert not await db.write(lambda tx: presence.end_absence(tx, "ekero", olle, running, NOW))  # not olle's
    assert not await db.write(lambda tx: presence.end_absence(tx, "lund", anna, running, NOW))
    for each in (running, to_come):
        assert await db.write(lambda tx, each=each: presence.end_absence(tx, "ekero", anna, each, NOW))
        assert not await db.write(lambda tx, each=each: presence.end_absence(tx, "ekero", anna, each, NOW))
    async with db.read() as tx:
        assert await presence.away(tx, "ekero", NOW) == []
        assert [each.id for each in await presence.away(tx, "ekero", later(hours=-1))] == [running]


async def test_the_team_is_who_has_a_role_here(db: Database) -> None:
    anna, olle = await member(db, "anna"), await member(db, "olle", "leader")
    await db.write(lambda tx: staff.set_roles(tx, anna, "ekero", ["coach", "leader"], by="test", now=NOW))
    await db.write(lambda tx: staff.set_roles(tx, anna, "lund", ["sender"], by="test", now=NOW))
    async with db.read() as tx:
        assert await presence.team(tx, "ekero") == {
            anna: ("anna", frozenset({"coach", "leader"})),
            olle: ("olle", frozenset({"leader"})),
        }
    await db.write(lambda tx: staff.remove(tx, olle, NOW))
    async with db.read() as tx:
        assert list(await presence.team(tx, "ekero")) == [anna]


async def test_who_leaves_a_municipality_leaves_nothing_there(db: Database) -> None:
    anna, olle = await member(db, "anna"), await member(db, "olle")
    for place in ("ekero", "lund"):
        await db.write(lambda tx, place=place: presence.keep(tx, anna, place, SAID))
    for staff_id, deputy in ((anna, None), (olle, anna)):
        await db.write(
            lambda tx, staff_id=staff_id, deputy=deputy: presence.add_absence(
                tx, municipality_id="ekero", staff_id=staff_id, deputy_id=deputy, begins_at=NOW, ends_at=later(days=1)
            )
        )
    await db.write(lambda tx: presence.drop(tx, anna, "ekero"))
    async with db.read() as tx:
        assert await presence.profiles(tx, "ekero") == {} and list(await presence.profiles(tx, "lund")) == [anna]
        assert [(each.staff_id, each.deputy_id) for each in await presence.away(tx, "ekero", NOW)] == [(olle, None)]


async def test_open_cases_are_counted_by_who_has_them(db: Database) -> None:
    anna, case_id = await member(db, "anna"), await a_case(db)
    async with db.read() as tx:
        assert await presence.held(tx, "ekero") == {}
    await db.write(lambda tx: cases.claim(tx, "ekero", case_id, anna, NOW))
    async with db.read() as tx:
        assert await presence.held(tx, "ekero") == {anna: 1}
    await db.write(lambda tx: cases.answer(tx, "ekero", case_id, NOW))
    await db.write(lambda tx: cases.close(tx, "ekero", case_id, "answered", NOW))
    async with db.read() as tx:
        assert await presence.held(tx, "ekero") == {}
