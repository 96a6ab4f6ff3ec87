"""Two coaches and a resident, each in a browser of their own, at the same time; and the console by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock
from storage import reactions
from tests.web.test_console import ask, member, signed_page
from tests.web.test_in_the_browser import PHONE, open_page
from tests.web.world import World

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


async def says(page: Page, words: str) -> None:
    """The resident writes something."""
    await page.fill("#text", words)
    await page.click("#say .send")
    await page.wait_for_selector(f".bubble.own:has-text('{words}')")


async def tab_to(page: Page, words: str) -> None:
    """Go on with the tabulator until a button or link with these words has the focus."""
    for _count in range(120):
        await page.keyboard.press("Tab")
        if words in await page.evaluate(
            "document.activeElement.matches('a, button, summary') ? document.activeElement.innerText : ''"
        ):
            return
    raise AssertionError(f"the keyboard does not reach “{words}”")


async def test_two_coaches_and_a_resident_at_the_same_time(browser: Browser, site: World) -> None:
    anna, anna_wrong = await signed_page(browser, site, "/coach", await member(site, "Anna"))
    olle, olle_wrong = await signed_page(browser, site, "/coach", await member(site, "Olle"))
    resident, resident_wrong = await open_page(browser, site, "/?lang=en", **PHONE)
    await resident.click("button[value='0|f:coach']")
    await resident.wait_for_selector("text=What do you want to talk about?")
    await says(resident, "May we use the old garage?")
    for page in (anna, olle):
        await page.wait_for_selector("text=May we use the old garage?")  # by itself, on the queue
    await anna.click("[data-line]")
    await anna.click("[data-key='c']")
    await anna.wait_for_selector("text=You have the conversation.")
    await resident.wait_for_selector("text=What you write here goes to Anna, a human at")
    await olle.wait_for_selector(".owner:has-text('Anna')")
    await olle.click("[data-line]")
    await olle.wait_for_selector("text=Anna has this case.")
    await says(resident, "It stands empty")
    for page in (anna, olle):
        await page.wait_for_selector(".bubble.theirs:has-text('It stands empty')")
    await anna.fill("#answer", "Which garage do you mean?")
    await anna.focus("#answer")
    await anna.keyboard.press("Control+Enter")
    for page in (resident, olle, anna):
        await page.wait_for_selector(".bubble.coach:has-text('Which garage do you mean?')")
    assert "Anna, a person at" in await resident.inner_text(".bubble.coach:last-of-type .by")
    assert await anna.input_value("#answer") == ""
    await says(resident, "The red one")
    await anna.wait_for_selector(".bubble.theirs:has-text('The red one')")
    await anna.fill("#answer", "half a sen")
    await olle.click("button:has-text('Take it over')")
    await anna.wait_for_selector("#changed:visible")  # what she writes is not taken from her
    assert await anna.input_value("#answer") == "half a sen"
    await resident.wait_for_selector("text=What you write here goes to Olle, a human at")
    await olle.click("[data-key='b']")
    await resident.wait_for_selector("text=That was Olle. From here I, the machine, answer you again.")
    assert [*anna_wrong, *olle_wrong, *resident_wrong] == []


async def test_a_reaction_stands_under_what_it_is_for(browser: Browser, site: World) -> None:
    await ask(site)
    page, wrong = await signed_page(browser, site, "/coach/cases/1", await member(site, "Anna"))
    await page.fill("#answer", "Come on Monday.")
    await page.click("button[value=stay]")
    await page.wait_for_selector(".bubble.coach:has-text('Come on Monday.')")
    (number,) = await page.evaluate(
        "[...document.querySelectorAll('.bubble.coach')].map(each => Number(each.id.slice(1)))"
    )
    await site.db.write(lambda tx: reactions.put(tx, "ekero", number, "resident", "👍", clock.now()))
    await page.reload()
    assert await page.inner_text(".bubble.coach .signs") == "👍"
    assert wrong == []


async def test_a_conversation_by_keyboard_alone(browser: Browser, site: World) -> None:
    await ask(site)
    page, wrong = await signed_page(browser, site, "/coach", await member(site, "Anna"))
    await tab_to(page, "Who decides about the old school?")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/coach/cases/1")
    await tab_to(page, "Take the case")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=You have the conversation.")
    await page.keyboard.press("r")
    await page.keyboard.type("The culture office does.")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(".bubble.coach:has-text('The culture office does.')")
    assert await page.evaluate("document.activeElement.id") == "answer", "one may write on"
    await tab_to(page, "Put it aside for a while")
    await page.keyboard.press("Enter")
    await tab_to(page, "Put it aside")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=Put aside until")
    await tab_to(page, "Close the case")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("h1:has-text('Cases')")
    assert wrong == []


async def test_a_page_renews_after_a_refusal_and_around_what_has_the_focus(browser: Browser, site: World) -> None:
    await ask(site)
    anna, _wrong = await signed_page(browser, site, "/coach/cases/1", await member(site, "Anna"))
    olle, _wrong = await signed_page(browser, site, "/coach/cases/1", await member(site, "Olle"))
    await anna.click("summary:has-text('Refer to somebody else')")
    await anna.fill("#refer-words", "half a sen")
    await anna.click("form[action*='/refer'] button[value=send]")
    await anna.wait_for_selector("#problem")
    assert anna.url.partition("#")[0].endswith("/refer")
    await anna.focus(".case-head a")
    await olle.click("[data-key='c']")
    await anna.wait_for_selector("#changed:visible")
    assert "Nobody has it" in await anna.inner_text(".case-head")  # a link there has the focus
    await anna.focus("#refer-words")
    await anna.wait_for_selector(".case-head:has-text('Olle has the conversation')")
    assert await anna.input_value("#refer-words") == "half a sen"


async def test_what_could_not_be_sent_is_kept_and_said(browser: Browser, site: World) -> None:
    await ask(site)
    page, _wrong = await signed_page(browser, site, "/coach/cases/1", await member(site, "Anna"))
    await page.click("[data-key='c']")
    await page.fill("#answer", "Come on Monday.")
    await page.context.set_offline(True)
    await page.click("button[value=stay]")
    await page.wait_for_selector("[data-problem]:has-text('That did not work.')")
    assert await page.input_value("#answer") == "Come on Monday."
    await page.context.set_offline(False)
    await page.click("button[value=stay]")
    await page.wait_for_selector(".bubble.coach:has-text('Come on Monday.')")
    await page.fill("#answer", "Or Tuesday.")
    await page.click("button[value=stay]")
    await page.wait_for_selector(".bubble.coach:has-text('Or Tuesday.')")
    assert await page.locator("#log .day").count() == 1
