"""What every page has around it: security headers, the check where a post comes from, and kind words when it fails."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.errors import Retry

if TYPE_CHECKING:
    from bot.handlers.web.site import Route, Visit, Web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)
TELEGRAM_FRAMES = "'self' https://web.telegram.org https://webk.telegram.org https://webz.telegram.org"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" browsers post with `Origin: null`, which the check below could not tell from a foreign page.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
PUBLIC = ("/", "/privacy", "/accessibility")
"""Pages that search engines may list, as long as nobody's words are on them."""

log = structlog.get_logger()


async def guarded(site: Web, municipality: str, prefix: str, route: Route, request: web.Request) -> web.StreamResponse:
    """Answer one request. Nothing here leaves a resident with a bare error page.

    The pack is taken as it is now: it may have changed since the addresses were registered.
    """
    from bot.handlers.web.console.guard import admit
    from bot.handlers.web.site import Visit  # (it imports this)

    visit = Visit(site, site.parts.municipalities[municipality], prefix, request)
    try:
        if request.method == "POST" and is_foreign(request, site.public_host):
            response: web.StreamResponse = await _trouble(visit, 403, "foreign")
        else:
            await visit.begin()
            response = await admit(visit, route) or await route.handler(visit)
    except Retry:
        response = await _trouble(visit, 503, "busy")
    except web.HTTPRequestEntityTooLarge:
        response = await _trouble(visit, 413, "large")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = await _trouble(visit, error.status, "missing" if error.status == 404 else "other")
    except (ConnectionResetError, web.GracefulExit):
        raise
    except Exception as error:
        # Where, but not the traceback: its values may hold what a resident wrote.
        at = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]
        log.error("a page failed", page=route.path, method=request.method, kind=type(error).__name__, at=at)
        response = await _trouble(visit, 500, "other")
    if not response.prepared:
        add_headers(response, site, framed=route.framed, listed=route.path in PUBLIC and visit.talk is None)
    return response


async def missing(
    site: Web, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """An address that leads nowhere gets a page with a way on, for whoever reads pages."""
    from bot.handlers.web.site import Visit  # (it imports this)

    if not isinstance(request.match_info.http_exception, web.HTTPNotFound) or request.method not in ("GET", "HEAD"):
        return await handler(request)
    visit = Visit(site, next(iter(site.parts.municipalities.values())), "", request)
    response = await _trouble(visit, 404, "missing")
    add_headers(response, site)
    return response


def add_headers(response: web.StreamResponse, site: Web, *, framed: bool = False, listed: bool = False) -> None:
    """The security headers, where the handler has not set its own."""
    for name, value in HEADERS.items():
        if not (listed and name == "X-Robots-Tag"):
            response.headers.setdefault(name, value)
    frames = TELEGRAM_FRAMES if framed else "'none'"
    response.headers.setdefault("Content-Security-Policy", POLICY.format(frames=frames))
    if site.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def is_foreign(request: web.Request, public_host: str) -> bool:
    """Whether a post comes from a page that is not ours (cross-site request forgery).

    Browsers say so in `Sec-Fetch-Site` or `Origin`. A client that says neither is no browser of the last years; without
    our cookie it can do nothing in anybody's name.
    """
    where = request.headers.get("Sec-Fetch-Site")
    if where is not None and where not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc not in (request.host, public_host)
    if where is not None:
        return False
    referrer = request.headers.get("Referer")
    if referrer is not None:
        return urlsplit(referrer).netloc not in (request.host, public_host)
    return bool(request.cookies)


async def _trouble(visit: Visit, status: int, kind: str) -> web.Response:
    """Say what happened, that nothing was lost, and what to do (languages-and-rights.md D)."""
    if not visit.lang:
        visit.settle_language()
    if visit.wants_json():
        return web.json_response({"trouble": kind}, status=status)
    again = visit.fields if kind == "busy" else {}
    response = visit.page("trouble.html", status=status, kind=kind, again=again, action=visit.request.path)
    if status == 503:
        response.headers["Retry-After"] = "3"
    return response
