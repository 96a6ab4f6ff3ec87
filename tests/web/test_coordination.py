"""Needs and volunteers in the console, without scripts: made, proposed, asked, called off; who sees what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.due import DueWork
from bot.handlers.web.console.guard import COOKIE
from bot.matching import Matcher
from bot.volunteering import MATCH_AGAIN
from storage import conversations, crisis, shifts, tables, volunteers
from tests.test_matching_whole import ALWAYS
from tests.test_shifts import OFFER
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_console import member, signed_page, submit
from tests.web.test_in_the_browser import PHONE
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "idelabb.db", now=lambda: NOW, bot_name="idelabbet_bot") as made:
        yield made


@pytest.fixture
async def coordinator(site: World) -> AsyncIterator[Reader]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
        yield Reader(session, site.base)


async def offers(site: World, name: str, **changes: Any) -> int:
    """Somebody who has offered help; their volunteer's id."""

    async def write(tx: Any) -> int:
        who = await conversations.open(
            tx, municipality_id="ekero", channel="web", address=f"{name}@secret.example", now=NOW, locale_hint="en"
        )
        return await volunteers.save(
            tx, municipality_id="ekero", resident_id=who.resident_id, conversation_id=who.conversation_id, now=NOW,
            offer={**OFFER, **ALWAYS, "name": name, **changes},
        )  # fmt: skip

    return await site.db.write(write)


async def rows(site: World, table: Any) -> list[Any]:
    async with site.db.read() as tx:
        return list(await tx.execute(table.select().order_by(*table.primary_key.columns)))


FORM = {"what": "Serve supper", "area": "Stenhamra", "address": "Skolvägen 3", "contact": "Bo, 070-1", "day": "2026-03-07",
        "begins": "17:00", "ends": "20:00", "places": "2", "priority": "2", "languages": "prs"}  # fmt: skip


async def test_a_need_is_made_filled_and_called_off(site: World, coordinator: Reader) -> None:
    await offers(site, "Amina", languages=["prs"])
    await offers(site, "Bo", languages=["prs"], where={"area": "Färingsö"})
    await offers(site, "Cia", languages=["prs"])
    await coordinator.open("/coach/needs/new")
    page = await submit(
        coordinator, "/coach/needs/new", what="Serve supper", places="0", begins="17:00", about="As ever"
    )
    assert page.status == 422 and "Choose the day" in page.text and "from 1 to 200" in page.text
    assert 'value="Serve supper"' in page.html and "As ever" in page.html and 'value="17:00"' in page.html
    page = await submit(coordinator, "/coach/needs/new", **FORM)
    assert page.url.endswith("/coach/needs/1") and "0 of 2 places: 2 more needed" in page.text
    page = await submit(coordinator, "/propose")
    assert (
        "3 new proposals." in page.text and "speaks Dari" in page.text and "has not been asked this month" in page.text
    )
    assert "in case somebody says no" in page.text
    assert "secret.example" not in page.html
    page = await submit(coordinator, "/approve", "all")
    assert "2 volunteers are asked now. 1 is asked when somebody says no." in page.text
    assert "Has been asked" in page.text and "kept until" in page.text
    page = await coordinator.open("/coach/needs")
    assert "Serve supper" in page.text and "2 of 2 places: full" in page.text
    page = await coordinator.open("/coach/needs/1")
    page = await submit(coordinator, "/places", places="1")
    assert page.status == 409 and "2 places are taken" in page.text
    page = await submit(coordinator, "/places", places="3")
    assert page.url.endswith("/coach/needs/1") and "3 of 3" in page.text.replace("full", "3 of 3")
    assert [each.status for each in await rows(site, tables.signups)] == ["asked"] * 3, (
        "the approved one is asked at once"
    )
    page = await submit(coordinator, "/off", reason="The water is off")
    assert "Called off." in page.text
    told = [each for each in await rows(site, tables.due) if each.kind == "shift_called_off"]
    assert len(told) == 3 and told[0].data["reason"] == "The water is off"
    page = await submit(coordinator, "/close")
    assert "Over" in page.text
    assert "Serve supper" in (await coordinator.open("/coach/needs?over=1")).text


