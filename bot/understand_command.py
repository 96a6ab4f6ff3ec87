"""`python run_bot.py understand`: what a text asks for, for people who try their own sentences, and for scripts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, TextIO

from bot import clock
from bot.errors import OperatorError
from bot.flows.understanding import understand
from bot.i18n.locales import TABLE
from bot.packs.load import PACKS, load_municipality
from bot.packs.model import Municipality

FIELDS = ("text", "locale")


@dataclass(frozen=True, slots=True)
class Said:
    """One text, and the language given with it."""

    text: str
    locale: str | None = None


def run(options: argparse.Namespace, given: IO[bytes], out: TextIO, err: TextIO) -> int:
    """Answer one text, or every line. Exit status 0.

    Raises:
        OperatorError: A municipality, day, language or line that cannot be used; says what it may be.
    """
    municipalities, preferred = _packs(options.municipality)
    locale = _locale(options.locale, "--locale") or "sv"
    home = next((each for each in municipalities if each.id == preferred), municipalities[0])
    today = _day(options.today) if options.today else clock.now().astimezone(home.zone).date()
    for said in _said(options, given, err):
        found = understand(
            said.text, today=today, locale=said.locale or locale, municipalities=municipalities, preferred=preferred
        )
        print(json.dumps(found.as_json(), ensure_ascii=False), file=out, flush=options.lines)
    return 0


def _packs(named: str | None) -> tuple[list[Municipality], str | None]:
    """Every installed municipality, and the id of the one that comes first."""
    installed = [load_municipality(file.parent.name) for file in sorted(PACKS.glob("*/municipality.yaml"))]
    if named is None:
        return installed, None
    home = load_municipality(named)
    return [home, *(each for each in installed if each.id != home.id)], home.id


def _said(options: argparse.Namespace, given: IO[bytes], err: TextIO) -> Iterator[Said]:
    if not options.lines:
        text = options.text if options.text is not None else _decoded(given.read(), "standard input")
        if not text.strip():
            raise OperatorError("TEXT is empty; write what somebody said, or give --lines and texts on standard input")
        yield Said(text)
        return
    if options.text is not None:
        raise OperatorError("--lines reads standard input; leave TEXT out, or leave --lines out")
    for number, line in enumerate(given, start=1):
        words = _decoded(line, f"line {number}").strip()
        yield _line(words, number, options.strict, err) if words.startswith("{") else Said(words)


def _line(words: str, number: int, strict: bool, err: TextIO) -> Said:
    try:
        held: dict[str, Any] = json.loads(words)
    except json.JSONDecodeError as error:
        raise OperatorError(f'line {number} begins with {{ and is no JSON ({error}); write {{"text": …}}') from error
    unknown = [name for name in held if name not in FIELDS]
    if unknown:
        problem = f"line {number}: {unknown[0]}: nobody knows this field; a line may hold {', '.join(FIELDS)}"
        if strict:
            raise OperatorError(problem)
        print(problem, file=err)
    if not isinstance(held.get("text"), str):
        raise OperatorError(f"line {number}: text: holds {held.get('text')!r}; it must be words in quotation marks")
    return Said(held["text"], _locale(held.get("locale"), f"line {number}: locale"))


def _locale(tag: Any, where: str) -> str | None:
    if tag is None:
        return None
    if not isinstance(tag, str) or tag not in TABLE:
        raise OperatorError(f"{where}: holds {tag!r}; it may be one of: {', '.join(TABLE)}")
    return tag


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        raise OperatorError(f"--today: holds {words!r}; write a day as YYYY-MM-DD, for example 2026-03-02") from error


def _decoded(words: bytes, where: str) -> str:
    try:
        return words.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OperatorError(f"{where} is no UTF-8; save it as UTF-8 and try again") from error
