"""What can be known of somebody who looks for support: the facts, what each may hold, and how they are read.

An absent fact is unknown, never false. The names are those of the command line's input, and of the packs' conditions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Facts = Mapping[str, Any]
"""Facts by name, as `settled` leaves them."""


class Kind(StrEnum):
    """What a fact holds."""

    CHOICE = "one of"
    CHOICES = "a list of"
    FLAG = "true or false"
    NUMBER = "a number, 0 or more"
    TEXT = "words"
    FLAG_OR_TEXT = "true, false or words"
    FLAG_OR_NUMBER = "true, false or a number, 0 or more"
    ANY = "a number, words, a list or an object"
    SUM = "a number of kronor, or a list of {what, amount}"
    DEBT = "false, or {type, amount, where}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be known."""

    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def may_hold(self) -> str:
        return f"{self.kind} {', '.join(self.choices)}" if self.choices else str(self.kind)


ORGANISATIONS = (
    "private_person", "private_persons", "association", "faith_community", "foundation", "economic_association",
    "joint_property_association", "profit_limited_company", "company", "network", "local_council",
)  # fmt: skip
SECTORS = ("art", "culture", "innovation", "sport", "social", "health", "youth", "integration", "environment", "other")
FORMAL = (
    "name", "purpose", "organisation_number", "bank_account", "statutes", "membership_fee", "board_and_auditors",
    "annual_minutes", "audit_report", "association_register", "national_organisation", "signatory",
)  # fmt: skip
"""Papers an association can lack (Helsingborg's formal conditions, publication 5.1), as condition ids."""

DEBTS = ("none", "small", "overdue")
"""What a debt comes to: none, one that is accepted (vehicle tax), or one that is not."""

_FLAG, _NUMBER, _TEXT = Fact(Kind.FLAG), Fact(Kind.NUMBER), Fact(Kind.TEXT)

FACTS: Mapping[str, Fact] = {
    "type": Fact(Kind.CHOICE, ORGANISATIONS),
    "persons": _NUMBER,
    "ages": Fact(Kind.ANY),
    "members": _NUMBER,
    "home": _TEXT,
    "area": _TEXT,
    "mainly_in_city": _FLAG,
    "newly_started": _FLAG,
    "formal": _FLAG,
    "for_profit": _FLAG,
    "organisation": Fact(Kind.ANY),
    "open": _FLAG,
    "public_benefit": _FLAG,
    "takes_part": _FLAG,
    "sector": Fact(Kind.CHOICE, SECTORS),
    "sectors": Fact(Kind.CHOICES, SECTORS),
    "sport": _FLAG,
    "task": Fact(Kind.FLAG_OR_TEXT),
    "temporary": _FLAG,
    "duration_months": _NUMBER,
    "established": _FLAG,
    "fee": Fact(Kind.FLAG_OR_NUMBER),
    "purpose": _TEXT,
    "amount": _NUMBER,
    "budget": Fact(Kind.SUM),
    "cofinance": Fact(Kind.FLAG_OR_NUMBER),
    "debt": Fact(Kind.DEBT),
    "idelabbet_contact": _FLAG,
    "dialogue_held": _FLAG,
    "initiative": Fact(Kind.CHOICE, ("association", "city")),
    "training": Fact(Kind.CHOICE, ("done", "planned_this_year", "none")),
    "market": Fact(Kind.FLAG_OR_TEXT),
    "competes_on_market": _FLAG,
    "part_of_municipal_mission": _FLAG,
    "linked_plan": Fact(Kind.FLAG_OR_TEXT),
    "both_finance": _FLAG,
    "long_term": _FLAG,
    "partnership_model": _FLAG,
    "outside_ordinary_grant": _FLAG,
    "girls": _NUMBER,
    "boys": _NUMBER,
    "leaders_per_session": _NUMBER,
    "facility_costs": Fact(Kind.FLAG_OR_NUMBER),
    "development_ambition": Fact(Kind.FLAG_OR_TEXT),
    "elite_active": _NUMBER,
    "elite_women": _NUMBER,
    "elite_students": _NUMBER,
    "needs_place": _FLAG,
    "open_activity_quarterly": _FLAG,
    "open_activity_free": _FLAG,
    "meets_audience": _FLAG,
    "collaborates_in_house": _FLAG,
    "formal_missing": Fact(Kind.CHOICES, FORMAL),
    "open_admission": _FLAG,
    "inclusive": _FLAG,
    "equal_worth": _FLAG,
    "democratic_rule": _FLAG,
    "childrens_convention": _FLAG,
    "free_from_alcohol_tobacco_gambling": _FLAG,
    "lawful": _FLAG,
    "not_bankrupt": _FLAG,
}
"""Every fact, in the order in which equally telling ones are asked."""


