"""Messages to many in the console: written, shown as they arrive, counted, approved by a second person, sent, followed."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot import clock
from bot.broadcast_form import fields_of, filled
from bot.broadcasting import Broadcasts
from bot.handlers.web.console.guard import COOKIE
from bot.handoff import Actor
from bot.staff import Refused
from storage import broadcasts, conversations, listeners, shifts
from storage.secrets import make_token
from tests.web.reader import Page, Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_coaches_live import tab_to
from tests.web.test_console import member, signed_page, submit
from tests.web.test_in_the_browser import PHONE
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

ANNA = Actor(1, "Anna", "ekero", frozenset({"sender", "leader", "coordinator"}))
WORDS = {
    "sv": "Vi behöver hjälp med kvällsmat på lördag i Stenhamra.\n\nKan du komma?",
    "en": "We need help with supper on Saturday in Stenhamra.\n\nCan you come?",
    "ar": "نحتاج إلى مساعدة في وجبة العشاء يوم السبت في ستنهامرا.\n\nهل يمكنك الحضور؟",
}


async def listens(site: World, count: int, locale: str, *, channel: str = "web", **chosen: Any) -> list[int]:
    """So many who have asked for news; their ids."""

    async def write(tx: Any) -> list[int]:
        made, now = [], clock.now()
        for _each in range(count):
            who = await conversations.open(
                tx, municipality_id="ekero", channel=channel, address=make_token(), now=now, locale_hint=locale
            )
            values: dict[str, Any] = {
                "topics": (),
                "areas": ("Stenhamra",),
                "skills": (),
                "spoken": (),
                "roles": (),
                "band": None,
                **chosen,
            }
            await listeners.save(
                tx, municipality_id="ekero", resident_id=who.resident_id, conversation_id=who.conversation_id, locale=locale,
                channel=channel, gap_days=0, quiet_from=0, quiet_to=0, now=now, **values,
            )  # fmt: skip
            made.append(who.resident_id)
        return made

    return await site.db.write(write)


async def supper(site: World) -> int:
    """A need for twelve helpers, three days ahead; its id."""
    begins = clock.now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=3)
    return await site.db.write(lambda tx: shifts.add_need(
        tx, municipality_id="ekero", kind="shift", need={"what": "Duka och servera kvällsmat"}, area="Stenhamra", priority=1,
        status="open", times=[(begins, begins + timedelta(hours=2))], places=12, now=clock.now(),
    ))  # fmt: skip


async def draft(site: World, **more: str) -> int:
    """A draft of Anna's that signs people up for a supper; its id."""
    desk, need = Broadcasts(site.turns), await supper(site)
    id = await desk.create(ANNA, make_token())
    fields = {f"words-{tag}": words for tag, words in WORDS.items()} | {
        "buttons": "help more not",
        "need": str(need),
        "more-sv": "Vi är sju.",
    }
    await desk.save(ANNA, id, filled({**fields, **more}, site.municipality))
    return id


