"""Posters and letter-box notes that ask whether somebody needs help, or tell of one thing that is shown: large, plain, in
several languages, with a code.

What is not known (a phone number, a Telegram bot) is left out: nothing on paper is invented, and nothing is blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from bot.documents.pdf import compiled, drawable, qr_svg
from bot.documents.sheet import said
from bot.i18n import Ltr, OwnName, Text, content, p_
from bot.i18n.locales import locale as row_of
from bot.packs.model import Municipality

KINDS: Final = ("poster", "together", "note")
"""A poster for each language; all languages together on one; notes for letter boxes, four on a page for each language."""

TASKS_MAX = 5
"""So many things one can ask for stand on the paper."""


LANGUAGES_MAX: Final = 3
"""So many languages stand on papers about one thing that is shown."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell instead of asking whether somebody needs help: its title, what to do, what there is to know of it,
    and two lines at the end."""

    title: Text
    lead: Text
    rows: tuple[Text, ...]
    after: tuple[Text, Text]


def poster_pdf(
    place: Municipality,
    *,
    kind: str,
    languages: Sequence[str],
    web: Sequence[str],
    telegram: str | None,
    made_on: date,
    about: Message | None = None,
) -> bytes:
    """A4 pages in the chosen languages. `web` holds for each language the address its code leads to, `telegram` the
    address of the municipality's bot. The same input gives the same bytes.

    Raises:
        ValueError: The kind is none of `KINDS`, or no language is chosen.
        UnknownLocale: A language is none of the table's.
    """
    if kind not in KINDS or not languages:
        raise ValueError(f"{kind!r} in {list(languages)} is no poster; kinds are {', '.join(KINDS)}")
    drawn = [_sheet(place, tag, url, telegram, about) for tag, url in zip(languages, web, strict=True)]
    first = drawn[0]
    data = {"kind": kind, "title": first["title"]["words"], "sheets": drawn, "place": _names(place)}
    return compiled("poster.typ", data, made_on)


def _names(place: Municipality) -> str:
    names = dict.fromkeys(name for name in (place.lab, place.name) if name)
    return str(drawable({"words": " · ".join(names), "dir": "ltr", "lang": "sv"})[0]["words"])


def _sheet(place: Municipality, tag: str, web: str, telegram: str | None, about: Message | None) -> dict[str, Any]:
    lines: dict[str, Any] = {name: asdict(said(text, tag)) for name, text in _texts(place, about).items()}
    lines["tasks"] = [asdict(said(text, tag)) for text in (_tasks(place) if about is None else about.rows)]
    sheet, _lost = drawable(lines)
    plain, _lost = drawable({"words": "", "dir": row_of(tag).dir, "lang": tag})
    return {
        **sheet,
        "lang": plain["lang"],
        "region": plain["region"],
        "dir": row_of(tag).dir,
        "web": {"url": web, "shown": _short(web), "qr": qr_svg(web)},
        "telegram": {"url": telegram, "shown": _short(telegram), "qr": qr_svg(telegram)} if telegram else None,
        "phone": place.phone or None,
    }


def _texts(place: Municipality, about: Message | None) -> dict[str, Text]:
    texts = _usual_texts(place)
    if about is None:
        return texts
    return {**texts, "title": about.title, "lead": about.lead, "volunteer": about.after[0], "safe": about.after[1]}


def _usual_texts(place: Municipality) -> dict[str, Text]:
    return {
        # TRANSLATORS: the large heading of a poster.
        "title": p_("poster", "Do you need help?"),
        # TRANSLATORS: on a poster, before a list of things one can ask for, such as "Food shopping".
        "lead": p_("poster", "Volunteers help with everyday things, for example:"),
        # TRANSLATORS: on a poster, beside a square code.
        "scan": p_("poster", "Scan the code with your phone, or go to:"),
        # TRANSLATORS: on a poster, beside a square code that leads to Telegram.
        "chat": p_("poster", "Or write in Telegram:"),
        # TRANSLATORS: on a poster, before a phone number.
        "call": p_("poster", "Or call:"),
        "speaks": p_("poster", "You can write in: {languages}", languages=tuple(OwnName(tag) for tag in place.languages)),
        "volunteer": p_("poster", "Do you want to help others? Scan the same code."),
        "safe": p_("poster", "Whoever helps you never asks for your bank card or a code. In danger: call {number}.",
                   number=Ltr("112")),
    }  # fmt: skip


def _tasks(place: Municipality) -> list[Text]:
    return [content(task.name) for task in place.skills.tasks if not task.outside and task.id != "errand"][:TASKS_MAX]


def _short(url: str | None) -> str:
    """An address as people type it: without what they need not write."""
    return (url or "").removeprefix("https://").removeprefix("http://").partition("?")[0].rstrip("/")
