"""Furniture on the web: the coordinator's page and the driver's, on a phone and from right to left, looked at by axe."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.goods_desk import Furniture
from bot.handoff import Actor
from storage import goods
from tests.web.test_accessibility import findings
from tests.web.test_console import member, signed_page
from tests.web.test_in_the_browser import PHONE
from tests.web.tour import furniture, run_link
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize("tag", ["sv", "ar"])
async def test_from_a_suggestion_to_the_last_stop(tmp_path: Path, browser: Browser, tag: str) -> None:
    async with world(tmp_path / "idelabb.db") as site:
        day = site.turns.now().date() + timedelta(days=3)
        driver_id = await furniture(site, day)
        token = await member(site, "Anna", "coordinator")
        page, wrong = await signed_page(browser, site, f"/coach/goods?lang={tag}", token, **PHONE)

        async def looked_at(name: str) -> None:
            await page.evaluate("for (const each of document.querySelectorAll('details.act')) each.open = true")
            assert await findings(page) == [], name
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

        assert await page.get_attribute("html", "dir") == ("rtl" if tag == "ar" else "ltr")
        assert "Storgatan" not in await page.inner_text("main")
        await looked_at("what may go to whom")
        await page.click("#fits + ul button.primary")
        await page.wait_for_selector("#said")
        (pair,) = await site.db.write(lambda tx: goods.pairs(tx, "ekero"))
        await site.db.write(lambda tx: goods.change_pair(tx, pair.id, "ready", site.turns.now(), ("proposed",)))
        await page.goto(f"{site.base}/coach/goods")
        await page.fill("#day", (day + timedelta(days=1)).isoformat())
        await page.click("form[action$='/plan'] button")
        await page.wait_for_selector("#problem")  # they do not drive on that day
        await looked_at("a day that does not fit")
        await page.fill("#day", day.isoformat())
        await page.click("form[action$='/plan'] button")
        await page.wait_for_selector("form[action$='/approve']")
        await looked_at("a run to approve")
        await page.click("form[action$='/approve'] button")
        await page.wait_for_selector("#said")
        assert [each.status for each in (await overview(site)).runs] == ["asked"]

        await page.goto(f"{await run_link(site, driver_id, day)}?lang={tag}")
        assert "Storgatan 3" in await page.inner_text("#stop-0")
        await looked_at("the driver's page")
        await page.click("#stop-0 button[value=done]")
        await page.wait_for_selector("#stop-0 >> .i-tick")
        assert "Storgatan 3" not in await page.inner_text("#stop-0")
        await page.click("#stop-1 button[value=done]")
        await page.wait_for_selector("main h1")
        assert await page.locator(".stops").count() == 0
        await looked_at("the run is done")
        assert (await overview(site)).runs == ()
        assert [line for line in wrong if "status of 4" not in line] == []


async def overview(site: World) -> Any:
    return await Furniture(site.turns).overview(Actor(1, "Anna", "ekero", frozenset({"coordinator"})))