async def going(site: World) -> int:
    """One that is being sent: delivered, answered, not reached, in doubt, still to come; its id."""
    from storage import outbox, tables

    id, now = await draft(site), clock.now()

    async def write(tx: Any) -> None:
        row = await broadcasts.load(tx, "ekero", id)
        await broadcasts.change(tx, "ekero", id, {"status": "sending", "started_at": now - timedelta(seconds=40), "expected": 60,
                                                   "content": row.content}, ("draft",), now)  # fmt: skip
        row = await broadcasts.load(tx, "ekero", id)
        part = await broadcasts.next_part(tx, row, broadcasts.Chosen(), now, 100)
        await broadcasts.note_part(tx, row, [(each, each.channel, None) for each in part], part[-1].resident_id, now)
        for at, each in enumerate(part):
            if each.channel != "telegram":
                continue
            address = await conversations.attach(
                tx, each.conversation_id, channel="telegram", address=str(1000 + at), now=now
            )
            await tx.execute(tables.deliveries.insert().values(
                municipality_id="ekero", conversation_id=each.conversation_id, address_id=address.id, channel="telegram", op="send",
                body={}, priority=outbox.BULK, made_by=broadcasts.made_by(id), ordinal=each.resident_id, due_at=now, attempts=1, possible_duplicate=False, created_at=now,
                status=("sent", "sent", "given_up", "in_doubt", "waiting")[at % 5], done_at=now,
                error="403 Forbidden: bot was blocked by the user" if at % 5 == 2 else None,
            ))  # fmt: skip
        for each in part[:14]:
            await broadcasts.answer(tx, "ekero", id, each.resident_id, "help" if each.resident_id % 3 else "not", now)
        await broadcasts.log(
            tx, municipality_id="ekero", broadcast_id=id, act="asked", who="Anna", at=now, detail="Bussen kommer i natt"
        )
        await broadcasts.log(tx, municipality_id="ekero", broadcast_id=id, act="approved", who="Olle", at=now)

    await site.db.write(write)
    return id


def test_a_stored_message_fills_the_form_in_and_is_read_back_the_same(site: World) -> None:
    place = site.municipality
    fields = {
        "words-sv": "Kom!\n\nVi behövs", "more-sv": "Mer", "options-sv": "Ja\nNej", "words-ar": "تعال", "fallback": "en",
        "buttons": "help poll date flow not", "date": "2027-01-03", "time": "18:30", "flow": "idea", "need": "7",
        "topics": "needs", "areas": "0 2", "skills": "cooking", "spoken": "ar", "roles": "idea_owner volunteer",
        "locales": "ar sv", "bands": "18", "but-areas": "1", "but-skills": "care", "but-roles": "network",
        "answered": "3 help", "unanswered": "3", "swedish_last": "yes",
    }  # fmt: skip
    read = filled(fields, place)
    assert read.problems == {} and read.segment["roles"] == ["idea owner", "volunteer"]
    again = filled(fields_of(read.content, read.segment, read.need_id, place), place)
    assert again == read


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "idelabb.db") as made:
        yield made


async def signed(site: World, session: aiohttp.ClientSession, name: str, *roles: str) -> Reader:
    session.cookie_jar.update_cookies({COOKIE: await member(site, name, *roles)})
    return Reader(session, site.base)


@pytest.fixture
async def anna(site: World, session: aiohttp.ClientSession) -> Reader:
    """A coordinator without scripts. The first account: what `ANNA` makes is hers."""
    return await signed(site, session, "Anna", "coordinator")


@pytest.fixture
async def olle(site: World, anna: Reader) -> AsyncIterator[Reader]:
    """Somebody who may say yes."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        yield await signed(site, other, "Olle", "leader")


def picture_of(width: int, height: int) -> bytes:
    """A white PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = zlib.compress(b"".join(b"\0" + b"\xff" * width for _line in range(min(height, 50))))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


async def send(reader: Reader, do: str, picture: bytes | None = None, **values: str) -> Page:
    """Fill in the form of a draft and press one of its buttons; ticks of one name stand between bars."""
    form = next(each for each in reader.page.forms if "version" in dict(each.fields))
    named = {name.replace("__", "-"): value for name, value in values.items()}
    need = re.search(r'<select id="need".*?<option value="(\d+)" selected', reader.page.html, re.DOTALL)
    said = {"need": need[1]} if need else {}
    fields = [(name, value) for name, value in form.fields if name not in named]
    fields += [(name, each) for name, value in (said | named).items() for each in value.split("|")]
    if picture is None:
        return await reader.post(form.action, [*fields, ("do", do)])
    data = aiohttp.FormData([*fields, ("do", do)])
    data.add_field("picture", io.BytesIO(picture), filename="a.png", content_type="image/png")
    headers = {**reader.headers, "Origin": reader.base, "Sec-Fetch-Site": "same-origin"}
    async with reader.session.post(reader.base + form.action, data=data, headers=headers) as answer:
        reader.page = Page(await answer.text(), answer)
    return reader.page


