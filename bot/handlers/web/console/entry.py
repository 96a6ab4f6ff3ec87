"""Signing in and out, with a password or the municipality's own account, and the first time."""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

from bot.handlers.web.console.guard import COOKIE, console, forget, remember
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text
from bot.oidc import COOKIE_TIME, Identity, Oidc
from bot.staff import OVER, PASSWORD_MIN, Refused, Signed

OIDC_COOKIE = "idelabbet_oidc"
OIDC_PATH = "/coach/oidc"
"""Of the cookie: the issuer leads back to the first municipality's pages, wherever it began."""


async def sign_in(visit: Visit) -> web.StreamResponse:
    """Ask for address and password."""
    return _ask(visit)


async def signed_in(visit: Visit) -> web.StreamResponse:
    """Check them. Whoever has a second factor is asked for it next."""
    email, password = visit.fields.get("email", ""), visit.fields.get("password", "")
    staff = console(visit).staff
    try:
        token = await staff.sign_in(email, password, visit.request.remote or "")
    except Refused as refused:
        return _ask(visit, refused.words, status=429 if refused.why == "slow" else 422)
    signed = await staff.signed(token)
    to = _to(visit)
    response = _go(visit, to) if signed and signed.stage == "in" else _go(visit, "/coach/in/code", to)
    remember(visit, response, token)
    return response


async def code(visit: Visit) -> web.StreamResponse:
    """Ask for the second factor."""
    signed = await console(visit).staff.signed(visit.request.cookies.get(COOKIE))
    if signed is None:
        return _go(visit, "/coach/in", _to(visit))
    return _ask_code(visit)


async def coded(visit: Visit) -> web.StreamResponse:
    """Check it."""
    token = visit.request.cookies.get(COOKIE, "")
    try:
        fresh = await console(visit).staff.give_code(token, visit.fields.get("code", ""))
    except Refused as refused:
        if refused.why == "over":
            return _ask(visit, refused.words, status=422)
        return _ask_code(visit, refused.words, status=429 if refused.why == "slow" else 422)
    response = _go(visit, _to(visit))
    remember(visit, response, fresh)
    return response


async def oidc(visit: Visit) -> web.StreamResponse:
    """To the municipality's own sign-in: to come in, or to link it to the account that has signed in here."""
    own, asked = _own(visit), visit.request.query.get("link", "")
    link = None
    if asked:
        signed = await console(visit).staff.signed(visit.request.cookies.get(COOKIE))
        if (
            signed is None
            or signed.stage != "in"
            or not hmac.compare_digest(asked.encode(), link_word(signed).encode())
        ):
            return _go(visit, "/coach/in", "/coach/me")
        link = signed.member.id
    try:
        url, cookie = await own.begin(visit.prefix + ("/coach/me" if asked else _to(visit)), link)
    except Refused as refused:
        return _ask(visit, refused.words, status=503)
    response = web.Response(status=303, headers={"Location": url})
    response.set_cookie(
        OIDC_COOKIE, cookie, max_age=int(COOKIE_TIME.total_seconds()), path=OIDC_PATH, httponly=True, samesite="Lax",
        secure=visit.site.secure,
    )  # fmt: skip
    return response


async def oidc_back(visit: Visit) -> web.StreamResponse:
    """Back from there. What was begun in this browser is over, whatever came of it."""
    staff, own = console(visit).staff, _own(visit)
    try:
        who = await own.back(visit.request.cookies.get(OIDC_COOKIE, ""), visit.request.query)
        if who.began.link is not None:
            response = await _linked(visit, who)
        else:
            token = await staff.sign_in_known(who)
            signed = await staff.signed(token)
            to = who.began.to
            response = _at(to) if signed and signed.stage == "in" else _go(visit, "/coach/in/code", to)
            remember(visit, response, token)
    except Refused as refused:
        response = _ask(visit, refused.words, status=503 if refused.why == "away" else 403)
    response.del_cookie(OIDC_COOKIE, path=OIDC_PATH)
    return response


