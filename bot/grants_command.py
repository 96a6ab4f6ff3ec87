"""Questions on the command line: JSON in, JSON out, so that staff and scripts can try a municipality's data.

Messages for people go to standard error. Keys and codes are the same in every language.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

from bot import clock
from bot.errors import OperatorError
from bot.flows.verdicts import answer
from bot.i18n import Text, plain, render
from bot.i18n.locales import TABLE
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.rules.facts import FACTS, WrongFact, read_facts
from bot.settings import read_settings

ASKED = ("applicant", "text")


def grants(
    given: bytes,
    *,
    municipality: str | None = None,
    locale: str = "sv",
    strict: bool = False,
    today: date | None = None,
) -> int:
    """Print which supports fit somebody; exit status 0.

    Raises:
        OperatorError: What came in cannot be read; names the field, what it holds and what it may hold.
    """
    pack = _pack(municipality)
    if locale not in TABLE:
        raise OperatorError(f'--locale holds "{locale}"; it may hold {", ".join(TABLE)}')
    if pack.grants is None:
        raise OperatorError(f"{pack.id} has no grants.yaml; see municipalities/ekero/grants.yaml")
    asked = _asked(given)
    try:
        facts, strange = read_facts(asked.get("applicant", {}))
    except WrongFact as error:
        raise OperatorError(f"applicant.{error}") from error
    strange = (*(name for name in asked if name not in ASKED), *(f"applicant.{name}" for name in strange))
    if strange and strict:
        raise OperatorError(f"{strange[0]} is no field that is known; the facts are {', '.join(FACTS)}")
    for name in strange:
        print(f"{name} is no field that is known, and was passed over", file=sys.stderr)

    def say(text: Text) -> str:
        return plain(render(text, locale, zone=pack.zone))

    day = today or clock.now().astimezone(pack.zone).date()
    found = answer(pack.grants, pack.id, facts, asked.get("text") or "", day, say)
    sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False, indent=1, default=str).encode() + b"\n")
    sys.stdout.flush()
    return 0


def _pack(name: str | None) -> Municipality:
    return load_municipality(name or read_settings().municipality[0])


def _asked(given: bytes) -> dict[str, Any]:
    """The question that stands on standard input."""
    try:
        asked = json.loads(given.decode("utf-8"))
    except ValueError as error:
        raise OperatorError(
            f'standard input holds no JSON ({error}); it may hold {{"applicant": {{…}}, "text": "…"}}'
        ) from error
    if not isinstance(asked, dict):
        raise OperatorError(f'standard input holds {asked!r:.60}; it may hold {{"applicant": {{…}}, "text": "…"}}')
    if not isinstance(asked.get("applicant", {}), dict):
        raise OperatorError(f"applicant holds {asked['applicant']!r:.60}; it may hold an object of facts")
    if not isinstance(asked.get("text") or "", str):
        raise OperatorError(f"text holds {asked['text']!r:.60}; it may hold words")
    return asked