def token_of(page: Page) -> str:
    return next(dict(form.fields)["csrf"] for form in page.forms if "csrf" in dict(form.fields))


async def stored(site: World, id: int) -> broadcasts.Broadcast:
    async with site.db.read() as tx:
        return await broadcasts.load(tx, "ekero", id)


async def test_a_message_is_written_counted_tried_and_sent(site: World, anna: Reader) -> None:
    await listens(site, 12, "sv")
    await listens(site, 6, "ar", channel="telegram")
    await listens(site, 3, "en")
    need = await supper(site)
    await anna.open("/coach/news")
    page = await submit(anna, "/coach/news")
    assert page.url.endswith("/coach/news/1") and "21 people have asked for news like this" in page.text
    assert "fewer than 5" in page.text and "12" in page.text, "three who read English are not counted out"
    page = await send(anna, "save", words__ar=WORDS["ar"], more__sv="Vi är sju.")
    assert "Saved. Nothing has been sent." in page.text, "a draft may lack what it likes"
    page = await send(anna, "ask", buttons="help|more|not")
    assert page.status == 422 and "Write the Swedish text" in page.text and "Choose the need" in page.text
    assert WORDS["ar"].split("\n")[0] in page.text and "Vi är sju." in page.text, "nothing that was typed is lost"
    page = await send(anna, "ask", words__sv=WORDS["sv"], need=str(need))
    assert page.status == 422 and "Text is missing in: English" in page.text
    assert "Missing, and read by some of them: English" in page.text
    site.turns.mails = False
    page = await send(anna, "test", need=str(need), test="sv|ar")
    assert page.status == 422 and "There is no way to reach you" in page.text
    site.turns.mails = True
    page = await send(anna, "test", need=str(need), test="sv|ar")
    assert "It is on its way to anna@example.se." in page.text
    page = await send(anna, "ask", need=str(need), fallback="en|sv-simple")
    assert page.url.endswith("/coach/news/1") and "Will be sent" in page.text, "so few need no second person"
    row = await stored(site, 1)
    assert (row.status, row.need_id, row.content["buttons"]) == ("scheduled", need, ["help", "more", "not"])
    assert set(row.content["fallback"]) == {"en", "sv-simple"}
    page = await submit(anna, "/back")
    assert (await stored(site, 1)).status == "draft" and WORDS["sv"].split("\n")[0] in page.text


async def test_a_picture_goes_along_when_it_can_be_shown(site: World, anna: Reader) -> None:
    id = await draft(site)
    page = await anna.open(f"/coach/news/{id}")
    for bad, why in ((b"GIF89a" + bytes(99), "no picture that can be sent"), (picture_of(9000, 9000), "too large or too narrow"),
                     (picture_of(3000, 100), "too large or too narrow"), (b"\x89PNG" + bytes(5 << 20), "larger than 5 MB")):  # fmt: skip
        page = await send(anna, "save", bad, words__sv="Skriven nyss")
        assert page.status == 422 and why in page.text and "Skriven nyss" in page.text
    page = await send(anna, "save", picture_of(60, 40), words__sv="Skriven nyss")
    assert page.status == 200 and f"/coach/news/{id}/picture" in page.html
    async with anna.session.get(f"{site.base}/coach/news/{id}/picture") as answer:
        assert answer.content_type == "image/png" and await answer.read() == picture_of(60, 40)
    page = await send(anna, "no-picture")
    assert "The picture is taken away." in page.text and (await stored(site, id)).file_id is None
    assert (await stored(site, id)).content["texts"]["sv"]["words"] == "Skriven nyss"


