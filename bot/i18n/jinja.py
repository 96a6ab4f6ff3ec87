"""The markers inside Jinja templates: the same `_`, `n_` and `p_`, shown at once in the page's language.

{{ _("Hello {name}", name=person.name) }}       words, already escaped
<p {{ lang(notice) }}>{{ t(notice) }}</p>       a Text from Python, marked where it fell back to another language
<title>{{ _("Ideas") | plain }}</title>         without tags, for titles and attributes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.i18n import text as marked
from bot.i18n.locales import locale
from bot.i18n.markup import plain
from bot.i18n.render import STOCKHOLM, lang_of, render
from bot.i18n.text import Link, Ltr, Text, Value


class Shown(Markup):
    """Words of a page that still know their `Text`, so that they can be a value of another text."""

    __slots__ = ("text",)
    text: Text


def jinja_functions(
    tag: str, *, zone: ZoneInfo = STOCKHOLM, today: date | None = None, made: Mapping[str, Value] | None = None
) -> dict[str, Callable[..., Any]]:
    """What to add to a page's context so that its template speaks the language `tag`.

    `_`, `n_`, `p_` mark and show; `t` shows a `Text` made elsewhere; `lang` gives `lang="…" dir="…"` where a text is in
    another language than the page, else nothing; `link(words, url)` and `ltr(words)` make values.
    """

    def show(text: Text) -> Shown:
        values = tuple((name, _value(value)) for name, value in text.values)
        text = Text(text.message, text.plural, text.count, text.context, text.domain, values)
        shown = Shown(render(text, tag, zone=zone, made=made or {}, today=today))
        shown.text = text
        return shown

    def lang(text: Text | Shown) -> Markup:
        real = lang_of(text.text if isinstance(text, Shown) else text, tag)
        return Markup(f'lang="{real}" dir="{locale(real).dir}"') if real != tag else Markup("")

    def link(words: Text | Shown, url: str) -> Link:
        return Link(words.text if isinstance(words, Shown) else words, url)

    return {
        "_": lambda message, **values: show(marked._(message, **values)),
        "n_": lambda one, other, count, **values: show(marked.n_(one, other, count, **values)),
        "p_": lambda context, message, **values: show(marked.p_(context, message, **values)),
        "t": show,
        "lang": lang,
        "link": link,
        "ltr": Ltr,
    }


def _value(value: Any) -> Value:
    """A template's value as a text's: shown texts go back to being texts, other safe markup loses its tags."""
    if isinstance(value, Shown):
        return value.text
    if isinstance(value, Markup):
        return plain(value)
    if isinstance(value, list | tuple):
        return tuple(_value(item) for item in value)
    result: Value = value
    return result


FILTERS: dict[str, Callable[..., Any]] = {"plain": lambda words: plain(str(words))}
"""Filters for the Jinja environment."""
