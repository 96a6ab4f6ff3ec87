"""A site with its database for each test, a resident without scripts, and Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.i18n import catalogues, extract, pseudo
from bot.i18n.locales import LOCALES_DIR
from tests.web.reader import Reader
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.fixture(scope="session", autouse=True)
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The project's catalogues as they are now, and the made-up languages beside them."""
    folder = tmp_path_factory.mktemp("locales")
    for po in LOCALES_DIR.glob("*/LC_MESSAGES/*.po"):
        copy = folder / po.relative_to(LOCALES_DIR)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(po.read_bytes())
    pseudo.make(extract.messages(LOCALES_DIR.parent), folder)
    with catalogues.using(folder):
        yield


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    """Ekerö's pages."""
    async with world(tmp_path / "idelabb.db") as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as opened:
        yield opened


@pytest.fixture
async def reader(site: World, session: aiohttp.ClientSession) -> Reader:
    """A resident on the site, without scripts."""
    return Reader(session, site.base)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium. Where it is missing the test is skipped, in CI (CI=true) it fails."""
    from playwright.async_api import async_playwright

    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no chromium here: apt-get install chromium")
        pytest.skip("there is no chromium here")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()
