"""The translators' tool: `python -m bot.i18n …`.

    update                  bring all catalogues in step with the code, then compile
    compile                 make the .mo files that are missing or older than their .po
    check                   what `python run_bot.py check-locales` says
    start TAG               a new language of the table
    untranslated TAG        what is left to translate, as JSON; --behind also what Swedish has moved on from
    fill TAG FILE           write translations from JSON: {"key": "words"} or {"key": ["form", …]}

Exit statuses: 0 done, 1 errors or refused translations, 2 a file that cannot be read.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.i18n import check, editing, extract
from bot.i18n.catalogues import CatalogueError, compile_all
from bot.i18n.locales import LOCALES_DIR, UnknownLocale, locale


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (CatalogueError, UnknownLocale, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot.i18n", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=LOCALES_DIR, help="the catalogues' folder")
    parser.add_argument("--root", type=Path, default=LOCALES_DIR.parent, help="the folder that holds babel.cfg")
    parser.add_argument(
        "--content", metavar="MODULE:FUNCTION", help="a function that gives the packs' texts as (text, comment)"
    )
    parser.add_argument("--domain", default="messages", choices=("messages", "content"))
    commands = parser.add_subparsers(dest="command", required=True)
    update = commands.add_parser("update")
    update.add_argument("--drop-obsolete", action="store_true", help="forget translations of sentences that are gone")
    commands.add_parser("compile")
    commands.add_parser("check")
    commands.add_parser("start").add_argument("tag")
    untranslated = commands.add_parser("untranslated")
    untranslated.add_argument("tag")
    untranslated.add_argument("--behind", action="store_true", help="also those whose Swedish has changed since")
    fill = commands.add_parser("fill")
    fill.add_argument("tag")
    fill.add_argument("file", type=Path)
    return parser


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "update":
            changed = editing.update(
                options.directory, options.root, _content(options.content), drop_obsolete=options.drop_obsolete
            )
            print(*changed, sep="\n") if changed else print("nothing has changed")
        case "compile":
            for path in compile_all(options.directory):
                print(path)
        case "check":
            return check.report(options.directory, options.root, _content(options.content))
        case "start":
            print(editing.start(options.directory, options.tag, options.root))
        case "untranslated":
            left = editing.untranslated(
                options.directory, locale(options.tag).tag, options.domain, behind=options.behind
            )
            print(json.dumps(left, ensure_ascii=False, indent=1))
        case "fill":
            words = json.loads(options.file.read_text("utf-8"))
            done, refused = editing.fill(options.directory, locale(options.tag).tag, words, options.domain)
            print(f"{done} translations written, {len(refused)} refused")
            for reason in refused:
                print(f"refused {reason}", file=sys.stderr)
            return 1 if refused else 0
    return 0


def _content(name: str | None) -> Iterable[extract.PackText] | None:
    if name is None:
        return None
    module, _, function = name.partition(":")
    texts: Iterable[extract.PackText] = getattr(importlib.import_module(module), function)()
    return texts


if __name__ == "__main__":
    raise SystemExit(main())
