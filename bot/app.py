"""Builds all parts and hands them to each other. Alone may import everything."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiohttp import web

from bot import clock, documents, effects
from bot.alerts import Digest
from bot.desk import Desk
from bot.dialogues import Watch
from bot.documents.bars import table_png
from bot.due import DueWork
from bot.errors import GiveUp, OperatorError, Retry
from bot.feeder import Feeder
from bot.flows import FLOWS
from bot.flows.handed_in import paper_of
from bot.flows.plan import plan_of
from bot.handlers.web import TelegramUser, Web, WebParts
from bot.handlers.web.console import ConsoleParts
from bot.handlers.web.site import FILE_BYTES_MAX
from bot.handoff import Handoff
from bot.i18n import catalogues, plain, render
from bot.live import Live
from bot.mail import Mail
from bot.matching import Matcher
from bot.oidc import Oidc
from bot.outbox import Channel, Sender
from bot.packs.live import Change, Packs
from bot.packs.model import Municipality
from bot.partnership_desk import WORK as PARTNERSHIP_WORK
from bot.partnership_desk import PartnershipDesk
from bot.rules import emergency, masking, understand
from bot.settings import Settings, read_settings
from bot.staff import Refused, Staff
from bot.telegram_store import TelegramStore
from bot.translation import LibreTranslate, Translations
from bot.turn import Turns
from bot.views import CaseSeen, LinkTrouble, PlanSeen, Views
from bot.volunteering import MATCH_AGAIN
from storage import files, retention
from storage.db import Database
from storage.migrations import migrate
from storage.secrets import keyring, secret_key

EXPIRE_S = 3600.0
PACKS_S = 3.0

if TYPE_CHECKING:
    from bot.handlers.telegram import Telegram

log = structlog.get_logger()


@dataclass(slots=True)
class Parts:
    """What the program is made of, built from its settings."""

    settings: Settings
    municipalities: Packs
    db: Database
    live: Live
    turns: Turns
    views: Views
    channels: dict[str, Channel]
    sender: Sender
    due: DueWork
    telegram: Telegram | None
    staff: Staff
    feeder: Feeder


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Parts]:
    """The parts, with an open database at this program's schema.

    Raises:
        OperatorError: A setting, pack, catalogue, key or schema that must be mended first.
    """
    catalogues.use(catalogues.load(strict=False))
    understand.meaning("")  # reads the model: a broken one stops the start, not a resident's message
    municipalities = Packs(settings.municipality)
    if settings.database.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = await Database.open(settings.database, secret_key(settings.database, settings.secret_key))
    try:
        await migrate(db)
        live = Live()
        turns = Turns(
            db,
            municipalities,
            FLOWS,
            public_url=settings.address,
            now=clock.now,
            live=live,
            mails=bool(settings.smtp_url),
            translates=bool(settings.translate_url),
        )
        views = Views(db, FLOWS, clock.now)
        made = Documents(municipalities, db, views, settings.address)
        channels: dict[str, Channel] = {}
        if settings.smtp_url:
            channels["mail"] = Mail(settings.smtp_url, settings.mail_from, settings.mail_reply_to, made.make)
        telegram = _telegram(settings, municipalities, db, turns, made)
        if telegram is not None:
            channels["telegram"] = telegram.outgoing
            turns.bot_name = lambda municipality: telegram.username if municipality == telegram.municipality else None
        feeder = Feeder(turns)
        sender = Sender(db, channels, now=clock.now, gate=feeder.gate)
        turns.sender = sender
        digest = Digest(db, municipalities, settings.address, clock.now)
        works = {**(telegram.works if telegram else {}), "staff_digest": digest.send}
        works[PARTNERSHIP_WORK] = PartnershipDesk(turns).run
        matcher = Matcher(db, municipalities, clock.now)
        works[MATCH_AGAIN] = matcher.again
        translator = LibreTranslate(settings.translate_url, settings.translate_key) if settings.translate_url else None
        works |= Watch(db, municipalities, settings.address, clock.now).works
        works |= Translations(turns, translator).works
        due = DueWork(db, turns, now=clock.now, works=works)
        staff = Staff(
            db, municipalities, public_url=settings.address, forms_key=keyring().derive("console forms"), now=clock.now
        )
        yield Parts(settings, municipalities, db, live, turns, views, channels, sender, due, telegram, staff, feeder)
    finally:
        await db.close()


@dataclass(frozen=True, slots=True)
class Documents:
    """Makes the PDFs that are sent along."""

    municipalities: Packs
    db: Database
    views: Views
    public_url: str

    async def make(self, municipality: str, kind: str, subject: Any, locale: str = "") -> tuple[bytes, str]:
        """A "case" that was handed in, a "plan" with a link to its page, or a "plan_copy" without, for somebody else.

        Raises:
            GiveUp: It is gone.
        """
        place = self.municipalities[municipality]
        locale = locale or place.languages[0]
        if kind == "figure":
            table = next((each for each in place.figures.tables if each.id == subject), None)
            if table is None:
                raise GiveUp("the pack no longer has this table")
            return await asyncio.to_thread(partial(table_png, table, locale=locale)), f"{table.id}.png"
        if kind == "case":
            seen_case = await _handed_in(self.views, place, int(subject))
            return await asyncio.to_thread(_case_pdf, seen_case, place, locale)
        try:
            seen, owner_id = await self.views.plan(municipality, int(subject))
        except LinkTrouble as error:
            raise GiveUp("the plan is gone") from error
        url = None
        if kind == "plan":
            link = partial(effects.plan_link, municipality, seen.id, owner_id, self.public_url)
            url = await self.db.write(link)
        return await asyncio.to_thread(_plan_pdf, seen, place, locale, url), "plan.pdf"


def _telegram(
    settings: Settings, municipalities: Packs, db: Database, turns: Turns, made: Documents
) -> Telegram | None:
    if not settings.telegram_token:
        return None
    from bot.handlers.telegram import Telegram  # heavy, and of no use without a token

    municipality = next(iter(municipalities))

    async def make_document(kind: str, subject: Any, locale: str) -> tuple[bytes, str]:
        return await made.make(municipality, kind, subject, locale)

    secret = settings.webhook_secret or keyring().derive("webhook").hex()
    store = TelegramStore(db, municipality, FLOWS, clock.now)
    return Telegram(settings, municipality, turns, store, make_document, webhook_secret=secret)


async def _handed_in(views: Views, municipality: Municipality, case_id: int) -> CaseSeen:
    try:
        return await views.case(municipality.id, case_id)
    except LinkTrouble as error:
        raise GiveUp("what was handed in is gone") from error


def _case_pdf(seen: CaseSeen, municipality: Municipality, locale: str) -> tuple[bytes, str]:
    paper = paper_of(seen.flow, seen.answers, municipality, seen.made_at)
    if paper is None:
        raise GiveUp("the pack no longer has this support")
    made_on = seen.made_at.astimezone(municipality.zone).date()
    drawn = documents.plan_pdf(
        paper, locale=locale, municipality_name=municipality.name, lab=municipality.lab, made_on=made_on, url=None
    )
    return drawn, f"{seen.flow}.pdf"


def _plan_pdf(seen: PlanSeen, municipality: Municipality, locale: str, url: str | None) -> bytes:
    made_on = clock.now().astimezone(municipality.zone).date()
    return documents.plan_pdf(
        plan_of(seen.answers, made_on),
        locale=locale,
        municipality_name=municipality.name,
        lab=municipality.lab,
        made_on=made_on,
        url=url,
    )


def _in_telegram(body: Mapping[str, Any]) -> tuple[str, list[list[dict[str, str]]]]:
    from bot.handlers.telegram import layout  # heavy, and needed by one page

    return layout.text(body), layout.keyboard(body)


def _web(parts: Parts) -> web.Application:
    """The web server's pages, and the address Telegram posts to."""
    token = parts.settings.telegram_token

    def whose(municipality: str, raw: str) -> TelegramUser | None:
        from bot.handlers.telegram import BadInitData, verify

        try:
            opened = verify(raw, token, clock.now())
        except BadInitData:
            return None
        return TelegramUser(int(opened.address), opened.user.get("language_code"))

    async def keep_file(municipality: str, name: str, mime: str, content: bytes) -> str:
        name, _found = masking.mask(name)  # told of in the turn, which is given the name as it came
        put = partial(files.put, municipality_id=municipality, content=content, mime=mime, name=name, now=clock.now())
        return f"file:{await parts.db.write(put)}"

    app = web.Application(client_max_size=FILE_BYTES_MAX + 1024 * 1024)
    pages = WebParts(
        turns=parts.turns,
        views=parts.views,
        municipalities=parts.municipalities,
        flows=FLOWS,
        public_url=parts.settings.address,
        session_key=keyring().derive("form session"),
        now=clock.now,
        plan_page=documents.plan_page,
        plan_pdf=documents.plan_pdf,
        plan_css=documents.PLAN_CSS.read_bytes(),
        bot_name=parts.turns.bot_name,
        verify=whose if token else None,
        keep_file=keep_file,
        console=ConsoleParts(
            parts.staff,
            Handoff(parts.turns),
            Desk(parts.turns),
            fault=lambda municipality: parts.municipalities.faults.get(municipality, ""),
            oidc=_own_sign_in(parts.settings),
            in_telegram=_in_telegram,
        ),
    )
    Web(pages).add_to(app)
    if parts.telegram is not None:
        parts.telegram.routes(app)
    return app


