"""Signing in and out, and the first time."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.web.console.guard import COOKIE, console, forget, remember
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text
from bot.staff import PASSWORD_MIN, Refused


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
    return visit.page("console/in.html", status=status, problem=problem, email=email, to=_to(visit))


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
    Route("GET", r"/coach/first/{token:[\w-]{10,64}}", first),
    Route("POST", r"/coach/first/{token:[\w-]{10,64}}", begun),
    Route("POST", "/coach/out", sign_out),
    Route("POST", "/coach/out/everywhere", sign_out_everywhere),
)