async def test_a_choice_is_kept_used_and_dropped(site: World, anna: Reader) -> None:
    id = await draft(site)
    await listens(site, 9, "sv", roles=("volunteer",))
    await listens(site, 20, "sv", roles=("idea owner",))
    await anna.open(f"/coach/news/{id}")
    page = await send(anna, "keep", roles="volunteer", name="De snälla", words__sv="Nyss")
    assert "Kept." in page.text and "9 people" in page.text and "Nyss" in page.text
    page = await send(anna, "save", roles="idea_owner")
    assert "20 people" in page.text
    page = await send(anna, "use", kept="1")
    assert "9 people" in page.text and (await stored(site, id)).segment == {"roles": ["volunteer"]}
    page = await send(anna, "drop", kept="1")
    assert "no longer kept" in page.text and "De snälla" not in page.text
    page = await send(anna, "save", roles="", but__roles="volunteer")
    assert "20 people" in page.text


async def test_a_colleagues_change_is_not_written_over_unseen(site: World, anna: Reader, olle: Reader) -> None:
    id = await draft(site)
    for reader in (anna, olle):
        await reader.open(f"/coach/news/{id}")
    await send(olle, "save", words__sv="Olles ord")
    page = await send(anna, "save", words__sv="Annas ord")
    assert page.status == 422 and "A colleague has changed it meanwhile" in page.text and "Annas ord" in page.text
    assert (await stored(site, id)).content["texts"]["sv"]["words"] == "Olles ord"
    page = await send(anna, "save", words__sv="Annas ord")
    assert page.status == 422, "pressed once more without a choice, nothing is written over either"
    for reader in (anna, olle):
        await reader.open(f"/coach/news/{id}")
    await send(olle, "save", words__sv="Olles andra ord")
    page = await send(anna, "save", b"GIF89a" + bytes(99), words__sv="Annas ord")
    assert page.status == 422 and "no picture that can be sent" in page.text
    page = await send(anna, "save", words__sv="Annas ord")
    assert page.status == 422 and (await stored(site, id)).content["texts"]["sv"]["words"] == "Olles andra ord"
    await listens(site, 9, "sv", roles=("volunteer",))
    await listens(site, 20, "ar", roles=("idea owner",))
    page = await send(anna, "save", words__sv="Annas ord", words__ar="", roles="idea_owner")
    assert page.status == 422 and "20 people" in page.text, "counted is what stands in the form"
    assert re.search("Missing, and read by some of them:[^.]*العربية", page.text)
    page = await send(anna, "save", words__sv="Annas ord", anyway="yes")
    assert page.status == 200 and (await stored(site, id)).content["texts"]["sv"]["words"] == "Annas ord"


async def test_without_scripts_the_phone_is_shown_by_saving(site: World, anna: Reader) -> None:
    id = await draft(site)
    await anna.open(f"/coach/news/{id}")
    form = next(each for each in anna.page.forms if "version" in dict(each.fields))
    fields = [(name, "Nyss" if name == "words-sv" else value) for name, value in form.fields]
    page = await anna.post(form.action, [*fields, ("show", "ar")])
    assert "Saved, and shown as it arrives." in page.text and 'class="words" lang="ar" dir="rtl"' in page.html
    form = next(each for each in page.forms if "version" in dict(each.fields))
    page = await anna.post(form.action, [*form.fields, ("on", "mail")])
    assert 'class="letter-subject" lang="ar" dir="rtl"' in page.html
    assert (await stored(site, id)).content["texts"]["sv"]["words"] == "Nyss"
    page = await anna.post(form.action, [*form.fields, ("show", "sv"), ("on", "web")])
    assert '<span class="button pill" lang="sv" dir="ltr">Jag kan hjälpa</span>' in page.html


