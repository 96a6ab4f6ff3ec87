"""Feeds of what is put up on the public pages: ideas, needs, open activities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.flows.board import post_card
from bot.flows.ideas import KIND as IDEA
from bot.flows.ideas import card_lines, example_words, idea_card
from bot.flows.model import Card
from bot.flows.open_activity import KIND as OPEN_ACTIVITY
from bot.flows.open_activity import activity_card
from bot.flows.read.typed import as_text
from bot.flows.shifts import fill, public_title, shift_card, when
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, _
from bot.i18n.catalogues import current
from bot.syndication import Feed, Item, json_feed, rss
from bot.wording import Words

CACHED = {"Cache-Control": "public, max-age=300"}
RSS, JSON_FEED = "application/rss+xml", "application/feed+json"


def words_of_feed(visit: Visit) -> Words:
    """In the language asked for, or else the municipality's own: a feed is fetched by programs."""
    tag = visit.lang if visit.request.query.get("lang") == visit.lang else visit.municipality.languages[0]
    return Words(tag if tag in current().tags() else "sv", visit.municipality.zone)


def feed(visit: Visit, path: str, title: Text, about: Text, items: Sequence[Item], *, ending: str) -> Feed:
    """A feed of one of the public pages."""
    words, base = words_of_feed(visit), visit.parts.turns.pages_of(visit.municipality.id)
    asked = f"?lang={words.tag}" if visit.request.query.get("lang") == words.tag else ""
    name = f"{words.plain(title)} – {visit.municipality.lab or visit.municipality.name}"
    return Feed(name, words.plain(about), f"{base}{path}{asked}", f"{base}{path}.{ending}{asked}", words.tag, items)


def item(visit: Visit, words: Words, path: str, mark: str, card: Card, at: datetime | None) -> Item:
    """One thing that is put up; `mark` is its place on the page."""
    url = f"{visit.parts.turns.pages_of(visit.municipality.id)}{path}#{mark}"
    title = words.plain(as_text(card.title))
    return Item(url, url, title, words.plain(card_lines(card)), at)


def answer(visit: Visit, made: Feed, ending: str) -> web.Response:
    if ending == "rss":
        return web.Response(body=rss(made), content_type=RSS, charset="utf-8", headers=CACHED)
    return web.json_response(json_feed(made), content_type=JSON_FEED, headers=CACHED)


async def _ideas_items(visit: Visit) -> list[Item]:
    views, place, known, words = visit.parts.views, visit.municipality, visit.known(), words_of_feed(visit)
    found = await views.posts(place.id, IDEA)
    items = [
        item(visit, words, "/ideas", f"post-{each['id']}", idea_card(each["post"], known), each["at"]) for each in found
    ]
    if (chosen := await views.example(place.id, words.tag, known.today)) is not None:
        url = f"{visit.parts.turns.pages_of(place.id)}/ideas#example-{chosen['month']}"
        told = words.plain(example_words(chosen))
        items.append(Item(url, url, told.partition("\n")[0], told, chosen["at"]))
    return sorted(items, key=lambda each: each.at or known.now, reverse=True)


def _ideas_feed(ending: str) -> Any:
    async def handler(visit: Visit) -> web.StreamResponse:
        made = feed(visit, "/ideas", _("The idea board"), _("What people here want to do, and who may join."),
                    await _ideas_items(visit), ending=ending)  # fmt: skip
        return answer(visit, made, ending)

    return handler


async def needs_feed(visit: Visit, ending: str) -> Feed:
    """What helpers are needed for: shifts and what associations ask for."""
    views, place, known, words = visit.parts.views, visit.municipality, visit.known(), words_of_feed(visit)
    items = []
    for each in await views.needs(place):
        made = item(visit, words, "/needs", f"shift-{each['id']}", shift_card(each, known), None)
        about = _("{when}. {fill}", when=when(each), fill=fill(each))
        items.append(
            Item(made.id, made.url, words.plain(public_title(each)), f"{words.plain(about)}\n{made.text}", None)
        )
    items += [
        item(visit, words, "/needs", f"post-{each['id']}", post_card(each["post"], known), each["at"])
        for each in await views.posts(place.id, "board")
    ]
    return feed(visit, "/needs", _("What is needed now"), _("Where helpers are needed, the most needed first."), items,
                ending=ending)  # fmt: skip


async def _needs_rss(visit: Visit) -> web.StreamResponse:
    return answer(visit, await needs_feed(visit, "rss"), "rss")


def _open_feed(ending: str) -> Any:
    async def handler(visit: Visit) -> web.StreamResponse:
        place, known, words = visit.municipality, visit.known(), words_of_feed(visit)
        if place.open_house is None:
            raise web.HTTPNotFound
        found = await visit.parts.views.posts(place.id, OPEN_ACTIVITY)
        items = [
            item(visit, words, "/open", f"post-{each['id']}", activity_card(each["post"], known), each["at"])
            for each in found
        ]
        made = feed(visit, "/open", _("Free open activities"), _("They are free for those who take part."), items,
                    ending=ending)  # fmt: skip
        return answer(visit, made, ending)

    return handler


ROUTES = (
    Route("GET", "/ideas.rss", _ideas_feed("rss")),
    Route("GET", "/ideas.json", _ideas_feed("json")),
    Route("GET", "/needs.rss", _needs_rss),
    Route("GET", "/open.rss", _open_feed("rss")),
    Route("GET", "/open.json", _open_feed("json")),
)
