"""The console as staff have it: without scripts, by keyboard, on a phone, right to left; axe finds nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pyotp
import pypdf
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import clock
from bot.flows.model import Input, Press
from bot.handlers.web.console.guard import COOKIE
from bot.packs.contents import to_do
from bot.update import Update
from storage import board, bookings, cases, conversations, enquiries, staff
from storage.secrets import make_token
from tests.web import tour
from tests.web.reader import Page as Read
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_in_the_browser import PHONE, open_page
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PASSWORD = "korsord fiol moln ankare"
QUESTION = "Who decides about the old school?"


async def member(site: World, name: str, *roles: str) -> str:
    """Somebody who has signed in; the token of their session."""
    link = await site.console.staff.add(f"{name.lower()}@example.se", name, "ekero", roles or ("coach",), by="test")
    token = await site.console.staff.begin(link.rpartition("/")[2], PASSWORD, PASSWORD)
    if "administrator" in roles:
        signed = await site.console.staff.signed(token)
        assert signed is not None
        await site.db.write(lambda tx: staff.set_values(tx, signed.member.id, second_factor=pyotp.random_base32()))
    return token


async def ask(site: World, words: str = QUESTION, lang: str = "en") -> None:
    """A resident asks for a human."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        resident = Reader(session, site.base, lang)
        await resident.open("/")
        await resident.press("0|f:coach")
        await resident.say(words)


async def hand_in(site: World, lang: str = "en", support: str = "ekero.snabb_slant") -> None:
    """A resident has handed in an application that is not complete."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        resident = Reader(session, site.base, lang)
        await resident.open("/")
        await resident.say("/mine")
        talk, now = await tour.talk_of(site, resident), clock.now()
    budget = [{"what": "Verktyg", "amount": 8000}]
    answers = {"support": support, "activity": tour.IDEAS["sv"], "budget": budget}
    context = {"flow": "application", "answers": answers, "complete_at": None}
    await site.db.write(
        lambda tx: cases.open(
            tx, municipality_id=site.municipality.id, kind="application", conversation_id=talk.conversation_id,
            resident_id=talk.resident_id, now=now, answer_by=now + timedelta(days=2), note="Snabb slant",
            context=context,
        )
    )  # fmt: skip


async def enquire(site: World) -> None:
    """A resident has asked a role that no letter reaches; and something has been passed on twice."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        resident = Reader(session, site.base, "sv")
        await resident.open("/")
        await resident.say("/contact Vem ansvarar för cykelvägarna?")
        await resident.press("|c:yes")
    place, now = site.municipality.id, clock.now()
    for _twice in range(2):
        await site.db.write(
            lambda tx: enquiries.pass_on(
                tx, municipality_id=place, from_role="representant_teknik_miljo", to_role="representant_skola",
                topic="roads", area="Stenhamra", matter="need", now=now,
            )
        )  # fmt: skip


async def request_room(site: World) -> None:
    """A resident has asked for a room, and nobody has answered yet."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        resident = Reader(session, site.base, "en")
        await resident.open("/")
        await resident.say("/mine")
        await tour.lender_link(site, resident)
        talk, place = await tour.talk_of(site, resident), site.municipality.id

    async def write(tx: AsyncConnection) -> None:
        case_id = await cases.open(
            tx, municipality_id=place, conversation_id=talk.conversation_id, resident_id=talk.resident_id,
            kind="booking", now=clock.now(), note="A choir for all", context={"booking_id": 1},
        )  # fmt: skip
        await bookings.set_case(tx, 1, case_id)

    await site.db.write(write)


async def put_up(site: World) -> None:
    """An association has put up a need for the volunteer board, which nobody has read yet."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        resident = Reader(session, site.base, "en")
        await resident.open("/")
        await resident.say("/mine")
        talk, now = await tour.talk_of(site, resident), clock.now()

    async def write(tx: AsyncConnection) -> None:
        me: dict[str, Any] = {"municipality_id": site.municipality.id, "conversation_id": talk.conversation_id,
                              "resident_id": talk.resident_id, "now": now}  # fmt: skip
        post = {"what": "Two people who bake", "who": "The Choir"}
        context = {"flow": "board_need", "answers": post}
        case_id = await cases.open(tx, **me, kind="board", note="Two people who bake", context=context)
        await board.put_up(tx, **me, case_id=case_id, post=post)

    await site.db.write(write)