async def test_a_series_and_what_is_wrong_with_one(site: World, coordinator: Reader) -> None:
    await coordinator.open("/coach/needs/new")
    page = await submit(coordinator, "/coach/needs/new", **{**FORM, "repeat": "weekly", "last": "2026-03-01"})
    assert page.status == 422 and "Choose the last day of the series" in page.text
    page = await submit(coordinator, "/coach/needs/new", **{**FORM, "repeat": "daily", "last": "2026-12-31"})
    assert page.status == 422 and "more than 60 shifts" in page.text
    page = await submit(coordinator, "/coach/needs/new", **{**FORM, "day": "2026-03-01", "repeat": ""})
    assert page.status == 422 and "That time is over" in page.text
    page = await submit(
        coordinator, "/coach/needs/new", **{**FORM, "repeat": "weekly", "last": "2026-04-05", "ends": "03:00"}
    )
    found = await rows(site, tables.shifts)
    assert [each.starts_at.isoformat() for each in found] == [
        "2026-03-07T16:00:00+00:00", "2026-03-14T16:00:00+00:00", "2026-03-21T16:00:00+00:00", "2026-03-28T16:00:00+00:00",
        "2026-04-04T15:00:00+00:00",
    ], "the same local time after the clocks have changed"  # fmt: skip
    assert found[3].ends_at - found[3].starts_at == timedelta(hours=9), (
        "the night in which they change is an hour shorter than ten"
    )
    await coordinator.again()
    assert len(await rows(site, tables.needs)) == 1, "sent twice, made once"
    assert page.url.endswith("/coach/needs/1")


async def test_what_nobody_can_do_is_said_with_what_would_help(site: World, coordinator: Reader) -> None:
    for name in ("Amina", "Bo"):
        await offers(site, name, languages=["ti"], where={"area": "Ekerö centrum"}, far="everywhere")
    await coordinator.open("/coach/needs/new")
    await submit(coordinator, "/coach/needs/new", **{**FORM, "languages": "ti", "car": "yes"})
    page = await submit(coordinator, "/propose")
    assert "For 2 places nobody fits." in page.text
    assert "nobody is left who speaks Tigrinya, has a car, goes to Stenhamra and has time then" in page.text
    assert "2 volunteers in Ekerö centrum lack only: a car." in page.text
    assert "lack only: a car" in (await coordinator.open("/coach/needs")).text


async def test_one_volunteer_is_looked_at_and_noted(site: World, coordinator: Reader) -> None:
    amina = await offers(site, "Amina", skills=["care"], wont="Nothing with dogs")
    page = await coordinator.open(f"/coach/volunteers/{amina}")
    assert "Amina" in page.text and "Nothing with dogs" in page.text and "secret.example" not in page.html
    page = await submit(coordinator, "/skill", skill="care")
    assert "counts until" in page.text
    page = await submit(coordinator, "/extract", day="2024-03-01", role="children")
    assert page.status == 422 and "at most a year ago" in page.text
    page = await submit(coordinator, "/extract", day="2026-03-01", role="anything")
    assert page.status == 422 and "Choose the role" in page.text
    page = await submit(coordinator, "/extract", day="2026-03-01", role="children")
    assert "extract shown" in page.text
    (check,) = await rows(site, tables.volunteer_checks)
    assert (check.state, check.role, check.number) == ("shown", "children", None)
    page = await submit(coordinator, "/extract", "forget")
    assert await rows(site, tables.volunteer_checks) == []
    acts = [each.act for each in await rows(site, tables.case_events)]
    assert acts == ["offer seen", "skill confirmed", "extract noted", "extract forgotten"]
    (row,) = await rows(site, tables.volunteers)
    assert (await coordinator.open(f"/coach/talks/{row.conversation_id}")).status == 404, (
        "their conversation stays theirs"
    )
    page = await coordinator.open("/coach/volunteers?skill=care")
    assert "Amina" in page.text
    assert "Nobody here" in (await coordinator.open("/coach/volunteers?skill=sewing")).text
    page = await submit(coordinator, "/search", words="amin")
    assert "Amina" in page.text and "amin" not in page.url


