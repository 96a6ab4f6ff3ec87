"""Support on the web: the form shows what this municipality asks, and what was sent is a page and a PDF of one's own."""

from __future__ import annotations

import aiohttp

from tests.web.reader import Reader
from tests.web.world import World


async def test_the_form_ends_in_verdicts(reader: Reader) -> None:
    page = await reader.open("/form/grants")
    names = {name for form in page.forms for name, _value in form.fields}
    assert "about.value" in names and "elite_active.value" not in names
    await reader.submit("review", about__value="We are two friends who want 8 000 kr", public_benefit__value="yes",
                        open__value="yes", takes_part__value="yes")  # fmt: skip
    done = await reader.submit("send")
    assert "Snabb slant" in done.text and "Idélabbet" in done.text
    assert "What would you like to do now?" in done.text


async def test_what_was_sent_is_a_page_and_a_pdf_for_its_owner_alone(site: World, reader: Reader) -> None:
    await reader.open("/")
    await reader.say("/grants Three friends want 8 000 kr for a workshop, open to everyone")
    for words in ("yes", "no", "yes", "no", "Draft: Snabb slant (quick money)", "The young", "A, a@example.org\nB, b@example.org", "done",
                  "tomorrow", "Stenhamra", "Tools 8000", "done", "skip", "Yes, this is right"):  # fmt: skip
        await reader.say(words)
    link = reader.page.link("/chat/case/")
    number = link.split("/chat/case/")[1].removesuffix(".pdf")
    page = await reader.open(f"/chat/case/{number}")
    assert (page.status, "Three friends" in page.text, "☐" in page.text) == (200, True, True)
    url = f"{site.base}/chat/case/{number}.pdf"
    async with reader.session.get(url) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
    async with aiohttp.ClientSession() as stranger, stranger.get(url) as answer:
        assert answer.status == 404