async def submit(reader: Reader, action: str, button: str = "", **values: str) -> Read:
    """Fill in the page's form that goes to an address ending so, and press one of its buttons."""
    posts = [form for form in reader.page.forms if form.method == "post"]
    form = next(form for form in posts if form.action.partition("#")[0].endswith(action))
    fields = [(name, value) for name, value in form.fields if name not in values] + list(values.items())
    named = next((each for each in form.buttons if each.value == button and each.name), None)
    return await reader.post(form.action.partition("#")[0], [*fields, *([(named.name, named.value)] if named else [])])


async def test_from_the_first_link_to_a_closed_case_without_scripts(site: World, reader: Reader) -> None:
    await ask(site)
    link = await site.console.staff.administrator_link()
    assert link is not None
    await reader.open(link)
    page = await submit(reader, link.removeprefix(site.base), name="Karin", email="karin@example.se", password="short",
                        again="short")  # fmt: skip
    assert page.status == 422 and "at least 12 characters" in page.text
    page = await submit(reader, link.removeprefix(site.base), name="Karin", email="karin@example.se",
                        password=PASSWORD, again=PASSWORD)  # fmt: skip
    assert page.url == site.base + "/coach/me/second"  # an administrator needs a second factor first
    secret = next(dict(form.fields)["secret"] for form in page.forms if "secret" in dict(form.fields))
    page = await submit(reader, "/coach/me/second", code=pyotp.TOTP(secret).now())
    assert len(re.findall(r">[0-9a-f]{5}-[0-9a-f]{5}<", page.html)) == 10
    page = await reader.open("/coach")
    assert QUESTION in page.text and "Nobody has it" in page.text
    page = await reader.open(page.link("/coach/cases/"))
    page = await submit(reader, "/claim")
    assert "You have it" in page.text
    page = await submit(reader, "/close")
    assert page.status == 422 and "can be closed when the resident has an answer" in page.text
    page = await submit(reader, "/answer", "close", words="The culture office does.")
    assert page.url.endswith("/coach/cases/1") and "The culture office does." in page.text and "Closed" in page.text
    page = await reader.open("/coach")
    assert "Nobody waits for a human right now" in page.text
    page = await submit(reader, "/coach/search", words="old school")
    assert QUESTION in page.text and "?" not in page.url
    page = await submit(reader, "/coach/out")
    assert page.url == site.base + "/coach/in"
    assert (await reader.open("/coach/cases/1")).url == site.base + "/coach/in?to=/coach/cases/1"


