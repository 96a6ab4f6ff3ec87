"""A site with its database for each test, a resident without scripts, and Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.web.reader import Reader
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser


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