async def test_what_was_typed_is_shown_when_the_session_is_over(site: World, anna: Reader) -> None:
    id = await draft(site)
    await anna.open(f"/coach/news/{id}")
    anna.session.cookie_jar.clear()
    page = await send(anna, "save", words__ar="كلمات مكتوبة الآن", more__sv="Nyss skrivet")
    assert page.status == 401 and "كلمات مكتوبة الآن" in page.text and "Nyss skrivet" in page.text


async def test_a_second_person_says_yes_or_gives_it_back(site: World, anna: Reader, olle: Reader) -> None:
    await listens(site, 9, "sv")
    id = await draft(site)
    at = f"/coach/news/{id}"
    await anna.open(at)
    page = await send(anna, "ask", urgent="yes")
    assert page.status == 422 and "Write why it cannot wait" in page.text
    page = await send(anna, "ask", urgent="yes", reason="Bussen kommer i natt")
    assert "Waits for a second person" in page.text and "You cannot say yes to your own." in page.text
    assert "These can: Olle." in page.text and "Yes, send it" not in page.text
    page = await anna.post(f"{at}/approve", [("csrf", token_of(page))])
    assert page.status == 422 and "Your account may not do this." in page.text
    with pytest.raises(Refused, match="same"):
        await Broadcasts(site.turns).approve(replace(ANNA, staff_id=1), id)
    page = await olle.open(at)
    assert "Bussen kommer i natt" in page.text and "9 people" in page.text
    page = await submit(olle, "/back", words="Skriv var det är")
    assert (await stored(site, id)).status == "draft"
    page = await anna.open(at)
    assert "Olle gave it back" in page.text and "Skriv var det är" in page.text
    page = await send(
        anna,
        "ask",
        urgent="yes",
        reason="Bussen kommer i natt",
        when="later",
        send__day="2020-01-01",
        send__time="10:00",
    )
    assert page.status == 422 and "That time is over" in page.text
    await send(
        anna,
        "ask",
        urgent="yes",
        reason="Bussen kommer i natt",
        when="later",
        send__day="2100-01-01",
        send__time="10:00",
    )
    await olle.open(at)
    page = await submit(olle, "/approve")
    assert "Will be sent" in page.text and "1 January 2100" in page.text
    row = await stored(site, id)
    assert (row.status, row.approved_by, row.urgent) == ("scheduled", 2, "Bussen kommer i natt")
    page = await olle.post(f"{at}/approve", [("csrf", token_of(page))])
    assert page.status == 422 and "somebody has done something else with it" in page.text, "pressed twice"


async def test_a_need_becomes_a_draft_in_every_language(site: World, anna: Reader) -> None:
    need = await supper(site)
    await anna.open(f"/coach/needs/{need}")
    page = await submit(anna, "/coach/news")
    assert page.url.endswith("/coach/news/1") and page.html.count('"state missing" hidden') == 4
    row = await stored(site, 1)
    assert set(row.content["texts"]) == set(site.municipality.languages) and row.need_id == need
    assert row.segment["areas"] == ["Stenhamra"]
    page = await anna.again()
    assert page.url.endswith("/coach/news/1"), "pressed twice, made once"
    assert "#1 (Draft)" in (await anna.open(f"/coach/needs/{need}")).text.replace("# 1", "#1")


async def test_one_that_is_sent_is_followed_paused_and_stopped(site: World, anna: Reader) -> None:
    await listens(site, 30, "sv")
    await listens(site, 7, "en", channel="telegram")
    id = await going(site)
    page = await anna.open(f"/coach/news/{id}")
    assert "36 of 60" in page.text and "Delivered34" in page.text and "In doubt1" in page.text
    assert "Answered14" in page.text and "Has blocked the bot1" in page.text and "<svg" in page.html
    assert "Send it to them once more" not in page.text, "that is for whoever may say yes"
    page = await submit(anna, "/pause")
    assert "Paused" in page.text and (await stored(site, id)).status == "paused"
    page = await submit(anna, "/resume")
    assert (await stored(site, id)).status == "sending"
    page = await anna.post(f"/coach/news/{id}/stop", [("csrf", token_of(page))])
    assert page.status == 422 and "Nothing has been stopped" in page.text
    page = await submit(anna, "/stop", "yes")
    assert "Stopped" in page.text and (await stored(site, id)).status == "cancelled"
    page = await submit(anna, "/outcome")
    assert page.url.endswith(f"/coach/news/{id + 1}") and "14 people" in page.text
    assert f"To those who have answered message #{id}" in page.text
    page = await send(anna, "save", words__sv="Tack! Alla fick mat.", words__en="Thank you!")
    assert (await stored(site, id + 1)).segment == {"answered": [id, ""]}
    assert f"#{id + 1} (Draft)" in (await anna.open(f"/coach/news/{id}")).text


