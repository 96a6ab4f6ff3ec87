"""Being noted on the municipality's map of who works with whom: a group agrees to it, sees what is noted, and takes it back.

Publication, 4.2: a map of actors and links by theme is what a weaver begins with. Only staff see it; a group is on it when it
has agreed (languages-and-rights.md C1), or when it stands in the directory for everybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.flows.gatherings import lines
from bot.flows.model import Answers, Choice, Ending, Flow, Known, LeaveMap, NoteOnMap, Reply, Step
from bot.flows.read import consent, long_text, one_choice, text
from bot.i18n import Text, Value, _, content, p_
from bot.packs.model import Municipality
from bot.rules.masking import mask_ways

PURPOSE: Final = "map"
"""The purpose of the consent to be noted."""

CONSENT_VERSION: Final = "1"

PARTNERS_MAX: Final = 10
NAME_MAX: Final = 100

KEEP = Choice("keep", p_("map", "Keep it as it is"))
MORE = Choice("noted", p_("map", "Tell of more"))
TAKE_BACK = Choice("back", p_("map", "Take it off the map"))


def offered(known: Known) -> bool:
    """Whether there is such a map here, and this person may be on one: nobody who is protected is."""
    return known.municipality.networks.weaving is not None and not known.facts.get("protected")


def and_then(group: Mapping[str, Any], known: Known) -> tuple[str | None, Mapping[str, Any]]:
    """What follows when a group has told of itself: the question whether it may be noted, else how they are reached."""
    if offered(known):
        return "noted", dict(group)
    return (None if known.facts.get("reachable") else "reach"), {}


def partners(said: Any) -> tuple[str, ...]:
    """The names in what somebody wrote: between commas, on lines of their own. No number slips through."""
    parts = re.split(r"[,;\n،؛]+", str(said or ""))
    named = (mask_ways(" ".join(part.split())[:NAME_MAX])[0].strip(" .…") for part in parts)
    return tuple(dict.fromkeys(name for name in named if name))[:PARTNERS_MAX]


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {"group": str(given["group"])} if given.get("group") else {}


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("group", "partners", "agree") if offered(known) else ()


def _network(known: Known) -> Value | None:
    """The network they have asked to join, in words."""
    id, here = known.given.get("network"), known.municipality
    return next((content(each.title) for each in here.networks.networks if each.id == id), None)


def _noted(answers: Answers, known: Known) -> tuple[Value, ...]:
    """Whom it would stand beside on the map."""
    network = _network(known)
    return (*((network,) if network is not None else ()), *partners(answers.get("partners")))


def _agree_prompt(answers: Answers, known: Known) -> Text:
    name, others = _name(answers), _noted(answers, known)
    asked = (
        _("May the municipality note on its map that “{group}” works with: {others}?", group=name, others=others)
        if others
        else _("May the municipality note “{group}” on its map of those who do something here?", group=name)
    )
    what_for = _(
        "Only staff see the map. They look for those who do not know each other yet, and ask you before they bring anybody "
        "together. You can take it back in /mine."
    )
    return lines((asked, what_for), "\n\n")


def _name(answers: Answers) -> str:
    return mask_ways(str(answers.get("group") or "")[:NAME_MAX])[0]


def _finish(answers: Answers, known: Known) -> Ending:
    onwards = None if known.facts.get("reachable") else "reach"
    if not offered(known):
        words = _("There is no such map in {municipality}.", municipality=known.municipality.name)
        return Ending((Reply(words=(words,)),), then="menu")
    if not (answers.get("agree") or {}).get("given"):
        return Ending((Reply(words=(_("All right. Nothing is noted on the map."),)),), then=onwards)
    given = known.given
    about = {name: given[name] for name in ("does", "areas", "topics") if given.get(name)}
    noted = NoteOnMap(
        _name(answers), str(given.get("side") or "group"), about, partners(answers.get("partners")), CONSENT_VERSION,
        str(given.get("network") or ""),
    )  # fmt: skip
    return Ending((Reply(words=(_("Thank you! It is noted. You find it in /mine."),)),), (noted,), then=onwards)


NOTED = Flow(
    name="noted",
    title=_("Whom we work with"),
    steps=(
        Step("group", prompt=_("What is your group or organisation called?"), label=_("Group"), read=text(NAME_MAX),
             must=True, example=_("The Garden Friends")),
        Step("partners",
             prompt=_("Whom here do you work with already? Write the names of groups, with commas between. No names of persons, please."),
             label=_("Whom you work with"), read=long_text(1000), may_skip=True,
             example=_("The library, Red Cross, The Puppet Theatre"),
             why=_("The municipality keeps a map of who works with whom. It helps to bring those together who do not know each other.")),
        Step("agree", prompt=_agree_prompt, label=_("Noted on the map"), read=consent(PURPOSE, CONSENT_VERSION), must=True),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
)  # fmt: skip


# --- what is noted of mine --------------------------------------------------------------------------------------------


def _mine(known: Known) -> dict[str, Any] | None:
    wanted = int(known.given.get("subject") or 0)
    return next((each for each in known.lookup("my_map") or [] if each["id"] == wanted), None)


def theme_name(id: str, municipality: Municipality) -> Text | None:
    """What a theme is called; None for no certain one, or one that the pack no longer has."""
    return next((content(each.title) for each in municipality.topics if each.id == id), None)


def _line(link: Mapping[str, Any], known: Known) -> Text:
    theme = theme_name(link["theme"], known.municipality)
    name: Value = content(link["name"]) if link.get("pack") else str(link["name"])
    if theme is not None:
        # TRANSLATORS: a line of a list: another group, and the topic that they work together on.
        return _("• {name} ({theme})", name=name, theme=theme)
    return _("• {name}", name=name)


def _my_prompt(answers: Answers, known: Known) -> Text:
    found = _mine(known)
    if found is None:
        return _("It is not on the map any more.")
    told = [_("“{group}” is noted on the municipality's map. Only staff see it.", group=str(found["name"]))]
    if found["links"]:
        told += [_("It stands beside:"), lines([_line(each, known) for each in found["links"]])]
    return lines((*told, _("What would you like to do now?")), "\n\n")


def _my_choices(known: Known) -> tuple[Choice, ...]:
    return (KEEP, MORE, TAKE_BACK) if _mine(known) is not None else (KEEP,)


def _my_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _mine(known), str(answers["do"])
    if found is not None and chosen == "noted":
        return Ending(then="noted", given={"group": found["name"]})
    if found is not None and chosen == "back":
        words = _("It is off the map, with all that you have told of it. Nobody asks you on account of it any more.")
        return Ending((Reply(words=(words,)),), (LeaveMap(),))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


MY_MAP = Flow(
    name="my_map",
    title=_("What is noted on the map"),
    steps=(Step("do", prompt=_my_prompt, label=_("What to do"), read=one_choice(_my_choices), must=True),),
    finish=_my_done,
    personal=False,
    passing=True,
    needs_subject=True,
)
