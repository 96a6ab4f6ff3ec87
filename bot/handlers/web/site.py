"""All pages of one program: what they need, their addresses, and one visit to one of them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from markupsafe import Markup
from multidict import MultiDictProxy

from bot import enquiries
from bot.errors import OperatorError
from bot.flows.model import Flow, Input, Known
from bot.flows.paper import Paper
from bot.flows.plan import Plan
from bot.handlers.web.middlewares import guarded, missing
from bot.handlers.web.pace import Pace
from bot.handlers.web.pages import Static, Templates
from bot.handlers.web.rights import RIGHTS
from bot.handoff import Actor
from bot.i18n import from_platform
from bot.i18n.locales import locale
from bot.packs.model import Municipality
from bot.staff import Signed
from bot.turn import Turns
from bot.views import Talk, Views

if TYPE_CHECKING:
    from bot.handlers.web.console import ConsoleParts

COOKIE = "idelabbet"
"""Holds the random token that is this browser's web address. Set when somebody has done something, not before."""
COOKIE_AGE = timedelta(days=90)
FORM_BYTES_MAX = 512 * 1024
FILE_BYTES_MAX = 20 * 1024 * 1024
"""The largest file kept (design.md 5)."""


class PlanPage(Protocol):
    """`bot.documents.plan_page`."""

    def __call__(
        self, plan: Plan | Paper, *, locale: str, municipality_name: str, lab: str, made_on: date, url: str | None
    ) -> Markup: ...