async def test_who_is_not_needed_is_told_kindly(site: World, coordinator: Reader) -> None:
    first, second = await offers(site, "Amina"), await offers(site, "Bo")
    await coordinator.open("/coach/volunteers?idle=1")
    page = await submit(coordinator, "/not-needed", who=str(first))
    assert "1 volunteer has been told" in page.text and "Bo" in page.text and "Amina" not in page.text
    assert [each.standing for each in await rows(site, tables.volunteers)] == ["later", "new"]
    await coordinator.open(f"/coach/volunteers/{second}")
    page = await submit(coordinator, "/not-needed")
    assert "Not needed now, may be asked again" in page.text


async def test_somebody_who_was_there_and_somebody_who_was_not(site: World, coordinator: Reader) -> None:
    amina, bo = await offers(site, "Amina"), await offers(site, "Bo")

    async def write(tx: Any) -> None:
        need_id = await shifts.add_need(
            tx, municipality_id="ekero", kind="shift", need={"what": "Supper"}, area=None, priority=3, status="open",
            times=[(NOW - timedelta(hours=3), NOW - timedelta(hours=1)), (NOW + timedelta(days=1), NOW + timedelta(days=2))],
            places=2, now=NOW,
        )  # fmt: skip
        first, second = await shifts.of_need(tx, "ekero", need_id)
        for shift, who in ((first, amina), (first, bo), (second, bo)):
            id = await shifts.sign_up(tx, municipality_id="ekero", shift_id=shift.id, volunteer_id=who, status="taken",
                                      made_by="self", now=NOW)  # fmt: skip
            await shifts.hold_place(tx, shift.id, id)

    await site.db.write(write)
    await coordinator.open("/coach/needs/1")
    await submit(coordinator, "/came", "yes", signup="1")
    page = await submit(coordinator, "/came", "no", signup="2")
    assert "Was there" in page.text and "Did not come" in page.text
    page = await coordinator.post(
        "/coach/needs/1/came", [*coordinator.page.forms[-1].fields[:1], ("signup", "3"), ("do", "yes")]
    )
    assert page.status in (403, 409)
    assert [each.status for each in await rows(site, tables.signups)] == ["done", "missed", "taken"]


async def test_a_no_shows_up_as_a_new_proposal(site: World, coordinator: Reader) -> None:
    for name in ("Amina", "Bo", "Cia"):
        await offers(site, name)
    await coordinator.open("/coach/needs/new")
    await submit(coordinator, "/coach/needs/new", **{**FORM, "places": "1", "languages": "ar"})
    await submit(coordinator, "/propose")
    await submit(coordinator, "/approve", signup="1")
    await submit(coordinator, "/decline", signup="2")

    async def refuse(tx: Any) -> None:
        from bot import volunteering

        signup = await shifts.signup(tx, "ekero", 1)
        await volunteering._Desk(tx, site.municipality, NOW).let_go(signup, "declined", "")

    await site.db.write(refuse)
    matcher = Matcher(site.db, site.turns.municipalities, lambda: NOW)
    await DueWork(site.db, site.turns, now=lambda: NOW, works={MATCH_AGAIN: matcher.again}).run_ready()
    page = await coordinator.open("/coach/needs/1")
    assert [each.status for each in await rows(site, tables.signups)] == ["declined", "declined", "proposed"]
    assert "Ask them" in page.text and "2 more who had to do with it" in page.text