def _own_sign_in(settings: Settings) -> Oidc | None:
    """The municipality's, where it is set up."""
    if not settings.oidc_issuer:
        return None
    return Oidc(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, public_url=settings.address,
        now=clock.now,
    )  # fmt: skip


async def serve() -> int:
    """Run everything until told to stop."""
    settings = read_settings()
    _log_lines()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with build(settings) as parts:
        runner = web.AppRunner(_web(parts), access_log=None, shutdown_timeout=2)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            raise OperatorError(f"IDELABB_HOST and IDELABB_PORT name {settings.host}:{settings.port}, where nobody can "
                                f"listen ({error.strerror}); choose another port") from error  # fmt: skip
        running = [
            asyncio.create_task(work)
            for work in (
                parts.sender.run(),
                parts.due.run(),
                parts.feeder.run(),
                _expire(parts),
                _follow_packs(parts.municipalities, _tell_change),
            )
        ]
        if parts.telegram is not None:
            await parts.telegram.start()
        gc.collect()
        gc.freeze()  # catalogues, word lists and packs stay for long: no use in looking through them again and again
        gc.enable()
        print(f"Idélabbet: {settings.address}", flush=True)
        await asyncio.to_thread(emergency.load)  # so that the first message need not wait for it
        if first := await parts.staff.administrator_link():
            print(f"Nobody can sign in yet. The first administrator opens this within an hour: {first}", flush=True)
        try:
            await _first(running, stopped)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            if parts.telegram is not None:
                await parts.telegram.stop()
            await runner.cleanup()
    return 0