class PlanPdf(Protocol):
    """`bot.documents.plan_pdf`."""

    def __call__(
        self, plan: Plan | Paper, *, locale: str, municipality_name: str, lab: str, made_on: date, url: str | None
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class TelegramUser:
    """Who opened a form inside Telegram, as Telegram vouches for it."""

    id: int
    language: str | None = None


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the pages stand on, handed in by `bot.app`.

    `session_key` signs the sessions of forms opened inside Telegram. `verify(municipality, raw)` says whose `initData`
    it is, or None when it is not genuine or too old. `keep_file(municipality, name, mime, content)` stores what
    somebody sends and gives the reference that finds it; without it pages offer no sending of files. `plan_css` is the
    style sheet that belongs to `plan_page`. Without `console` there are no pages for staff.
    """

    turns: Turns
    views: Views
    municipalities: Mapping[str, Municipality]
    flows: Mapping[str, Flow]
    public_url: str
    session_key: bytes
    now: Callable[[], datetime]
    plan_page: PlanPage
    plan_pdf: PlanPdf
    plan_css: bytes = b""
    bot_name: Callable[[str], str | None] = lambda municipality: None
    verify: Callable[[str, str], TelegramUser | None] | None = None
    keep_file: Callable[[str, str, str, bytes], Awaitable[str]] | None = None
    console: ConsoleParts | None = None

    @property
    def enquiries(self) -> enquiries.Desk:
        """Questions to roles."""
        return enquiries.Desk(self.turns.db, self.municipalities, self.public_url, self.turns.mails)


Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address of every municipality's pages. `framed` ones may be shown inside Telegram's own web app."""

    method: str
    path: str
    handler: Handler
    framed: bool = False


class Web:
    """The pages. `Web(parts).add_to(app)` is all that `bot.app` does."""

    def __init__(self, parts: WebParts) -> None:
        self.parts = parts
        self.static = Static({"plan.css": parts.plan_css})
        self.templates = Templates(self.static)
        self.pace = Pace()
        self.streams: set[asyncio.Task[Any]] = set()
        public = urlsplit(parts.public_url)
        self.secure = public.scheme == "https"
        self.public_host = public.netloc

    def add_to(self, app: web.Application) -> None:
        """Register every page. The first municipality is at `/`, and with several each one also at `/m/<name>/`.

        Raises:
            OperatorError: A page has no row in the table of rights, so that nobody has said who may open it.
        """
        from bot.handlers.web import (
            answers,
            areas,
            console,
            dialogues,
            feeds,
            figures,
            ideas,
            meetings,
            needs,
            news,
            notices,
            partnerships,
            private_links,
            projects,
            records,
            rooms,
            runs,
            web_chat,
            web_form,
            year,
        )  # (they import this)

        routes: tuple[Route, ...] = (
            *web_chat.ROUTES, *web_form.ROUTES, *private_links.ROUTES, *records.ROUTES, *runs.ROUTES, *rooms.ROUTES, *answers.ROUTES,
            *notices.ROUTES, *needs.ROUTES, *figures.ROUTES, *ideas.ROUTES, *areas.ROUTES, *feeds.ROUTES, *news.ROUTES, *dialogues.ROUTES,
            *meetings.ROUTES,
            *projects.ROUTES, *partnerships.ROUTES, *year.ROUTES,
        )  # fmt: skip
        if self.parts.console is not None:
            routes = (*routes, *console.ROUTES)
        if missing_rows := [each for each in routes if (each.method, each.path) not in RIGHTS]:
            raise OperatorError(f"bot/handlers/web/rights.py has no row for {missing_rows[0].path}; add one")
        for index, municipality in enumerate(self.parts.municipalities):
            prefixes = [""] if index == 0 else []
            prefixes += [f"/m/{municipality}"] if len(self.parts.municipalities) > 1 else []
            for prefix in prefixes:
                for route in routes:
                    answer = partial(guarded, self, municipality, prefix, route)
                    app.router.add_route(route.method, prefix + route.path, answer)
        app.router.add_get("/static/{name}", self.static.answer)
        app.middlewares.append(web.middleware(partial(missing, self)))
        app.on_shutdown.append(self._end_streams)

    async def _end_streams(self, app: web.Application) -> None:
        """Open streams end at once, so that a restart waits for nobody; browsers come back by themselves."""
        for task in self.streams:
            task.cancel()


@dataclass(slots=True)
class Visit:
    """One request to one municipality's pages, and what is known of who makes it.

    `staff` is whoever has signed in, on the console's pages. `form_base` and `send_form` lead a form of theirs back to
    the console.
    """

    site: Web
    municipality: Municipality
    prefix: str
    request: web.Request
    talk: Talk | None = None
    lang: str = ""
    lang_chosen: bool = False
    staff: Signed | None = None
    form_base: str = "/form"
    send_form: Callable[[Visit, Input], Awaitable[web.StreamResponse]] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, web.FileField] = field(default_factory=dict)

    @property
    def parts(self) -> WebParts:
        return self.site.parts

    @property
    def token(self) -> str | None:
        """This browser's address, when it has one that looks like ours."""
        token = self.request.cookies.get(COOKIE, "")
        return token if 16 <= len(token) <= 64 and token.replace("-", "a").replace("_", "a").isalnum() else None

    async def begin(self) -> None:
        """Read what was posted, find the conversation, and settle on a language."""
        if self.request.method == "POST":
            await self._read_fields()
        if self.token is not None:
            self.talk = await self.parts.views.talk(self.municipality.id, "web", self.token)
        self.settle_language()

    async def _read_fields(self) -> None:
        is_upload = self.request.content_type == "multipart/form-data"
        most = FILE_BYTES_MAX + FORM_BYTES_MAX if is_upload else FORM_BYTES_MAX
        if (self.request.content_length or 0) > most:
            raise web.HTTPRequestEntityTooLarge(most, self.request.content_length or 0)
        try:
            posted: MultiDictProxy[Any] = await self.request.post()
        except ValueError as error:  # a body that is not what its header says
            raise web.HTTPBadRequest from error
        fields: dict[str, list[str]] = {}
        files: dict[str, web.FileField] = {}
        for name, value in posted.items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
            elif isinstance(value, web.FileField) and value.filename:
                files[name] = value
        self.fields = {name: " ".join(values) for name, values in fields.items()}
        self.files = files

    def settle_language(self) -> None:
        """The one asked for; else the conversation's, the browser's, the municipality's first."""
        offered = self.municipality.languages
        wish = self.request.query.get("lang") or self.fields.get("lang") or ""
        if wish in offered:
            self.lang, self.lang_chosen = wish, self.talk is None or self.talk.locale != wish
        elif self.staff is not None and self.staff.member.locale in offered:
            self.lang = self.staff.member.locale
        elif self.talk is not None and self.talk.locale in offered:
            self.lang = self.talk.locale
        else:
            self.lang = from_platform(self.request.headers.get("Accept-Language"), offered) or offered[0]

    # --- addresses and answers --------------------------------------------------------------------------------------

    def url(self, path: str, **query: str) -> str:
        """A page's address, with the language along where it was chosen by address."""
        if self.lang_chosen:
            query = {"lang": self.lang, **query}
        path, _mark, fragment = path.partition("#")
        return f"{self.prefix}{path}{'?' + urlencode(query) if query else ''}{'#' + fragment if fragment else ''}"

    def page(self, template: str, status: int = 200, **values: Any) -> web.Response:
        """A page in this visit's language."""
        html = self.site.templates.render(template, self, values)
        return web.Response(text=html, status=status, content_type="text/html")

    def fragment(self, template: str, **values: Any) -> str:
        """A piece of a page."""
        return self.site.templates.render(template, self, values)

    def go(self, path: str) -> web.Response:
        """On to another page, by GET."""
        return web.Response(status=303, headers={"Location": self.url(path)})

    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("Accept", "")

    # --- who it is --------------------------------------------------------------------------------------------------

    def update_id(self, address: str, made_by_page: str) -> str:
        """An update's id: this browser's short name (its token is stored nowhere in clear) and the page's own."""
        short = hashlib.sha256(address.encode()).hexdigest()[:16]
        return f"web:{short}:{made_by_page[:64] or secrets.token_urlsafe(9)}"

    def keep(self, response: web.StreamResponse, token: str) -> None:
        """Remember this browser's address for another ninety days."""
        response.set_cookie(
            COOKIE, token, max_age=int(COOKIE_AGE.total_seconds()), path="/", httponly=True, samesite="Lax",
            secure=self.site.secure,
        )  # fmt: skip

    def known(self, flow: str | None = None) -> Known:
        """What a form may know of who fills it in."""
        given = self.talk.under_way(flow)[1] if self.talk and flow else {}
        return Known(
            now=self.parts.now().astimezone(self.municipality.zone),
            locale=self.lang,
            municipality=self.municipality,
            offered=self.municipality.languages,
            channel="web",
            facts={"public_url": self.parts.public_url + self.prefix},
            given=given,
        )

    @property
    def actor(self) -> Actor:
        """Whoever has signed in, as one who acts in this municipality."""
        assert self.staff is not None
        roles = self.staff.roles.get(self.municipality.id, frozenset())
        return Actor(self.staff.member.id, self.staff.member.name, self.municipality.id, roles)

    @property
    def dir(self) -> str:
        return locale(self.lang).dir


def new_id() -> str:
    """A name for one sending of one form, so that it is applied once however often it arrives."""
    return secrets.token_urlsafe(9)


def new_token() -> str:
    """128 random bits as 22 characters that may stand in a cookie."""
    return secrets.token_urlsafe(16)
