"""Proposals of the solver as a coordinator reads them: why somebody is proposed, and what an empty place lacks.

Both are kept as data, so that they can be read in any language later. Numbers and ids only: no names stand in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.i18n import LanguageName, Text, Value, _, content, n_
from bot.rules.matching.shifts import Lack, Shift, Shortage, Volunteer

MONTH: Final = timedelta(days=30)
"""So far back it is looked how often somebody has been asked."""

GROUPS: Final = 4
"""So many groups of those who nearly fit are told of."""

SPEAKS, CAN = "speaks", "can"
"""The two halves of a pair that covers a language together: one speaks it, one can do the task."""


def why(
    person: Volunteer,
    shift: Shift,
    *,
    km: float | None,
    wished: frozenset[str] = frozenset(),
    asked: datetime | None = None,
    helped: int = 0,
    spare: bool = False,
    later: bool = False,
    pair: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Why somebody is proposed for a shift.

    `km` is the way between their area and the shift's, `asked` when they were last asked (None: not for a month),
    `helped` how often they have helped since. `spare`: only if somebody else says no. `later`: they were told that they
    are not needed now. `pair`: their half, and the id of whoever has the other one.
    """
    found: dict[str, Any] = {
        "speaks": sorted(shift.languages_any & person.languages),
        "can": sorted(shift.skills_all & person.skills),
        "wished": sorted(wished & person.skills - shift.skills_all),
        "check": shift.record_check and person.cleared,
        "car": shift.car and person.car,
        "area": person.areas[0] if person.areas and shift.area is not None else None,
        "km": None if km is None else round(km),
        "asked": asked.isoformat() if asked is not None else None,
        "helped": helped,
        "spare": spare,
        "later": later,
    }
    if pair is not None:
        found["pair"] = {"half": pair[0], "with": int(pair[1])}
    return found


def why_words(why: Mapping[str, Any], skills: Mapping[str, str], *, partner: str = "") -> tuple[Text, ...]:
    """The reasons, the weightiest first. `skills` names skills in Swedish; `partner` is the first name of the other half."""
    found: list[Text] = []
    if why.get("speaks"):
        # TRANSLATORS: these are reasons why a volunteer is proposed for a shift; they stand in a list, after their name.
        found.append(_("speaks {languages}", languages=tuple(LanguageName(each) for each in why["speaks"])))
    if named := _skills(why.get("can"), skills):
        found.append(_("can do this: {skills}", skills=named))
    if named := _skills(why.get("wished"), skills):
        found.append(_("can do this too, which is good to have: {skills}", skills=named))
    if why.get("check"):
        found.append(_("has shown an extract"))
    if why.get("car"):
        found.append(_("has a car"))
    if why.get("area"):
        found.append(
            _("lives in {area}", area=why["area"])
            if not why.get("km")
            else n_("lives in {area}, {count} km away", "lives in {area}, {count} km away", why["km"], area=why["area"])
        )
    if why.get("asked") is None:
        found.append(_("has not been asked this month"))
    else:
        found.append(_("was last asked on {day}", day=date.fromisoformat(why["asked"][:10])))
    if why.get("helped"):
        found.append(n_("has helped {count} time this month", "has helped {count} times this month", why["helped"]))
    if why.get("later"):
        found.append(_("was told that nobody is needed for now"))
    if pair := why.get("pair"):
        name = partner or "…"
        found.append(
            _("goes together with {name}, who can do the task", name=name)
            if pair["half"] == SPEAKS
            else _("goes together with {name}, who speaks the language", name=name)
        )
    return tuple(found)


# --- empty places -----------------------------------------------------------------------------------------------------


def gap(shortage: Shortage, people: Mapping[str, Volunteer], places: int) -> dict[str, Any]:
    """What is said of `places` that nobody takes: those who lack least, as numbers by what they lack and where they live."""
    groups: Counter[tuple[tuple[str, ...], str]] = Counter()
    for miss in shortage.misses:
        for id in miss.volunteers:
            areas = people[id].areas
            groups[tuple(lack.value for lack in miss.lacks), areas[0] if areas else ""] += 1
    ordered = sorted(groups.items(), key=lambda each: (-each[1], each[0]))
    return {
        "places": places,
        "because": [lack.value for lack in shortage.because],
        "nearly": [{"lacks": list(lacks), "area": area, "count": count} for (lacks, area), count in ordered[:GROUPS]],
    }


