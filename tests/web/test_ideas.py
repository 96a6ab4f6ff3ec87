"""The idea board and the feeds, as everybody meets them on the web."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as xml
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.examples import months_from
from bot.handlers.web.console.guard import COOKIE
from bot.packs.load import load_municipality
from bot.syndication import Feed, Item, json_feed, rss
from storage import board, tables
from tests.documents.test_pdf import words
from tests.documents.test_poster import links
from tests.web import tour
from tests.web.reader import Reader
from tests.web.test_console import member, submit
from tests.web.test_open_activities import somebody
from tests.web.world import World, world

HOSTILE = "<script>alert(1)</script> & \u202egnihton\u202c ]]>"
ATOM = "{http://www.w3.org/2005/Atom}link"


async def idea(site: World, reader: Reader, what: str = "Vi lagar cyklar ihop", **more: object) -> int:
    return await tour.posted(site, reader, "idea_board", {"what": what, "side": "resident", **more})


async def fetched(session: aiohttp.ClientSession, url: str) -> tuple[str, bytes]:
    async with session.get(url) as answer:
        assert answer.status == 200
        return answer.content_type, await answer.read()


async def test_a_person_at_the_municipality_shows_it_in_the_owners_words(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    ada = await somebody(site, session)
    await ada.say("/start idea_post")
    for said in ("We mend bicycles", "Stenhamra", "A welder"):
        await ada.say(said)
    await ada.press("|c:resident")
    assert "This is what everybody would see" in ada.page.text
    page = await ada.press("|c:yes")
    assert "We mend bicycles" not in (await ada.open("/ideas")).text
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    page = await reader.open("/coach/cases/1")
    assert "the very words that its owner has agreed to" in page.text and "A welder" in page.text
    page = await submit(reader, "/board")
    assert "showed it to everybody" in page.text and "Closed" in page.text
    page = await reader.open("/ideas")
    assert "We mend bicycles" in page.text and "A welder" in page.text and "Somebody who lives here" in page.text


async def test_a_press_leads_into_the_conversation(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    ada = await somebody(site, session)
    number = await idea(site, ada)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        bo = Reader(other, site.base, "en")
        await bo.open("/ideas")
        await bo.press(f"0|f:idea_join:{number}")
        if "Which language" in bo.page.text:
            await bo.press("|c:en")
        assert "What is your name?" in bo.page.text
        await bo.open("/needs")
        need = await tour.posted(site, ada, "board", {"what": "Two who read with children", "who": "The Club"})
        await bo.open("/needs")
        assert "Two who read with children" in bo.page.text and "The Club" in bo.page.text
        await bo.press(f"0|f:board_answer:{need}")
        assert "Two who read with children" in bo.page.text


async def test_what_most_people_are_needed_for_is_first(site: World, session: aiohttp.ClientSession) -> None:
    ada = await somebody(site, session)
    for what, people in (("Few", 1), ("Many", 9), ("Some", 4)):
        await tour.posted(site, ada, "board", {"what": what, "people": people, "who": "The Club"})
    html = (await ada.open("/needs")).html
    assert html.index("Many") < html.index("Some") < html.index("Few")


async def test_a_hostile_title_stays_words(site: World, session: aiohttp.ClientSession) -> None:
    ada = await somebody(site, session)
    await idea(site, ada, HOSTILE)
    html = (await ada.open("/ideas?lang=ar")).html
    assert "<script>alert" not in html and "\u202e" not in html and 'dir="rtl"' in html
    kind, body = await fetched(session, f"{site.base}/ideas.rss")
    assert kind == "application/rss+xml"
    (item,) = xml.fromstring(body).iter("item")
    assert item.findtext("title") == "<script>alert(1)</script> & gnihton ]]>" and b"<script>" not in body
    _kind, body = await fetched(session, f"{site.base}/ideas.json")
    assert "\u202e" not in json.loads(body)["items"][0]["title"]


async def test_feeds_are_linked_and_hold_what_the_page_does(site: World, session: aiohttp.ClientSession) -> None:
    ada = await somebody(site, session)
    number = await idea(site, ada, wanted="Någon som kan svetsa")
    await tour.example(site, number, {"sv": "Tolv cyklar har fått nytt liv."})
    page = await ada.open("/ideas")
    for ending in ("rss", "json"):
        assert f'rel="alternate" type="application/{"rss" if ending == "rss" else "feed"}+' in page.html
        assert f"/ideas.{ending}" in page.html
    _kind, body = await fetched(session, f"{site.base}/ideas.rss")
    channel = xml.fromstring(body).find("channel")
    assert channel is not None and channel.findtext("language") == "sv"
    assert channel.find(ATOM).attrib["href"] == f"{site.base}/ideas.rss"  # type: ignore[union-attr]
    titles = [item.findtext("title") or "" for item in channel.iter("item")]
    assert titles[1] == "Vi lagar cyklar ihop" and "Gott exempel" in titles[0]
    about = [item.findtext("description") or "" for item in channel.iter("item")]
    assert "Någon som kan svetsa" in about[1] and "Tolv cyklar har fått nytt liv." in about[0]
    for item in channel.iter("item"):
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo is not None
    kind, body = await fetched(session, f"{site.base}/ideas.json?lang=en")
    made = json.loads(body)
    assert (kind, made["version"], made["language"]) == (
        "application/feed+json", "https://jsonfeed.org/version/1.1", "en",
    )  # fmt: skip
    assert made["feed_url"] == f"{site.base}/ideas.json?lang=en"
    assert made["items"][1]["url"] == f"{site.base}/ideas#post-{number}"
    assert "Somebody who lives here" in made["items"][1]["content_text"]


async def test_no_feed_tells_who_anybody_is(site: World, session: aiohttp.ClientSession) -> None:
    ada = await somebody(site, session)
    await idea(site, ada)
    await tour.shift(site)
    where = {"area": "Stenhamra", "said": "skolan", "latitude": 59.3312, "longitude": 17.6834}
    await tour.posted(site, ada, "board", {"what": "Två som läser", "who": "Läxhjälpen", "people": 2, "where": where})
    for path in ("/ideas.rss", "/ideas.json", "/needs.rss", "/needs.json"):
        _kind, body = await fetched(session, site.base + path)
        assert b"Skolv" not in body, "an address is for those who have a place"
        assert b"59.33" not in body and b"17.68" not in body, "the area is enough"
        assert b"resident_id" not in body and b"conversation" not in body


async def test_a_drill_is_never_told_as_a_need(site: World, session: aiohttp.ClientSession) -> None:
    await tour.shift(site)
    await site.db.write(lambda tx: tx.execute(tables.needs.update().values(drill=True)))
    for path in ("/needs.rss", "/needs.json", "/needs.ics"):
        _kind, body = await fetched(session, site.base + path)
        titles = [each["title"] for each in json.loads(body)["items"]] if path.endswith("json") else []
        told = str(titles) + body.decode().replace("\r\n ", "").replace("\\,", ",")
        assert "Övning, inget verkligt behov: Duka" in told


async def test_the_needs_of_programs_keep_their_shape(site: World, session: aiohttp.ClientSession) -> None:
    ada = await somebody(site, session)
    await tour.shift(site)
    post = await tour.posted(site, ada, "board", {"what": "Två som läser", "who": "Läxhjälpen", "people": 2})
    kind, body = await fetched(session, f"{site.base}/needs.json")
    made = json.loads(body)
    assert kind == "application/json" and [each["title"] for each in made["needs"]] == ["Duka och servera kvällsmat"]
    assert made["posts"] == [
        {"id": post, "title": "Två som läser", "what": "Två som läser", "where": None, "when": None, "people": 2,
         "languages": None, "who": "Läxhjälpen"}
    ]  # fmt: skip
    assert [each["url"] for each in made["items"]] == [f"{site.base}/needs#shift-1", f"{site.base}/needs#post-{post}"]
    _kind, body = await fetched(session, f"{site.base}/needs.rss")
    assert [each.findtext("title") for each in xml.fromstring(body).iter("item")] == [
        "Duka och servera kvällsmat", "Två som läser",
    ]  # fmt: skip


async def test_each_municipality_has_its_own(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with world(tmp_path / "idelabb.db", more=(load_municipality("lund"),)) as site:
        ada = await somebody(site, session)
        await idea(site, ada)
        assert "Vi lagar cyklar ihop" in (await ada.open("/ideas")).text
        assert "Vi lagar cyklar ihop" not in (await ada.open("/m/lund/ideas")).text
        _kind, body = await fetched(session, f"{site.base}/m/lund/ideas.json")
        made = json.loads(body)
        assert (made["items"], made["feed_url"]) == ([], f"{site.base}/m/lund/ideas.json")
        await tour.open_activity(site, ada)
        async with session.get(f"{site.base}/open.rss") as answer:
            assert answer.status == 404, "only where there are places with open activities"
        assert (await fetched(session, f"{site.base}/m/lund/open.rss"))[0] == "application/rss+xml"


@pytest.mark.parametrize("words", [HOSTILE, "\x00\ufffe\ud800 bell\x07", "", "a\nb", "ورشة \u2066x"])
def test_whatever_is_written_the_feed_can_be_read(words: str) -> None:
    feed = Feed(words, words, "https://example.se/ideas", "https://example.se/ideas.rss", "sv",
                [Item("https://example.se/1", "https://example.se/1", words, words)])  # fmt: skip
    (item,) = xml.fromstring(rss(feed)).iter("item")
    said = item.findtext("title") or ""
    assert not set(said) & set("\x00\x07\ufffe\u202e\u2066")
    assert json.loads(json.dumps(json_feed(feed)))["items"][0]["title"] == said


# --- the directory of actors ----------------------------------------------------------------------------------------------


async def test_actors_are_found_by_topic_area_and_words(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    page = await reader.open("/actors?lang=sv")
    assert "Undernätverket för boende" in page.text and "Idélabbets coacher" in page.text
    ada = await somebody(site, session)
    for title, area in ((HOSTILE, "Stenhamra"), ("Dockorna", "Färingsö")):
        await tour.posted(site, ada, "actor", {"title": title, "what": "Vi spelar teater.", "side": "association",
                                               "topics": ["culture"], "where": {"area": area}})  # fmt: skip
    page = await reader.open("/actors?q=teater&lang=sv")
    assert "Dockorna" in page.text and "Undernätverket för boende" not in page.text
    assert "<script>alert" not in page.html and "\u202e" not in page.html
    page = await reader.open("/actors?area=Stenhamra&topic=culture&lang=sv")
    assert "Dockorna" not in page.text and "alert(1)" in page.text
    assert "Ingen som står med passar" in (await reader.open("/actors?q=xyzzy&lang=sv")).text
    page = await reader.open("/actors?q=boende&lang=sv")
    press = next(value for value in page.pressable() if "f:actor:" in value)
    await reader.press(press)
    if "|c:sv" in str(reader.page.pressable()):
        await reader.press("|c:sv")
    assert "Öar utan gränser" in reader.page.text


async def test_every_municipality_lists_its_own(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with world(tmp_path / "idelabb.db", more=(load_municipality("lund"),)) as site:
        reader = Reader(session, site.base, "sv")
        assert "Stenkrossen" not in (await reader.open("/actors")).text
        page = await reader.open("/m/lund/actors")
        assert (
            "Stenkrossen" in page.text
            and "Sök en plats här" in page.text
            and "Undernätverket för boende" not in page.text
        )


# --- the good example of the month ----------------------------------------------------------------------------------------


async def test_staff_choose_the_example_and_see_which_languages_lack_words(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    ada = await somebody(site, session)
    number = await idea(site, ada)
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    page = await reader.open("/coach/example")
    assert "Vi lagar cyklar ihop" in page.text
    month = {"month": f"{datetime.now(ZoneInfo('Europe/Stockholm')):%Y-%m}"}
    page = await submit(reader, "/example", post=str(number), **month, **{"words.en": "Twelve bicycles live again."})
    assert page.status == 422 and "Write a few words in Svenska at least" in page.text
    assert "Twelve bicycles live again." in page.html, "what was typed is kept"
    page = await submit(
        reader, "/example", post=str(number), **month, **{"words.sv": "Tolv cyklar lever igen.", "words.en": "Twelve."}
    )
    assert "It is shown on the idea board" in page.text
    assert "There are no words yet in: " in page.text and "العربية" in page.text
    page = await ada.open("/ideas?lang=sv")
    assert "Gott exempel" in page.text and "Tolv cyklar lever igen." in page.text
    page = await ada.open("/ideas?lang=ar")
    assert 'lang="en" dir="ltr">Twelve.' in page.html, "marked as what it is"
    page = await submit(reader, "/example", do="drop", **month)
    assert "That month has no example now" in page.text
    assert "Gott exempel" not in (await ada.open("/ideas?lang=sv")).text


async def test_each_month_has_words_of_its_own(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    ada = await somebody(site, session)
    number = await idea(site, ada)
    await tour.example(site, number, {"sv": "Tolv cyklar."})
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    this, following, *_later = months_from(datetime.now(ZoneInfo("Europe/Stockholm")).date())
    page = await reader.open("/coach/example")
    assert "Tolv cyklar." in page.html
    page = await reader.open(f"/coach/example?month={following}")
    assert "Tolv cyklar." not in page.html
    await submit(
        reader, "/example", post=str(number), **{"words.sv": "Nu femton. Ring 070-174 06 05, skriv till bo@example.se."}
    )
    async with site.db.read() as tx:
        found = {each.month: each.words["sv"] for each in await board.examples(tx, "ekero")}
    assert found == {this: "Tolv cyklar.", following: "Nu femton. Ring …, skriv till …."}


async def test_an_example_is_dropped_whenever_it_was_and_whatever_else_is_shown(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    ada = await somebody(site, session)
    need = await tour.posted(site, ada, "board", {"what": "Två som läser", "who": "Läxhjälpen"})
    now = site.turns.now()
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    await site.db.write(
        lambda tx: board.set_example(
            tx, municipality_id="ekero", month="2026-01", post_id=need, words={"sv": "Bra!"}, staff_id=1, now=now
        )
    )
    await site.db.write(lambda tx: board.end(tx, "ekero", need, "filled", now))
    page = await reader.open("/coach/example")
    assert "January 2026" in page.text and "Nothing is shown right now" in page.text
    page = await reader.open("/coach/example?month=2026-01")
    assert "Chosen for January 2026: “Två som läser”" in page.text
    await submit(reader, "/example", post=str(need), **{"words.sv": "Mycket bra!"})
    async with site.db.read() as tx:
        assert [each.words for each in await board.examples(tx, "ekero")] == [{"sv": "Mycket bra!"}]
    await submit(reader, "/example", do="drop")
    async with site.db.read() as tx:
        assert await board.examples(tx, "ekero") == []
    page = await reader.open("/coach/cases/1")
    assert "chose it as the good example of a month" in page.text
    assert "took it away as the good example of a month" in page.text and "Anna" in page.text


async def test_a_colleague_takes_down_what_is_shown(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    ada = await somebody(site, session)
    number = await idea(site, ada)
    async with site.db.read() as tx:
        case = (await board.load(tx, "ekero", number)).case_id
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    await reader.open(f"/coach/cases/{case}")
    page = await submit(reader, "/down", words=" ")
    assert page.status == 422 and "Nothing is written yet" in page.text
    page = await submit(reader, "/down", words="Ett telefonnummer står i texten.")
    assert "took it down" in page.text
    assert "Vi lagar cyklar ihop" not in (await ada.open("/ideas")).text
    assert "Ett telefonnummer står i texten." in (await ada.open("/")).text


async def test_nothing_that_is_not_shown_is_an_example(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    page = await reader.open("/coach/example")
    assert "Nothing is shown right now" in page.text
    form = next(form for form in (await reader.open("/coach")).forms if form.fields)
    token = [(name, value) for name, value in form.fields if name == "csrf"]
    page = await reader.post("/coach/example", [*token, ("post", "99"), ("month", "2026-11"), ("words.sv", "Bra!")])
    assert page.status == 422 and "Choose something that is shown now" in page.text


async def test_a_poster_of_something_that_is_shown(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    ada = await somebody(site, session)
    number = await idea(site, ada, HOSTILE, wanted="Någon som kan svetsa")
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    assert "the usual poster" in (await reader.open(f"/coach/posters?post={number}")).text
    path = f"{site.base}/coach/posters/file.pdf?kind=together&post={number}"
    kind, body = await fetched(session, f"{path}&language=sv&language=en&language=ar")
    assert kind == "application/pdf"
    said = words(body)
    assert (
        "En idé där du bor" in said and "Do you want to join" in said and "kan svetsa" in said and "\u202e" not in said
    )
    assert links(body) == {f"{site.base}/ideas?lang={tag}#post-{number}" for tag in ("sv", "en", "ar")}
    page = await reader.open(path.removeprefix(site.base) + "&language=sv&language=en&language=ar&language=sv-simple")
    assert page.status == 422 and "at most three languages" in page.text
    page = await reader.open("/coach/posters/file.pdf?kind=poster&post=99&language=sv")
    assert page.status == 422 and "not shown any more" in page.text