async def test_the_level_is_set_with_a_reason_and_reviewed_when_it_is_over(site: World, coordinator: Reader) -> None:
    amina = await offers(site, "Amina")
    page = await coordinator.open("/coach/level")
    assert "Calm" in page.text and "It has been calm all the time" in page.text
    page = await submit(coordinator, "/coach/level", level="crisis")
    assert page.status == 422 and "Write why" in page.text
    page = await submit(coordinator, "/coach/level", level="crisis", reason="Two buses tonight", drill="yes")
    assert "Two buses tonight" in page.text and "Drill" in page.text and "Anna" in page.text
    page = await submit(coordinator, "/coach/level", level="crisis", reason="Again", drill="yes")
    assert page.status == 422 and "That is the level already" in page.text

    async def helped(tx: Any) -> None:
        at = NOW + timedelta(hours=1)
        need_id = await shifts.add_need(tx, municipality_id="ekero", kind="shift", need={"what": "Supper"}, area=None,
                                        priority=3, status="open", times=[(at, at + timedelta(hours=1))], places=1, now=NOW)  # fmt: skip
        (shift,) = await shifts.of_need(tx, "ekero", need_id)
        await shifts.sign_up(tx, municipality_id="ekero", shift_id=shift.id, volunteer_id=amina, status="done",
                             made_by="self", now=NOW)  # fmt: skip

    await site.db.write(helped)
    await coordinator.open("/coach/level")
    page = await submit(coordinator, "/coach/level", level="calm", reason="All are safe")
    assert (page.url.endswith("/coach/level/2") and "The drill is over" in page.text) or "It is over" in page.text
    assert "Amina: 1 time, last Supper" in page.text and "Who had which shift" in page.text
    page = await submit(coordinator, "/coach/level/2", who=str(amina), words="You were great")
    assert "1 volunteer is thanked." in page.text and "has been thanked" in page.text
    (thanks,) = [each for each in await rows(site, tables.due) if each.kind == "volunteer_thanked"]
    assert thanks.data == {"words": "You were great", "name": "Anna"}
    page = await submit(coordinator, "/coach/level/2", who=str(amina))
    assert "0 volunteers are thanked." in page.text, "nobody is thanked twice"
    assert (await coordinator.open("/coach/level/1")).status == 404


async def test_the_situation_in_pictures_with_the_same_numbers_beside(site: World, coordinator: Reader) -> None:
    page = await coordinator.open("/coach/situation")
    assert "nobody has answered yet" in page.text
    await offers(site, "Amina", languages=["ti"])
    await coordinator.open("/coach/needs/new")
    await submit(coordinator, "/coach/needs/new", **{**FORM, "what": "=Supper", "languages": "ti", "car": "yes"})
    await submit(coordinator, "/propose")
    page = await coordinator.open("/coach/situation")
    assert "0 of 2 taken" in page.text and "no car" in page.text and "<svg" in page.html
    assert "</th><td>6</td><td>0</td><td>35</td>" in page.html, (
        "two people for three hours; one volunteer, five hours on seven days"
    )
    async with coordinator.session.get(site.base + "/coach/situation.csv") as answer:
        content = await answer.read()
    assert content.startswith(b"\xef\xbb\xbfneed,kind,what") and b"'=Supper,Stenhamra,2026-03-07 17:00" in content
    assert b"Amina" not in content


