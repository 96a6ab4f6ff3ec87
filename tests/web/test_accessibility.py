"""axe-core on every page, in Swedish, Arabic and the long made-up language: no findings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.test_in_the_browser import IDEA, PHONE, open_page, press, say, until_more
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ("en-XA", "sv", "ar")


async def findings(page: Page) -> list[str]:
    """What axe has to say about the page, as lines."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))  # not through a script element, which the page's policy refuses
    result: dict[str, Any] = await page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{page.url} {each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in result["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("language", "scheme"), [("en-XA", "light"), ("sv", "light"), ("ar", "dark")])
async def test_axe_finds_nothing(browser: Browser, tmp_path: Path, language: str, scheme: str) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES) as site:
        how = {"color_scheme": scheme, **({} if language == "sv" else PHONE)}
        page, _wrong = await open_page(browser, site, f"/?lang={language}", reduced_motion="reduce", **how)
        found = await findings(page)
        await page.click("button[value='0|f:idea']")
        await until_more(page, 2)
        await page.goto(f"{site.base}/?lang={language}")
        await page.wait_for_url(f"{site.base}/")
        await say(page, IDEA)
        await press(page, "|c:children")
        found += await findings(page)
        await page.click(".menu.help summary")
        found += await findings(page)
        await page.goto(f"{site.base}/#plan")
        found += await findings(page)
        found += await _form(page, site, language)
        for path in ("/privacy", "/accessibility", "/leave", "/exit", "/plan/AAAAAAAAAAAAAAAAAAAAAA"):
            await page.goto(f"{site.base}{path}?lang={language}")
            found += await findings(page)
        assert found == []


async def _form(page: Page, site: World, language: str) -> list[str]:
    """The form, with something that cannot be read, reviewed, sent; then the plan that came of it."""
    await page.goto(f"{site.base}/form/idea?lang={language}#whole")
    found = await findings(page)
    await page.fill("[name='where.how_many.value']", "many many")
    await page.click("button.primary[value=review]")
    await page.wait_for_selector("#errors")
    found += await findings(page)
    await page.fill("[name='where.how_many.value']", "20")
    await page.click("button.primary[value=review]")
    await page.wait_for_selector("button[value=send]")
    found += await findings(page)
    await page.click("button[value=send]")
    await page.wait_for_selector(".bubble a[href*='/plan/']")
    found += await findings(page)
    href = await page.locator(".bubble a[href*='/plan/']").first.get_attribute("href")
    await page.goto(str(href))
    return found + await findings(page)
