"""The whole program behind its pages, in this process: real database, turns and documents, on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from aiohttp import web

from bot import clock
from bot.desk import Desk
from bot.documents import PLAN_CSS, plan_page, plan_pdf
from bot.flows import FLOWS
from bot.flows.model import Flow
from bot.handlers.telegram import layout
from bot.handlers.web import TelegramUser, Web, WebParts
from bot.handlers.web.console import ConsoleParts
from bot.handlers.web.pace import Pace
from bot.handoff import Handoff
from bot.live import Live
from bot.oidc import Oidc
from bot.packs.load import load_municipality
from bot.packs.model import Grants, Municipality, Weaving
from bot.staff import Staff
from bot.turn import Turns
from bot.views import Views
from storage import files
from storage.db import Database
from storage.migrations import migrate

KEY = "a key of the tests that nobody else uses: 32 signs or more"


@dataclass(slots=True)
class World:
    """A running site. `base` is its address."""

    base: str
    app: web.Application
    db: Database
    turns: Turns
    views: Views
    municipality: Municipality
    pace: Pace
    console: ConsoleParts


def with_places(pack: Municipality) -> Municipality:
    """A municipality with Lund's supports beside its own."""
    own, lund = pack.grants, load_municipality("lund").grants
    assert own is not None and lund is not None
    both = Grants(
        helper=own.helper, supports=(*own.supports, *lund.supports), conditions={**own.conditions, **lund.conditions}
    )
    return pack.model_copy(update={"grants": both})


def with_a_map(pack: Municipality) -> Municipality:
    """A municipality that keeps a map of its actors."""
    return pack.model_copy(update={"networks": pack.networks.model_copy(update={"weaving": Weaving()})})


@asynccontextmanager
async def world(
    file: Path,
    *,
    languages: tuple[str, ...] | None = None,
    port: int = 0,
    now: Callable[[], datetime] = clock.now,
    public_url: str = "",
    bot_name: str | None = None,
    verify: Callable[[str, str], TelegramUser | None] | None = None,
    more: tuple[Municipality, ...] = (),
    flows: Mapping[str, Flow] = FLOWS,
    at: Database | None = None,
    places: bool = False,
    own_sign_in: bool = False,
    map_kept: bool = False,
) -> AsyncIterator[World]:
    """Serve Ekerö's pages from the database in `file`, made when it is not there yet, or from the one `at` hand.

    With `places` it gives Lund's places too, whose holders have open activities; with `own_sign_in` its staff have accounts at
    an issuer, which nobody can reach; with `map_kept` it keeps a map of its actors.
    """
    pack = with_places(load_municipality("ekero")) if places else load_municipality("ekero")
    pack = with_a_map(pack) if map_kept else pack
    municipality = pack.model_copy(update={"languages": languages}) if languages else pack
    municipalities = {each.id: each for each in (municipality, *more)}
    db = at or await Database.open(f"sqlite+aiosqlite:///{file}", [KEY])
    await migrate(db)
    app = web.Application(client_max_size=21 * 1024 * 1024)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    try:
        base = public_url or "http://127.0.0.1"
        turns = Turns(db, municipalities, flows, public_url=base, now=now, live=Live(), bot_name=lambda name: bot_name)
        views = Views(db, flows, now)

        async def keep_file(municipality: str, name: str, mime: str, content: bytes) -> str:
            put = partial(files.put, municipality_id=municipality, content=content, mime=mime, name=name, now=now())
            return f"file:{await db.write(put)}"

        parts = WebParts(
            turns=turns, views=views, municipalities=municipalities, flows=flows, public_url=base,
            session_key=b"session" * 5, now=now, plan_page=plan_page, plan_pdf=plan_pdf, plan_css=PLAN_CSS.read_bytes(),
            bot_name=lambda name: bot_name, verify=verify,
            keep_file=keep_file,
            console=ConsoleParts(
                Staff(db, municipalities, public_url=base, forms_key=b"forms" * 7, now=now), Handoff(turns), Desk(turns),
                oidc=Oidc("https://login.example", "lab", "secret", public_url=base, now=now) if own_sign_in else None,
                in_telegram=lambda body: (layout.text(body), layout.keyboard(body)),
            ),
        )  # fmt: skip
        site = Web(parts)
        site.add_to(app)
        await runner.setup()
        listening = web.TCPSite(runner, "127.0.0.1", port)
        await listening.start()
        host, opened = runner.addresses[0][:2]
        if not public_url:
            turns.public_url = f"http://{host}:{opened}"
            object.__setattr__(parts, "public_url", turns.public_url)
            assert parts.console is not None
            parts.console.staff.public_url = turns.public_url
            site.public_host = f"{host}:{opened}"
        assert parts.console is not None
        yield World(f"http://{host}:{opened}", app, db, turns, views, municipality, site.pace, parts.console)
    finally:
        await runner.cleanup()
        if at is None:
            await db.close()