def gap_words(
    gap: Mapping[str, Any], need: Mapping[str, Any], area: str | None, skills: Mapping[str, str]
) -> tuple[Text, ...]:
    """Why places are empty, then what would fill them: "Nobody is left who … In Ekerö 3 lack only: a car"."""
    asked: list[Text] = []
    if spoken := tuple(LanguageName(each) for each in need.get("languages_any") or ()):
        asked.append(_("speaks {languages}", languages=spoken) if len(spoken) == 1
                     else _("speaks one of these: {languages}", languages=spoken))  # fmt: skip
    if named := _skills(need.get("skills_all"), skills):
        asked.append(_("can do this: {skills}", skills=named))
    if need.get("check"):
        asked.append(_("has shown an extract"))
    if need.get("car"):
        asked.append(_("has a car"))
    if area:
        asked.append(_("goes to {area}", area=area))
    asked.append(_("has time then"))
    # TRANSLATORS: {asked} is a list such as "speaks Tigrinya, has a car, goes to Stenhamra and has time then".
    words = [n_("{count} place is empty: nobody is left who {asked}.", "{count} places are empty: nobody is left who {asked}.",
                gap["places"], asked=tuple(asked))]  # fmt: skip
    if not gap["nearly"]:
        return (*words, _("More volunteers are needed."))
    for each in gap["nearly"]:
        missing: Value = tuple(_lacking(lack, need, area, skills) for lack in each["lacks"])
        words.append(
            n_("{count} volunteer in {area} lacks only: {missing}.", "{count} volunteers in {area} lack only: {missing}.",
               each["count"], area=each["area"], missing=missing)
            if each["area"]
            else n_("{count} volunteer lacks only: {missing}.", "{count} volunteers lack only: {missing}.", each["count"],
                    missing=missing)
        )  # fmt: skip
    return tuple(words)


def _lacking(lack: str, need: Mapping[str, Any], area: str | None, skills: Mapping[str, str]) -> Text:
    match lack:
        case Lack.CONSENT:
            return _("to be 18 or older, or their consent")
        case Lack.CAR:
            return _("a car")
        case Lack.RECORD_CHECK:
            return _("an extract that has been shown")
        case Lack.AREA:
            return _("a way to get to {area}", area=area or "")
        case Lack.TIME:
            return _("time for all of the shift")
        case Lack.LANGUAGES:
            spoken: Value = tuple(LanguageName(each) for each in need.get("languages_any") or ())
            return _("one of these languages: {languages}", languages=spoken)
        case Lack.SKILLS:
            return _("knowledge of {skills}", skills=_skills(need.get("skills_all"), skills))
        case Lack.EXCLUDED:
            return _("a yes: they have said no to it, or given it up")
        case Lack.MAX_SHIFTS:
            return _("a free day that week: they have as many shifts as they want")
        case Lack.TAKEN:
            return _("rest: they have another shift then, or too close to it")
    return _("more time to search")


def _skills(ids: Sequence[str] | None, names: Mapping[str, str]) -> tuple[Text, ...]:
    return tuple(content(names[each]) for each in ids or () if each in names)


def lacks_of(gap: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What is missing, the commonest first, for counting gaps by their reason."""
    return tuple(gap["because"]) if gap else ()


LACK_NAMES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: headings of a table: why places of shifts are empty.
    Lack.CONSENT: _("not 18 yet, or without consent"),
    Lack.CAR: _("no car"),
    Lack.RECORD_CHECK: _("no extract shown"),
    Lack.AREA: _("too far away"),
    Lack.TIME: _("no time then"),
    Lack.LANGUAGES: _("another language"),
    Lack.SKILLS: _("other skills"),
    Lack.EXCLUDED: _("have said no"),
    Lack.MAX_SHIFTS: _("have as many shifts as they want"),
    Lack.TAKEN: _("busy with another shift"),
    Lack.PLACES: _("no place"),
    Lack.NOBODY: _("no volunteers"),
    Lack.SEARCH: _("more time to search"),
}
"""Why nobody takes a place, in a few words."""
