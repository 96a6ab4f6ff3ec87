"""Feeds to follow what is put up: RSS 2.0 and JSON Feed 1.1, from the same items.

Nothing of them is about a person: they hold what everybody may see on the page that they are of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.etree import ElementTree as xml

from bot.flows.read.typed import clean

VERSION: Final = "https://jsonfeed.org/version/1.1"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that no XML file may hold. Source: XML 1.0, production 2 (Char)."""

xml.register_namespace("atom", _ATOM)


@dataclass(frozen=True, slots=True)
class Item:
    """Something put up. `id` never changes, whatever the language; `lang` is that of the words."""

    id: str
    url: str
    title: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A list of items, the newest first. `page` is the page it is of, `url` where the feed itself is."""

    title: str
    about: str
    page: str
    url: str
    lang: str
    items: Sequence[Item]


def rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0, with its own address as RSS readers ask for it. Source: RSS 2.0 specification, RSS Advisory
    Board, version 2.0.11."""
    root = xml.Element("rss", version="2.0")
    channel = xml.SubElement(root, "channel")
    for name, words in (
        ("title", feed.title),
        ("link", feed.page),
        ("description", feed.about),
        ("language", feed.lang),
    ):
        _add(channel, name, words)
    xml.SubElement(channel, f"{{{_ATOM}}}link", href=feed.url, rel="self", type="application/rss+xml")
    for each in feed.items:
        item = xml.SubElement(channel, "item")
        _add(item, "title", each.title)
        _add(item, "link", each.url)
        _add(item, "guid", each.id).set("isPermaLink", "false")
        if each.at is not None:
            _add(item, "pubDate", format_datetime(each.at.astimezone(UTC), usegmt=True))
        _add(item, "description", each.text)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def json_feed(feed: Feed) -> dict[str, Any]:
    """The feed as JSON Feed 1.1. Source: jsonfeed.org, version 1.1."""
    return {
        "version": VERSION,
        "title": _tidy(feed.title),
        "description": _tidy(feed.about),
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "language": feed.lang,
        "items": [
            {
                "id": each.id,
                "url": each.url,
                "title": _tidy(each.title),
                "content_text": _tidy(each.text),
                **({"date_published": each.at.astimezone(UTC).isoformat(timespec="seconds")} if each.at else {}),
            }
            for each in feed.items
        ],
    }


def _add(parent: xml.Element, name: str, words: str) -> xml.Element:
    made = xml.SubElement(parent, name)
    made.text = _tidy(words)
    return made


def _tidy(words: str) -> str:
    """Without control characters and without marks that turn the direction of what follows: a feed has no page around
    it that would keep them in."""
    return _NO_XML.sub("", clean(words))
