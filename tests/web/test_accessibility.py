"""axe-core on every page and every state of it in Swedish and Arabic: no findings; and nothing too wide, long words too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.web.reader import Reader
from tests.web.tour import WITHOUT_PAGE, address_of, addresses, show, tour
from tests.web.world import world

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG = "en-XA"
"""Made-up words, a third longer than English ones: they are only to fit."""
LANGUAGES = (LONG, "sv", "ar")
SMALL, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
LOOKS = {"sv": (WIDE, "light"), "ar": (SMALL, "dark")}
"""What axe looks at. A language changes no colour and a scheme nothing else, so together they see all there is."""

LOOSENED = "document.querySelectorAll('.top, .panel, .done').forEach(each => { each.style.position = 'static' })"
"""What a bar that stays in place happens to cover can be moved out from under it; axe counts it as lost."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_anywhere(browser: Browser, tmp_path: Path, language: str) -> None:
    async with (
        world(tmp_path / "idelabb.db", languages=LANGUAGES, places=True, own_sign_in=True) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        reader = Reader(session, site.base, language)
        context = await browser.new_context(extra_http_headers={"Accept-Language": language})
        screen = await context.new_page()
        found: list[str] = []
        visited = set()
        async for stop in tour(site, reader):
            visited.add(await address_of(site.app, reader.page.method, reader.page.url))
            await show(screen, reader, stop)
            await screen.evaluate(LOOSENED)
            assert await screen.evaluate("document.documentElement.lang") == language
            for size in (SMALL, WIDE):
                await screen.set_viewport_size(size)
                if await screen.evaluate("document.documentElement.scrollWidth") > size["width"]:
                    found.append(f"{stop.name}, {size['width']} px: it has to be moved sideways")
            if language in LOOKS:
                size, scheme = LOOKS[language]
                await screen.set_viewport_size(size)
                await screen.emulate_media(color_scheme=scheme)
                found += [f"{stop.name}, {size['width']} px, {scheme}: {each}" for each in await findings(screen)]
        assert found == []
        assert addresses(site.app) - WITHOUT_PAGE - visited == set(), "give it a stop in tests/web/tour.py"
        assert visited & WITHOUT_PAGE == set()


async def findings(page: Page) -> list[str]:
    """What axe has to say about a page, as lines."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)  # not through a script element, which the page's policy refuses
    only = {"type": "tag", "values": TAGS}
    result: dict[str, Any] = await page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations'], preload: false})", only
    )
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in result["violations"]
        for node in each["nodes"]
    ]
