"""Who might meet whom: what people have said as the solvers want it, what those they find have in common, and what becomes
of people who have been asked.

Nobody is told of anybody here. Whoever has said no to somebody, or has met them, is not proposed with them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from bot.rules.matching import families as family_rules
from bot.rules.matching import fours as four_rules
from bot.rules.matching import phone_pairs as pair_rules
from bot.rules.volunteering import LITTLE

ADULT: Final = four_rules.ADULT

Apart = frozenset[frozenset[str]]
"""Sets of people, by id, none of which may be whole in what is proposed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: the answers of their flow. `guardian_ok`: a coach has noted that a guardian agrees."""

    id: int
    said: Mapping[str, Any]
    guardian_ok: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Who might meet, with what they have in common, and why the others wait (`Waits` of the kind's solver)."""

    together: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = ()
    waiting: Mapping[int, str] = field(default_factory=dict)


def is_minor(said: Mapping[str, Any]) -> bool:
    """Whether somebody has said that they are under 18."""
    age = said.get("age")
    return isinstance(age, int) and age < ADULT


def friends(
    wishes: Iterable[Wish], *, size: int, age_span: int, minors_apart: bool, apart: Apart = frozenset()
) -> Found:
    """Groups of `size`, with newcomers and established in each. With `minors_apart` nobody under 18 is among grown-ups."""
    by_id = {str(each.id): each for each in wishes}
    young = [each for each in by_id.values() if minors_apart and is_minor(each.said)]
    others = [each for each in by_id.values() if each not in young]
    together: list[tuple[tuple[int, ...], dict[str, Any]]] = []
    waiting: dict[int, str] = {}
    rules = four_rules.Rules(size=size, age_span_max=age_span)
    for some in (young, others):
        found = four_rules.group([_four(each) for each in some], rules, apart=apart)
        for group in found.groups:
            ids = tuple(sorted(int(id) for id in group))
            together.append((ids, in_common("friends", [by_id[str(id)].said for id in ids])))
        waiting |= {int(id): str(why) for id, why in found.waiting}
    return Found(tuple(sorted(together, key=lambda each: each[0])), waiting)


def _four(wish: Wish) -> four_rules.Person:
    said = wish.said
    return four_rules.Person(
        str(wish.id), four_rules.Side(said["side"]), said.get("age"), (said.get("where") or {}).get("area"),
        frozenset(said.get("interests") or ()), guardian_ok=wish.guardian_ok,
    )  # fmt: skip


def families(wishes: Iterable[Wish], *, apart: Apart = frozenset()) -> Found:
    """Pairs of a newly arrived family and an established one."""
    by_id = {str(each.id): each for each in wishes}
    sides = {side: [_family(each) for each in by_id.values() if each.said["side"] == side] for side in ("new", "est")}
    found = family_rules.match(sides["est"], sides["new"], apart=apart)
    together = []
    for pair in found.pairs:
        ids = (int(pair.newcomer), int(pair.family))
        why = in_common("families", [by_id[str(id)].said for id in ids])
        together.append((tuple(sorted(ids)), {**why, "percent": pair.percent}))
    return Found(tuple(sorted(together, key=lambda each: each[0])), {int(id): str(why) for id, why in found.waiting})


def _family(wish: Wish) -> family_rules.Family:
    said = wish.said
    work = said.get("work")
    return family_rules.Family(
        str(wish.id), consent=bool((said.get("agree") or {}).get("given")),
        interests=frozenset(said.get("interests") or ()), children=tuple(said.get("children") or ()),
        work=work if work not in (None, "untold") else None,
    )  # fmt: skip