async def _linked(visit: Visit, who: Identity) -> web.Response:
    """Only for whoever began it and is signed in still."""
    signed = await console(visit).staff.signed(visit.request.cookies.get(COOKIE))
    if signed is None or signed.stage != "in" or signed.member.id != who.began.link:
        raise Refused("over", OVER)
    await console(visit).staff.link_sign_in(signed.member, who)
    return _at(f"{who.began.to}#own")


def link_word(signed: Signed) -> str:
    """What an address that links a sign-in carries, so that no foreign page can lead somebody into it."""
    return hmac.new(signed.forms.encode(), b"link a sign-in", hashlib.sha256).hexdigest()


def _own(visit: Visit) -> Oidc:
    own = console(visit).oidc
    if own is None:
        raise web.HTTPNotFound
    return own


def _at(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


async def first(visit: Visit) -> web.StreamResponse:
    """The page a first link leads to. Opening it changes nothing."""
    return await _first(visit)


async def begun(visit: Visit) -> web.StreamResponse:
    """Choose a password, and be in."""
    fields = visit.fields
    try:
        token = await console(visit).staff.begin(
            visit.request.match_info["token"], fields.get("password", ""), fields.get("again", ""),
            name=fields.get("name", ""), email=fields.get("email", ""),
        )  # fmt: skip
    except Refused as refused:
        return await _first(visit, refused)
    response = _go(visit, "/coach")
    remember(visit, response, token)
    return response


async def sign_out(visit: Visit) -> web.StreamResponse:
    await console(visit).staff.sign_out(visit.request.cookies.get(COOKIE))
    return _out(visit)


async def sign_out_everywhere(visit: Visit) -> web.StreamResponse:
    assert visit.staff is not None
    await console(visit).staff.sign_out_everywhere(visit.staff.member.id)
    return _out(visit)


def _out(visit: Visit) -> web.Response:
    response = _go(visit, "/coach/in")
    forget(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _ask(visit: Visit, problem: Text | None = None, status: int = 200) -> web.Response:
    email = visit.fields.get("email", "")
    return visit.page(
        "console/in.html",
        status=status,
        problem=problem,
        email=email,
        to=_to(visit),
        own=console(visit).oidc is not None,
    )


def _ask_code(visit: Visit, problem: Text | None = None, status: int = 200) -> web.Response:
    return visit.page("console/code.html", status=status, problem=problem, to=_to(visit))


async def _first(visit: Visit, refused: Refused | None = None) -> web.Response:
    token, fields = visit.request.match_info["token"], visit.fields
    try:
        member = await console(visit).staff.first_link(token)
    except Refused as gone:
        return visit.page("console/gone.html", status=410, words=gone.words)
    return visit.page(
        "console/first.html", status=422 if refused else 200, problem=refused.words if refused else None,
        why=refused.why if refused else "", member=member, action=visit.request.path, name=fields.get("name", ""),
        email=fields.get("email", ""), least=PASSWORD_MIN,
    )  # fmt: skip


def _to(visit: Visit) -> str:
    """Where somebody wanted to go: a page of the console, nothing else."""
    to = visit.fields.get("to") or visit.request.query.get("to", "")
    return to if to == "/coach" or (to.startswith("/coach/") and ".." not in to and "\\" not in to) else "/coach"


def _go(visit: Visit, path: str, to: str = "") -> web.Response:
    url = visit.url(path, **({"to": to} if to and to != "/coach" else {}))
    return web.Response(status=303, headers={"Location": url})


ROUTES = (
    Route("GET", "/coach/in", sign_in),
    Route("POST", "/coach/in", signed_in),
    Route("GET", "/coach/in/code", code),
    Route("POST", "/coach/in/code", coded),
    Route("GET", "/coach/oidc", oidc),
    Route("GET", "/coach/oidc/back", oidc_back),
    Route("GET", r"/coach/first/{token:[\w-]{10,64}}", first),
    Route("POST", r"/coach/first/{token:[\w-]{10,64}}", begun),
    Route("POST", "/coach/out", sign_out),
    Route("POST", "/coach/out/everywhere", sign_out_everywhere),
)
