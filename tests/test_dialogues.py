"""Dialogues with the real flows and a real database: three steps, a hearing, votes from everywhere, proposals to their end."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import dialogues as room
from bot.broadcast_views import HIDDEN_BELOW
from bot.dialogue_desk import DialogueDesk, OpenRoom
from bot.dialogue_form import fields_of, filled, lacking, missing_in
from bot.dialogue_views import as_csv, sides_of
from bot.dialogues import browser, candidate
from bot.flows.model import AnswerSurvey, Known
from bot.handoff import Actor
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.packs.model.dialogues import Dialogues, Offered
from bot.rules.draws import draw
from bot.staff import Refused
from bot.turn import Turns
from bot.wording import Words
from storage import conversations, dialogues, merging, retention, tables
from tests.test_handoff import coach
from tests.test_ideas import press
from tests.test_premises import said_last
from tests.test_turn import Resident

THREE = {
    "title-sv": "Hur vill du vara med?", "words-sv": "Vi vill veta hur ni vill samverka.", "title-ar": "كيف؟",
    "words-ar": "نريد أن نعرف.", "change-ar": "كل شيء.",
    "change-sv": "Allt utom budgeten för i år.", "who": "Processledaren", "level": "dialogue", "until": "2026-03-20",
    "kind-0": "one", "ask-0-sv": "Hur fungerar kontakten med kommunen?", "options-0-sv": "Bra\nSådär\nDåligt",
    "kind-1": "many", "ask-1-sv": "Vad behövs?", "options-1-sv": "Lokaler\nPengar\nRåd",
    "kind-2": "scale", "ask-2-sv": "Hur lätt är det att hitta rätt?", "options-2-sv": "Svårt\nLätt",
    "kind-3": "text", "ask-3-sv": "Vad föreslår du?",
    "day": "2026-03-28", "from": "10:00", "to": "16:00", "place": "Ekebyhov", "limit": "2", "answers_day": "2026-04-20",
}  # fmt: skip
HEARING = {
    "title-sv": "Hur kan vi öka samverkan?", "words-sv": "Alla föreningar är inbjudna.", "change-sv": "Hur vi träffas.",
    "who": "Samordnaren", "level": "consultation", "fields-sv": "Idrott\nKultur", "day": "2026-03-10", "from": "18:00",
    "to": "20:00",
}  # fmt: skip


@pytest.fixture
def ekero() -> Municipality:
    """Ekerö, holding every kind of dialogue."""
    pack = load_municipality("ekero")
    offered = [
        Offered(kind=kind, title="Dialog", what="Vi talas vid.", contact="processledare")
        for kind in ("three_steps", "hearing", "forum")
    ]
    return pack.model_copy(update={"dialogues": Dialogues(kinds=tuple(offered), civil_groups=2, group_size=3)})


async def held(town: Turns, by: Actor, kind: str, given: dict[str, str]) -> tuple[DialogueDesk, int]:
    """A dialogue that is open."""
    desk = DialogueDesk(town)
    id = await desk.create(by, kind, f"key {kind}")
    assert await desk.create(by, kind, f"key {kind}") == id, "the same press twice"
    await desk.save(by, id, filled(given, town.municipalities["ekero"], kind).content)
    await desk.open(by, id)
    return desk, id


async def many_answer(town: Turns, id: int, count: int, first: int = 100) -> None:
    """So many answer the survey in the web, all of them ready to talk in a small group."""
    place, now = town.municipalities["ekero"], town.now()

    async def write(tx: Any) -> None:
        for number in range(first, first + count):
            who = await conversations.open(
                tx, municipality_id="ekero", channel="web", address=f"browser{number}", now=now, locale_hint="sv"
            )
            who = await conversations.by_id(tx, who.conversation_id)
            side = ("association", "group", "self", "municipal")[number % 4]
            profile = {"side": side, "area": f"a{number % 3}", "band": str((18, 26, 65)[number % 3])}
            answers = {"a": f"o{number % 2}", "b": ["o0", "o2"], "c": "s4", "d": f"Ett förslag {number}"}
            known = Known(now, "sv", place)
            said = AnswerSurvey(id, answers, profile, "", focus=True, hear=True)
            await room.apply(tx, said, who, known)

    await town.db.write(write)


async def test_three_steps_from_the_first_question_to_every_answer(
    town: Turns, now: list[datetime], rows: Any, clock: Any
) -> None:
    anna = await coach(town.db, "Anna", "coordinator", "leader")
    desk = DialogueDesk(town)
    half = await desk.create(anna, "three_steps", "half")
    for wrong in ({"level": ""}, {"change-sv": ""}, {"options-0-sv": "Bra"}, {"until": ""}, {"to": "09:00"}):
        await desk.save(anna, half, filled({**THREE, **wrong}, town.municipalities["ekero"], "three_steps").content)
        with pytest.raises(Refused):
            await desk.open(anna, half)
    assert await Resident(town, "early").does("/start dialogues") == (
        "No dialogue is open right now. I can tell you what you can influence in other ways, and when."
    )
    with pytest.raises(Refused):
        await desk.create(Actor(anna.staff_id, "Anna", "ekero", frozenset({"sender"})), "hearing", "x")

    desk, id = await held(town, anna, "three_steps", THREE)
    amina = Resident(town, "amina")
    told = await amina.does("/start dialogues")
    assert "only in Swedish so far" in told and "Vi vill veta hur ni vill samverka." in told
    await amina.does("[Answer the survey]", "[A group without a board]", "[Stenhamra]", "[26 to 64]", "[Bra]")
    await amina.does("[Lokaler]", "[Råd]", "[Done]", "5", "En lots till lokaler", "[Yes]", "[Yes]", "[Skip]")
    assert "change your answers until" in await amina.does("[Yes, this is right]")
    assert "not whose they are" in amina.last
    await many_answer(town, id, 6)
    seen = await desk.seen(anna, id, "sv")
    one, several, scale, free = seen.results
    assert [bar.count for bar in one.bars] == [None, None, 0], "3 of 4 Bra and 3 Sådär: small numbers are hidden"
    assert (several.count, [bar.count for bar in several.bars]) == (7, [7, 0, 7])
    assert (scale.count, [bar.count for bar in scale.bars][:3]) == (7, [0, 0, 0])
    assert sorted(each.words for each in free.written)[0] == "En lots till lokaler" and free.written[0].signed == ""
    assert all(bar.count is None or bar.count >= HIDDEN_BELOW or bar.count == 0 for bar in sides_of(seen.people))
    table = as_csv(seen.results, Words("sv", town.municipalities["ekero"].zone))
    assert "Lokaler,7" in table and "En lots till lokaler" in table and "browser" not in table

    # answered once, changed as often as one likes; the questions stay
    await press(amina, f"survey:{id}")
    await amina.does("[Change something]", "[Question 1]", "[Dåligt]", "[Yes, this is right]")
    assert len(await rows(tables.dialogue_people)) == 7
    changed = filled({**THREE, "options-0-sv": "Bra\nDåligt"}, town.municipalities["ekero"], "three_steps").content
    with pytest.raises(Refused, match="gone"):
        await desk.save(anna, id, changed)

    # drawn: the seed is kept, and gives the same groups again
    await many_answer(town, id, 20, first=200)
    await desk.draw(anna, id, 2, 1, 3)
    await desk.draw(anna, id, 2, 1, 3)
    (first, kept) = (await desk.seen(anna, id, "sv")).row.content["draws"]
    assert first["seed"] != kept["seed"]
    people = {each.id: each for each in await rows(tables.dialogue_people)}
    willing = [candidate(people[number]) for number in kept["of"]]  # type: ignore[arg-type]
    by_side = [draw([each for each in willing if each.side == side], count, 3, kept["seed"]).groups
               for side, count in (("civil", 2), ("municipal", 1))]  # fmt: skip
    assert [list(group) for side in by_side for group in side] == kept["groups"]
    assert await desk.invite(anna, id) == 9
    await clock()
    groups = {each.id: each for each in (await desk.seen(anna, id, "sv")).groups}
    assert [each.side for each in groups.values()] == ["civil", "civil", "municipal"]
    yes, no = [each for each in await rows(tables.dialogue_people) if groups.get(each.group_id or 0)
               and groups[each.group_id].side == "civil" and each.id != 1][:2]  # fmt: skip
    bo, cia = [Resident(town, await address_of(town, each.conversation_id)) for each in (yes, no)]
    assert "Lotten föll på dig" in await said_last(town, bo) or "The lot fell on you" in await said_last(town, bo)
    await press(bo, f"focus:{id}-yes")
    await bo.does("Bo")
    await press(cia, f"focus:{id}-no")
    await clock()
    after = {each.id: each for each in await rows(tables.dialogue_people)}
    assert (after[yes.id].focus, after[yes.id].name) == ("accepted", "Bo")
    assert (after[no.id].focus, after[no.id].group_id) == ("declined", None)
    instead = [each for each in after.values() if each.group_id == no.group_id and each.focus == "invited"]
    assert len([each for each in after.values() if each.group_id == no.group_id and each.focus != "declined"]) == 3
    assert any(people[each.id].focus == "wants" for each in instead), "somebody like them was asked instead"
    with pytest.raises(Refused, match="gone"):
        await desk.draw(anna, id, 2, 1, 3)
    await clock(days=6)  # nobody else has answered: the seats go on, as long as there is anybody
    assert {each.focus for each in await rows(tables.dialogue_people)} <= {
        "accepted",
        "declined",
        "invited",
        "wants",
        None,
    }
    assert len([each for each in await rows(tables.dialogue_people) if each.focus == "declined"]) >= 8

    # the workshop: two places, then a waiting list; the first to wait gets what is given up, and is reminded
    dora, eva, fia = (Resident(town, name) for name in ("dora", "eva", "fia"))
    for who in (dora, eva, fia):
        await who.does("/start dialogues", "[Register me]", who.name)
    assert "You have a place" in eva.last and "waiting list" in fia.last
    await dora.does("[I cannot come]")
    await clock()
    assert "A place is free, and it is yours" in await said_last(town, fia)
    now[0] = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)
    await clock(hours=1)
    assert "Tomorrow:" in await said_last(town, fia) and "Ekebyhov" in await said_last(town, fia)
    assert "Tomorrow" not in await said_last(town, dora)
    with pytest.raises(Refused):
        await desk.answer(anna, id, 1, "used", {"sv": "Ja"}, "")

    # every proposal gets its answer: from own words in the survey, from the workshop, from somebody in the chat
    mark = next(each.mark for each in free.written if each.words == "En lots till lokaler")
    await desk.propose(anna, id, "survey", {"sv": "En lots till lokaler"}, mark=mark)
    await desk.propose(anna, id, "workshop", {"sv": "Öppet på kvällen"})
    await press(eva, f"propose:{id}")
    await eva.does("Answers within a week", "[Yes]")
    page = OpenRoom(town)
    code = (await desk.seen(anna, id, "sv")).row.code
    shown = await page.one(town.municipalities["ekero"], code, "sv")
    assert shown is not None and shown["unread"] == 1
    assert [(each["words"], each["late"], each["due"][:10]) for each in shown["proposals"]] == [
        ("En lots till lokaler", False, "2026-04-20"), ("Öppet på kvällen", False, "2026-04-20"),
    ]  # fmt: skip
    await desk.mend(anna, id, 3, {"sv": "Svar inom en vecka"}, shown=True)
    await desk.answer(anna, id, 1, "partly", {"sv": "En lots finns på tisdagar."}, "Kultur- och fritidschefen")
    await desk.answer(anna, id, 3, "not", {"sv": "Vi är för få.", "en": "We are too few."}, "Processledaren")
    await clock()
    assert "Partly used" in await said_last(town, amina) and "only in Swedish so far" in await said_last(town, amina)
    assert "We are too few." in await said_last(town, eva)
    assert "Not used" in await eva.does("what became of my proposal")
    assert "Here is what is yours" in await eva.does("/mine")
    assert "Proposal: Answers within a week" in {re.sub("[\u2066-\u2069]", "", each) for each in eva.buttons}
    now[0] = datetime(2026, 4, 21, 9, 0, tzinfo=UTC)
    await clock()
    shown = await page.one(town.municipalities["ekero"], code, "sv")
    assert shown is not None and [each["late"] for each in shown["proposals"]] == [False, True, False]
    letters = [each.body["subject"] for each in await rows(tables.deliveries) if each.channel == "mail"]
    assert "Sent: svar på förslag" in letters or "Late: answers to proposals" in letters


async def address_of(town: Turns, conversation_id: int) -> str:
    found = await town.db.write(lambda tx: conversations.by_id(tx, conversation_id))
    assert found.address is not None
    return found.address


async def test_a_hearing_is_answered_within_seven_days_or_said_to_be_late(
    town: Turns, now: list[datetime], rows: Any, clock: Any
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    lena = await coach(town.db, "Lena", "leader")
    desk, id = await held(town, anna, "hearing", HEARING)
    amina, bo, protected = Resident(town, "amina"), Resident(town, "bo"), Resident(town, "sofia")
    for who, field in ((amina, "[Kultur]"), (bo, "[Idrott]")):
        await who.does(f"/start dialogue_{id}", "[Register me]", who.name, field)
    await protected.does("/start dialogues", "I have a protected identity")
    assert "A human can find another way" in await protected.does("/start dialogues", "[Register me]")
    seen = await desk.seen(anna, id, "sv")
    assert [(each.name, seen.groups[1 - at].number) for at, each in enumerate(seen.people)] == [("amina", 2), ("bo", 1)]
    await desk.assign(anna, id, seen.people[1].id, 2)
    with pytest.raises(Refused):
        await desk.assign(anna, id, seen.people[1].id, 7)

    # a secretary writes on a page of their own; a new link ends the old one
    page, place = OpenRoom(town), town.municipalities["ekero"]
    old = (await desk.swot_link(anna, id, 2)).rpartition("/")[2]
    new = (await desk.swot_link(anna, id, 2)).rpartition("/")[2]
    await page.write_swot(place, new, {"strengths": "Vi är många", "threats": "Vi blir äldre", "other": "no"})
    with pytest.raises(Refused):
        await page.write_swot(place, old, {"strengths": "!"})
    (_sport, culture) = await rows(tables.dialogue_groups)
    assert culture.swot == {
        "strengths": "Vi är många",
        "weaknesses": "",
        "opportunities": "",
        "threats": "Vi blir äldre",
    }

    # a vote: those who have a place are called to it; one vote each, changeable until it is closed
    with pytest.raises(Refused):
        await desk.add_poll(anna, id, {"texts": {"sv": {"ask": "Vad?", "options": ["Ett"]}}})
    poll = {"texts": {"sv": {"ask": "Hur ofta ska vi ses?", "options": ["Varje månad", "Varje termin"]}}}
    await desk.add_poll(anna, id, poll)
    await desk.add_poll(anna, id, poll)
    await desk.set_poll(anna, id, 1, "open")
    await clock()
    assert "Hur ofta ska vi ses?" in await said_last(town, bo)
    await bo.does("[Varje termin]")
    await press(bo, "vote:1-o0")
    assert "Counted: Varje månad" in bo.last
    await press(bo, "vote:1-o9")
    assert "Varje termin" in bo.buttons
    code = seen.row.code
    assert await page.vote(place, code, 1, 1, browser("a browser"))
    assert await page.vote(place, code, 1, 0, browser("a browser"))
    assert await page.vote(place, code, 1, 1, browser("bo")), "the browser of the chat, before it was known"
    await press(bo, "vote:1-o1")
    assert not await page.vote(place, code, 1, 5, browser("x")) and not await page.vote(place, "nope", 1, 0, "x")
    await desk.set_poll(anna, id, 2, "open")
    await press(bo, "vote:1-o0")
    assert "closed" in bo.last and not await page.vote(place, code, 1, 0, browser("late"))
    shown = await page.one(place, code, "sv")
    assert shown is not None and [each["counts"] for each in shown["polls"]] == [[1, 1], [0, 0]]

    # the evening comes and goes: feedback is promised, called to mind, then late, and openly so
    now[0] = datetime(2026, 3, 10, 19, 1, tzinfo=UTC)
    await clock()
    shown = await page.one(place, code, "en")
    assert shown is not None and shown["feedback_by"] == "2026-03-17T16:00:00+01:00" and not shown["feedback_late"]
    assert "gets feedback by Tuesday 17 March 2026" in await amina.does(f"/start dialogue_{id}")
    subjects = await mailed(rows)
    assert ("anna@example.se", "En dialog har hållits: återkoppling är utlovad") in subjects
    now[0] = datetime(2026, 3, 15, 16, 0, tzinfo=UTC)
    await clock()
    assert ("anna@example.se", "Snart dags för återkoppling på en dialog") in await mailed(rows)
    now[0] = datetime(2026, 3, 17, 15, 30, tzinfo=UTC)
    await clock()
    assert ("lena@example.se", "Sent: återkopplingen på en dialog") in await mailed(rows)
    assert ("anna@example.se", "Sent: återkopplingen på en dialog") not in await mailed(rows)
    assert "It is late" in await bo.does(f"/start dialogue_{id}")
    with pytest.raises(Refused):
        await desk.feedback(anna, id, {"en": "Thank you"})
    assert await desk.feedback(lena, id, {"sv": "Vi ses varje månad.", "en": "We meet every month."}) == 2
    assert await desk.feedback(lena, id, {"sv": "Vi ses varje månad!"}) == 0, "nobody is told twice"
    await clock()
    assert "You were at" in await said_last(town, bo) and "Vi ses varje månad!" in await said_last(town, bo)
    assert (await desk.listed(anna))[0].late is False
    before = len(await mailed(rows))
    await clock(days=15)
    assert len(await mailed(rows)) == before


async def mailed(rows: Any) -> list[tuple[str, str]]:
    addresses = {each.id: each.address for each in await rows(tables.addresses)}
    return [(addresses[each.address_id], each.body["subject"]) for each in await rows(tables.deliveries)
            if each.channel == "mail"]  # fmt: skip


async def test_two_hundred_votes_at_once_add_up(town: Turns, rows: Any) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    desk, id = await held(town, anna, "hearing", HEARING)
    poll = {"texts": {"sv": {"ask": "Vilken dag?", "options": ["Måndag", "Tisdag", "Onsdag"]}}}
    await desk.add_poll(anna, id, poll)
    await desk.set_poll(anna, id, 1, "open")
    page, place = OpenRoom(town), town.municipalities["ekero"]
    code = (await desk.seen(anna, id, "sv")).row.code
    residents = [Resident(town, f"person{number}") for number in range(100)]
    await asyncio.gather(*(each.does("/start menu") for each in residents))

    async def twice(who: Resident, number: int) -> None:
        await press(who, f"vote:1-o{(number + 1) % 3}")
        await press(who, f"vote:1-o{number % 3}")

    async def by_phone(number: int) -> None:
        voter = browser(f"phone {number}")
        await asyncio.gather(*(page.vote(place, code, 1, number % 3, voter) for _twice in range(2)))

    await asyncio.gather(
        *(twice(who, number) for number, who in enumerate(residents)), *(by_phone(number) for number in range(100))
    )
    votes = await rows(tables.dialogue_votes)
    assert len(votes) == 200 and len({each.voter for each in votes}) == 200
    shown = await page.one(place, code, "sv")
    assert shown is not None and shown["poll"] is not None
    assert shown["poll"]["counts"] == [68, 66, 66] == [2 * len(range(at, 100, 3)) for at in range(3)]


async def test_two_conversations_of_one_person_speak_once_and_whoever_goes_leaves_no_name(
    town: Turns, now: list[datetime], rows: Any, clock: Any
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    desk, id = await held(town, anna, "hearing", HEARING | {"limit": "1"})
    await desk.add_poll(anna, id, {"texts": {"sv": {"ask": "Vad?", "options": ["Ett", "Två"]}}})
    await desk.set_poll(anna, id, 1, "open")
    amina, other, bo = Resident(town, "amina"), Resident(town, "amina2"), Resident(town, "bo")
    await amina.does(f"/start dialogue_{id}", "[Register me]", "Amina", "[Kultur]")
    await bo.does(f"/start dialogue_{id}", "[Register me]", "Bo", "[Kultur]")
    for who, choice in ((amina, 0), (other, 1), (bo, 1)):
        await who.does("/start menu")
        await press(who, f"vote:1-o{choice}")
    await press(amina, f"propose:{id}")
    await amina.does("Öppet hus varje termin", "[Yes]")

    async def unite(tx: Any) -> None:
        kept, gone = [
            await conversations.open(tx, municipality_id="ekero", channel="web", address=name, now=now[0])
            for name in ("amina2", "amina")
        ]
        await merging.merge(tx, kept=kept, gone=gone, now=now[0])

    await town.db.write(unite)
    votes = await rows(tables.dialogue_votes)
    assert [each.choice for each in votes] == [1, 1], "what was voted for in the conversation that stays"
    (mine, _bo) = await rows(tables.dialogue_people)
    assert (mine.place, mine.name) == ("held", "Amina") and mine.resident_id in {each.resident_id for each in votes}
    assert "Öppet hus varje termin" in await other.does("what became of my proposal")

    await other.does("/forget", "yes")
    await clock()
    assert "A place is free, and it is yours" in await said_last(town, bo), "whoever waited has the place now"
    (gone, _bo) = await rows(tables.dialogue_people)
    assert (gone.resident_id, gone.conversation_id, gone.name, gone.place) == (None, None, None, "left")
    (proposal,) = await rows(tables.proposals)
    assert (proposal.resident_id, proposal.hear, proposal.proposal["texts"]) == (
        None,
        False,
        {"en": "Öppet hus varje termin"},
    )
    assert sorted(await page_counts(town, id)) == [0, 2]
    entry = {each.table.name for each in retention.REGISTER if each.kind == "dialogue"}
    assert entry == {each for each in tables.metadata.tables if each.startswith("dialogue")} | {"proposals"}


async def page_counts(town: Turns, id: int) -> list[int]:
    async with town.db.read() as tx:
        return await dialogues.votes(tx, await dialogues.poll(tx, "ekero", 1))


def test_the_form_keeps_what_was_written_and_says_what_is_missing(ekero: Municipality) -> None:
    found = filled(THREE, ekero, "three_steps")
    assert found.problems == {} and filled(fields_of(found.content), ekero, "three_steps").content == found.content
    assert lacking("three_steps", found.content, ekero) == []
    assert missing_in(found.content, ekero) == [tag for tag in ekero.languages if tag != "sv"], (
        "Arabic has no questions"
    )
    asked = {name.replace("-sv", "-ar"): words for name, words in THREE.items() if name.startswith(("ask", "options"))}
    assert "ar" not in missing_in(filled({**THREE, **asked}, ekero, "three_steps").content, ekero)
    bad = filled({**THREE, "day": "i morgon", "from": "sex", "limit": "många", "ask-3-sv": "Vilken religion har du?"},
                 ekero, "three_steps")  # fmt: skip
    assert set(bad.problems) == {"day", "from", "limit", "ask-3-sv"}
    hidden = filled({**THREE, "words-sv": "Ring 19811218-9876"}, ekero, "three_steps").content["texts"]["sv"]["words"]
    assert "9876" not in hidden


def test_a_municipality_without_dialogues_offers_none() -> None:
    kinds = {name: [each.kind for each in load_municipality(name).dialogues.kinds] for name in (
        "boras", "ekero", "helsingborg", "jonkoping", "linkoping", "lund")}  # fmt: skip
    assert kinds == {"boras": [], "ekero": ["three_steps"], "helsingborg": [], "jonkoping": ["hearing", "forum"],
                     "linkoping": [], "lund": []}  # fmt: skip
    assert load_municipality("jonkoping").dialogues.feedback_days == 7
    assert timedelta(days=7) == timedelta(days=load_municipality("ekero").dialogues.feedback_days)
