"""The command line: `python run_bot.py …`. Exit status 0 done, 1 failed, 2 an input or setting that cannot be read."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from typing import Any

from bot.errors import OperatorError, Retry


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, or everything when none is named."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 2
    except Retry as error:
        print(f"the database does not answer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # `… | head`: whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_bot.py",
        description="Idélabbet. Without a command it starts everything: web chat and form, and Telegram when "
        "IDELABB_TELEGRAM_TOKEN is set. Settings come from the environment; docs/operating.md lists them.",
    )
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(run=run)
        return added

    talk = command("talk", _talk, "converse in the terminal")
    talk.add_argument("flow", nargs="?", metavar="FLOW", help="the flow to begin, such as idea")
    talk.add_argument("--locale", default="sv", help="language to begin in (default: sv)")
    staff = command("staff", _staff, "let the people who answer residents in, and out")
    staff.add_argument("do", choices=("add", "list", "reset", "remove"), help="what to do")
    staff.add_argument("email", nargs="?", default="", metavar="EMAIL", help="whose account (not for list)")
    staff.add_argument("--name", default="", help="the work name residents see (for add)")
    staff.add_argument(
        "--role", action="append", default=[], metavar="ROLE",
        help="coach (the default), coordinator, sender, administrator or contact; may be given more than once (for add)",
    )  # fmt: skip
    staff.add_argument("--municipality", default="", metavar="NAME", help="where the roles hold (default: the first)")
    grants = command(
        "grants", _grants, "which supports fit: facts as JSON on standard input, verdicts on standard output"
    )
    grants.add_argument(
        "--municipality", help="a folder's name under municipalities/, or its path (default: the first installed)"
    )
    grants.add_argument("--locale", default="sv", help="language of the texts for people (default: sv)")
    grants.add_argument("--strict", action="store_true", help="a fact nobody knows is an error, not a warning")
    grants.add_argument("--today", type=date.fromisoformat, help="the day to judge by, as 2026-03-02 (default: today)")
    plain = command("understand", _understand, "say what a text asks for, as JSON (see docs/understanding.md)")
    plain.add_argument("text", nargs="?", metavar="TEXT", help="what somebody wrote; without it standard input is read")
    plain.add_argument("--municipality", metavar="NAME", help="the municipality whose places come first")
    plain.add_argument("--locale", help="the language where the text does not show one (default: sv)")
    plain.add_argument("--today", metavar="DAY", help="the day that “tomorrow” counts from, as YYYY-MM-DD")
    plain.add_argument(
        "--lines", action="store_true", help='one text, or {"text": …, "locale": …}, a line in; one object a line out'
    )
    plain.add_argument("--strict", action="store_true", help="a field nobody knows is an error, not a warning")
    match = command(
        "match", _match, "who goes with whom: volunteers and needs as JSON on standard input (see docs/matching.md)"
    )
    match.add_argument(
        "--municipality",
        help="whose local time it is: a folder under municipalities/, or its path (default: the first)",
    )
    match.add_argument("--locale", default="sv", help="language of the texts for people (default: sv)")
    match.add_argument("--strict", action="store_true", help="a field nobody knows is an error, not a warning")
    many = command(
        "broadcast", _broadcast, "a message to those who listen, as JSON on standard input (see docs/broadcasts.md)"
    )
    many.add_argument("--municipality", default="", metavar="NAME", help="whose message it is (default: the first)")
    many.add_argument("--send", action="store_true", help="have it sent; without it only the numbers are shown")
    many.add_argument("--by", default="", metavar="EMAIL", help="the account in whose name it is sent or watched")
    many.add_argument("--watch", type=int, metavar="NUMBER", help="show how far this one has come, until it is over")
    many.add_argument("--strict", action="store_true", help="a field nobody knows is an error, not a warning")
    export = command("export", _export, "open data, or the picture of a year, as files (see docs/operating.md)")
    export.add_argument(
        "what", nargs="?", default="open-data", choices=("open-data", "year"), metavar="WHAT",
        help="open-data (the default) or year",
    )  # fmt: skip
    export.add_argument("--municipality", default="", metavar="NAME", help="whose (default: the first installed)")
    export.add_argument(
        "--format", default="spreadsheet", choices=("hsds", "360giving", "spreadsheet", "csv"),
        help="of open data hsds (what there is), 360giving (what was granted); of both spreadsheet (the default) or csv",
    )  # fmt: skip
    export.add_argument("--year", type=int, help="which year (for year; default: this one)")
    export.add_argument("--out", required=True, metavar="FOLDER", help="where the files are written")
    command("migrate", _migrate, "bring the database to this program's schema (a start does so too)")
    pack = command("check-pack", _check_pack, "check a municipality's folder, try its examples and show what it lacks")
    pack.add_argument(
        "municipality", nargs="*", help="folder names under municipalities/ or paths (default: the installed ones)"
    )
    pack.add_argument("--preview", metavar="LOCALE", help="also show every text of the pack in this language")
    new = command("new-pack", _new_pack, "begin a municipality's folder, with every field explained")
    new.add_argument("name", metavar="NAME", help="the folder's name: small letters a to z, digits and -")
    rooms = command("import-rooms", _import_rooms, "put the rooms of a table (CSV) into a municipality's folder")
    rooms.add_argument("file", metavar="FILE", help="docs/premises.md explains the columns")
    rooms.add_argument("--municipality", default="", help="folder name or path (default: the first one installed)")
    rooms = command("export-rooms", _export_rooms, "print a municipality's rooms as a table (CSV)")
    rooms.add_argument("--municipality", default="", help="folder name or path (default: the first one installed)")
    command("check-locales", _check_locales, "check every catalogue; each finding names file, line and remedy")
    pages = command("municipality-pages", _municipality_pages, "write the pages of docs/municipalities/ anew")
    pages.add_argument("--check", action="store_true", help="only say which are behind")
    draw = command("draw-flows", _draw_flows, "draw every flow as a diagram into docs/flows.md")
    draw.add_argument("--check", action="store_true", help="only say whether the drawing is up to date")
    return parser


def _serve(options: argparse.Namespace) -> int:
    gc.disable()  # all that is loaded now stays; `serve` sets it aside and turns collecting on again
    from bot.app import serve

    return _run(serve())


def _talk(options: argparse.Namespace) -> int:
    from bot.app import talk

    return _run(talk(options.flow, options.locale))


def _staff(options: argparse.Namespace) -> int:
    from bot.app import staff

    if options.do != "list" and not options.email:
        raise OperatorError(f'"staff {options.do}" needs the e-mail address of the account')
    if options.do == "add" and not options.name:
        raise OperatorError('"staff add" needs --name, the work name that residents see')
    return _run(staff(options.do, options.email, options.name, options.role, options.municipality))


def _grants(options: argparse.Namespace) -> int:
    from bot.grants_command import grants

    return grants(
        sys.stdin.buffer.read(), municipality=options.municipality, locale=options.locale, strict=options.strict,
        today=options.today,
    )  # fmt: skip


def _understand(options: argparse.Namespace) -> int:
    from bot.understand_command import run

    return run(options, sys.stdin.buffer, sys.stdout, sys.stderr)


def _match(options: argparse.Namespace) -> int:
    from bot.match_command import match

    return match(
        sys.stdin.buffer.read(), municipality=options.municipality, locale=options.locale, strict=options.strict
    )


def _broadcast(options: argparse.Namespace) -> int:
    from bot.app import broadcast

    given = b"" if options.watch is not None else sys.stdin.buffer.read()
    return _run(
        broadcast(
            given, options.municipality, send=options.send, by=options.by, watch=options.watch, strict=options.strict
        )
    )


def _export(options: argparse.Namespace) -> int:
    from bot.app import export

    return _run(export(options.what, options.format, options.municipality, options.out, options.year))


def _migrate(options: argparse.Namespace) -> int:
    from bot.app import migrate_only

    return _run(migrate_only())


def _check_pack(options: argparse.Namespace) -> int:
    from bot import clock
    from bot.i18n import catalogues
    from bot.packs.check import check_packs

    catalogues.use(catalogues.load(strict=False))
    return check_packs(options.municipality, clock.now().date(), options.preview)


def _new_pack(options: argparse.Namespace) -> int:
    from bot.packs.new import new_pack

    return new_pack(options.name)


def _import_rooms(options: argparse.Namespace) -> int:
    from bot.packs.load import folder_of, load_municipality
    from bot.packs.rooms_csv import import_rooms

    name = options.municipality or _first_municipality()
    areas = load_municipality(name, without="premises").areas
    return import_rooms(options.file, folder_of(name), tuple(area.name for area in areas))


def _export_rooms(options: argparse.Namespace) -> int:
    from bot.packs.load import load_municipality
    from bot.packs.rooms_csv import export_rooms

    return export_rooms(load_municipality(options.municipality or _first_municipality()).premises)


def _first_municipality() -> str:
    from bot.settings import read_settings

    return read_settings().municipality[0]


def _check_locales(options: argparse.Namespace) -> int:
    from bot.i18n.check import report
    from bot.packs.contents import texts

    return report(content=texts())


def _municipality_pages(options: argparse.Namespace) -> int:
    from bot.packs.pages import write_pages

    return write_pages(check=options.check)


def _draw_flows(options: argparse.Namespace) -> int:
    from bot.flows.drawing import write_drawing

    return write_drawing(check=options.check)


def _run(work: Coroutine[Any, Any, int]) -> int:
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
