"""Where people meet: what there is where somebody lives, meetings, the agreement; joining, asking for a meeting.

Publication: 1.1 (area networks and local councils kept apart, theme meetings, the agreement), 4.2 (weavers),
6.1 (Csam, district groups). What is sent becomes a case, so that each has an answer and a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import network_card, role_words, sentences, stands
from bot.flows.mapped import and_then
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Effect,
    Ending,
    FileCase,
    Flow,
    Known,
    Reply,
    SendSignature,
    Step,
    Suggestion,
    When,
)
from bot.flows.named import agreement_named
from bot.flows.partnering import signed_quote
from bot.flows.read import long_text, one_choice, place, text, yes_no
from bot.flows.read.typed import as_text
from bot.i18n import Link, Text, Value, _, content, p_
from bot.packs.model import Agreement, Municipality, Network, Sourced
from bot.packs.model.routing import areas_meant, local, networks_for, networks_named, route

SHOWN_MAX = 5
"""So many cards at once; more would be a list to search."""

PLACES = ("area_network", "local_council")
"""Networks for a housing area, and councils for a place in the countryside: never mixed up (1.1)."""

# TRANSLATORS: buttons, at most 30 characters each.
WHAT: Mapping[str, Choice] = {
    "local": Choice("local", p_("networks", "Where I live")),
    "meetings": Choice("meetings", p_("networks", "Meetings")),
    "agreement": Choice("agreement", p_("networks", "The agreement")),
    "obstacle": Choice("obstacle", p_("networks", "Something is in the way")),
}
TOWN = (
    Choice("area_network", p_("networks", "In the town")),
    Choice("local_council", p_("networks", "In the countryside")),
)


# --- what there is ----------------------------------------------------------------------------------------------------


def _meetings(municipality: Municipality) -> list[Network]:
    return [each for each in municipality.networks.networks if each.kind == "meeting"]


def _what(known: Known) -> tuple[Choice, ...]:
    meetings = ("meetings",) if _meetings(known.municipality) else ()
    return tuple(WHAT[each] for each in ("local", *meetings, "agreement", "obstacle"))


def _text(given: Mapping[str, Any]) -> str:
    return str(given.get("text") or given.get("said") or "")


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was said decides: a network's name, a topic, a place."""
    answers = dict(given.get("answers", {}))
    if known.municipality.networks.agreement is not None and agreement_named(_text(given), known):
        answers.setdefault("what", "agreement")
    places = [each.name for each in areas_meant(known.municipality, _text(given))] if _text(given) else []
    area = given.get("area") or (places[0] if len(places) == 1 else None)
    if area:
        answers.setdefault("where", {"area": area})
    if area or len(places) > 1 or networks_named(known.municipality, _text(given), known.locale) or given.get("named"):
        answers.setdefault("what", "local")
    if given.get("topic") in WHAT:
        answers.setdefault("what", given["topic"] if _offers(given["topic"], known) else "local")
    return answers


def _offers(what: str, known: Known) -> bool:
    return what in {each.id for each in _what(known)}


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    if _named(known):
        return ()
    if answers.get("what") != "local":
        return ("what",)
    here = known.municipality
    kinds = {each.kind for each in local(here, None).networks}
    asked = ["what", "where"] if here.areas or here.unnamed_areas else ["what"]
    return (*asked, "town") if kinds.issuperset(PLACES) else tuple(asked)


