"""What helpers are needed for, as everybody sees it on the web, and from there into the conversation."""

from __future__ import annotations

import aiohttp
from icalendar import Calendar

from tests.web.reader import Reader
from tests.web.tour import shift
from tests.web.world import World


async def test_everybody_sees_what_is_needed_and_nobody_sees_where_it_is(site: World, reader: Reader) -> None:
    page = await reader.open("/needs")
    assert "Right now nobody is needed" in page.text
    await shift(site)
    page = await reader.open("/needs")
    assert "Duka och servera kvällsmat" in page.text and "0 of 3: 3 more needed" in page.text
    assert "Skolvägen" not in page.text


async def test_a_press_leads_into_the_conversation(site: World, reader: Reader) -> None:
    await shift(site)
    await reader.open("/needs")
    await reader.press("0|f:shift:1")
    if "Which language" in reader.page.text:
        await reader.press("|c:en")
    assert "Do you want to help with this?" in reader.page.text


async def test_programs_get_it_too(site: World, session: aiohttp.ClientSession) -> None:
    need = await shift(site)
    async with session.get(f"{site.base}/needs.json") as answer:
        (found,) = (await answer.json())["needs"]
    assert (found["need"], found["places"], found["free"], found["languages_any"]) == (need, 3, 3, ["ti", "prs"])
    assert "Skolvägen" not in str(found)
    async with session.get(f"{site.base}/needs.ics") as answer:
        assert answer.content_type == "text/calendar"
        (event,) = Calendar.from_ical(await answer.read()).walk("VEVENT")
    assert "0 av 3" in str(event["summary"]) and str(event["location"]) == "Stenhamra"