def phone_chats(wishes: Iterable[Wish], *, min_age: int, apart: Apart = frozenset()) -> Found:
    """Pairs with a language and an hour in common, both old enough."""
    by_id = {str(each.id): each for each in wishes}
    found = pair_rules.pair([_chatter(each) for each in by_id.values()], pair_rules.Rules(min_age=min_age), apart=apart)
    together = []
    for pair in found.pairs:
        ids = tuple(sorted(int(id) for id in pair))
        together.append((ids, in_common("phone_chats", [by_id[str(id)].said for id in ids])))
    return Found(tuple(sorted(together, key=lambda each: each[0])), {int(id): str(why) for id, why in found.waiting})


def _chatter(wish: Wish) -> pair_rules.Person:
    said = wish.said
    return pair_rules.Person(
        str(wish.id), said.get("age"), frozenset(spoken(said)), frozenset(said.get("hours") or ()),
        consent=bool((said.get("agree") or {}).get("given")),
    )  # fmt: skip


def spoken(said: Mapping[str, Any]) -> set[str]:
    """The languages somebody speaks, well or a little."""
    return {str(each).removesuffix(LITTLE) for each in said.get("languages") or ()}


def in_common(kind: str, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What people have in common, as data: nothing that only one of them has said."""
    if kind == "phone_chats":
        languages = set.intersection(*(spoken(each) for each in said))
        hours = [
            each for each in said[0].get("hours") or () if all(each in (other.get("hours") or ()) for other in said)
        ]
        return {"languages": sorted(languages), "hours": hours}
    liked = [each for each in said[0].get("interests") or ()]
    liked = list(dict.fromkeys([*liked, *(each for other in said[1:] for each in other.get("interests") or ())]))
    sides: dict[str, set[str]] = {}
    for each in said:
        sides.setdefault(str(each.get("side")), set()).update(each.get("interests") or ())
    shared = [each for each in liked if all(each in of for of in sides.values())] if len(sides) > 1 else []
    if kind == "families":
        match = family_rules.weigh(*(_family(Wish(at, each)) for at, each in enumerate(_new_first(said))))
        return {"interests": shared, "children": [list(ages) for ages in match.children], "work": match.work}
    ages = [each["age"] for each in said if isinstance(each.get("age"), int)]
    areas = {(each.get("where") or {}).get("area") for each in said}
    return {
        "interests": shared,
        "ages": [min(ages), max(ages)] if ages else [],
        "area": areas.pop() if len(areas) == 1 else None,
    }


def _new_first(said: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(said, key=lambda each: each.get("side") != "new")


# --- who is not proposed together again -----------------------------------------------------------------------------------

Past = tuple[str, Sequence[tuple[int, str]]]
"""An introduction that was: its status, and everybody in it with theirs."""


def kept_apart(past: Iterable[Past]) -> Apart:
    """Who must not be proposed together: those whom a coordinator has said no to, as a whole; each who has said no, and the
    others; and those who have met."""
    sets: set[frozenset[str]] = set()
    for status, members in past:
        if status == "declined":
            sets.add(frozenset(str(id) for id, _status in members))
        for (one, theirs), (other, others) in combinations(members, 2):
            if "no" in (theirs, others) or {theirs, others} in ({"met"}, {"met", "left"}):
                sets.add(frozenset((str(one), str(other))))
    return frozenset(sets)


# --- what becomes of people who have been asked -----------------------------------------------------------------------------


def what_now(kind: str, answers: Collection[tuple[str, str]], least: int) -> str:
    """What becomes of an introduction whose members, each with their side, stand so: "wait" for answers, "met", "back" to a
    coordinator (some have said yes, and are too few) or "ended".

    A group of friends goes on with those who said yes, if they are at least `least` and of both sides; of two, both have
    to say yes.
    """
    asked = [side for side, status in answers if status == "asked"]
    agreed = [side for side, status in answers if status == "yes"]
    if kind != "friends":
        if len(asked) + len(agreed) < 2:
            return "ended"
        return "wait" if asked else "met"
    if len(asked) + len(agreed) < least or len({*asked, *agreed}) < 2:
        return "back" if agreed else "ended"
    return "wait" if asked else "met"