async def _first(running: list[asyncio.Task[None]], stopped: asyncio.Event) -> None:
    """Until told to stop; an error of a part that runs for ever ends the program, so that it is started anew."""
    waiting = asyncio.create_task(stopped.wait())
    done, _pending = await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done:
        task.result()


async def talk(flow: str | None, locale: str) -> int:
    """Converse in the terminal until the input ends."""
    from bot.handlers.terminal import Terminal

    if flow is not None and flow not in FLOWS:
        raise OperatorError(f'there is no flow "{flow}"; there are: {", ".join(sorted(FLOWS))}')
    settings = read_settings()
    _log_lines(quiet=True)
    async with build(settings) as parts:
        municipality = next(iter(parts.municipalities.values()))
        if locale not in municipality.languages:
            offered = ", ".join(municipality.languages)
            raise OperatorError(f'{municipality.name} offers no language "{locale}"; it offers: {offered}')
        terminal = Terminal(parts.turns, municipality.id, locale)
        await terminal.begin(flow)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                await terminal.say(line.strip())
    return 0


async def migrate_only() -> int:
    """Bring the database to this program's schema."""
    settings = read_settings()
    async with build(settings):
        print("the database is at this program's schema")
    return 0


async def staff(do: str, email: str, name: str, roles: list[str], municipality: str) -> int:
    """Add, list, start over or remove the people who answer."""
    settings = read_settings()
    _log_lines(quiet=True)
    async with build(settings) as parts:
        place = municipality or next(iter(parts.municipalities))
        if place not in parts.municipalities:
            raise OperatorError(f'there is no municipality "{place}"; there are: {", ".join(parts.municipalities)}')
        try:
            await _staff(parts, do, email, name, roles, place)
        except Refused as refused:
            raise OperatorError(plain(render(refused.words, "en"))) from refused
    return 0