def _likely(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """The areas that what was written may mean, when it means more than one."""
    said = _text(known.given)
    found = areas_meant(known.municipality, said) if said else ()
    return tuple(
        Suggestion(f"area-{known.municipality.areas.index(each)}", as_text(each.name), {"area": each.name})
        for each in found
        if len(found) > 1
    )


def _where_prompt(answers: Answers, known: Known) -> Text:
    several = tuple(each.label for each in _likely(answers, known))
    if several:
        return _("That name is in more than one area: {areas}. Which one is yours?", areas=several)
    return _("Where do you live? Write the name of the place.")


def _named(known: Known) -> tuple[Network, ...]:
    """What somebody named ("Csam", "a theme meeting"); it is shown at once. Of local ones the area is asked first."""
    found = networks_named(known.municipality, _text(known.given), known.locale)
    return tuple(each for each in found if "local" not in each.topics)


def _found(answers: Answers, known: Known) -> tuple[Network, ...]:
    here, area = known.municipality, (answers.get("where") or {}).get("area")
    match answers.get("what"):
        case "local":
            near = local(here, area).networks
            town = answers.get("town")
            return tuple(each for each in near if not town or each.kind not in PLACES or each.kind == town)
        case "meetings":
            return tuple(_meetings(here))
        case "agreement":
            return networks_for(here, "agreement")
    return ()


def agreement_card(known: Known) -> Card | None:
    """The agreement in a few sentences, and the six principles."""
    told = known.municipality.networks
    named: list[tuple[Text, Value]] = [
        (content(each.title), content(each.means)) for each in told.principles if each.means
    ]
    if told.principles and not named:
        named = [(_("The six principles"), tuple(content(each.title) for each in told.principles))]
    agreed = told.agreement
    if agreed is None:
        return Card(_("The six principles we work by"), tuple(named)) if named else None
    what = tuple(content(each) for each in agreed.what)
    rows: list[tuple[Text, Value]] = [(_("What it is"), sentences(what)), *named]
    signed = signed_quote(known.municipality)
    rows += [(_("Who has joined"), signed)] if signed else []
    page = f"{known.facts.get('public_url', '')}/agreement"
    rows.append((_("The list"), Link(_("Who has joined the agreement"), page)))
    return Card(content(agreed.title), (*rows, (_("How to join"), content(agreed.how_to_join))))


def _finish(answers: Answers, known: Known) -> Ending:
    if answers.get("what") == "obstacle":
        return Ending(then="obstacle", given=dict(known.given))
    named, here = _named(known), known.municipality
    found = named or _found(answers, known)
    area = (answers.get("where") or {}).get("area")
    agreed = here.networks.agreement if not named and answers.get("what") == "agreement" else None
    first = agreement_card(known) if not named and answers.get("what") == "agreement" else None
    shown = found[:SHOWN_MAX] if agreed is None else ()
    coming = known.lookup("meetings_coming") or () if any(each.meetings for each in shown) else ()
    cards = [*([first] if first else []), *(network_card(each, here, coming, area) for each in shown)]
    role = _holder(answers, known, found, agreed)
    words = _lead(answers, known, found, agreed, area)
    told: tuple[Sourced, ...] = (agreed,) if agreed else found
    after = [_("Who to turn to: {role}", role=role_words(here.contacts.role(role)))]
    after += dict.fromkeys(stands(each, known.today) for each in told[:SHOWN_MAX])
    replies = [
        *([Reply(words=words)] if words else []),
        *(Reply(card=each, slot="verdict") for each in cards),
        Reply(words=tuple(after)),
    ]
    given = {
        "role": role,
        "area": area or (answers.get("where") or {}).get("said"),
        "text": known.given.get("text") or "",
        "found": [each.id for each in found],
        "agreement": agreed is not None,
        "meeting": bool(_meetings(here)) and (bool(named) or answers.get("what") != "local"),
    }
    return Ending(tuple(replies), then="networks_next", given={name: value for name, value in given.items() if value})


def _holder(answers: Answers, known: Known, found: tuple[Network, ...], agreed: Agreement | None) -> str:
    """Who convenes: the role of the area, of the agreement, or of the first that was found."""
    if agreed is not None:
        return agreed.contact
    area = (answers.get("where") or {}).get("area")
    held = route(known.municipality, "local", area=area, matter="join")
    if found and (answers.get("what") != "local" or _named(known)):
        return found[0].contact
    return held.role.id


def _lead(
    answers: Answers, known: Known, found: tuple[Network, ...], agreed: Agreement | None, area: str | None
) -> tuple[Text, ...]:
    """The first words: for which area it is, and honestly what is not in the list."""
    here = known.municipality
    if _named(known) or agreed is not None:
        return ()
    if answers.get("what") == "agreement":
        return (_("There is no written agreement in my list for {municipality}.", municipality=here.name),)
    if answers.get("what") == "meetings" and found:
        return (_("These are the meetings I know of."),)
    if not found:
        return (_("I do not know of a network there yet. One person knows more, and can tell you."),)
    if area:
        return (_("Your area is {area}. This is what there is.", area=area),)
    if answers.get("town") in PLACES:
        return (_("The names of the areas are not in my list yet. Whoever convenes knows which one is yours."),)
    return (_("This is what there is."),)


NETWORKS = Flow(
    name="networks",
    title=_("Networks and meetings"),
    steps=(
        Step("what", prompt=_("What do you want to know about?"), label=_("What you want to know"),
             read=one_choice(_what), must=True),
        Step("where", prompt=_where_prompt, label=_("Area"), read=place(), suggest=_likely,
             why=_("Networks belong to an area. Then I show yours, and who convenes it.")),
        Step("town", prompt=_("Is it in the town, or in the countryside?"), label=_("Town or countryside"),
             read=one_choice(TOWN), why=_("In the town there are networks. In the countryside there are local councils.")),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    personal=False,
)  # fmt: skip


def _area_finish(answers: Answers, known: Known) -> Ending:
    """What there is in an area that a page or a poster names by its number."""
    here, number = known.municipality, int(known.given.get("subject") or 0)
    area = next((each.name for each in here.areas if each.number == number), None)
    return Ending(then="networks", given={"area": area} if area else {"topic": "local"})


AREA = Flow(name="area", title=_("Where I live"), steps=(), finish=_area_finish, personal=False, passing=True,
            needs_subject=True)  # fmt: skip


# --- and now? ---------------------------------------------------------------------------------------------------------

# TRANSLATORS: buttons, at most 30 characters each.
ASK = Choice("contact", p_("networks", "Ask who convenes it"))
JOIN = Choice("join", p_("networks", "We want to join"))
MEETING = Choice("meeting", p_("networks", "Ask for a theme meeting"))
OBSTACLE = WHAT["obstacle"]
SUB = Choice("sub_network", p_("meetings", "Join a sub-network"))
HERE = Choice("meetings", p_("networks", "The next meetings"))
MENU = Choice("menu", p_("networks", "Something else"))


def _joinable(given: Mapping[str, Any], municipality: Municipality) -> list[Network]:
    """What a group can join: not a meeting one comes to, a sub-network that each joins alone, nor a group whose members are
    chosen."""
    found = given.get("found", ())
    return [
        each
        for each in municipality.networks.networks
        if each.id in found and each.kind != "meeting" and each.open_to != "members" and not each.joinable
    ]


def _next(known: Known) -> tuple[Choice, ...]:
    given = known.given
    join = (JOIN,) if given.get("agreement") or _joinable(given, known.municipality) else ()
    here = (HERE,) if _with_meetings(given, known.municipality) else ()
    subs = (SUB,) if any(each.id in given.get("found", ()) for each in known.municipality.networks.sub_networks) else ()
    return (*here, *join, *subs, *((MEETING,) if given.get("meeting") else ()), ASK, OBSTACLE, MENU)


def _with_meetings(given: Mapping[str, Any], municipality: Municipality) -> list[str]:
    """Of the networks that were shown, those whose meetings are here."""
    found = given.get("found", ())
    return [each.id for each in municipality.networks.networks if each.id in found and each.meetings is not None]


def _do(answers: Answers, known: Known) -> Ending:
    chosen = answers["do"]
    if isinstance(chosen, dict):
        return Ending(then="wish", given={"said": chosen["other"]})
    if chosen == "menu":
        return Ending(then="menu")
    given = {name: known.given[name] for name in ("area", "text", "found", "agreement", "role") if name in known.given}
    if chosen == HERE.id:
        given = {"kinds": _with_meetings(known.given, known.municipality)}
    elif chosen == "contact":
        given = {name: given[name] for name in ("area", "text", "role") if name in given} | {"topic": "local"}
    return Ending(then=chosen, given=given)


NEXT = Flow(
    name="networks_next",
    title=_("What to do about it"),
    steps=(
        Step(
            "do",
            prompt=_("What would you like to do now?"),
            label=_("What to do"),
            read=one_choice(_next, other=True),
            must=True,
        ),
    ),
    finish=_do,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- what is sent -----------------------------------------------------------------------------------------------------


def sent(
    kind: str, answers: Answers, known: Known, note: str, to: Text, *, more: tuple[Effect, ...] = (), then: Mapping[str, Any] | None = None
) -> Ending:  # fmt: skip
    """A case with its promise: who reads it, and by when there is an answer here. `more` is done after it; `then` is a group
    that may be noted on the map."""
    answer_by = kind_of(kind).answer_by(known.municipality, known.now)
    area = known.given.get("area")
    named = {"area": area} if area in {each.name for each in known.municipality.areas} else {}
    words = _("Thank you! I have passed it on to: {role}. You get an answer here by {time} at the latest.",
              role=to, time=answer_by)  # fmt: skip
    case = FileCase(kind, kind, {**answers, **named}, answer_by, note=note)
    onwards, given = and_then(then, known) if then else (None if known.facts.get("reachable") else "reach", {})
    return Ending((Reply(words=(words,)),), (case, *more), then=onwards, given=given)


AGREEMENT = "agreement"


def _which(known: Known) -> tuple[Choice, ...]:
    """Everything that can be joined, by what was shown before, or all there is."""
    told, given = known.municipality.networks, known.given
    found = _joinable(given, known.municipality) if "found" in given or given.get("agreement") else None
    if found is None:
        found = _joinable({"found": [each.id for each in told.networks]}, known.municipality)
    agreed = told.agreement if given.get("agreement") or "found" not in given else None
    named = tuple(Choice(each.id, content(each.title)) for each in found)
    return (*((Choice(AGREEMENT, content(agreed.title)),) if agreed else ()), *named)


def _join_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Named, or the only one there is: not asked."""
    here = known.municipality
    agreed = given.get("agreement") or agreement_named(_text(given), known)
    if agreed and here.networks.agreement is not None:
        return {"which": AGREEMENT}
    said = [each.id for each in networks_named(here, _text(given), known.locale)]
    found = _joinable({"found": given.get("found", said)}, here)
    found = [each for each in found if each.id in said] or found
    return {"which": found[0].id} if len(found) == 1 else {}


def _joined(answers: Answers, known: Known) -> Ending:
    here, which = known.municipality, answers["which"]
    agreed = here.networks.agreement
    if which == AGREEMENT and agreed is not None:
        title, contact = agreed.title, agreed.contact
    else:
        network = next(each for each in here.networks.networks if each.id == which)
        title, contact = network.title, network.contact
    place = f" ({known.given['area']})" if known.given.get("area") else ""
    note = f"{title}: {answers['group']}{place}"
    group = {
        "group": str(answers["group"]), "does": str(answers.get("does") or ""),
        "areas": [known.given["area"]] if known.given.get("area") in {each.name for each in here.areas} else [],
        "topics": list(next((each.topics for each in here.networks.networks if each.id == which), ())),
        "network": which,
    }  # fmt: skip
    filed = sent("join", answers, known, note, content(here.contacts.role(contact).title), then=group)
    if which != AGREEMENT:
        return filed
    signs = SendSignature(str(answers["group"]), str(answers.get("does") or ""), bool(answers.get("listed")))
    mine = Reply(
        words=(_("You see how it stands in /mine: when it is signed, and whether the name is in the public list."),)
    )
    return replace(filed, replies=(*filed.replies, mine), effects=(*filed.effects, signs))


JOINING = Flow(
    name="join",
    title=_("Join a network or the agreement"),
    steps=(
        Step("which", prompt=_("What do you want to join?"), label=_("What to join"), read=one_choice(_which), must=True),
        Step("group", prompt=_("What is your group or organisation called?"), label=_("Group"), read=text(), must=True,
             example=_("The Garden Friends")),
        Step("does", prompt=_("What do you do? A sentence or two."), label=_("What you do"), read=long_text(),
             example=_("We look after the gardens together, and drink coffee.")),
        Step("person", prompt=_("Whom shall they write to or ring? A name, and a number or an e-mail address."),
             label=_("Contact"), read=text(), why=_("Only those who answer you see it.")),
        Step("listed", prompt=_("Once it is signed, may the organisation’s name stand in the public list of those who have joined?"),
             label=_("In the public list"), read=yes_no(), when=When("which", (AGREEMENT,))),
    ),
    begin=_join_begin,
    finish=_joined,
    review=True,
)  # fmt: skip


def _meeting_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {"place": given["area"]} if given.get("area") else {}


def _meeting_asked(answers: Answers, known: Known) -> Ending:
    here = known.municipality
    held = next((each.contact for each in _meetings(here)), route(here, "meetings").role.id)
    title = f"{known.given['meeting']}: " if known.given.get("meeting") else ""
    return sent("meeting", answers, known, f"{title}{answers['topic']}", content(here.contacts.role(held).title))


MEETING_ASKED = Flow(
    name="meeting",
    title=_("Ask for a theme meeting"),
    steps=(
        Step("topic", prompt=_("What shall the meeting be about?"), label=_("Topic"), read=text(max_chars=300), must=True,
             example=_("The traffic outside the school.")),
        Step("why", prompt=_("Why does it have to be talked about?"), label=_("Why"), read=long_text()),
        Step("concerned", prompt=_("Who else is concerned, and should come?"), label=_("Who is concerned"),
             read=text(max_chars=300), example=_("The school, the parents and the sports club.")),
        Step("place", prompt=_("Is it about a certain area? Which one?"), label=_("Area"), read=text(), may_skip=True),
    ),
    begin=_meeting_begin,
    finish=_meeting_asked,
    review=True,
)  # fmt: skip