class WrongFact(ValueError):
    """A fact that holds what it may not. `field` names it, `held` is what it holds, `may_hold` what it may."""

    def __init__(self, field: str, held: Any, may_hold: str) -> None:
        super().__init__(f"{field} holds {held!r}; it may hold {may_hold}")
        self.field, self.held, self.may_hold = field, held, may_hold


def read_facts(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What was handed in, checked, and the names nobody knows. A fact that is null is left out.

    A paper named under `formal_missing` that is in no list is kept: it is missing all the same.

    Raises:
        WrongFact: A fact holds something it may not.
    """
    facts: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in given.items():
        if name not in FACTS:
            unknown.append(name)
        elif value is not None:
            if not _may_hold(FACTS[name], value):
                raise WrongFact(name, value, FACTS[name].may_hold)
            facts[name] = value
    missing = facts.get("formal_missing", ())
    unknown += [f"formal_missing: {each}" for each in missing if each not in FORMAL]
    return facts, tuple(unknown)


def _may_hold(fact: Fact, value: Any) -> bool:
    match fact.kind:
        case Kind.CHOICE:
            return value in fact.choices
        case Kind.CHOICES:
            return isinstance(value, list) and all(
                isinstance(each, str) and (each in fact.choices or fact.choices is FORMAL) for each in value
            )
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.NUMBER:
            return _is_number(value)
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.FLAG_OR_TEXT:
            return isinstance(value, bool | str)
        case Kind.FLAG_OR_NUMBER:
            return isinstance(value, bool) or _is_number(value)
        case Kind.ANY:
            return True  # no condition looks at it yet: it is taken along for people
        case Kind.SUM:
            return _is_number(value) or (
                isinstance(value, list)
                and all(isinstance(row, dict) and _is_number(row.get("amount")) for row in value)
            )
        case Kind.DEBT:
            return value is False or (
                isinstance(value, dict)
                and set(value) <= {"type", "amount", "where"}
                and _is_number(value.get("amount", 0))
                and all(isinstance(value.get(name, ""), str) for name in ("type", "where"))
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def settled(facts: Facts) -> dict[str, Any]:
    """The facts with what follows from them: one sector among several, a sum out of a budget, one person who is alone.

    What was said outright always wins over what is worked out.
    """
    found = {name: value for name, value in facts.items() if value is not None}
    sectors = dict.fromkeys([*found.get("sectors", ()), *([found["sector"]] if "sector" in found else ())])
    if sectors and found.get("sport") is True:
        sectors["sport"] = None
    if sectors:
        found["sectors"] = list(sectors)
        found.setdefault("sport", "sport" in sectors)
    if found.get("type") == "private_person":
        found.setdefault("persons", 1)
    if isinstance(found.get("budget"), list):
        found["budget"] = sum(row["amount"] for row in found["budget"])
    if "budget" in found and "amount" not in found:
        own = found.get("cofinance", 0)
        found["amount"] = max(0, found["budget"] - (0 if isinstance(own, bool) else own))
    if "debt" in found:
        found["debt"] = _debt(found["debt"])
    return found


def _debt(debt: Any) -> str:
    """Whether a debt stands in the way: small ones, such as vehicle tax, do not (publication 5.1, condition 8).

    Only the Tax Agency's and the Enforcement Authority's count.
    """
    if isinstance(debt, str):
        return debt
    if not debt or debt.get("amount") == 0:
        return "none"
    where = debt.get("where", "").casefold()
    if where and not re.search(r"skatt|kronofog|tax|enforcement", where):
        return "none"
    return "small" if re.search(r"fordon|vehicle|car\b|bil", debt.get("type", "").casefold()) else "overdue"


# --- out of free text -----------------------------------------------------------------------------------------------------

_WORDS = {
    word: number
    for number, words in enumerate(
        ("en one", "två tva two", "tre three", "fyra four", "fem five", "sex six", "sju seven", "åtta atta eight",
         "nio nine", "tio ten", "elva eleven", "tolv twelve"), start=1)
    for word in words.split()
}  # fmt: skip
_ANY_NUMBER = rf"\d{{1,3}}|{'|'.join(_WORDS)}"
_SEVERAL = rf"\d{{1,3}}|{'|'.join(word for word, number in _WORDS.items() if number > 1)}"
_FRIENDS = r"(?:\w+ )?(?:personer|människor|kompisar|vänner|grannar|people|persons|friends|neighbours|neighbors)\b"

_AND_ME = re.compile(rf"\b(?:jag och|me and|myself and|i and) (?:mina |my )?(?P<n>{_SEVERAL}) {_FRIENDS}")
_PERSONS = (
    re.compile(
        rf"\b(?:vi är|vi ar|we are|we're) (?:bara |only |just |en grupp på |a group of )?(?P<n>{_SEVERAL})\b"
        r"(?! ?(?:förening|klubb|associat|kr\b|kronor|år\b|years?\b))"
    ),
    re.compile(rf"\b(?:grupp på|gäng på|group of) (?P<n>{_SEVERAL})\b"),
    re.compile(rf"\b(?P<n>{_SEVERAL}) (?:of us|av oss|privatpersoner|private persons)\b"),
    re.compile(rf"^(?P<n>{_SEVERAL}) {_FRIENDS}"),
)
"""How many are behind it, which is not how many will come: only where that is said plainly."""

_AMOUNT = re.compile(r"(?P<n>\d{1,3}(?:[\u00a0 .,]\d{3})+|\d+) ?(?P<t>t?)(?:kr\b|kronor|sek\b|:-|كرون)")
_MONTHS = re.compile(rf"\b(?P<n>{_ANY_NUMBER})[ -]?(?:månad|manad|month)")
_YEARS = re.compile(rf"\b(?P<n>{_ANY_NUMBER}|ett)[ -]?(?:års?\b|years?\b)(?! ?(?:old|gam))")

_TYPES = (
    ("local_council", r"\bortsråd|\blocal council"),
    (
        "private_persons",
        r"privatpersoner|\bkompisar|private persons|\bfriends\b|\bgrannar"
        r"|نحن (?:\w+ )?(?:أصدقاء|صديقات|جيران)",
    ),
    ("faith_community", r"trossamfund|församling|faith communit|congregation|\bparish"),
    ("foundation", r"stiftelse|\bfoundation"),
    ("economic_association", r"ekonomisk förening|economic association"),
    ("joint_property_association", r"samfällighet|joint.property"),
    ("profit_limited_company", r"särskild vinst|profit.limited"),
    ("association", r"förening(?!sbidrag|slivet|ssamordn)|\bklubb|\bassociation|\bnon-?profit|\bclub\b|جمعية"),
    ("company", r"\bföretag|aktiebolag|\bcompany|\bbusiness\b|\bfirma\b|شركة"),
    ("network", r"\bnätverk|facebookgrupp|facebook group|\bnetwork"),
    ("private_person", r"\bprivatperson\b|\bprivate person\b|\bjag är ensam|\bon my own\b"),
)
_FLAGS: tuple[tuple[str, bool, str], ...] = (
    ("open", False, r"bara (?:för )?(?:våra )?medlemmar|endast medlemmar|members only|only (?:for )?(?:our )?members|\bsluten"),
    ("open", True, r"öppe[nt]t? för alla|för alla som vill|open (?:to|for) (?:all|every)|alla får komma|everyone is welcome"),
    ("sport", True, r"idrott|\bsport|fotboll|football|innebandy|ishockey|gymnastik|handboll|simning|swimming"),
    (
        "newly_started",
        True,
        r"nystartad|ny förening|newly (?:started|formed)|new association|nybildad"
        r"|(?:precis|nyss|just) (?:har )?(?:startat|bildat) (?:en |vår )?(?:ny )?\w*förening"
        r"|just (?:started|formed) (?:an |our |a new )?association",
    ),
    (
        "development_ambition",
        True,
        r"(?:vill|ska|för att) (?:utveckla|förändra)\b|\b(?:to|want to|wants to) develop\b",
    ),
    (
        "needs_place",
        True,
        r"(?:behöver|söker|saknar|vill hyra|need|looking for|rent) (?:en |ett |någon |a |an |some )?"
        r"(?:rum|lokal|sal|plats|room|hall|venue|place|premises)\b",
    ),
    ("temporary", True, r"tillfällig|temporary|one-off|engångs"),
)  # fmt: skip

_DENIED = re.compile(
    r"\b(?:inte|ingen|inget|inga|ej|utan|not|no|isn't|aren't|without)(?: (?:en|ett|någon|a|an|any))?[ -]$"
)


def facts_in(text: str) -> dict[str, Any]:
    """The facts that stand plainly in somebody's own words, in Swedish or English: numbers, sums, kinds of group.

    A guess is not made: what is not said outright, or is denied, stays unknown. Facts that were given win over these.
    """
    said = " ".join(text.casefold().split())
    return dict(_stated(said))


def _stated(said: str) -> Iterator[tuple[str, Any]]:
    if found := _AND_ME.search(said):
        yield "persons", _whole(found["n"]) + 1
    elif found := next((each for pattern in _PERSONS if (each := pattern.search(said))), None):
        yield "persons", _whole(found["n"])
    if found := _AMOUNT.search(said):
        yield "amount", _whole(found["n"]) * (1000 if found["t"] else 1)
    if found := _MONTHS.search(said):
        yield "duration_months", _whole(found["n"])
    elif found := _YEARS.search(said):
        yield "duration_months", 12 * (1 if found["n"] == "ett" else _whole(found["n"]))
    kind = next((kind for kind, words in _TYPES if _says(words, said)), None)
    if kind is not None:
        yield "type", kind
    seen: set[str] = set()
    for name, value, words in _FLAGS:
        if name not in seen and _says(words, said):
            seen.add(name)
            yield name, value


def _says(words: str, said: str) -> bool:
    """Whether one of the words stands in what was said, without a no before it."""
    return any(not _DENIED.search(said[: found.start()]) for found in re.finditer(words, said))


def _whole(digits: str) -> int:
    return _WORDS[digits] if digits in _WORDS else int(re.sub(r"\D", "", digits))


def critical_values(name: str, limits: Collection[float]) -> tuple[Any, ...]:
    """Answers between which a fact can make a difference; `limits` are the numbers that conditions compare it with."""
    fact = FACTS[name]
    match fact.kind:
        case Kind.CHOICE:
            return fact.choices
        case Kind.CHOICES:
            return ([], *([choice] for choice in fact.choices)) if fact.choices is FORMAL else tuple(
                [choice] for choice in fact.choices
            )  # fmt: skip
        case Kind.DEBT:
            return (False, {"type": "vehicle_tax"}, {"type": "tax"})
        case Kind.NUMBER | Kind.SUM:
            near = {limit + step for limit in limits for step in (-1, 0, 1)}
            return tuple(sorted(value for value in near if value >= 0)) or (0, 1)
        case Kind.TEXT | Kind.ANY:
            return ("",)
        case Kind.FLAG | Kind.FLAG_OR_TEXT | Kind.FLAG_OR_NUMBER:
            return (True, False)
