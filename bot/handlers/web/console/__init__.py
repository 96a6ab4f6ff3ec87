"""The console: where the people who answer find what waits for them.

`rights.py` is the table of who may open which page; a page is a handler, a template and a row there.
"""

from bot.handlers.web.console import (
    account,
    callers,
    cases,
    dialogues,
    entry,
    example,
    goods,
    introductions,
    meetings,
    needs,
    news,
    pack,
    partnerships,
    people,
    posters,
    presence,
    projects,
    records,
    situation,
    statistics,
    talks,
    volunteers,
    weaving,
    year,
)
from bot.handlers.web.console.guard import ConsoleParts

ROUTES = (
    *entry.ROUTES,
    *cases.ROUTES,
    *talks.ROUTES,
    *statistics.ROUTES,
    *callers.ROUTES,
    *account.ROUTES,
    *presence.ROUTES,
    *people.ROUTES,
    *pack.ROUTES,
    *needs.ROUTES,
    *introductions.ROUTES,
    *news.ROUTES,
    *volunteers.ROUTES,
    *situation.ROUTES,
    *records.ROUTES,
    *posters.ROUTES,
    *example.ROUTES,
    *dialogues.ROUTES,
    *meetings.ROUTES,
    *projects.ROUTES,
    *partnerships.ROUTES,
    *weaving.ROUTES,
    *goods.ROUTES,
    *year.ROUTES,
)

__all__ = ["ROUTES", "ConsoleParts"]