async def test_an_application_is_read_with_its_clock(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    await hand_in(site)
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await reader.open("/coach")
    assert "Applies for support" in page.text and "Snabb slant" in page.text
    page = await reader.open("/coach/cases/1")
    assert "not complete yet: the promised time has not begun" in page.text
    assert tour.IDEAS["sv"] in page.text, page.html[page.html.index("handed-in") :][:1500]
    assert "Budget" in page.text and "Missing" in page.text
    async with session.get(site.base + page.link("/paper.pdf")) as answer:
        assert (answer.status, (await answer.read())[:5]) == (200, b"%PDF-")


async def test_a_need_is_put_on_the_board_in_words_that_staff_may_change(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    await put_up(site)
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    page = await reader.open("/coach/cases/1")
    assert "Wants to be on the volunteer board" in page.text and "Put it on the volunteer board" in page.text
    page = await submit(reader, "/board", words=" ")
    assert page.status == 422 and "Nothing is written yet" in page.text
    page = await submit(reader, "/board", words="Two people who bake bread")
    assert page.url.endswith("/coach/cases/1") and "put it on the board" in page.text and "Closed" in page.text
    async with site.db.read() as tx:
        (post,) = await board.shown(tx, site.municipality.id, "board", clock.now())
    assert post.post["what"] == "Two people who bake bread"


async def test_a_request_for_a_room_is_answered_in_the_lenders_place(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    await request_room(site)
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await reader.open("/coach/cases/1")
    assert "Answer in the lender's place" in page.text
    page = await submit(reader, "/room", "yes")
    assert page.url.endswith("/coach/cases/1") and "said yes to the room" in page.text and "Closed" in page.text
    async with site.db.read() as tx:
        assert (await bookings.load(tx, site.municipality.id, 1)).status == "approved"


async def test_an_administrator_sees_what_the_pack_needs(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Karin", "administrator")})
    page = await reader.open("/coach/pack")
    wanted = to_do(site.municipality, clock.now().date())
    assert {each.kind for each in wanted} == {"check", "fill"}
    assert all(each.label in page.text and each.file in page.text for each in wanted)
    assert "cannot be used" not in page.text
    object.__setattr__(site.console, "fault", lambda municipality: f"{municipality}/grants.yaml:3: unknown field")
    page = await reader.open("/coach/pack")
    assert "cannot be used" in page.text and "ekero/grants.yaml:3: unknown field" in page.text


async def test_posters_are_made_in_the_chosen_languages(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with world(tmp_path / "idelabb.db", bot_name="idelabbet_bot") as site:
        session.cookie_jar.update_cookies({COOKIE: await member(site, "Karin", "coordinator")})
        reader = Reader(session, site.base)
        page = await reader.open("/coach/posters")
        assert "There is no phone number on them" in page.text and "A second code leads to Telegram" in page.text
        page = await reader.open("/coach/posters/file.pdf?kind=poster&source=library")
        assert page.status == 422 and "at least one language" in page.text
        page = await reader.open("/coach/posters/file.pdf?kind=note&language=sv&source=r%C3%A4ksm%C3%B6rg%C3%A5s")
        assert page.status == 422 and "digits and hyphens" in page.text
        async with session.get(
            f"{site.base}/coach/posters/file.pdf?kind=note&language=sv&language=ar&source=The+Library"
        ) as got:
            content = await got.read()
        assert (
            got.content_type == "application/pdf"
            and 'filename="note-the-library.pdf"' in got.headers["Content-Disposition"]
        )
        notes = [
            each.get_object()["/A"]["/URI"]
            for leaf in pypdf.PdfReader(BytesIO(content)).pages
            for each in leaf["/Annots"]
        ]
        assert set(notes) == {
            f"{site.base}/?start=ref_the-library&lang=sv", f"{site.base}/?start=ref_the-library&lang=ar",
            "https://t.me/idelabbet_bot?start=ref_the-library",
        }  # fmt: skip
        async with aiohttp.ClientSession() as somebody:
            page = await Reader(somebody, site.base).open("/?start=ref_the-library&lang=sv")
            assert "0|f:help_me" in page.pressable()


async def test_alerts_are_led_to_telegram_and_back(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with world(tmp_path / "idelabb.db", bot_name="idelabbet_bot") as site:
        reader = Reader(session, site.base)
        session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
        page = await reader.open("/coach/me")
        assert "Telegram (a letter, until your account is linked)" in page.text and "Not linked:" in page.text
        page = await submit(reader, "/coach/me/chat")
        link = page.link("https://t.me/idelabbet_bot?start=staff_")
        assert page.text.count(link) == 1, "to be read and copied, too"
        code = link.partition("staff_")[2]
        for said in (Input(command="start", argument=f"staff_{code}"), Input(press=Press(0, f"w:{code}"))):
            await site.turns.take(Update(f"telegram:1:{said.command}", "ekero", "telegram", said, address="77"))
        page = await reader.open("/coach/me")
        assert "Telegram at once" in page.text and "Linked since" in page.text and "t.me" not in page.html
        chat = (await _address(site)).id
        await site.db.write(lambda tx: conversations.set_address_state(tx, chat, "blocked", clock.now()))
        page = await reader.open("/coach/me")
        assert "Telegram (a letter, while the bot is blocked)" in page.text and "letters come instead" in page.text
        page = await submit(reader, "/coach/me/chat/drop")
        assert page.url == site.base + "/coach/me" and "Not linked:" in page.text


async def _address(site: World) -> conversations.Address:
    return await site.db.write(
        lambda tx: conversations.address(
            tx, municipality_id=site.municipality.id, channel="telegram", address="77", now=clock.now()
        )
    )


async def test_without_a_bot_the_page_says_so(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await reader.open("/coach/me")
    assert "There is no Telegram here" in page.text
    assert not any("/me/chat" in form.action for form in page.forms)


async def test_when_one_works_is_said_without_scripts(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    anna, olle = await member(site, "Anna"), await member(site, "Olle")
    session.cookie_jar.update_cookies({COOKIE: anna})
    await reader.open("/coach/me")
    page = await submit(reader, "/me/profile", hours="own", days="", opens="07:00", closes="12:00", areas="0")
    assert page.status == 422 and "Choose at least one day" in page.text
    fields = [("hours", "own"), ("opens", "07:00"), ("closes", "12:00"), ("languages", "ar"), ("areas", "0")]
    csrf = next(value for form in page.forms for name, value in form.fields if name == "csrf")
    page = await reader.post("/coach/me/profile", [("csrf", csrf), *fields, ("days", "1"), ("days", "3")])
    assert page.status == 200
    form = next(form for form in page.forms if form.action.partition("#")[0].endswith("/me/profile"))
    ticked = {name: [value for each, value in form.fields if each == name] for name, _value in form.fields}
    assert (ticked["days"], ticked["languages"], ticked["areas"]) == (["1", "3"], ["ar"], ["0"])
    today = clock.now().date()
    page = await submit(reader, "/me/away", first=str(today), last=str(today + timedelta(days=2)), deputy="2")
    assert "Olle stands in." in page.text
    session.cookie_jar.update_cookies({COOKIE: olle})
    page = await reader.open("/coach/colleagues")
    assert "Away. Here next:" in page.text and "example.se" not in page.text
    session.cookie_jar.update_cookies({COOKIE: anna})
    await reader.open("/coach/me")
    page = await submit(reader, "/me/back")
    assert "Olle stands in." not in page.text


async def test_an_administrator_notes_that_somebody_is_ill(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    await member(site, "Anna")
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Karin", "administrator")})
    page = await reader.open("/coach/staff")
    page = await submit(reader, "/1/away", first="", last="", deputy="")
    assert page.status == 422 and "Choose the first day" in page.text
    today = str(clock.now().date())
    page = await submit(reader, "/1/away", first=today, last=today, deputy="2")
    assert page.status == 200 and "Away. Here next:" in page.text and "Deputy: Karin" in page.text
    page = await submit(reader, "/1/back")
    assert "Away. Here next:" not in page.text


async def test_what_was_written_is_not_lost(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    await ask(site)
    olle, anna = await member(site, "Olle"), await member(site, "Anna")
    session.cookie_jar.update_cookies({COOKIE: anna})
    await reader.open("/coach/cases/1")
    mine = reader.page
    session.cookie_jar.update_cookies({COOKIE: olle})
    await reader.open("/coach/cases/1")
    await submit(reader, "/claim")
    session.cookie_jar.update_cookies({COOKIE: anna})
    reader.page = mine
    page = await submit(reader, "/answer", "send", words="A long answer.")
    assert (page.status, "Olle has this case" in page.text) == (409, True)
    await site.console.staff.sign_out(anna)
    reader.page = mine
    page = await submit(reader, "/answer", "send", words="A long answer.")
    assert page.status == 401 and "A long answer." in page.html and "nothing was sent" in page.text


async def test_beside_a_childs_case_stands_what_to_mind(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    await ask(site, "I am 12 and want to dance")
    await ask(site)
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    assert "A child writes here." in (await reader.open("/coach/cases/1")).text
    assert "A child writes here." not in (await reader.open("/coach/cases/2")).text


async def test_a_protected_persons_case_is_not_there_for_others(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    await ask(site, "I have protected identity and wonder about the school")
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    assert (await reader.open("/coach/cases/1")).status == 404
    assert "about the school" not in (await reader.open("/coach")).text
    assert "about the school" not in (await reader.open("/coach?q=school")).text
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Olle", "coach", "protected")})
    assert "Only staff with your role see this case." in (await reader.open("/coach/cases/1")).text


async def test_a_wrong_password_and_an_unknown_address_look_alike(site: World, reader: Reader) -> None:
    await member(site, "Anna")
    pages = []
    for email in ("anna@example.se", "nobody@example.se"):
        await reader.open("/coach/in?to=/coach/me")
        page = await submit(reader, "/coach/in", email=email, password="not the password")
        pages.append((page.status, page.text))
    assert pages[0] == pages[1] and pages[0][0] == 422
    page = await submit(reader, "/coach/in", email="anna@example.se", password=PASSWORD)
    assert page.url == site.base + "/coach/me"


async def test_nobody_is_led_elsewhere_after_signing_in(site: World, reader: Reader) -> None:
    await member(site, "Anna")
    for to in ("https://evil.example/", "//evil.example", "/coach/../plan", "/coachx"):
        await reader.open(f"/coach/in?to={to}")
        page = await submit(reader, "/coach/in", email="anna@example.se", password=PASSWORD)
        assert page.url == site.base + "/coach"


async def test_a_form_for_a_caller_ends_at_their_plan(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await reader.open("/coach/call")
    assert "public document" in page.text  # what is read aloud first
    page = await submit(reader, "/coach/call", name="Gunnel", phone="12", speaks="sv", flow="idea")
    assert page.status == 422 and "could not read that number" in page.text
    page = await submit(reader, "/coach/call", name="Gunnel", phone="070-123 45 67", speaks="sv", flow="idea")
    form = page.url.removeprefix(site.base)
    page = await submit(reader, form, "review", **{"idea.value": "Stickcafé", "where.how_many.value": "many many"})
    assert page.status == 422
    page = await submit(reader, form, "review", **{"where.how_many.value": "20"})
    page = await submit(reader, form, "send")
    assert page.url.startswith(site.base + "/coach/talks/")
    assert "Gunnel" in page.text and "Stickcafé" in page.text and "filled in by the municipality" in page.text
    assert "45 67" not in page.text.replace("\xa0", " ") and "opened address and number" not in page.text
    page = await submit(reader, "/contact")
    assert "070-123 45 67" in page.text.replace("\xa0", " ") and "opened address and number" in page.text


async def signed_page(browser: Browser, site: World, path: str, token: str, **how: object) -> tuple[Page, list[str]]:
    page, wrong = await open_page(browser, site, "/privacy", **how)
    await page.context.add_cookies([{"name": COOKIE, "value": token, "url": site.base}])
    await page.goto(site.base + path)
    return page, wrong


async def test_single_keys_do_what_the_help_says(browser: Browser, site: World) -> None:
    for words in (QUESTION, "Is there a piano?"):
        await ask(site, words)
    page, wrong = await signed_page(browser, site, "/coach", await member(site, "Anna"))
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    assert "piano" in await page.evaluate("document.activeElement.innerText")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/coach/cases/1")
    await page.keyboard.press("c")
    await page.wait_for_selector("text=You have it")
    await page.keyboard.press("r")
    await page.keyboard.type("cjk?")  # written, not obeyed
    assert await page.input_value("#answer") == "cjk?"
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("n")
    assert await page.evaluate("document.activeElement.id") == "note"
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("?")
    assert await page.locator("#keys").is_visible()
    assert wrong == []
    await page.goto(site.base + "/coach/me")
    await page.uncheck("[name=shortcuts]")
    await page.click("form[action$='/alerts'] button")
    await page.goto(site.base + "/coach/cases/1")
    await page.keyboard.press("n")
    assert await page.evaluate("document.activeElement.id") != "note"


async def _held(site: World, page: Page) -> list[str]:
    """What axe finds on a case while its conversation is held, warned of, put aside, its address opened."""
    await page.goto(site.base + "/coach/cases/1")
    await page.click("form[action*='/claim'] button")
    await page.fill("#answer", "Which school do you mean?")
    await page.click("button[value=stay]")
    await page.wait_for_selector(".bubble.coach")
    for each in await page.query_selector_all("details.act:not([open]) > summary"):
        await each.click()
    found = await findings(page)
    await page.click("form[action*='/warn'] button")
    await page.wait_for_selector(".bubble.coach:nth-of-type(2), .bubble.coach ~ .bubble.coach")
    found += await findings(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


@pytest.mark.parametrize(("language", "scheme"), [("en-XA", "light"), ("sv", "light"), ("ar", "dark")])
async def test_axe_finds_nothing_in_the_console(browser: Browser, tmp_path: Path, language: str, scheme: str) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES, bot_name="idelabbet_bot", places=True) as site:
        await ask(site, lang="ar")
        await ask(site, "Is there a piano?", lang="sv")
        await hand_in(site)
        await enquire(site)
        await request_room(site)
        await hand_in(site, support="lund.mini")
        token = await member(site, "Karin", "administrator", "coach")
        await member(site, "Olle")
        how = {"color_scheme": scheme, "reduced_motion": "reduce", **({} if language == "sv" else PHONE)}
        page, wrong = await signed_page(browser, site, f"/coach?lang={language}", token, **how)
        found = await findings(page)
        for path in (
            "/coach/cases/1",
            "/coach/cases/3",
            "/coach/cases/4",
            "/coach/cases/5",
            "/coach/cases/6",
            "/coach/call",
            "/coach/me",
            "/coach/me/second",
            "/coach/colleagues",
            "/coach/staff",
            "/coach/pack",
            "/coach/posters",
            "/coach/posters/file.pdf?kind=poster",
            "/coach/example",
            "/coach/statistics",
        ):
            await page.goto(site.base + path)
            found += await findings(page)
        found += await _held(site, page)
        await page.goto(site.base + "/coach/me")
        await page.click("form[action*='/me/chat#'] button")
        await page.wait_for_selector("a[href^='https://t.me/']")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found += await findings(page)
        await page.click("#presence details:last-of-type summary")
        await page.click("form[action*='/me/away'] button")  # no days chosen
        await page.wait_for_selector("#problem")
        found += await findings(page)
        await page.fill("#first-me", clock.now().date().isoformat())
        await page.fill("#last-me", (clock.now().date() + timedelta(days=3)).isoformat())
        await page.click("form[action*='/me/away'] button")
        await page.wait_for_selector("form[action*='/me/back']")
        found += await findings(page)
        await page.goto(site.base + "/coach/cases/2")
        await page.fill("#answer", "")
        await page.click("button[value=send]")  # nothing is written yet
        await page.wait_for_selector("#problem")
        found += await findings(page)
        await page.goto(site.base + "/coach/cases/2#person")
        found += await findings(page)
        await page.goto(site.base + "/coach/talks/1")
        found += await findings(page)
        await page.context.clear_cookies()
        for path in ("/coach/in", "/coach/first/" + "A" * 22):
            await page.goto(f"{site.base}{path}?lang={language}")
            found += await findings(page)
        assert found == []
        assert [line for line in wrong if "status of 4" not in line] == []


@pytest.mark.parametrize(
    "path",
    [
        "/coach",
        "/coach/cases/1",
        "/coach/cases/2",
        "/coach/call",
        "/coach/me",
        "/coach/colleagues",
        "/coach/staff",
        "/coach/pack",
        "/coach/posters",
        "/coach/example",
        "/coach/statistics",
        "/coach/in",
    ],
)
async def test_nothing_of_the_console_is_wider_than_a_small_phone(browser: Browser, site: World, path: str) -> None:
    await ask(site)
    await enquire(site)
    token = make_token()
    if path != "/coach/in":
        token = await member(site, "Karin", "administrator", "coach")
    page, _wrong = await signed_page(browser, site, path, token, viewport={"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    small = await page.evaluate(
        """() => [...document.querySelectorAll('a.button, button, summary, .option, .chip, nav a, input:not([type=hidden])')]
        .filter(each => each.offsetParent && !each.classList.contains('hidden'))
        .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
        .filter(([, box]) => box.height < 43.9 && box.height > 0)
        .filter(([html]) => !html.includes('type="radio"') && !html.includes('type="checkbox"'))
        .map(([html]) => html)"""
    )
    assert small == []


async def test_a_session_that_is_over_leads_back_to_where_one_was(browser: Browser, site: World) -> None:
    await ask(site)
    token = await member(site, "Anna")
    signed = await site.console.staff.signed(token)
    assert signed is not None
    long_ago = clock.now() - timedelta(hours=3)
    await site.db.write(lambda tx: staff.end_sessions(tx, signed.member.id))
    await site.db.write(
        lambda tx: staff.open_session(
            tx, token, signed.member.id, "in", now=long_ago, expires_at=clock.now() + timedelta(hours=1)
        )
    )
    page, _wrong = await signed_page(browser, site, "/coach/cases/1", token)
    await page.fill("#email", "anna@example.se")
    await page.fill("#password", PASSWORD)
    await page.click("main button.primary")
    await page.wait_for_url("**/coach/cases/1")
