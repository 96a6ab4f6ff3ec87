"""Why somebody has a shift, and why a place is empty and what would help, in words.

Nobody who has not given consent is named.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.i18n import LanguageName, Text, Value, _, n_
from bot.rules.matching.families import Match
from bot.rules.matching.shifts import Lack, Miss, Shift, Shortage, Volunteer, is_near

NAMED = 3
"""So many of those who nearly fit are named."""


def why_chosen(volunteer: Volunteer, shift: Shift, load: int, *, told: bool = False, locked: bool = False) -> Text:
    """Why this volunteer has this shift; `load` is the number of all their shifts."""
    reasons: list[Text] = []
    if locked:
        reasons.append(_("was placed by a person"))
    if told:
        reasons.append(_("has been told so before"))
    if shift.languages_any & volunteer.languages:
        reasons.append(_("speaks {languages}", languages=_languages(shift.languages_any & volunteer.languages)))
    if shift.skills_all & volunteer.skills:
        reasons.append(_("can do this: {skills}", skills=tuple(sorted(shift.skills_all & volunteer.skills))))
    if shift.record_check and volunteer.cleared:
        reasons.append(_("has a record check"))
    if shift.car and volunteer.car:
        reasons.append(_("has a car"))
    if shift.area is not None and shift.area in volunteer.areas:
        near = is_near(volunteer, shift)
        reasons.append(_("lives in {area}", area=shift.area) if near else _("can go to {area}", area=shift.area))
    reasons.append(n_("has this one shift", "has {count} shifts in all", load))
    # TRANSLATORS: why a volunteer was given a shift; {reasons} is a list such as "speaks Dari, lives in Stenhamra and has a car".
    return _("This volunteer {reasons}.", reasons=tuple(reasons))


def why_empty(shortage: Shortage) -> Text:
    """Why places of a shift are empty: all that is asked for, which nobody who is left has together."""
    shift = shortage.shift
    asked: list[Value] = [_("time from {begins} to {ends}", begins=shift.begins, ends=shift.ends)]
    if shift.area is not None:
        asked.append(_("{area} as a place to go to", area=shift.area))
    if shift.languages_any:
        asked.append(_languages(shift.languages_any))
    if shift.skills_all:
        asked.append(_("knowledge of {skills}", skills=tuple(sorted(shift.skills_all))))
    if shift.record_check:
        asked.append(_("a record check"))
    if shift.car:
        asked.append(_("a car"))
    return n_(
        "One place is empty. Nobody who is left has all of this: {asked}.",
        "{count} places are empty. Nobody who is left has all of this: {asked}.",
        shortage.places, asked=tuple(asked),
    )  # fmt: skip


def what_would_help(shortage: Shortage) -> tuple[Text, ...]:
    """A sentence for each kind of those who nearly fit, the largest first."""
    if not shortage.misses:
        return (_("More volunteers are needed."),)
    return tuple(_help(shortage.shift, miss) for miss in shortage.misses[:NAMED])


def _help(shift: Shift, miss: Miss) -> Text:
    missing = tuple(_missing(lack, shift) for lack in miss.lacks)
    if Lack.CONSENT in miss.lacks:
        return n_(
            "One volunteer would fit with {missing}.", "{count} volunteers would fit with {missing}.",
            len(miss.volunteers), missing=missing,
        )  # fmt: skip
    return n_(
        "One volunteer would fit with {missing}: {names}.", "{count} volunteers would fit with {missing}, such as {names}.",
        len(miss.volunteers), missing=missing, names=miss.volunteers[:NAMED],
    )  # fmt: skip


def _missing(lack: Lack, shift: Shift) -> Text:
    """What somebody would need, to stand after "One volunteer would fit with"."""
    match lack:
        case Lack.CONSENT:
            return _("their consent")
        case Lack.CAR:
            return _("a car")
        case Lack.RECORD_CHECK:
            return _("a record check")
        case Lack.AREA:
            return _("a way to get to {area}", area=shift.area or "")
        case Lack.TIME:
            return _("time for all of the shift")
        case Lack.LANGUAGES:
            return _("the language {languages}", languages=_languages(shift.languages_any))
        case Lack.SKILLS:
            return _("knowledge of {skills}", skills=tuple(sorted(shift.skills_all)))
        case Lack.EXCLUDED:
            return _("an end to the note that keeps the two apart")
        case Lack.MAX_SHIFTS:
            return _("one shift more than they want")
        case Lack.TAKEN:
            return _("no other shift at that time")
        case Lack.PLACES:
            return _("one place more")
        case Lack.SEARCH | Lack.NOBODY:
            return _("more time to search")


def _languages(codes: Collection[str]) -> Value:
    return tuple(LanguageName(code) for code in sorted(codes))


def why_matched(match: Match) -> Text:
    """What two families have in common."""
    reasons: list[Text] = []
    if match.interests:
        reasons.append(_("both like {interests}", interests=match.interests))
    if match.children:
        ages = tuple(_("{age} and {other}", age=age, other=other) for age, other in match.children)
        reasons.append(_("they have children of like ages ({ages})", ages=ages))
    if match.work:
        reasons.append(_("both work with the same: {work}", work=match.work))
    if not reasons:
        return _("Nothing they have in common is known. A coordinator decides.")
    # TRANSLATORS: {reasons} is a list such as "both like football and they have children of like ages (6 and 7)".
    return _("What they have in common: {reasons}.", reasons=tuple(reasons))