async def whole(site: World) -> None:
    """A need with everything in it: places taken, asked, proposed, stood by for, empty; and a drill that is over."""
    for name in ("Amina", "Bo", "Cia", "Mohammed Abdirahman Nur"):
        await offers(site, name, languages=["ar", "ti-little"], skills=["care", "cooking"])
    await offers(site, "", languages=["ti"])

    async def write(tx: Any) -> None:
        staff_id = 1
        said = {"what": "Serve supper at the reception home", "about": "For sixty children", "address": "Skolvägen 3",
                "contact": "Bo", "routine": "Wash your hands", "languages_any": ["ar", "ti"], "skills_all": ["cooking"],
                "skills_wished": ["care"], "car": True, "check": "children"}  # fmt: skip
        times = [(NOW + timedelta(days=day), NOW + timedelta(days=day, hours=2)) for day in (-1, 1, 2)]
        need_id = await shifts.add_need(tx, municipality_id="ekero", kind="shift", need=said, area="Stenhamra", priority=1,
                                        status="open", times=times, places=3, now=NOW, drill=True, staff_id=staff_id)  # fmt: skip
        past, first, second = await shifts.of_need(tx, "ekero", need_id)
        why = {"speaks": ["ti"], "can": ["cooking"], "area": "Färingsö", "km": 4, "asked": NOW.isoformat(), "helped": 2,
               "spare": True, "later": True, "pair": {"half": "can", "with": 2}}  # fmt: skip
        for shift, who, status in ((past, 1, "taken"), (past, 2, "done"), (first, 1, "asked"), (first, 2, "standby"),
                                   (first, 3, "proposed"), (first, 4, "declined")):  # fmt: skip
            id = await shifts.sign_up(
                tx, municipality_id="ekero", shift_id=shift.id, volunteer_id=who, status=status, made_by="match", now=NOW,
                why=why, answer_by=NOW + timedelta(hours=3) if status == "asked" else None,
            )  # fmt: skip
            if status in shifts.HOLDING:
                await shifts.hold_place(tx, shift.id, id)
        gap = {
            "places": 2,
            "because": ["car"],
            "nearly": [{"lacks": ["car", "area"], "area": "Ekerö centrum", "count": 3}],
        }
        await shifts.note_gap(tx, "ekero", second.id, gap)
        for level in ("crisis", "calm"):
            await crisis.change(tx, municipality_id="ekero", level=level, drill=True, reason="Two buses", staff_id=staff_id,
                                at=NOW - timedelta(days=2) if level == "crisis" else NOW)  # fmt: skip

    await site.db.write(write)


PAGES = ("/coach/needs", "/coach/needs/new", "/coach/needs/1", "/coach/volunteers", "/coach/volunteers?idle=1",
         "/coach/volunteers/1", "/coach/record-list", "/coach/level", "/coach/level/2", "/coach/situation")  # fmt: skip


async def test_who_says_yes_on_the_phone_is_signed_up(site: World, coordinator: Reader) -> None:
    amina = await offers(site, "Amina", skills=[])
    await coordinator.open("/coach/needs/new")
    await submit(coordinator, "/coach/needs/new", **{**FORM, "languages": "ar"})
    await coordinator.open(f"/coach/volunteers/{amina}")
    page = await submit(coordinator, "/shift", shift="1")
    assert "This is what you can tell them" in page.text and "It is yours: Serve supper" in page.text
    assert "Where: Skolvägen 3" in page.text and "Has the place" in page.text
    page = await submit(coordinator, "/not-needed") if "Tell them kindly" in page.text else page
    assert (await rows(site, tables.shift_places))[0].signup_id == 1
    page = await coordinator.open("/coach/needs/1")
    assert "Amina" in page.text and "1 of 2" in page.text