async def test_those_in_doubt_are_sent_again_by_a_click(site: World, anna: Reader, olle: Reader) -> None:
    await listens(site, 10, "en", channel="telegram")
    id = await going(site)
    page = await olle.open(f"/coach/news/{id}")
    assert "some of them may get it twice" in page.text
    page = await submit(olle, "/resend")
    assert "Sent once more: 2." in page.text and "sent those in doubt once more" in page.text
    page = await anna.open("/coach/news?over=1")
    assert "No message is over yet." in page.text


# --- in a browser -------------------------------------------------------------------------------------------------------


async def test_written_beside_the_phone_approved_and_followed_to_the_end(browser: Browser, site: World) -> None:
    from bot.feeder import Feeder

    anna, anna_wrong = await signed_page(browser, site, "/coach/news", await member(site, "Anna", "coordinator"))
    olle, olle_wrong = await signed_page(browser, site, "/coach/news", await member(site, "Olle", "sender"), **PHONE)
    await listens(site, 200, "sv", areas=())
    await listens(site, 12, "ar")
    await listens(site, 7, "en", areas=("Ekerö centrum",))
    await supper(site)
    await anna.click("text=Write a message")
    await anna.wait_for_selector("#count >> text=219")
    assert "missing" in await anna.inner_text("[data-tongue=ar]")
    await anna.fill("#words-sv", WORDS["sv"])
    await anna.wait_for_selector("#shown .phone >> text=Kan du komma?")
    await anna.click("[data-tongue=ar]")
    await anna.fill("#words-ar", WORDS["ar"])
    phone = anna.locator("#shown .words")
    await anna.wait_for_selector("#shown .words[lang=ar] >> text=هل يمكنك الحضور؟")
    assert await phone.get_attribute("dir") == "rtl"
    assert "missing" not in await anna.inner_text("[data-tongue=ar]")
    await anna.check("[name=buttons][value=help]")
    await anna.select_option("#need", label=await anna.inner_text("#need option:nth-child(2)"))
    keys = anna.locator("#shown .keys-row").first.locator("span")
    await keys.nth(1).wait_for()
    there = await keys.evaluate_all("all => all.map(each => [each.getBoundingClientRect().x, each.textContent])")
    assert "يمكنني المساعدة" in max(there)[1], "the likeliest stands at the right, where an Arabic reader begins"
    await anna.click("button[name=on][value=web]")
    await anna.wait_for_selector("#shown .pill >> text=يمكنني المساعدة")
    await anna.click("button[name=on][value=mail]")
    await anna.wait_for_selector("#shown .letter-subject")
    await anna.click("summary:has-text('Where they want to hear from')")
    await anna.check("[name=areas] >> nth=0")
    await anna.wait_for_selector("#count .big:not(:has-text('219'))")
    await anna.uncheck("[name=areas] >> nth=0")
    await anna.wait_for_selector("#count >> text=219")
    await anna.click("button[value=ask]")
    await anna.wait_for_selector("text=Text is missing in")
    assert await anna.input_value("#words-sv") == WORDS["sv"]
    await anna.click("[data-tongue=en]")
    await anna.check("[name=fallback][value=en]")
    await anna.wait_for_selector("[data-tongue=en] >> text=in Swedish")
    await anna.click("button[value=ask]")
    await anna.wait_for_selector("text=Waits for a second person")
    await olle.goto(f"{site.base}/coach/news")
    await olle.click("[data-line]")
    assert "219" in await olle.inner_text(".big")
    await olle.click("#phone >> text=العربية")
    await olle.wait_for_selector("#phone .words[lang=ar]")
    await olle.click("text=Yes, send it")
    await olle.wait_for_selector("text=Will be sent")
    feeder = Feeder(site.turns)
    await feeder.step()
    await anna.reload()
    await anna.wait_for_selector("h2:has-text('Is being sent')")
    await feeder.step()
    await anna.wait_for_selector(".how-far:has-text('100 of 219')")  # by itself
    await anna.click("#pause")
    await anna.wait_for_selector("h2:has-text('Paused')")
    assert not await feeder.step(), "nobody gets it meanwhile"
    await anna.click("#resume")
    await anna.wait_for_selector("#pause")
    for _part in range(4):
        await feeder.step()
    await anna.wait_for_selector("#progress h2:has-text('Sent')")
    await anna.wait_for_selector("#pause", state="detached")  # what can be done has changed with it
    assert "219 of 219" in await anna.inner_text(".how-far")
    assert "219 of 219" in await anna.inner_text("#heard")
    assert [each for each in (*anna_wrong, *olle_wrong) if "422" not in each] == []


