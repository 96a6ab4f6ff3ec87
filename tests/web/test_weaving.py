"""The map of actors in the console and the areas' pages: looked at, edited without scripts, warned, clean for axe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.handlers.web.console.guard import COOKIE
from bot.packs.load import load_municipality
from bot.packs.model.routing import local
from storage import conversations, meetings, tables
from storage import weaving as rows
from tests.web.reader import Reader
from tests.web.test_accessibility import findings
from tests.web.test_console import PASSWORD, signed_page, submit
from tests.web.test_in_the_browser import PHONE
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202e"
LUND = load_municipality("lund")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "idelabb.db", now=lambda: NOW, more=(LUND,)) as made:
        yield made


async def member(site: World) -> str:
    link = await site.console.staff.add("eva@example.se", "Eva", "lund", ("coordinator",), by="test")
    return await site.console.staff.begin(link.rpartition("/")[2], PASSWORD, PASSWORD)


async def mapped(site: World) -> dict[str, int]:
    """Two circles that do not know each other, a weaver, and somebody who can be asked through the bot; ids by name."""

    async def write(tx: Any) -> dict[str, int]:
        who = await conversations.open(
            tx, municipality_id="lund", channel="web", address="ada", now=NOW, locale_hint="sv"
        )
        ids = {}
        for name, topics in (("Biblioteket", ["culture"]), ("Fritidsgården", ["youth"]), ("Kören", ["culture"]),
                             ("Odlarna", ["nature"]), ("Scouterna", ["youth", "culture"]), (HOSTILE, [])):  # fmt: skip
            ids[name] = await rows.add_actor(
                tx, municipality_id="lund", kind="association", name=name, made_by="coordinator", now=NOW - timedelta(days=500),
                about={"areas": ["Dalby"], "topics": topics, "does": "Gör saker", "contact": ""},
                resident_id=who.resident_id if name == "Kören" else None,
                conversation_id=who.conversation_id if name == "Kören" else None,
            )  # fmt: skip
        weaver = await rows.add_actor(
            tx, municipality_id="lund", kind="role", name="Nätverksvävaren i Dalby", made_by="pack", now=NOW,
            key="role:vavare_dalby", weaver=True, about={"areas": ["Dalby"], "topics": ["local"]},
        )  # fmt: skip
        pairs = [
            ("Biblioteket", "Fritidsgården"),
            ("Biblioteket", "Odlarna"),
            ("Fritidsgården", "Odlarna"),
            ("Kören", "Scouterna"),
        ]
        linked = [*((ids[a], ids[b], "culture", "2024-05-01") for a, b in pairs),
                  *((weaver, ids[a], "", "2026-01-10") for a in ("Biblioteket", "Kören"))]  # fmt: skip
        for one, other, theme, since in linked:
            await rows.add_link(tx, municipality_id="lund", one=one, other=other, theme=theme, since=since, made_by="",
                                noted_by="coordinator", now=NOW)  # fmt: skip
        return ids

    return await site.db.write(write)


async def test_staff_see_edit_ask_and_are_warned(site: World) -> None:
    ids = await mapped(site)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({COOKIE: await member(site)})
        staff = Reader(session, site.base, "en")
        page = await staff.open("/m/lund/coach/map")
        assert page.status == 200 and "<script>alert" not in page.html and "\u202e" not in page.html
        assert "Before: " in page.text and "After: " in page.text and "Direct links appear" in page.text
        assert "their circles do not know each other" in page.text and "only the weaver knows them both" in page.text
        drawn = re.findall(r'<text class="name"[^>]*>([^<]*)<', page.html)
        assert "Kören" in drawn and drawn.count("Kören") == 2, "on both days"
        assert "33 %" in page.text, "two of six links"
        again = await staff.open("/m/lund/coach/map")
        assert re.findall(r"<svg class=.map.*?</svg>", again.html, re.S) == re.findall(
            r"<svg class=.map.*?</svg>", page.html, re.S
        )

        await staff.open("/m/lund/coach/map/list")
        page = await submit(staff, "/coach/map", "", do="actor", name="Röda Korset", kind="association", contact="070-174 06 05",
                            areas=str(LUND.areas[0].number), topics="youth")  # fmt: skip
        assert page.url.endswith("/m/lund/coach/map/list") and "Röda Korset" in page.text
        new = str(next(each.id for each in await all_of(site) if each.name == "Röda Korset"))
        page = await submit(
            staff, "/coach/map", "", do="link", one=new, other=str(ids["Kören"]), theme="youth", since=""
        )
        assert "Röda Korset – Kören" in page.text.replace("Kören – Röda Korset", "Röda Korset – Kören")
        page = await submit(staff, "/coach/map", "", do="asked", actor=new, about="En lokal på tisdagar", how="phone")
        assert "En lokal på tisdagar" in page.text and "Coordinator (Eva)" in page.text
        page = await submit(
            staff, "/coach/map", "", do="asked", actor=new, about="Ett tält", how="letter", back="/coach/map/list"
        )
        assert (
            page.status == 409 and "nobody asks the same one again" in page.text and "En lokal på tisdagar" in page.text
        )
        sure = next(form for form in page.forms if ("sure", "1") in form.fields)
        page = await staff.post(sure.action, [*sure.fields])
        assert page.status == 200 and "Ett tält" in page.text
        page = await submit(staff, "/coach/map", "", do="end", kind="actor", thing=new, back="/coach/map/list#changes")
        assert "Röda Korset” was taken off the map" in page.text

        page = await staff.open("/m/lund/coach/map")
        page = await submit(staff, "/coach/map", "", do="introduce", a=str(ids["Kören"]), b=str(ids["Fritidsgården"]), theme="",
                            area="Dalby", why="area bridge", back="/coach/map#asking")  # fmt: skip
        assert "Both are asked" in page.text and "The letter to “Fritidsgården”" in page.text
        assert "Det finns en annan grupp" in page.text, "a letter in Swedish, without the other one's name"
        page = await staff.open("/m/lund/coach/obstacles")
        assert "Nobody has told of anything yet." in page.text
        assert (await staff.open("/coach/map")).status in (403, 404)
        page = await staff.open("/m/lund/areas")
        assert "Södra Sandby" in page.text
        begins, there = NOW + timedelta(days=9), local(LUND, LUND.areas[0].name).networks[0]
        await site.db.write(lambda tx: meetings.add(
            tx, municipality_id="lund", network_id=there.id, now=NOW, starts_at=begins, ends_at=begins + timedelta(hours=2),
            said={"title": "Kvarteret träffas", "place": "Biblioteket"}))  # fmt: skip
        page = await staff.open(f"/m/lund/areas/{LUND.areas[0].number}?lang=en")
        assert "Kvarteret träffas" in page.text, "the next meeting of a network of the area"
        assert "The network weaver in Dalby" in page.text and "The web of Dalby" in page.text
        page = await staff.press(f"0|f:area:{LUND.areas[0].number}")
        if "|c:en" in str(page.pressable()):
            page = await staff.press("|c:en")
        assert "Your area is" in page.text and "Dalby" in page.text
        assert (await staff.open("/m/lund/areas/1")).status == 404


async def all_of(site: World) -> list[Any]:
    async with site.db.read() as tx:
        return list(await tx.execute(tables.map_actors.select()))


@pytest.mark.parametrize("language", ["sv", "ar"])
async def test_axe_finds_nothing_on_a_phone_and_on_a_big_screen(browser: Browser, site: World, language: str) -> None:
    await mapped(site)
    token = await member(site)
    page, wrong = await signed_page(
        browser, site, f"/m/lund/coach/map?lang={language}", token, reduced_motion="reduce", **PHONE
    )
    found, wide = [], []
    area = f"/m/lund/areas/{LUND.areas[0].number}"
    for path in ("/m/lund/coach/map", "/m/lund/coach/map/list", "/m/lund/coach/obstacles", "/m/lund/areas", area):
        for width, height in ((360, 740), (1920, 1080)):
            await page.set_viewport_size({"width": width, "height": height})
            await page.goto(f"{site.base}{path}?lang={language}")
            await page.evaluate("for (const each of document.querySelectorAll('details.act')) each.open = true")
            found += [f"{path}, {width}: {each}" for each in await findings(page)]
            if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append(f"{path}, {width}")
    assert [each[:300] for each in found] == [] and (wide, wrong) == ([], [])
    await page.goto(f"{site.base}/m/lund/coach/map?lang={language}")
    second = page.locator("svg.map").nth(1)
    weaver = await second.locator(".weaver").first.bounding_box()
    other = await second.locator(".c1").first.bounding_box()
    assert weaver is not None and other is not None and weaver["x"] != other["x"]
