"""The chat as a plain page: every form posted, every answer a new page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from bot import clock
from bot.flows import FLOWS
from bot.flows.model import Ending, Flow, Step
from bot.flows.read import file
from bot.handoff import Actor
from bot.i18n import _
from storage import talks
from storage.tables import files
from tests.web.reader import Page, Reader, to_the_plan
from tests.web.test_console import member
from tests.web.world import World, world

IDEA = "A bicycle workshop in Stenhamra"


async def test_a_whole_idea_becomes_a_plan_with_page_and_pdf(reader: Reader, session: aiohttp.ClientSession) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say(IDEA)
    await reader.press("|c:children")
    page = await to_the_plan(reader)
    plan = await reader.open(page.link("/plan/"))
    assert plan.status == 200
    assert IDEA in plan.text
    async with session.get(reader.base + plan.link(".pdf")) as pdf:
        assert (pdf.status, pdf.content_type) == (200, "application/pdf")
        assert (await pdf.read()).startswith(b"%PDF-")


async def test_the_own_pdf_is_in_the_chat(reader: Reader, session: aiohttp.ClientSession) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say(IDEA)
    page = await to_the_plan(reader)
    async with session.get(reader.base + page.link("/chat/plan/")) as pdf:
        assert (await pdf.read()).startswith(b"%PDF-")
    stranger = aiohttp.ClientSession()
    async with stranger, stranger.get(reader.base + page.link("/chat/plan/")) as refused:
        assert refused.status == 404


async def test_no_cookie_before_somebody_does_something(reader: Reader, session: aiohttp.ClientSession) -> None:
    for path in ("/", "/?lang=ar", "/form/idea", "/privacy", "/accessibility", "/exit"):
        await reader.open(path)
    assert [cookie.key for cookie in session.cookie_jar] == []
    await reader.open("/")
    await reader.say("hello")
    (cookie,) = session.cookie_jar
    assert cookie.key == "idelabbet"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(cookie.value) == 22


async def test_a_form_sent_twice_is_applied_once(reader: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say(IDEA)
    first = reader.page.text.count(IDEA)
    await reader.again()
    assert reader.page.text.count(IDEA) == first
    assert reader.page.status == 200


async def test_words_before_any_question_are_kept(reader: Reader) -> None:
    await reader.open("/")
    await reader.say("something with the old boat")  # nobody can be sure what is wanted
    assert "something with the old boat" in reader.page.text
    assert any(value.endswith("|c:coach") for value in reader.page.pressable())


async def test_words_that_are_understood_begin_at_once(reader: Reader) -> None:
    await reader.open("/")
    await reader.say("We want a choir")
    assert "We want a choir" in reader.page.text
    assert any(value.endswith("|c:children") for value in reader.page.pressable()), "the idea's next question"


async def test_who_answers_stands_in_the_talk_and_not_beside_it(reader: Reader) -> None:
    """On a phone the plan is behind a tab; what somebody asked for has to be in the talk."""
    await reader.open("/")
    await reader.say("/contact Vem ansvarar för cykelvägarna?")
    talk, _mark, plan = reader.page.html.partition('id="plan"')
    assert "Samverkansorganet" in talk
    assert "Samverkansorganet" not in plan


async def test_language_is_changed_by_address_before_and_in_a_talk(reader: Reader) -> None:
    page = await reader.open("/?lang=ar")
    assert ("html", {"lang": "ar", "dir": "rtl"}) in page.tags
    await reader.press("0|f:idea")
    assert ("html", {"lang": "ar", "dir": "rtl"}) in reader.page.tags
    page = await reader.open("/?lang=sv")
    assert ("html", {"lang": "sv", "dir": "ltr"}) in page.tags
    assert page.url == f"{reader.base}/"
    page = await reader.open("/")
    assert ("html", {"lang": "sv", "dir": "ltr"}) in page.tags


async def test_ticking_choices_keeps_one_question_on_the_page(reader: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say(IDEA)
    for _count in range(12):
        if any(value.endswith("|c:kitchen") for value in reader.page.pressable()):
            break
        await reader.press("|m:unknown")
    before = len([tag for tag, found in reader.page.tags if "bubble" in found.get("class", "")])
    await reader.press("|c:kitchen")
    await reader.press("|c:workshop")
    after = len([tag for tag, found in reader.page.tags if "bubble" in found.get("class", "")])
    assert after == before
    pressed = [found for tag, found in reader.page.tags if tag == "button" and found.get("aria-pressed") == "true"]
    assert [found["value"].partition("|")[2] for found in pressed] == ["c:kitchen", "c:workshop"]


async def test_a_row_of_the_plan_leads_to_its_question(reader: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say(IDEA)
    await reader.press("|c:children")
    form = next(form for form in reader.page.forms if any(button.name == "change" for button in form.buttons))
    row = next(button for button in form.buttons if button.value == "For whom")
    await reader.post(form.action, [*form.fields, ("change", row.value)])
    assert any(value.endswith("|c:families") for value in reader.page.pressable())
    await reader.press("|c:families")
    assert "Families" in reader.page.text


async def test_a_button_of_an_earlier_question_says_so(reader: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    old = reader.page
    await reader.say(IDEA)
    reader.page = old
    page = await reader.press("|m:unknown")
    assert page.status == 200
    assert "earlier question" in page.text


async def test_forgetting_gives_the_receipt_and_takes_the_cookie(
    reader: Reader, session: aiohttp.ClientSession
) -> None:
    await reader.open("/")
    await reader.say("/forget")
    page = await reader.press("|c:yes")
    assert "We no longer write to you" in page.text
    assert list(session.cookie_jar) == []
    assert "What would happen" not in (await reader.open("/")).text


async def test_who_answers_and_how_one_is_reached_is_on_the_page(reader: Reader) -> None:
    await reader.open("/")
    assert "A machine answers" in reader.page.text
    await reader.press("0|f:coach")
    await reader.say("I want to talk")
    assert "A person answers you here by" in reader.page.text
    assert "We cannot reach you outside this page" in reader.page.text
    await reader.say("amina@example.se")
    assert "we write to \u2068amina@example.se" in reader.page.text or "amina@example.se" in reader.page.text
    assert "We cannot reach you outside this page" not in reader.page.text


async def test_help_now_and_the_quick_exit_are_on_every_page(reader: Reader) -> None:
    for path in ("/", "/form/idea", "/privacy", "/accessibility", "/leave", "/nowhere/at/all"):
        page = await reader.open(path)
        assert "tel:112" in [href for href, _label in page.links]
        assert any("/exit" in href for href, _label in page.links)
    neutral = await reader.open("/exit")
    assert neutral.links == []
    assert "Idélabbet" not in neutral.html


async def test_leaving_takes_the_conversation_off_the_device(reader: Reader, session: aiohttp.ClientSession) -> None:
    await reader.open("/")
    await reader.say("hello")
    page = await reader.open("/leave")
    assert page.status == 200
    await reader.post("/leave", [])
    assert list(session.cookie_jar) == []


async def test_too_many_posts_are_asked_to_wait(site: World, reader: Reader) -> None:
    await reader.open("/")
    await reader.say("hello")
    for count in range(40):
        await reader.post("/chat", [("id", f"n{count}"), ("text", "again")])
        if reader.page.status == 429:
            break
    assert reader.page.status == 429
    assert "again" in dict(reader.page.forms[0].fields)["text"]


async def kept(site: World) -> list[tuple[Any, ...]]:
    async with site.db.read() as tx:
        return [(row.name, row.mime, row.bytes) for row in await tx.execute(select(files))]


async def test_a_file_is_taken_where_one_is_asked_for(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    asks = Flow(
        name="picture",
        title=_("A picture"),
        steps=(Step("photo", prompt=_("Send a photo."), label=_("Photo"), read=file()),),
        finish=lambda answers, known: Ending(),
        personal=False,
    )

    def photo() -> aiohttp.FormData:
        form = aiohttp.FormData()
        form.add_field("file", b"\x89PNG", filename="place.png", content_type="image/png")
        return form

    async with world(tmp_path / "idelabb.db", flows={**FLOWS, "picture": asks}) as site:
        reader = Reader(session, site.base)
        headers = {"Origin": site.base}
        await reader.open("/")
        await reader.say("hello")
        async with session.post(site.base + "/chat", data=photo(), headers=headers):
            assert await kept(site) == []
        await reader.open("/")
        await reader.say("/start picture")
        async with session.post(site.base + "/chat", data=photo(), headers=headers) as answer:
            said = Page(await answer.text()).text
            assert "You sent a file: place.png" in said, said[900:3000]
        assert await kept(site) == [("place.png", "image/png", b"\x89PNG")]


async def test_words_are_kept_while_nothing_can_be_written(site: World, reader: Reader) -> None:
    await reader.open("/")
    await reader.say("hello")
    site.db._closing = True  # what a database that is away looks like from here: every write raises Retry
    page = await reader.post("/chat", [("id", "7"), ("text", "please keep this")])
    site.db._closing = False
    assert page.status == 503
    assert ("text", "please keep this") in page.forms[0].fields
    assert ("id", "7") in page.forms[0].fields
    page = await reader.again()
    assert page.html.count("<p>please keep this</p>") == 1


async def test_rights_have_their_buttons_while_a_human_talks_and_in_a_closed_chat(reader: Reader, site: World) -> None:
    await reader.open("/")
    await reader.press("0|f:coach")
    await reader.say("Who decides about the old school?")
    signed = await site.console.staff.signed(await member(site, "Anna"))
    assert signed is not None
    anna = Actor(signed.member.id, "Anna", "ekero", signed.roles["ekero"])
    await site.console.handoff.claim(anna, 1, "a")
    await reader.open("/")
    page = await reader.say("/forget")
    assert any(each.endswith("|c:no") for each in page.pressable()), page.pressable()
    await reader.press("|c:no")
    await site.db.write(lambda tx: talks.let_go(tx, 1, "closed", clock.now()))
    page = await reader.open("/")
    assert "has closed this chat" in page.text and "the machine goes on" not in page.text
    page = await reader.say("/language")
    assert any(each.endswith("|c:sv") for each in page.pressable()), page.pressable()