async def test_who_wants_to_help_somebody_is_agreed_to_by_a_person(site: World, coordinator: Reader) -> None:
    amina, owner = await offers(site, "Amina"), await offers(site, "Greta")

    async def write(tx: Any) -> None:
        row = await volunteers.load(tx, "ekero", owner)
        at = NOW + timedelta(days=1)
        await shifts.add_need(
            tx, municipality_id="ekero", kind="errand", need={"what": "Shopping", "address": "Storgatan 1"}, area="Stenhamra",
            priority=2, status="new", times=[(at, at + timedelta(hours=1))], places=1, now=NOW, resident_id=row.resident_id,
            conversation_id=row.conversation_id,
        )  # fmt: skip
        await shifts.sign_up(tx, municipality_id="ekero", shift_id=1, volunteer_id=amina, status="proposed", made_by="self",
                             now=NOW)  # fmt: skip

    await site.db.write(write)
    page = await coordinator.open("/coach/needs")
    assert "Shopping" in page.text and "A request for help" in page.text and "1 proposal waits for you" in page.text
    page = await coordinator.open("/coach/needs/1")
    assert "wants it" in page.text and "Storgatan" not in page.html and "Close the need" not in page.text
    page = await submit(coordinator, "/propose")
    assert "Greta" not in page.text
    page = await submit(coordinator, "/approve", signup="1")
    assert "Has been asked" in page.text
    fields = [("csrf", dict(page.forms[-1].fields).get("csrf", "")), ("reason", "no")]
    assert (await coordinator.post("/coach/needs/1/close", fields)).status in (403, 404)


async def test_the_list_from_the_page_of_the_volunteer_to_the_answer(site: World) -> None:
    pack = site.municipality.volunteering.model_copy(update={"record_list_decision": "KS 2026/12"})
    site.turns.municipalities["ekero"] = site.municipality.model_copy(update={"volunteering": pack})  # type: ignore[index]
    amina = await offers(site, "Amina")
    await site.db.write(lambda tx: volunteers.stand(tx, "ekero", amina, "offered", NOW))
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({COOKIE: await member(site, "Karin", "administrator", "coordinator")})
        karin = Reader(session, site.base)
        await karin.open(f"/coach/volunteers/{amina}")
        page = await submit(karin, "/record", role="children")
        assert "asked for permission" in page.text
        (promise,) = [each for each in await rows(site, tables.due) if each.kind == "record_asked"]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
            resident = Reader(other, site.base)
            url = promise.data["url"]
            page = await resident.open(url)
            assert "KS 2026/12" in page.text and "bound to silence" in page.text
            page = await submit(resident, url.removeprefix(site.base), "yes", number="1")
            assert page.status == 422 and "no identity number" in page.text
            page = await submit(resident, url.removeprefix(site.base), "yes", number="19811218-9876")
            assert "Thank you, it is kept" in page.text and "9876" not in page.html
        page = await karin.open("/coach/record-list")
        assert "1 on the list" in page.text and "9876" not in page.html
        form = next(each for each in page.forms if each.action.endswith("/file"))
        headers = {"Origin": site.base, "Sec-Fetch-Site": "same-origin"}
        async with session.post(site.base + form.action, data=form.fields, headers=headers) as answer:
            assert b"198112189876" in await answer.read()
        page = await submit(karin, "/result", without=str(amina))
        assert page.status == 422 and "tick that it is the whole answer" in page.text
        page = await submit(karin, "/result", without=str(amina), sure="yes")
        assert "1 number has been erased." in page.text and "0 on the list" in page.text
    assert [(each.state, each.number) for each in await rows(site, tables.volunteer_checks)] == [("cleared", None)]


@pytest.mark.parametrize(("language", "scheme"), [("sv", "light"), ("ar", "dark")])
async def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, tmp_path: Path, language: str, scheme: str
) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES, now=lambda: NOW) as site:
        token = await member(site, "Karin", "administrator", "coordinator")
        await whole(site)
        how = {"color_scheme": scheme, "reduced_motion": "reduce", **({} if language == "sv" else PHONE)}
        page, wrong = await signed_page(browser, site, f"/coach?lang={language}", token, **how)
        found, wide = [], []
        for path in PAGES:
            await page.goto(site.base + path)
            await page.evaluate("for (const each of document.querySelectorAll('details.act')) each.open = true")
            found += await findings(page)
            if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append(path)
        await page.goto(site.base + "/coach/needs/new")
        await page.click("main button.primary")
        await page.wait_for_selector("#problem")
        found += await findings(page)
        assert (found, wide) == ([], [])
        assert [line for line in wrong if "status of 4" not in line] == []
