"""The pages as people have them: a phone with scripts, one without, a keyboard alone, right to left, a restart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from bot.i18n import catalogues
from tests.documents.test_pdf import read, words
from tests.web.reader import EASY
from tests.web.reader import Page as Offered
from tests.web.world import KEY, World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

IDEAS = {"sv": "En cykelverkstad i Stenhamra", "ar": "ورشة دراجات في ستنهامرا"}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
IDEA = "A bicycle workshop in Stenhamra"
WAIT_MS = 10_000
ROOT = Path(__file__).resolve().parents[2]


async def open_page(browser: Browser, site: World, path: str = "/", **how: Any) -> tuple[Page, list[str]]:
    """A page of its own context, and whatever goes wrong on it."""
    context = await browser.new_context(**{"locale": "en", **how})
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
    page.on("request", lambda asked: None if asked.url.startswith((site.base, "data:")) else wrong.append(asked.url))
    await page.goto(site.base + path)
    return page, wrong


async def bubbles(page: Page) -> int:
    return await page.locator(".bubble").count()


async def until_more(page: Page, than: int) -> None:
    await page.wait_for_function("count => document.querySelectorAll('.bubble').length > count", arg=than)


async def say(page: Page, words: str) -> None:
    before = await bubbles(page)
    await page.fill("#text", words)
    await page.click("#say .send")
    await until_more(page, before + 1)


async def press(page: Page, ending: str) -> None:
    """Press a button, and wait until the page has heard the answer."""
    value = await page.locator(f"#now button[value$='{ending}']").first.get_attribute("value")
    await page.click(f"#now button[value='{value}']")
    await page.wait_for_function("value => !document.querySelector(`#now button[value='${value}']`)", arg=value)


async def to_the_plan(page: Page) -> None:
    for _count in range(40):
        if await page.locator(".bubble a[href*='/plan/']").count():
            return
        offered = await page.eval_on_selector_all("#now button[name=press]", "all => all.map(each => each.value)")
        await press(page, next(each for each in EASY if any(value.endswith(each) for value in offered)))
    raise AssertionError("no plan after 40 presses")


async def saved(page: Page, idea: str) -> None:
    """The plan of the last bubble, opened as a page and saved as a PDF: both hold the idea."""
    pdf = str(await page.locator(".bubble a[href$='.pdf']").last.get_attribute("href"))
    answer = await page.context.request.get(urljoin(page.url, pdf))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    plan = await answer.body()
    assert idea in words(plan)
    assert read(plan).trailer["/Root"]["/Lang"] == await page.evaluate("document.documentElement.lang")
    await page.goto(str(await page.locator(".bubble a[href*='/plan/']").first.get_attribute("href")))
    assert idea in await page.locator("main").inner_text()


@pytest.mark.parametrize("language", ["sv", "ar"])
async def test_a_phone_goes_from_idea_to_plan(browser: Browser, site: World, language: str) -> None:
    page, wrong = await open_page(browser, site, locale=language, **PHONE)
    assert await page.evaluate("document.documentElement.lang") == language
    await page.tap("button[value='0|f:idea']")
    await until_more(page, 2)
    await say(page, IDEAS[language])
    await press(page, "|c:children")
    await page.tap("#tabs a[href='#plan']")
    assert IDEAS[language] in await page.locator("#plan").inner_text()
    assert await page.locator("#text").is_hidden()
    await page.tap("#tabs a[href='#now']")
    await to_the_plan(page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await saved(page, IDEAS[language])
    assert wrong == []


@pytest.mark.parametrize("language", ["sv", "ar"])
async def test_the_same_phone_without_scripts(browser: Browser, site: World, language: str) -> None:
    page, _wrong = await open_page(browser, site, java_script_enabled=False, locale=language, **PHONE)
    async with page.expect_navigation():
        await page.tap("button[value='0|f:idea']")
    await page.fill("#text", IDEAS[language])
    async with page.expect_navigation():
        await page.tap("#say .send")
    for _count in range(40):
        offered = Offered(await page.content()).pressable()
        if await page.locator(".bubble a[href$='.pdf']").count():
            break
        value = next(value for easy in EASY for value in offered if value.endswith(easy))
        async with page.expect_navigation():
            await page.tap(f"#now button[value='{value}']")
    await saved(page, IDEAS[language])


@contextmanager
def program(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The real program in a process of its own, ready for visitors."""
    settings = {"DATA_DIR": str(folder), "PORT": str(port), "SECRET_KEY": KEY, "MUNICIPALITY": "ekero"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDELABB_")}
    environment |= {f"IDELABB_{name}": value for name, value in settings.items()}
    started = subprocess.Popen(
        [sys.executable, "run_bot.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        assert started.stdout is not None
        assert "Idélabbet" in started.stdout.readline()
        yield started
    finally:
        started.kill()
        started.communicate()


async def test_a_killed_program_loses_and_doubles_nothing(browser: Browser, tmp_path: Path) -> None:
    catalogues.compile_all()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = await browser.new_context(locale="ar", **PHONE)
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    with program(tmp_path, port):
        await page.goto(f"http://127.0.0.1:{port}/")
        await page.click("button[value='0|f:idea']")
        await until_more(page, 2)
        await page.fill("#text", IDEAS["ar"])
    await page.click("#say .send")
    await page.wait_for_selector("#state.trouble:not(:empty)")
    assert await page.input_value("#text") == IDEAS["ar"]
    with program(tmp_path, port) as second:
        await page.wait_for_selector("#now button[value$='|c:children']", timeout=12_000)
        assert await page.locator(".bubble.own", has_text=IDEAS["ar"]).count() == 1
        assert await page.input_value("#text") == ""
        await press(page, "|c:children")
        ids = await page.eval_on_selector_all(".bubble", "all => all.map(each => each.id)")
        assert len(ids) == len(set(ids))
        second.terminate()
        assert second.wait(timeout=10) == 0  # open streams hold nobody up


async def test_what_happens_elsewhere_arrives_within_a_moment(browser: Browser, site: World) -> None:
    page, _wrong = await open_page(browser, site)
    await say(page, "hello")
    second = await page.context.new_page()
    await second.goto(site.base)
    before = await bubbles(second)
    started = time.perf_counter()
    await page.fill("#text", "from the first window")
    await page.press("#text", "Enter")
    await until_more(second, before)
    assert time.perf_counter() - started < 1.0
    assert await second.locator(".bubble.own", has_text="from the first window").count() == 1


async def test_a_stream_answers_within_three_tenths_of_a_second(site: World) -> None:
    import aiohttp

    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"Origin": site.base}
    async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as session:
        async with session.post(site.base + "/chat", data={"id": "1", "text": "hello"}):
            pass
        async with session.get(site.base + "/chat/events?after=1") as stream:
            while not (await stream.content.readline()).startswith(b"id:"):
                pass
            started = time.perf_counter()
            async with session.post(site.base + "/chat", data={"id": "2", "text": "again"}):
                while not (line := await stream.content.readline()).startswith(b"id:"):
                    pass
            took = time.perf_counter() - started
        last = int(line.split()[1])
        async with session.get(site.base + "/chat/events", headers={"Last-Event-ID": str(last - 1)}) as resumed:
            while not (line := await resumed.content.readline()).startswith(b"id:"):
                pass
        assert (took < 0.3, int(line.split()[1])) == (True, last)


async def test_a_keyboard_alone_is_enough(browser: Browser, site: World) -> None:
    page, wrong = await open_page(browser, site, locale="sv")

    async def tab_to(selector: str) -> None:
        for _count in range(60):
            await page.keyboard.press("Tab")
            if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    async def answer(ending: str) -> None:
        value = await page.locator(f"#now button[value$='{ending}']").first.get_attribute("value")
        await tab_to(f"button[value='{value}']")
        await page.keyboard.press("Enter")
        await page.wait_for_function("value => !document.querySelector(`#now button[value='${value}']`)", arg=value)

    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip hidden"
    await page.keyboard.press("Enter")
    await answer("0|f:idea")
    await tab_to("#text")
    await page.keyboard.type(IDEAS["sv"])
    before = await bubbles(page)
    await page.keyboard.press("Enter")
    await until_more(page, before + 1)
    assert await page.evaluate("document.activeElement.id") == "text"
    await page.keyboard.press("Shift+Tab")
    assert await page.evaluate("document.activeElement.matches('#now button')")
    await page.keyboard.press("Tab")
    ticked = False
    for _count in range(60):
        offered = await page.eval_on_selector_all("#now button[name=press]", "all => all.map(each => each.value)")
        easy = next((each for each in EASY if any(value.endswith(each) for value in offered)), None)
        if await page.locator(".bubble a[href$='.pdf']").count():
            break
        if easy is None:  # the next question is still on its way
            await page.wait_for_timeout(100)
        elif not ticked and any(value.endswith("|c:kitchen") for value in offered):
            await tab_to("#now button[value$='|c:kitchen']")
            await page.keyboard.press("Space")
            ticked = True
            await page.wait_for_selector("#now button[aria-pressed=true]")
            assert await page.evaluate("document.activeElement.value.endsWith('|c:kitchen')")
        else:
            await answer(easy)
    assert ticked
    await tab_to(".menu.help summary")
    await page.keyboard.press("Enter")
    assert await page.locator(".menu.help a[href='tel:112']").is_visible()
    await page.keyboard.press("Escape")
    assert await page.locator(".menu.help a[href='tel:112']").is_hidden()
    await tab_to(".bubble a[href*='/plan/']:not([href$='.pdf'])")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/plan/*")
    assert IDEAS["sv"] in await page.locator("main").inner_text()
    await tab_to("a[href*='.pdf']")
    assert wrong == []


async def test_right_to_left_mirrors_the_page(browser: Browser, site: World) -> None:
    page, _wrong = await open_page(browser, site, "/?lang=ar", **PHONE)
    await page.click("button[value='0|f:idea']")
    await until_more(page, 2)
    send, text = await page.locator(".send").bounding_box(), await page.locator("#text").bounding_box()
    own = await page.locator(".bubble.own").first.bounding_box()
    theirs = await page.locator(".bubble.bot").first.bounding_box()
    assert send and text and own and theirs
    assert send["x"] < text["x"]
    assert own["x"] < theirs["x"] + theirs["width"] - own["width"]
    assert await page.evaluate("getComputedStyle(document.querySelector('.bubble.bot')).lineHeight") >= "30"
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("path", ["/", "/form/idea", "/privacy", "/accessibility", "/exit", "/leave"])
async def test_nothing_is_wider_than_a_small_phone(browser: Browser, site: World, path: str) -> None:
    page, wrong = await open_page(browser, site, path, viewport={"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    small = await page.evaluate(
        """() => [...document.querySelectorAll('a.button, button, summary, .option, input:not([type=hidden]), .foot a')]
        .filter(each => each.offsetParent && !each.classList.contains('hidden'))
        .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
        .filter(([, box]) => box.height < 43.9 && box.height > 0)
        .filter(([html]) => !html.includes('type="radio"') && !html.includes('type="checkbox"'))
        .map(([html]) => html)"""
    )
    assert (small, wrong) == ([], [])


async def test_leaving_quickly_replaces_the_page(browser: Browser, site: World) -> None:
    page, _wrong = await open_page(browser, site, "/privacy")
    await page.goto(site.base + "/")
    await page.click("[data-exit]")
    await page.wait_for_url("**/exit*")
    await page.go_back()
    assert page.url == f"{site.base}/privacy"


async def test_a_place_is_shared_only_after_a_press(browser: Browser, site: World) -> None:
    where = {"geolocation": {"latitude": 59.335, "longitude": 17.68}, "permissions": ["geolocation"]}
    page, _wrong = await open_page(browser, site, **where)
    await page.click("button[value='0|f:idea']")
    await until_more(page, 2)
    await say(page, IDEA)
    for _count in range(6):
        if await page.locator("[data-place]").count():
            break
        await press(page, "|m:unknown")
    before = await bubbles(page)
    await page.click("[data-place] button")
    await until_more(page, before + 1)
    assert "Stenhamra" in await page.locator("#log").inner_text()


async def test_the_form_shows_one_group_at_a_time_on_a_phone(browser: Browser, site: World) -> None:
    page, wrong = await open_page(browser, site, "/form/idea", **PHONE)
    assert await page.locator("section.section:visible").count() == 1
    await page.fill("[name='idea.value']", IDEA)
    await page.click("[data-next]")
    assert await page.evaluate("document.activeElement.tagName") == "H2"
    while await page.locator("[data-next]").is_visible():
        await page.click("[data-next]")
    await page.click("button.primary[value=review]")
    await page.click("button[value=send]")
    await page.wait_for_selector(".bubble a[href*='/plan/']")
    assert wrong == []


async def test_a_form_inside_telegram_reads_who_it_is(browser: Browser, tmp_path: Path) -> None:
    from bot.handlers.web import TelegramUser

    async with world(
        tmp_path / "idelabb.db", verify=lambda name, raw: TelegramUser(7, "en") if raw == "user=7&hash=ok" else None
    ) as site:
        path = "/form/idea?lang=en#tgWebAppData=user%3D7%26hash%3Dok&tgWebAppVersion=9.1"
        page, wrong = await open_page(browser, site, path)
        await page.wait_for_selector("#session:visible")
        assert "tgWebAppData" not in page.url
        await page.fill("[name='idea.value']", IDEA)
        await page.click("button.primary[value=review]")
        await page.click("button[value=send]")
        await page.wait_for_selector("text=in Telegram")
        assert (await site.views.talk("ekero", "telegram", "7")) is not None
        assert wrong == []
