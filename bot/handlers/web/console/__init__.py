"""The console: where the people who answer find what waits for them.

`rights.py` is the table of who may open which page; a page is a handler, a template and a row there.
"""

from bot.handlers.web.console import (
    account,
    callers,
    cases,
    entry,
    example,
    needs,
    news,
    pack,
    people,
    posters,
    presence,
    records,
    situation,
    statistics,
    talks,
    volunteers,
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
    *news.ROUTES,
    *volunteers.ROUTES,
    *situation.ROUTES,
    *records.ROUTES,
    *posters.ROUTES,
    *example.ROUTES,
    *year.ROUTES,
)

__all__ = ["ROUTES", "ConsoleParts"]