async def test_written_with_the_keyboard_alone(browser: Browser, site: World) -> None:
    page, wrong = await signed_page(browser, site, "/coach/news", await member(site, "Anna", "leader"))
    await listens(site, 9, "sv")
    await tab_to(page, "Write a message")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/coach/news/1")
    await page.focus("main a")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "tab-sv"
    await page.keyboard.press("Tab")
    await page.keyboard.type("Kom på torsdag!")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowRight")
    await page.wait_for_selector("#words-sv-simple")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.name") == "words-sv-simple"
    await page.keyboard.type("Kom på torsdag.")
    await tab_to(page, "Web chat")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("button[name=on][value=web][aria-pressed=true]:focus")
    await page.wait_for_selector("#shown >> text=Kom på torsdag.")
    await tab_to(page, "Have it sent")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=Will be sent")
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_on_any_of_its_pages(browser: Browser, tmp_path: Path, language: str) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES) as site:
        token = await member(site, "Anna", "coordinator", "sender")
        await listens(site, 30, "sv")
        await listens(site, 12, "ar")
        await listens(site, 7, "en-XA", channel="telegram")
        sent, written, asked = (
            await going(site),
            await draft(site, fallback="en-XA"),
            await draft(site, fallback="en-XA"),
        )
        await Broadcasts(site.turns).ask(replace(ANNA, staff_id=1), asked, urgent="Bussen kommer i natt")
        found: list[str] = []
        page, wrong = await signed_page(browser, site, "/coach", token)
        await page.goto(f"{site.base}/coach?lang={language}")
        await page.emulate_media(color_scheme="dark" if language == "ar" else "light")
        for path in (
            "",
            "?over=1",
            f"/{written}",
            f"/{written}?show=ar&on=web",
            f"/{asked}",
            f"/{asked}?show=ar&on=mail",
            f"/{sent}",
        ):
            await page.goto(f"{site.base}/coach/news{path}")
            assert await page.evaluate("document.documentElement.lang") == language
            await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
            for size in ({"width": 320, "height": 640}, {"width": 1440, "height": 900}):
                await page.set_viewport_size(size)
                if await page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                    found.append(f"{path}, {size['width']} px: it has to be moved sideways")
                if language != "en-XA":
                    found += [f"{path}, {size['width']} px: {each}" for each in await findings(page)]
        assert "\n".join(found) == ""
        assert wrong == []
