"""`python run_bot.py match`: who goes with whom, JSON in, JSON out, for people who try their own data, and for scripts.

Messages for people go to standard error. Keys and codes are the same in every language.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import OperatorError
from bot.i18n import Text, plain, render
from bot.i18n.locales import TABLE
from bot.packs.load import load_municipality
from bot.rules.matching import families, fours, phone_pairs
from bot.rules.matching.reasons import what_would_help, why_chosen, why_empty, why_matched
from bot.rules.matching.shifts import Pair, Roster, Shift, Span, Volunteer
from bot.settings import read_settings

Object = dict[str, Any]
Say = Callable[[Text], str]
Read = Callable[[Any, str], Any]
"""What a field holds and where it stands → its value.

Raises:
    OperatorError: It cannot be read; says where it stands, what it holds and what it may hold.
"""


def match(given: bytes, *, municipality: str | None = None, locale: str = "sv", strict: bool = False) -> int:
    """Print who goes with whom; exit status 0.

    Raises:
        OperatorError: What came in cannot be read; names the field, what it holds and what it may hold.
    """
    if locale not in TABLE:
        raise OperatorError(f'--locale holds "{locale}"; it may hold {", ".join(TABLE)}')
    zone = load_municipality(municipality or read_settings().municipality[0]).zone

    def say(text: Text) -> str:
        return plain(render(text, locale, zone=zone))

    asked = _asked(given)
    kind = asked.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _wrong("kind", kind, ", ".join(_KINDS))
    reading = _Reading(zone, strict)
    found = _KINDS[kind](reading, asked, say)
    for name in reading.strange:
        print(f"{name} is no field that is known, and was passed over", file=sys.stderr)
    sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n")
    sys.stdout.flush()
    return 0


def _asked(given: bytes) -> Object:
    may = '{"kind": "shifts", …}'
    try:
        asked = json.loads(given.decode("utf-8"))
    except ValueError as error:
        raise OperatorError(f"standard input holds no JSON ({error}); it may hold {may}") from error
    if not isinstance(asked, dict):
        raise OperatorError(f"standard input holds {asked!r:.60}; it may hold {may}")
    return asked


def _wrong(where: str, held: Any, may: str) -> OperatorError:
    return OperatorError(f"{where} holds {json.dumps(held, ensure_ascii=False):.60}; it may hold {may}")


# --- the kinds ----------------------------------------------------------------------------------------------------------


def _shifts(reading: _Reading, asked: Object, say: Say) -> Object:
    given = reading.fields_of(asked, "", {
        "kind": _words, "volunteers": _list_of(reading.volunteer), "needs": _list_of(reading.shift),
        "excluded_pairs": _list_of(_pair), "locked_pairs": _list_of(_pair),
    }, required=("volunteers", "needs"))  # fmt: skip
    volunteers, shifts = _unique(given["volunteers"], "volunteers"), _unique(given["needs"], "needs")
    locked = given.get("locked_pairs", [])
    for number, pair in enumerate(locked):
        for id, known, name in ((pair[0], volunteers, "a volunteer's id"), (pair[1], shifts, "a need's id")):
            if id not in known:
                raise _wrong(f"locked_pairs[{number}]", list(pair), f"{name} that is there")
    roster = Roster(volunteers.values(), shifts.values(), given.get("excluded_pairs", []), locked)
    plan = roster.plan()
    load: dict[str, int] = {}
    for volunteer, _shift in plan.pairs:
        load[volunteer] = load.get(volunteer, 0) + 1
    explanations: dict[str, dict[str, str]] = {}
    for volunteer, shift in plan.pairs:
        why = why_chosen(volunteers[volunteer], shifts[shift], load[volunteer], locked=(volunteer, shift) in locked)
        explanations.setdefault(shift, {})[volunteer] = say(why)
    unfilled: list[Object] = [
        {
            "need": each.shift.id,
            "places": each.places,
            "because": [lack.value for lack in each.because],
            "why": say(why_empty(each)),
            "how_to_fix": " ".join(map(say, what_would_help(each))),
        }
        for each in roster.shortages(plan)
    ]
    return {
        "assignments": [list(pair) for pair in plan.pairs],
        "covered": sum(each.count for each in shifts.values()) - sum(each["places"] for each in unfilled),
        "unfilled": unfilled,
        "explanations": explanations,
        "warnings": [{"pair": list(pair), "because": list(broken)} for pair, broken in roster.warnings().items()],
        "proven": plan.proven,
        "bound": plan.bound,
    }


def _fours(reading: _Reading, asked: Object, say: Say) -> Object:
    given = reading.fields_of(asked, "", {
        "kind": _words, "people": _list_of(reading.young_person), "rules": reading.rules(fours.Rules),
    }, required=("people",))  # fmt: skip
    people = _unique(given["people"], "people")
    found = fours.group(people.values(), given.get("rules", fours.Rules()))
    return {"groups": [list(each) for each in found.groups], "waiting": _waiting(found.waiting), "proven": found.proven}


def _families(reading: _Reading, asked: Object, say: Say) -> Object:
    given = reading.fields_of(asked, "", {
        "kind": _words, "established": _list_of(reading.family), "newcomers": _list_of(reading.family),
        "rules": reading.family_rules,
    }, required=("established", "newcomers"))  # fmt: skip
    established, newcomers = _unique(given["established"], "established"), _unique(given["newcomers"], "newcomers")
    for id in newcomers:
        if id in established:
            raise OperatorError(f'newcomers holds the id "{id}", which established holds too; each family has its own')
    found = families.match(
        established.values(), newcomers.values(), one_to_one=given.get("rules", {}).get("one_to_one", True)
    )
    pairs = [
        [each.newcomer, each.family, {"score": each.percent / 100, "why": say(why_matched(each))}]
        for each in found.pairs
    ]
    return {"pairs": pairs, "waiting": _waiting(found.waiting)}


def _phone_pairs(reading: _Reading, asked: Object, say: Say) -> Object:
    given = reading.fields_of(asked, "", {
        "kind": _words, "people": _list_of(reading.talker), "rules": reading.rules(phone_pairs.Rules),
    }, required=("people",))  # fmt: skip
    people = _unique(given["people"], "people")
    found = phone_pairs.pair(people.values(), given.get("rules", phone_pairs.Rules()))
    return {"pairs": [list(each) for each in found.pairs], "waiting": _waiting(found.waiting), "proven": found.proven}


_KINDS: Mapping[str, Callable[[_Reading, Object, Say], Object]] = {
    "shifts": _shifts,
    "fours": _fours,
    "families": _families,
    "phone_pairs": _phone_pairs,
}


def _waiting(waiting: Iterable[tuple[str, str]]) -> list[Object]:
    return [{"id": id, "because": [str(reason)]} for id, reason in waiting]


def _unique(items: Sequence[Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, each in enumerate(items):
        if each.id in found:
            raise OperatorError(f'{where}[{number}].id holds "{each.id}", which an earlier one holds; each has its own')
        found[each.id] = each
    return found


# --- reading ------------------------------------------------------------------------------------------------------------


def _words(held: Any, where: str) -> str:
    if not isinstance(held, str) or not held.strip():
        raise _wrong(where, held, "words in quotation marks")
    return held


def _yes_or_no(held: Any, where: str) -> bool:
    if not isinstance(held, bool):
        raise _wrong(where, held, "true or false")
    return held


def _whole(least: int) -> Read:
    def read(held: Any, where: str) -> int:
        if not isinstance(held, int) or isinstance(held, bool) or held < least:
            raise _wrong(where, held, f"a whole number from {least}")
        return held

    return read


def _or_none(read: Read) -> Read:
    return lambda held, where: None if held is None else read(held, where)


def _list_of(read: Read) -> Read:
    def all_of(held: Any, where: str) -> list[Any]:
        if not isinstance(held, list):
            raise _wrong(where, held, "a list")
        return [read(each, f"{where}[{number}]") for number, each in enumerate(held)]

    return all_of


def _set_of(read: Read) -> Read:
    return lambda held, where: frozenset(_list_of(read)(held, where))


def _language(held: Any, where: str) -> str:
    if not isinstance(held, str) or not re.fullmatch(r"[a-z]{2,3}", held):
        raise _wrong(where, held, "an ISO 639 code such as sv, ar, prs")
    return held


def _hour(held: Any, where: str) -> str:
    if isinstance(held, bool) or not isinstance(held, str | int) or held == "":
        raise _wrong(where, held, 'an hour as all write it, such as "mon 10" or 10')
    return str(held)


def _pair(held: Any, where: str) -> Pair:
    if not isinstance(held, list) or len(held) != 2:
        raise _wrong(where, held, "two ids: a volunteer's and a need's")
    return _words(held[0], f"{where}[0]"), _words(held[1], f"{where}[1]")


@dataclass(slots=True)
class _Reading:
    """Reads objects, and remembers the fields nobody knows. Times without offset are in `zone`."""

    zone: ZoneInfo
    strict: bool
    strange: list[str]

    def __init__(self, zone: ZoneInfo, strict: bool) -> None:
        self.zone, self.strict, self.strange = zone, strict, []

    def fields_of(self, held: Any, where: str, known: Mapping[str, Read], required: Sequence[str] = ("id",)) -> Object:
        """The values of an object's fields. A field that is null, and may not be, is an error, as a missing one is."""
        at = f"{where}." if where else ""
        if not isinstance(held, dict):
            raise _wrong(where, held, f"an object with {', '.join(known)}")
        for name in held:
            if name not in known and self.strict:
                raise OperatorError(f"{at}{name} is no field that is known; it may be one of {', '.join(known)}")
            if name not in known:
                self.strange.append(f"{at}{name}")
        for name in required:
            if name not in held:
                raise OperatorError(f"{at}{name} is missing; there have to be {', '.join(required)}")
        return {name: read(held[name], f"{at}{name}") for name, read in known.items() if name in held}

    def moment(self, held: Any, where: str) -> datetime:
        """A moment in UTC. A time that the clocks skip in spring is the moment they do; of two in autumn it is the first."""
        try:
            local = datetime.fromisoformat(held)
        except (TypeError, ValueError):
            raise _wrong(where, held, "a time as 2026-03-02T18:00, with or without an offset") from None
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        first, second = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first <= second:
            return first
        before = second.astimezone(self.zone).utcoffset()
        while second.astimezone(self.zone).utcoffset() == before:
            second += timedelta(minutes=1)
        return second.replace(second=0, microsecond=0)

    def span(self, held: Any, where: str) -> Span:
        if not isinstance(held, list) or len(held) != 2:
            raise _wrong(where, held, 'from and to, such as ["2026-03-02T08:00", "2026-03-02T22:00"]')
        begins, ends = self.moment(held[0], f"{where}[0]"), self.moment(held[1], f"{where}[1]")
        if ends <= begins:
            raise _wrong(f"{where}[1]", held[1], "a time after the one before it")
        return begins, ends

    def volunteer(self, held: Any, where: str) -> Volunteer:
        read = self.fields_of(held, where, {
            "id": _words, "areas": _list_of(_words), "available": _list_of(self.span), "languages": _set_of(_language),
            "skills": _set_of(_words), "cleared": _yes_or_no, "car": _yes_or_no, "consent": _yes_or_no,
            "max_shifts": _or_none(_whole(0)),
        })  # fmt: skip
        free, areas = tuple(read.pop("available", ())), tuple(read.pop("areas", ()))
        return Volunteer(free=free, areas=areas, **read)

    def shift(self, held: Any, where: str) -> Shift:
        read = self.fields_of(held, where, {
            "id": _words, "area": _or_none(_words), "start": self.moment, "end": self.moment, "count": _whole(0),
            "languages_any": _set_of(_language), "skills_all": _set_of(_words), "record_check": _yes_or_no,
            "car": _yes_or_no, "priority": _whole(1),
        }, required=("id", "start", "end"))  # fmt: skip
        begins, ends = read.pop("start"), read.pop("end")
        if ends <= begins:
            raise _wrong(f"{where}.end", held["end"], "a time after start")
        return Shift(begins=begins, ends=ends, **read)

    def young_person(self, held: Any, where: str) -> fours.Person:
        read = self.fields_of(held, where, {
            "id": _words, "side": _side, "age": _or_none(_whole(0)), "place": _or_none(_words),
            "interests": _set_of(_words), "guardian_ok": _yes_or_no, "consent": _yes_or_no,
        }, required=("id", "side"))  # fmt: skip
        return fours.Person(**read)

    def family(self, held: Any, where: str) -> families.Family:
        read = self.fields_of(held, where, {
            "id": _words, "consent": _yes_or_no, "interests": _set_of(_words), "children": _list_of(_whole(0)),
            "work": _or_none(_words),
        })  # fmt: skip
        return families.Family(children=tuple(read.pop("children", ())), **read)

    def talker(self, held: Any, where: str) -> phone_pairs.Person:
        read = self.fields_of(held, where, {
            "id": _words, "age": _or_none(_whole(0)), "languages": _set_of(_language), "hours": _set_of(_hour),
            "consent": _yes_or_no,
        })  # fmt: skip
        return phone_pairs.Person(**read)

    def rules(self, kind: type[Any]) -> Read:
        """Reads the rules of a kind; what is not said is as by default."""
        defaults = kind()
        known: dict[str, Read] = {
            each.name: _yes_or_no if isinstance(getattr(defaults, each.name), bool) else _whole(0)
            for each in fields(kind)
        }
        if "age_span_max" in known:
            known.update(age_span_max=_or_none(_whole(0)), size=_whole(2))
        return lambda held, where: kind(**self.fields_of(held, where, known, required=()))

    def family_rules(self, held: Any, where: str) -> Object:
        read = self.fields_of(held, where, {"one_to_one": _yes_or_no, "both_consent": _yes_or_no}, required=())
        if not read.get("both_consent", True):
            raise _wrong(f"{where}.both_consent", False, "true alone: nobody is shown to another without consent")
        return read


def _side(held: Any, where: str) -> fours.Side:
    if held not in list(fours.Side):
        raise _wrong(where, held, '"new" or "est"')
    return fours.Side(held)
