"""What stands around every page: headers, the check where a post comes from, hostile words, several municipalities."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from bot.handlers.web.bubbles import safe
from tests.web.reader import Reader
from tests.web.world import World, world

PAGES = ("/", "/form/idea", "/privacy", "/accessibility", "/leave", "/exit", "/plan/" + "A" * 22, "/healthz")
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> "><b onmouseover=alert(1)>\u202eevil {name} %s'


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_its_headers(site: World, session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(site.base + path) as response:
        headers, html = response.headers, await response.text()
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert ("web.telegram.org" in policy["frame-ancestors"]) == path.startswith("/form/")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert ' style="' not in html
    assert " onclick" not in html
    assert "http://" not in html.replace(site.base, "")
    assert "https://" not in html


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Referer": "https://evil.example/x"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_a_post_from_another_page_is_refused(
    site: World, session: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    async with session.post(site.base + "/chat", data={"text": "hello", "id": "1"}, headers=headers) as response:
        assert response.status == status


async def test_without_any_sign_of_where_it_comes_from_a_cookie_is_worth_nothing(reader: Reader, site: World) -> None:
    await reader.open("/")
    await reader.say("hello")
    async with reader.session.post(site.base + "/chat", data={"text": "hello", "id": "2"}) as response:
        assert response.status == 403


async def test_hostile_words_are_only_words(reader: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say(HOSTILE)
    await reader.press("|c:children")
    for page in (reader.page, await reader.open("/form/idea")):
        assert "<script>alert" not in page.html
        assert "<img" not in page.html
        assert not [found for _tag, found in page.tags if "onerror" in found or "onmouseover" in found]
        assert "<script>alert(1)</script>" in page.text or "<script>alert(1)</script>" in str(page.forms)


def test_stored_markup_lets_nothing_through_but_bold_and_links() -> None:
    assert safe('<b>a</b> &amp; <a href="https://x.example/?a=1&amp;b=2">c</a>\n\nd\ne') == (
        '<p><b>a</b> &amp; <a href="https://x.example/?a=1&amp;b=2">c</a></p><p>d<br>e</p>'
    )
    assert "<i" not in safe('<i>x</i><a href="javascript:alert(1)">y</a><b onclick="x">')
    assert 'href="javascript' not in safe('<a href="javascript:alert(1)">y</a>')


async def test_a_secure_site_sets_secure_cookies(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with world(tmp_path / "idelabb.db", public_url="https://lab.example") as site:
        headers = {"Origin": "https://lab.example"}
        async with session.post(site.base + "/chat", data={"text": "hi"}, headers=headers, allow_redirects=False) as r:
            assert "Secure" in r.headers["Set-Cookie"]
            assert r.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_a_second_municipality_is_under_its_own_address(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    from bot.packs.load import load_municipality

    second = load_municipality("ekero").model_copy(update={"id": "linkoping", "name": "Linköpings kommun", "lab": ""})
    async with world(tmp_path / "idelabb.db", more=(second,)) as site:
        reader = Reader(session, site.base)
        await reader.open("/m/linkoping/")
        assert "Linköpings kommun" in reader.page.text
        await reader.say("hello there")
        assert reader.page.url.startswith(f"{site.base}/m/linkoping/")
        assert "hello there" in reader.page.text
        assert "hello there" not in (await reader.open("/")).text
        assert "hello there" not in (await reader.open("/m/ekero/")).text


async def test_readiness_follows_the_database(site: World, session: aiohttp.ClientSession) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200)):
        async with session.get(site.base + path) as response:
            assert response.status == status


async def test_static_files_may_be_kept_and_are_no_others(site: World, session: aiohttp.ClientSession) -> None:
    page = await Reader(session, site.base).open("/")
    sheet = next(found["href"] for tag, found in page.tags if tag == "link" and "style.css" in found["href"])
    async with session.get(site.base + sheet) as response:
        assert "immutable" in response.headers["Cache-Control"]
        assert response.content_type == "text/css"
    for path in ("/static/../site.py", "/static/%2e%2e/site.py", "/static/site.py"):
        async with session.get(site.base + path) as response:
            assert response.status == 404


async def test_a_post_that_is_not_what_it_says_is_refused(site: World, session: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "multipart/form-data", "Origin": site.base}  # without the boundary it needs
    async with session.post(site.base + "/chat", data=b"text=hello", headers=headers) as response:
        assert response.status == 400