async def _staff(parts: Parts, do: str, email: str, name: str, roles: list[str], place: str) -> None:
    accounts = parts.staff
    if do == "add":
        link = await accounts.add(email, name, place, roles or ["coach"], by="operator")
        print(f"First link, valid for seven days, to be used once: {link}")
    elif do == "reset":
        link = await accounts.reset(await accounts.find(email), place, by_operator=True)
        print(f"Signed out everywhere. New first link, valid for seven days: {link}")
    elif do == "remove":
        let_go = await accounts.remove(await accounts.find(email))
        print(f"Removed. Cases back in the queue: {let_go}")
    else:
        for each in await accounts.members():
            held = "; ".join(f"{where}: {', '.join(sorted(what))}" for where, what in sorted(each.roles.items()))
            state = "" if each.ready else " (has not used the first link)"
            print(f"{each.email}  {each.name}  {held}{state}")


async def broadcast(given: bytes, municipality: str, *, send: bool, by: str, watch: int | None, strict: bool) -> int:
    """A message to those who listen, by a script: counted, or with `send` handed in; or one that is being sent watched."""
    from bot import broadcast_command

    settings = read_settings()
    _log_lines(quiet=True)
    async with build(settings) as parts:
        place = parts.municipalities.get(municipality or next(iter(parts.municipalities)))
        if place is None:
            raise OperatorError(
                f'there is no municipality "{municipality}"; there are: {", ".join(parts.municipalities)}'
            )
        return await broadcast_command.run(parts.turns, place, given, send=send, by=by, watch=watch, strict=strict)


async def export(what: str, form: str, municipality: str, out: str, year: int | None) -> int:
    """Open data, or the picture of a year, as files."""
    from bot import export_command

    settings = read_settings()
    _log_lines(quiet=True)
    async with build(settings) as parts:
        place = parts.municipalities.get(municipality or next(iter(parts.municipalities)))
        if place is None:
            raise OperatorError(
                f'there is no municipality "{municipality}"; there are: {", ".join(parts.municipalities)}'
            )
        return await export_command.run(parts.turns, place, what, form, Path(out), year)


async def _follow_packs(packs: Packs, tell: Callable[[Change], None]) -> None:
    """Take changed packs over while the program runs, every few seconds."""
    while True:
        await asyncio.sleep(PACKS_S)
        for change in await asyncio.to_thread(packs.refresh):
            tell(change)


def _tell_change(change: Change) -> None:
    if change.fault:
        log.error("a changed pack cannot be used; the one before stays", municipality=change.municipality,
                  fault=change.fault)  # fmt: skip
    else:
        log.info("a changed pack is in use", municipality=change.municipality)


async def _expire(parts: Parts) -> None:
    """Remove technical copies past their built-in limits, once an hour."""
    while True:
        try:
            while removed := await parts.db.write(lambda tx: retention.expire(tx, clock.now())):
                log.info("expired", **removed)
        except Retry as error:
            log.warning("expiry waits for the database", reason=str(error))
        await asyncio.sleep(EXPIRE_S)


def _as_json(entry: Any, **_options: Any) -> str:
    return orjson.dumps(entry, default=repr).decode()


def _log_lines(*, quiet: bool = False) -> None:
    """One JSON line per thing on standard error; only what needs a person when `quiet`."""
    import logging

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
