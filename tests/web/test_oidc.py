"""Sign-in with the municipality's own account: a real issuer in this process, which signs with a key of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import aiohttp
import pyotp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from yarl import URL

from bot import clock
from bot.handlers.web.console.guard import COOKIE
from bot.oidc import Oidc
from storage import staff, tables
from storage.secrets import make_token
from tests.web.reader import Page
from tests.web.world import World

CLIENT, SECRET = "idelabbet", "the issuer's secret & more"
FAILED = "The sign-in with the municipality's account did not work."
NOBODY = "Nobody here has an account with that sign-in."


class Issuer:
    """The stand-in. `person` is who is signed in there; `twist` changes what the token says (times in
    seconds from now), `signs_with` what signs it."""

    def __init__(self) -> None:
        self.url = ""
        self.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.shown: list[RSAKey] = [self.key]
        self.person: dict[str, Any] = {"sub": "anna-1", "email": "anna@example.se", "email_verified": True}
        self.twist: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.signs_with: RSAKey | OctKey | None = None
        self.codes: dict[str, Mapping[str, str]] = {}
        self.away = False
        self.backs: list[str] = []

    async def about(self, request: web.Request) -> web.Response:
        return web.json_response({
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        })  # fmt: skip

    async def keys(self, request: web.Request) -> web.Response:
        return web.json_response(KeySet(list(self.shown)).as_dict(private=False))

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert "openid" in asked["scope"].split()
        code = make_token()
        self.codes[code] = asked
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        self.backs.append(back)
        raise web.HTTPFound(back)

    async def token(self, request: web.Request) -> web.Response:
        if self.away:
            raise web.HTTPServiceUnavailable
        given = await request.post()
        asked = self.codes.pop(str(given["code"]), None)
        shown = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(given["code_verifier"]).encode()).digest())
        if (
            asked is None
            or shown != f"{CLIENT}:{quote(SECRET, safe='')}"
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.person, **self.twist,
        }  # fmt: skip
        for name in ("exp", "iat"):
            if name in self.twist and self.twist[name] is not None:
                claims[name] = now + self.twist[name]
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.signs_with or self.key
        header = {"alg": self.algorithm, **({"kid": key.kid} if key.kid else {})}
        if self.algorithm == "none":
            parts = (
                base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, claims)
            )
            signed = f"{'.'.join(parts)}."
        else:
            signed = jwt.encode(header, claims, key, [self.algorithm])
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": signed})


@pytest.fixture
async def issuer(site: World) -> AsyncIterator[Issuer]:
    made, app = Issuer(), web.Application()
    app.add_routes([
        web.get("/.well-known/openid-configuration", made.about), web.get("/keys", made.keys),
        web.get("/authorize", made.authorize), web.post("/token", made.token),
    ])  # fmt: skip
    running = TestServer(app)
    await running.start_server()
    made.url = str(running.make_url("")).rstrip("/")
    own = Oidc(made.url, CLIENT, SECRET, public_url=site.base, now=clock.now)
    object.__setattr__(site.console, "oidc", own)
    yield made
    await running.close()


async def account(site: World, email: str, *roles: str, second_factor: str | None = None) -> int:
    async def write(tx: Any) -> int:
        staff_id = await staff.add(tx, name=email.partition("@")[0].title(), email=email, now=clock.now())
        assert staff_id is not None
        await staff.set_roles(tx, staff_id, "ekero", roles or ("coach",), by="test", now=clock.now())
        await staff.set_values(tx, staff_id, locale="en", second_factor=second_factor)
        return staff_id

    return await site.db.write(write)


async def open_page(session: aiohttp.ClientSession, url: str) -> Page:
    async with session.get(url, headers={"Accept-Language": "en"}) as response:
        return Page(await response.text(), response)


async def comes_in(session: aiohttp.ClientSession, site: World, to: str = "") -> Page:
    return await open_page(session, f"{site.base}/coach/oidc{to}")


async def linked(site: World) -> list[int]:
    async with site.db.read() as tx:
        return [row.staff_id for row in await tx.execute(tables.staff_sign_ins.select())]


def path(page: Page) -> str:
    return urlsplit(page.url).path


def signed_in(session: aiohttp.ClientSession, site: World) -> str | None:
    found = session.cookie_jar.filter_cookies(URL(site.base)).get(COOKIE)
    return found.value if found else None


async def test_whoever_has_an_account_comes_in_by_the_button(
    site: World, issuer: Issuer, session: aiohttp.ClientSession
) -> None:
    anna = await account(site, "Anna@example.se")
    page = await open_page(session, f"{site.base}/coach/me")
    assert path(page) == "/coach/in"
    (href,) = [href for href, label in page.links if "municipality's account" in label]
    assert href == "/coach/oidc?to=%2Fcoach%2Fme"
    page = await open_page(session, site.base + href)
    assert (page.status, path(page)) == (200, "/coach/me") and "Linked since" in page.html
    assert await linked(site) == [anna]
    signed = await site.console.staff.signed(signed_in(session, site))
    assert signed is not None and (signed.member.id, signed.stage) == (anna, "in")
    cookies = session.cookie_jar.filter_cookies(URL(f"{site.base}/coach/oidc/back"))
    assert "idelabbet_oidc" not in cookies


async def test_the_link_holds_when_the_address_is_another_one(
    site: World, issuer: Issuer, session: aiohttp.ClientSession
) -> None:
    await account(site, "anna@example.se")
    await comes_in(session, site)
    issuer.person |= {"email": "anna.new@example.se"}
    session.cookie_jar.clear()
    assert path(await comes_in(session, site)) == "/coach"
    issuer.person |= {"sub": "somebody-else", "email": "anna@example.se"}
    session.cookie_jar.clear()
    page = await comes_in(session, site)
    assert page.status == 403 and NOBODY in page.text, "an address does not come in beside a link"


@pytest.mark.parametrize(
    "person",
    [{"email": "nobody@example.se"}, {"email_verified": False}, {"email_verified": None}, {"email_verified": "true"},
     {"email": None}],
)  # fmt: skip
async def test_nobody_gets_an_account_by_it(
    site: World, issuer: Issuer, session: aiohttp.ClientSession, person: dict[str, Any]
) -> None:
    await account(site, "anna@example.se")
    issuer.person |= person
    page = await comes_in(session, site)
    assert page.status == 403 and NOBODY in page.text
    assert signed_in(session, site) is None and await linked(site) == []
    async with site.db.read() as tx:
        assert len(list(await tx.execute(tables.staff.select()))) == 1


async def test_a_removed_account_is_none(site: World, issuer: Issuer, session: aiohttp.ClientSession) -> None:
    anna = await account(site, "anna@example.se")
    await comes_in(session, site)
    await site.db.write(lambda tx: staff.remove(tx, anna, clock.now()))
    session.cookie_jar.clear()
    assert (await comes_in(session, site)).status == 403


@pytest.mark.parametrize(
    "twist",
    [{"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": [CLIENT, "another"]}, {"azp": "another"},
     {"iss": "https://evil.example"}, {"exp": -3600}, {"exp": None}, {"iat": 3600},
     {"sub": None}],
    ids=str,
)  # fmt: skip
async def test_a_token_that_is_not_for_us_is_refused(
    site: World, issuer: Issuer, session: aiohttp.ClientSession, twist: dict[str, Any]
) -> None:
    await account(site, "anna@example.se")
    issuer.twist = twist
    page = await comes_in(session, site)
    assert page.status == 403 and FAILED in page.text
    assert signed_in(session, site) is None and await linked(site) == []


@pytest.mark.parametrize("how", ["another key", "the same name", "a shared secret", "nothing"])
async def test_a_token_that_the_issuer_did_not_sign_is_refused(
    site: World, issuer: Issuer, session: aiohttp.ClientSession, how: str
) -> None:
    await account(site, "anna@example.se")
    if how == "a shared secret":
        issuer.algorithm = "HS256"
        issuer.signs_with = OctKey.import_key(SECRET * 2, {"kid": "one"})
    elif how == "nothing":
        issuer.algorithm = "none"
    else:
        issuer.signs_with = RSAKey.generate_key(2048, {"kid": "one" if "name" in how else "two"}, private=True)
    page = await comes_in(session, site)
    assert page.status == 403 and FAILED in page.text and signed_in(session, site) is None


async def test_new_keys_of_the_issuer_are_fetched(site: World, issuer: Issuer, session: aiohttp.ClientSession) -> None:
    await account(site, "anna@example.se")
    await comes_in(session, site)
    issuer.key = RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    issuer.shown = [issuer.key]
    session.cookie_jar.clear()
    assert path(await comes_in(session, site)) == "/coach"


async def test_a_way_back_works_once_and_in_the_browser_it_began_in(
    site: World, issuer: Issuer, session: aiohttp.ClientSession
) -> None:
    await account(site, "anna@example.se")
    kept = ""
    async with session.get(f"{site.base}/coach/oidc", allow_redirects=False) as response:
        kept, authorize = response.cookies["idelabbet_oidc"].value, response.headers["Location"]
    async with session.get(authorize, allow_redirects=False) as response:
        back = response.headers["Location"]
    async with aiohttp.ClientSession() as other, other.get(back, allow_redirects=False) as response:
        assert response.status == 403, "another browser, which has not begun it"
    assert path(await open_page(session, back)) == "/coach"
    for code in (parse_qs(urlsplit(back).query)["code"][0], make_token()):
        issuer.codes[code] = {name: values[0] for name, values in parse_qs(urlsplit(authorize).query).items()}
        state = parse_qs(urlsplit(back).query)["state"][0]
        again = f"{site.base}/coach/oidc/back?{urlencode({'code': code, 'state': state})}"
        async with aiohttp.ClientSession(
            cookies={"idelabbet_oidc": kept}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as thief:
            thief.cookie_jar.update_cookies({"idelabbet_oidc": kept}, URL(again))
            async with thief.get(again, allow_redirects=False) as response:
                assert response.status == 403 and COOKIE not in response.cookies, "used before"


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=wrong", "?state=wrong&error=access_denied"])
async def test_a_way_back_that_nobody_began_leads_nowhere(
    site: World, issuer: Issuer, session: aiohttp.ClientSession, query: str
) -> None:
    async with session.get(f"{site.base}/coach/oidc", allow_redirects=False):
        pass
    async with session.get(f"{site.base}/coach/oidc/back{query}", allow_redirects=False) as response:
        assert response.status == 403 and COOKIE not in response.cookies


@pytest.mark.parametrize(
    ("claims", "stage"),
    [({}, "code"), ({"amr": ["pwd"]}, "code"), ({"amr": ["pwd", "otp", "mfa"]}, "in"),
     ({"acr": "http://id.elegnamnden.se/loa/1.0/loa3"}, "in"), ({"acr": "1", "amr": "mfa"}, "code")],
)  # fmt: skip
async def test_our_own_second_factor_is_asked_for_unless_the_issuer_asked_for_several(
    site: World, issuer: Issuer, session: aiohttp.ClientSession, claims: dict[str, Any], stage: str
) -> None:
    await account(site, "anna@example.se", second_factor=pyotp.random_base32())
    issuer.twist = claims
    page = await comes_in(session, site)
    assert path(page) == ("/coach/in/code" if stage == "code" else "/coach")
    signed = await site.console.staff.signed(signed_in(session, site))
    assert signed is not None and signed.stage == stage


async def test_an_issuer_that_does_not_answer_is_told_so(
    site: World, issuer: Issuer, session: aiohttp.ClientSession
) -> None:
    issuer.away = True
    page = await comes_in(session, site)
    assert page.status == 503 and "does not answer now" in page.text
    object.__setattr__(
        site.console, "oidc", Oidc("http://127.0.0.1:9", CLIENT, SECRET, public_url=site.base, now=clock.now)
    )
    page = await comes_in(session, site)
    assert page.status == 503 and "does not answer now" in page.text


# --- linking ----------------------------------------------------------------------------------------------------------


async def begin_session(session: aiohttp.ClientSession, site: World, staff_id: int) -> str:
    token, now = make_token(), clock.now()
    later = now.replace(year=now.year + 1)
    await site.db.write(lambda tx: staff.open_session(tx, token, staff_id, "in", now=now, expires_at=later))
    session.cookie_jar.update_cookies({COOKIE: token}, URL(site.base))
    return token


async def test_who_has_signed_in_links_theirs_and_unlinks_it(
    site: World, issuer: Issuer, session: aiohttp.ClientSession
) -> None:
    issuer.person = {"sub": "b0"}  # the issuer says nothing of an address
    bo = await account(site, "bo@example.se")
    await begin_session(session, site, bo)
    page = await open_page(session, f"{site.base}/coach/me")
    (href,) = [href for href, label in page.links if label == "Link my sign-in of the municipality"]
    page = await open_page(session, site.base + href)
    assert path(page) == "/coach/me" and "Linked since" in page.html and await linked(site) == [bo]
    session.cookie_jar.clear()
    assert path(await comes_in(session, site)) == "/coach"
    page = await open_page(session, f"{site.base}/coach/me")
    (form,) = [form for form in page.forms if form.action.endswith("/oidc/drop")]
    headers = {"Origin": site.base, "Sec-Fetch-Site": "same-origin"}
    async with session.post(site.base + form.action, data=dict(form.fields), headers=headers) as response:
        assert response.status == 200
    assert await linked(site) == []


async def test_a_foreign_page_cannot_lead_somebody_into_linking(
    site: World, issuer: Issuer, session: aiohttp.ClientSession
) -> None:
    bo = await account(site, "bo@example.se")
    await begin_session(session, site, bo)
    issuer.person = {"sub": "the thief"}
    await comes_in(session, site, "?link=1")
    assert await linked(site) == []
    page = await open_page(session, f"{site.base}/coach/me")
    (href,) = [href for href, label in page.links if label == "Link my sign-in of the municipality"]
    async with session.get(site.base + href, allow_redirects=False) as response:
        authorize = response.headers["Location"]
    await begin_session(session, site, await account(site, "cia@example.se"))  # the same browser, somebody else by now
    page = await open_page(session, authorize)
    assert page.status == 403 and await linked(site) == []


async def test_one_sign_in_belongs_to_one_account(site: World, issuer: Issuer, session: aiohttp.ClientSession) -> None:
    anna, bo = await account(site, "anna@example.se"), await account(site, "bo@example.se")
    await comes_in(session, site)
    await begin_session(session, site, bo)
    page = await open_page(session, f"{site.base}/coach/me")
    (href,) = [href for href, label in page.links if label == "Link my sign-in of the municipality"]
    page = await open_page(session, site.base + href)
    assert page.status == 403 and "linked to another account" in page.text and await linked(site) == [anna]
    await site.console.staff.reset(anna, "ekero")
    assert await linked(site) == [], "an account that is started over begins without"


async def test_without_an_issuer_there_is_no_button_and_no_page(site: World, session: aiohttp.ClientSession) -> None:
    assert "oidc" not in (await open_page(session, f"{site.base}/coach/in")).html
    assert (await comes_in(session, site)).status == 404
    assert (await comes_in(session, site, "/back")).status == 404
