"""Templates and static files: read once, shown in the visitor's language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.flows.held import closed_words, is_about_rights
from bot.flows.start import greeting
from bot.handlers.web.bubbles import signed
from bot.handlers.web.console_menu import is_open, menu
from bot.i18n import LanguageName, OwnName, Text, content, formats
from bot.i18n.jinja import FILTERS, Shown, jinja_functions
from bot.i18n.locales import locale
from bot.i18n.markup import plain
from bot.i18n.render import lang_of
from bot.rules.emergency import helplines, says

if TYPE_CHECKING:
    from bot.handlers.web.site import Visit

HERE = Path(__file__).parent
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
YEAR_S = 365 * 24 * 3600


class Static:
    """Style sheet, scripts and mark, in memory. Addresses change with the content, so browsers may keep them."""

    def __init__(self, more: Mapping[str, bytes] = {}) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir()) if path.is_file()}
        self._files |= more
        self._marks = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in self._files.items()}

    def url(self, name: str) -> str:
        return f"/static/{name}?v={self._marks[name]}"

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        fresh = request.query.get("v") == self._marks[name]
        headers = {
            "Cache-Control": f"public, max-age={YEAR_S}, immutable" if fresh else "no-cache",
            "ETag": f'"{self._marks[name]}"',
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        kind = TYPES.get(Path(name).suffix, "application/octet-stream")
        return web.Response(body=self._files[name], content_type=kind, charset="utf-8", headers=headers)


class Templates:
    """The pages' templates, with the words of every language at hand."""

    def __init__(self, static: Static) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(FILTERS)
        self._environment.globals.update(
            static=static.url,
            clock=formats.clock,
            own_name=lambda tag: locale(tag).own_name,
            dir_of=lambda tag: locale(tag).dir,
            plain_words=plain,
            helplines=helplines,
            says=says,
            greeting=greeting,
            about_rights=is_about_rights,
            closed_words=closed_words,
            signed=signed,
            menu=menu,
            is_open=is_open,
            OwnName=OwnName,
            LanguageName=LanguageName,
        )

    def render(self, template: str, visit: Visit, values: Mapping[str, Any]) -> str:
        """A template for one visit."""
        words = words_of(visit.lang, visit.municipality.timezone)
        page = {
            "visit": visit,
            "place": visit.municipality,
            "lab": visit.municipality.lab or visit.municipality.name,
            "url": visit.url,
            "lang_tag": visit.lang,
            "layout": "base.html" if visit.staff is None else "console/base.html",
            "csrf": visit.staff.forms if visit.staff is not None else "",
            "dir": visit.dir,
            "day_words": lambda day: day_words(day, visit.lang),
            "topic_title": lambda id: next(
                (content(topic.title) for topic in visit.municipality.topics if topic.id == id), None
            ),
        }
        return self._environment.get_template(template).render({**words, **page, **values})


def day_words(day: date, tag: str) -> str:
    return formats.day_words(day, tag)


@lru_cache(maxsize=128)
def words_of(tag: str, timezone: str) -> dict[str, Callable[..., Any]]:
    """The markers for templates in one language. A text that fell back to another one says so by `lang` and `dir`."""
    from zoneinfo import ZoneInfo

    functions = jinja_functions(tag, zone=ZoneInfo(timezone))

    def marked(show: Callable[..., Shown]) -> Callable[..., Shown]:
        def shown(*arguments: Any, **values: Any) -> Shown:
            words = show(*arguments, **values)
            real = lang_of(words.text, tag)
            if real == tag:
                return words
            wrapped = Shown(Markup('<span lang="{}" dir="{}">{}</span>').format(real, locale(real).dir, words))
            wrapped.text = words.text
            return wrapped

        return shown

    return {**functions, **{name: marked(functions[name]) for name in ("_", "n_", "p_", "t")}}


def in_words(text: Text, visit: Visit) -> str:
    """A text as plain words in the visit's language."""
    return plain(str(words_of(visit.lang, visit.municipality.timezone)["t"](text)))
