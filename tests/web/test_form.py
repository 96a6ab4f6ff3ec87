"""The web form: nothing typed is lost, nothing is sent before the last button."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from bot.handlers.web import TelegramUser
from tests.web.reader import Page, Reader
from tests.web.world import World, world

IDEA = {"idea__value": "A garden behind the library"}


def value(page: Page, name: str) -> str:
    form = next(form for form in page.forms if "/form/" in form.action)
    return dict(form.fields)[name]


async def test_a_form_is_reviewed_and_then_sent(reader: Reader) -> None:
    await reader.open("/form/idea")
    review = await reader.submit("review", **IDEA, for_whom__value="families", where__how_many__value="20-25")
    assert review.status == 200
    assert "A garden behind the library" in review.text
    assert "Families" in review.text
    assert list(reader.session.cookie_jar) == []
    done = await reader.submit("send")
    assert "/plan/" in done.link("/plan/")
    assert "A garden behind the library" in done.text


async def test_a_form_sent_twice_makes_one_plan(reader: Reader) -> None:
    await reader.open("/form/idea")
    await reader.submit("review", **IDEA)
    await reader.submit("send")
    await reader.again()
    await reader.open("/")
    assert len([href for href, _label in reader.page.links if "/plan/" in href and "chat" not in href]) == 1


async def test_what_cannot_be_read_comes_back_in_its_field_with_the_reason(reader: Reader) -> None:
    await reader.open("/form/idea")
    page = await reader.submit("review", **IDEA, where__how_many__value="many many")
    assert page.status == 422
    assert value(page, "where.how_many.value") == "many many"
    assert value(page, "idea.value") == "A garden behind the library"
    assert ("#where-how_many") in [href for href, _label in page.links]
    described = [found for tag, found in page.tags if found.get("aria-invalid") == "true"]
    assert "where-how_many-problem" in described[0]["aria-describedby"]


async def test_a_doubt_is_confirmed_by_a_tick(reader: Reader) -> None:
    await reader.open("/form/idea")
    page = await reader.submit("review", **IDEA, when__first__day="2020-01-05")
    assert (page.status, "has already been" in page.text) == (422, True)
    assert value(page, "when.first.day") == "2020-01-05"
    page = await reader.submit("review", when__first__confirm="yes")
    assert (page.status, "5 January" in page.text) == (200, True)


async def test_a_line_more_keeps_those_there_are(reader: Reader) -> None:
    await reader.open("/form/idea")
    page = await reader.submit("review", who__name__0="Amina", add="who")
    names = [name for form in page.forms for name, _value in form.fields if name.startswith("who.name.")]
    assert names == ["who.name.0", "who.name.1", "who.name.2"]
    assert value(page, "who.name.0") == "Amina"
    page = await reader.submit("review", add="who")
    assert value(page, "who.name.3") == ""


async def test_a_form_with_many_people_and_nothing_else_is_shown(reader: Reader) -> None:
    await reader.open("/form/idea")
    names = {f"who__name__{number}": name for number, name in enumerate(("Amina", "Björn", "Ola", "Sara"))}
    page = await reader.submit("edit", **names)
    assert (page.status, value(page, "who.name.3")) == (200, "Sara")


async def test_an_empty_form_asks_for_the_idea(reader: Reader) -> None:
    await reader.open("/form/idea")
    page = await reader.submit("review")
    assert (page.status, "Nothing is filled in yet" in page.text) == (422, True)


async def test_answers_of_the_chat_stand_in_the_form(reader: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say("A garden behind the library")
    page = await reader.open("/form/idea")
    assert value(page, "idea.value") == "A garden behind the library"


async def test_changing_after_the_review_keeps_everything(reader: Reader) -> None:
    await reader.open("/form/idea")
    await reader.submit("review", **IDEA, own_part__value="I dig")
    page = await reader.submit("edit")
    assert (value(page, "idea.value"), value(page, "own_part.value")) == ("A garden behind the library", "I dig")


async def test_danger_in_a_form_shows_the_numbers_before_anything_is_sent(reader: Reader) -> None:
    await reader.open("/form/idea")
    page = await reader.submit("review", idea__value="I want to kill myself")
    assert "Are you in danger?" in page.text


async def test_an_unknown_form_is_not_there(reader: Reader) -> None:
    assert (await reader.open("/form/menu")).status == 404


async def test_a_form_opened_in_telegram_goes_to_the_talk_there(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    def verify(municipality: str, raw: str) -> TelegramUser | None:
        return TelegramUser(4711, "en") if (municipality, raw) == ("ekero", "signed by Telegram") else None

    async with world(tmp_path / "idelabb.db", verify=verify) as site:
        reader = Reader(session, site.base)
        await reader.open("/form/idea")
        forged = await reader.post("/form/session", [("data", "signed by me")])
        assert forged.status == 403
        for _replayed in range(2):
            opened = await reader.post("/form/session", [("data", "signed by Telegram")])
            assert opened.status == 200
        await reader.open("/form/idea")
        await reader.submit("review", **IDEA)
        page = await reader.submit("send")
        assert "in Telegram" in page.text
        await reader.again()
        talk = await site.views.talk("ekero", "telegram", "4711")
        assert talk is not None
        said = await site.views.latest(talk.conversation_id)
        assert len([each for each in said if isinstance(each.body, dict) and "card" in each.body]) == 1


async def test_a_session_of_another_municipality_or_key_is_worth_nothing(
    site: World, session: aiohttp.ClientSession
) -> None:
    reader = Reader(session, site.base)
    session.cookie_jar.update_cookies({"idelabbet_form": "ekero.4711.99999999999.0000"})
    await reader.open("/form/idea")
    await reader.submit("review", **IDEA)
    await reader.submit("send")
    assert await site.views.talk("ekero", "telegram", "4711") is None


async def test_help_is_asked_for_by_a_form(reader: Reader) -> None:
    page = await reader.open("/form/help_me")
    assert "Is somebody in danger? Call 112 first." in page.text.partition("What do you need help with?")[0]
    page = await reader.submit("review", what__suggestion="shopping", urgency__value="today", who__value="self")
    assert (page.status, "This needs an answer." in page.text) == (422, True)  # the name
    page = await reader.submit(
        "review", what__suggestion="shopping", where__area="Stenhamra", urgency__value="today", who__value="self",
        languages__choice="ar", name__value="Greta", address__value="Storgatan 3",
    )  # fmt: skip
    assert page.status == 200 and "Arabic" in page.text and "Greta" in page.text
    page = await reader.submit("send")
    assert "I look for somebody now" in page.text
