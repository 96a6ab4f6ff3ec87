"""Which support fits: the most telling question first, then a verdict on each, with the reason and the next step.

What is asked depends on what is known: the rules choose the question (`bot.rules.grants.questions`), so that each answer
settles as much as it can, nothing is asked that is known, and asking ends when no answer could change a verdict. With
`given["support"]` one support is gone through condition by condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.flows import plan as plans
from bot.flows.board import title_of
from bot.flows.gatherings import lines
from bot.flows.grant_sum import parts_of
from bot.flows.model import (
    Answers,
    Choice,
    Ending,
    Flow,
    Input,
    Known,
    OpenCase,
    RememberLater,
    Reply,
    State,
    Step,
    Suggestion,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.promises import human_words
from bot.flows.read import long_text, many_choices, money, one_choice, whole_number, yes_no
from bot.flows.verdicts import ask_words, checklist, no_card, support_card, why_asked
from bot.i18n import Text, _, content, p_
from bot.packs.model import Grants, Support
from bot.packs.model.support import next_window
from bot.rules.facts import DEBTS, FACTS, FORMAL, ORGANISATIONS, SECTORS, Kind, facts_in
from bot.rules.grants import Judgement, Verdict, judge, questions

SHOWN_MAX = 4
"""Supports shown as a card of their own; the others are named with their reasons."""

# TRANSLATORS: kinds of applicant; buttons, at most 30 characters each.
TYPES: Mapping[str, Text] = {
    "private_person": p_("applicant", "I am on my own"),
    "private_persons": p_("applicant", "We are some private persons"),
    "association": p_("applicant", "An association"),
    "faith_community": p_("applicant", "A faith community"),
    "foundation": p_("applicant", "A foundation"),
    "economic_association": p_("applicant", "An economic association"),
    "joint_property_association": p_("applicant", "A joint-property association"),
    "profit_limited_company": p_("applicant", "A profit-limited company"),
    "company": p_("applicant", "A company"),
    "network": p_("applicant", "A network or loose group"),
    "local_council": p_("applicant", "A local council (ortsråd)"),
}

PERSONS = ("private_person", "private_persons", "network")
"""Those of them that are private persons, who are never named where everybody may read."""

# TRANSLATORS: what an activity is about; buttons, at most 30 characters each.
FIELDS: Mapping[str, Text] = {
    "art": p_("sector", "Art"),
    "culture": p_("sector", "Culture"),
    "innovation": p_("sector", "Innovation"),
    "sport": p_("sector", "Sport"),
    "social": p_("sector", "Social work"),
    "health": p_("sector", "Health"),
    "youth": p_("sector", "Children and young people"),
    "integration": p_("sector", "Integration"),
    "environment": p_("sector", "Environment"),
    "other": p_("sector", "Something else"),
}

CHOICES: Mapping[str, Mapping[str, Text]] = {
    "type": TYPES,
    "initiative": {
        "association": p_("initiative", "The association’s"),
        "city": p_("initiative", "The municipality’s"),
    },
    "training": {
        "done": p_("training", "Yes, we have had it"),
        "planned_this_year": p_("training", "We will have it this year"),
        "none": p_("training", "No"),
    },
    "debt": {
        "none": p_("debt", "No debts"),
        "small": p_("debt", "Only vehicle tax for a vehicle"),
        "overdue": p_("debt", "Yes, other overdue debts"),
    },
}
"""Facts that are one of several."""

assert set(TYPES) == set(ORGANISATIONS)
assert set(FIELDS) == set(SECTORS)
assert set(CHOICES["debt"]) == set(DEBTS)

NOT_ASKED = frozenset({"sector", "ages", "home", "area", "organisation", "purpose", "task", "budget", "dialogue_held"})
"""Facts no condition asks for by themselves: they come with others, or in a form of their own."""


def _named(names: Mapping[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(id, label) for id, label in names.items())


def _papers(known: Known) -> tuple[Choice, ...]:
    """The papers that a support here asks for, by the pack's names."""
    grants = known.municipality.grants
    asked = {each.id for support in grants.supports for each in support.conditions} if grants else set()
    return tuple(
        Choice(each, content(grants.conditions[each].label)) for each in FORMAL if grants is not None and each in asked
    )


def _reader(name: str) -> Any:
    if name in CHOICES:
        return one_choice(_named(CHOICES[name]))
    if name == "sectors":
        return many_choices(_named(FIELDS), at_least=1)
    if name == "formal_missing":
        return many_choices(_papers)
    if name == "amount":
        return money()
    if FACTS[name].kind is Kind.NUMBER:
        return whole_number(
            0, 1_000_000, unit=_("people | persons | participants | guests") if name == "persons" else None
        )
    return yes_no()


GROW_OLD = frozenset({"annual_minutes", "audit_report"})
"""Papers of one year: older ones are asked for anew."""


def _nothing_missing(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """That all is there; and what somebody told when they last sent something in, so that nobody has to tell it twice."""
    none = Suggestion("none", p_("papers", "Nothing is missing"), [])
    kept = known.lookup("kept_papers")
    if not kept:
        return (none,)
    day = date.fromisoformat(kept["day"])
    old = GROW_OLD if (known.today - day).days > 365 else frozenset()
    asked = [each.id for each in _papers(known)]
    missing = [each for each in asked if each in kept["missing"] or each in old]
    # TRANSLATORS: buttons: the same papers as somebody had on a day; the second one asks for this year's minutes anew.
    label = p_("papers", "As on {day}, minutes anew", day=day) if old else p_("papers", "As on {day}", day=day)
    return (Suggestion("kept", label, missing), none)


# TRANSLATORS: short names of facts about who applies and for what, in a list of answers to change.
NAMES: Mapping[str, Text] = {
    "type": _("Who applies"),
    "persons": _("How many you are"),
    "members": _("How many members"),
    "sectors": _("What it is about"),
    "amount": _("Kronor applied for"),
    "duration_months": _("How many months"),
    "formal_missing": _("Papers that are missing"),
    "girls": _("Girls who take part"),
    "boys": _("Boys who take part"),
    "leaders_per_session": _("Leaders each time"),
    "elite_active": _("Elite-actives"),
    "elite_women": _("Women among the elite-actives"),
    "elite_students": _("Elite-actives who study"),
    "open": _("Open to everyone"),
    "public_benefit": _("Of use to others"),
    "takes_part": _("You drive it yourself"),
    "idelabbet_contact": _("In touch with the idea lab"),
    "needs_place": _("Needs a room or place"),
    "mainly_in_city": _("Mainly here in the city"),
    "newly_started": _("A new association"),
    "formal": _("A registered organisation"),
    "for_profit": _("For profit"),
    "sport": _("A sport association"),
    "temporary": _("Something temporary"),
    "established": _("Already established"),
    "fee": _("A fee to take part"),
    "cofinance": _("Own money or other funders"),
    "initiative": _("Whose initiative"),
    "training": _("The city’s training"),
    "debt": _("Overdue tax debts"),
    "market": _("Can be bought ready-made"),
    "competes_on_market": _("Competes with companies"),
    "part_of_municipal_mission": _("Part of the municipality’s task"),
    "linked_plan": _("Belongs to a plan"),
    "both_finance": _("Both contribute"),
    "long_term": _("Meant to last"),
    "partnership_model": _("One specific co-operation"),
    "outside_ordinary_grant": _("Outside the ordinary grant"),
    "facility_costs": _("Costs for a facility"),
    "development_ambition": _("Wants to develop"),
    "open_activity_quarterly": _("An open activity each quarter"),
    "open_activity_free": _("The open activity is free"),
    "meets_audience": _("Meets its audience"),
    "collaborates_in_house": _("Together with others in the house"),
    "open_admission": _("Open admission"),
    "inclusive": _("Counters discrimination"),
    "equal_worth": _("Everybody’s equal worth"),
    "democratic_rule": _("Democracy"),
    "childrens_convention": _("The convention on children"),
    "free_from_alcohol_tobacco_gambling": _("No alcohol, tobacco, gambling"),
    "lawful": _("Lawful"),
    "not_bankrupt": _("Not bankrupt"),
}


def _step(name: str) -> Step:
    def prompt(answers: Answers, known: Known) -> Text:
        return ask_words(_grants(known), _judged(answers, known), name)

    def why(answers: Answers, known: Known) -> Text:
        return why_asked(_grants(known), _judged(answers, known), name)

    return Step(
        name,
        prompt=prompt,
        label=NAMES[name],
        read=_reader(name),
        why=why,
        suggest=_nothing_missing if name == "formal_missing" else None,
    )


FACT_STEPS = tuple(_step(name) for name in FACTS if name not in NOT_ASKED)


# --- what is known --------------------------------------------------------------------------------------------------------


def _grants(known: Known) -> Grants:
    return known.municipality.grants or Grants(helper=known.municipality.lab or known.municipality.name)


def facts_of(answers: Answers) -> dict[str, Any]:
    """The facts in the answers. What was answered outright wins over what stands in the free text."""
    given = {name: value for name, value in answers.items() if name in FACTS}
    return {**facts_in(str(answers.get("about") or "")), **given}


def _supports(known: Known) -> tuple[Support, ...]:
    grants = _grants(known)
    only = grants.support(str(known.given.get("support", "")))
    return (only,) if only else grants.supports


def _judged(answers: Answers, known: Known) -> tuple[Judgement, ...]:
    return judge(tuple(each.rule for each in _supports(known)), facts_of(answers), known.today)


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """First what it is about, in own words; then the most telling fact that these do not already say."""
    rules = tuple(each.rule for each in _supports(known))
    thorough = "support" in known.given
    wanted = questions(rules, facts_of(answers), known.today, asked=left, thorough=thorough)
    about = () if thorough or "about" in answers or "about" in left else ("about",)
    return (*about, *wanted)


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Answers out of a plan of one's own, or those handed over, or what a message in own words held."""
    if "said" in given and "answers" not in given:
        return _from_message(given)
    if given.get("subject") is None:
        return dict(given.get("answers", {}))
    found = known.lookup("plan", plan_id=given["subject"])
    return from_plan(plans.plan_of(found["answers"], known.today)) if found else {}


def _from_message(given: Mapping[str, Any]) -> dict[str, Any]:
    """The message is the first answer, when it names what is wanted: "any money?" alone does not."""
    persons = given.get("people") if given.get("us") else None
    held = {"about": given["said"] if given.get("topic") else None, "amount": given.get("amount"), "persons": persons}
    return {name: value for name, value in held.items() if value is not None}


def from_plan(plan: plans.Plan) -> dict[str, Any]:
    """What a project plan says of who applies and for what."""
    rooms = [room for room in plan.rooms if room != plans.ROOMS["online"]]
    said: dict[str, Any] = {
        "about": "\n".join(each for each in (plan.idea, plan.aim) if each) or None,
        "persons": len(plan.people) or None,
        "amount": plan.total_sek or None,
        "takes_part": True if plan.own_part else None,
        "needs_place": True if rooms else None,
    }
    return {name: value for name, value in said.items() if value is not None}


# --- what comes of it -----------------------------------------------------------------------------------------------------


def _intro(answers: Answers, known: Known) -> Text:
    if known.given.get("support"):
        return _("We go through the conditions, one at a time. You can leave any of them open.")
    return _("A few short questions, about three minutes. Then you see what fits, and why. You can skip any of them.")


def _finish(answers: Answers, known: Known) -> Ending:
    """Every verdict, the best first; then what to do with it."""
    grants, facts = _grants(known), facts_of(answers)
    judged = _judged(answers, known)
    said = {**answers, **facts}
    given = {
        "said": said,
        "answers": said,  # so that a human who is asked from here gets it all
        "plan_id": known.given.get("subject", known.given.get("plan_id")),
        "support": known.given.get("support"),
    }
    if not judged:
        words = _("The municipality has not written down its supports here yet. A person can tell you.")
        return Ending((Reply(words=(words,)),), then="grants_next", given=given)
    if known.given.get("support"):
        support = grants.by_id[judged[0].support]
        card = checklist(grants, judged[0], support, known.today)
        return Ending((Reply(words=_flagged(judged[0]), card=card, slot="verdict"),), then="grants_next", given=given)
    whole = [each for each in judged if not grants.by_id[each.support].part_of]
    shown = [each for each in whole if each.verdict is not Verdict.NO][:SHOWN_MAX]
    rest = [each for each in whole if each not in shown]
    replies = [Reply(words=(_headline(shown),))]
    replies += [Reply(card=support_card(grants, each, judged, facts, known.today), slot="verdict") for each in shown]
    others = no_card(grants, rest, str(answers.get("about") or ""))
    if others is not None:
        replies.append(Reply(card=others, slot="verdict"))
    return Ending(tuple(replies), then="grants_next", given=given)


def _headline(shown: list[Judgement]) -> Text:
    verdicts = {each.verdict for each in shown}
    if Verdict.FITS in verdicts:
        return _("This fits you. It is guidance: people at the municipality decide.")
    if Verdict.NEARLY in verdicts:
        return _("This nearly fits. I say what is missing and what can be done about it.")
    if Verdict.UNKNOWN in verdicts:
        return _("This may fit. I do not know enough yet to say more.")
    return _("None of the supports here fits what you have told me. There is still a person who can help you on.")


def _flagged(judged: Judgement) -> tuple[Text, ...]:
    words = [_("Here is every condition, as it stands.")]
    if judged.by_person:
        words.append(_("What you assure yourselves is read by a person at the municipality. I do not judge it."))
    return tuple(words)


GRANTS = Flow(
    name="grants",
    title=_("Support and money"),
    intro=_intro,
    steps=(
        Step(
            "about",
            prompt=_("What do you want to do, and what do you need for it? Tell me in your own words."),
            label=_("What you want"),
            read=long_text(),
            why=_("What you write here I do not have to ask about."),
            example=_("We are three friends who want 8,000 kronor for an open bicycle workshop."),
        ),
        *FACT_STEPS,
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
)


# --- and now? -------------------------------------------------------------------------------------------------------------

# TRANSLATORS: buttons, at most 30 characters each.
COACH = Choice("coach", p_("grants", "Ask a human"))
AGAIN = Choice("again", p_("grants", "Ask me again"))
OTHERS_THERE = Choice("others", p_("grants", "Who else is in the house"))
WHATS_ON = Choice("whats_on", p_("grants", "See open activities"))
MENU = Choice("menu", p_("grants", "Something else"))


def _offers(known: Known) -> tuple[Choice, ...]:
    """What can be done about each support that may fit, the best first; a support is named by its place in the pack."""
    grants = _grants(known)
    facts = facts_of(known.given.get("said", {}))
    one = known.given.get("support")
    offers: list[Choice] = []
    house = False
    for judged in judge(grants.rules, facts, known.today):
        support = grants.by_id[judged.support]
        number = grants.supports.index(support)
        if judged.verdict is Verdict.NO or support.part_of or (one and support.id != one):
            continue
        house = house or support.open_activity is not None
        if support.begins_with_dialogue:
            offers.append(Choice(f"talk-{number}", p_("grants", "Talk: {name}", name=content(_first(support)))))
        elif support.draft:
            words = p_("grants", "Draft: {name}", name=content(_first(support)))
            offers.append(Choice(f"draft-{number}", words))
        if parts_of(grants, support.id):
            offers.append(Choice(f"sum-{number}", p_("grants", "Sum: {name}", name=content(_first(support)))))
        if support.once_a_year and not _opened(support, known):
            offers.append(Choice(f"watch-{number}", p_("grants", "Say when: {name}", name=content(_first(support)))))
        if any(each.id == SHARES_HOUSE for each in support.conditions):
            offers.append(OTHERS_THERE)
        if judged.unknown and not one and len(support.conditions) > 1:
            words = p_("grants", "Check: {name}", name=content(_first(support)))
            offers.append(Choice(f"check-{number}", words))
    return (*offers[:6], *((WHATS_ON,) if house else ()), COACH, AGAIN, MENU)


def _first(support: Support) -> str:
    """Its name, or the shortest it goes by where that is too long for a button."""
    return support.name if len(support.name) <= 20 else min(support.names or (support.name,), key=len)


def _do(answers: Answers, known: Known) -> Ending:
    kind, _dash, number = str(answers["do"]).partition("-")
    grants, given = _grants(known), dict(known.given)
    said = given.get("said", {})
    if kind == "watch":
        return _watch(grants.supports[int(number)], given, known)
    if kind == OTHERS_THERE.id:
        return Ending((_others_there(known),), then="grants_next", given=given)
    if number:
        support = grants.supports[int(number)]
        flow = {"talk": "partnership", "draft": "application", "check": "grants", "sum": "grant_sum"}[kind]
        back = {"back": given} if kind == "sum" else {}
        return Ending(
            then=flow,
            given={
                "support": support.id,
                "answers": said,
                "facts": facts_of(said),
                "plan_id": given.get("plan_id"),
                **back,
            },
        )
    if kind == "again":
        return Ending(then="grants", given={"answers": {}})
    if kind == "coach":
        return _ask_a_human(grants, said, known)
    if kind == "whats_on":
        return Ending(then="whats_on", given={"back": given})
    return Ending(then="menu")


# --- when it opens, and who else is there -----------------------------------------------------------------------------------


SHARES_HOUSE = "collaborates_in_house"
"""The condition of a place whose holder works together with others in the house (publication, 4.1: maxi)."""

LOOK_AGAIN = timedelta(days=14)
"""How often the pack is looked at while it says no day; for a year at most."""


def _opened(support: Support, known: Known) -> bool:
    window = next_window(support, known.today)
    return window is not None and window.is_open(known.today)


def _look_at(support: Support, known: Known) -> datetime:
    """When it opens, or, while nobody has written that down, when to look again."""
    window = next_window(support, known.today)
    if window is not None and window.opens is not None:
        return datetime.combine(window.opens, time(9), known.municipality.zone)
    return known.now + LOOK_AGAIN


def _watching(support: Support, until: datetime, known: Known) -> RememberLater:
    data = {"support": support.id, "until": until.isoformat()}
    return RememberLater("support_opens", f"support_opens:{support.id}", _look_at(support, known), data)


def _watch(support: Support, given: Mapping[str, Any], known: Known) -> Ending:
    window = next_window(support, known.today)
    name = content(support.name)
    if window is not None and window.opens is not None:
        words = _("“{name}” opens on {day}. I tell you then.", name=name, day=window.opens)
    else:
        words = _("The municipality has not told me yet when “{name}” opens. I look every other week, for a year, and tell you. A "
                  "human can say more.", name=name)  # fmt: skip
    watching = _watching(support, known.now + timedelta(days=365), known)
    reach: tuple[tuple[str, Mapping[str, Any]], ...] = () if known.facts.get("reachable") else (("reach", {}),)
    return Ending((Reply(words=(words,)),), (watching,), then="grants_next", given=given, after=reach)


def support_opens(state: State, input: Input, known: Known) -> Turn:
    """Somebody wanted to know when a support can be applied for."""
    support = _grants(known).support(str(input.data["support"]))
    if support is None:
        return Turn(state)
    name, until = content(support.name), datetime.fromisoformat(input.data["until"])
    if _opened(support, known):
        window = next_window(support, known.today)
        words = [_("You wanted to know: “{name}” can be applied for now.", name=name)]
        if window is not None and window.closes:
            words.append(_("Open until {day}.", day=window.closes))
        return Turn(state, (Reply(words=tuple(words), choices=(Choice("f:grants", GRANTS.title),), serial=0),))
    if known.now >= until:
        words = [
            _(
                "For a year I have looked when “{name}” opens, and it stands nowhere. Please ask a human here.",
                name=name,
            )
        ]
        return Turn(state, (Reply(words=tuple(words), choices=(button(Move.HUMAN),), serial=0),))
    return Turn(state, effects=(_watching(support, until, known),))


CLOCK = {"support_opens": support_opens}
"""What happens when something about supports falls due."""

REMINDERS = frozenset(CLOCK)
"""Of these whoever wants no messages hears nothing."""


def _others_there(known: Known) -> Reply:
    """Who is in the house and has told everybody of something open; nobody who has not agreed to be shown."""
    found = known.lookup("open_activities") or []
    told = {
        str(each["who"]): title_of(each) for each in reversed(found) if each.get("who") and each.get("where") == "house"
    }
    if not told:
        words = _(
            "Nobody in the house has told everybody of something open yet. The staff know who is there: ask a human."
        )
        return Reply(words=(words,))
    # TRANSLATORS: a line of a list: who is in a house, and what they have told of.
    listed = [_("• {who}: {title}", who=who, title=title) for who, title in told.items()]
    return Reply(words=(_("These are in the house, and have told of something open. You may have something in common:"),
                        lines(listed)))  # fmt: skip


def _ask_a_human(grants: Grants, answers: Answers, known: Known) -> Ending:
    """A case with everything said, and what is to be read by a person."""
    note = _note(grants, answers, known)
    case = OpenCase("coach", known.municipality.answer_by(known.now), "grants", answers, note)
    reached = bool(known.facts.get("reachable"))
    return Ending((Reply(words=(human_words(known),)),), (case,), then=None if reached else "reach")


def _note(grants: Grants, answers: Answers, known: Known) -> str:
    """For staff, in Swedish as the pack has it: the verdicts, and what the applicant has only assured."""
    lines = []
    for judged in judge(grants.rules, facts_of(answers), known.today):
        support = grants.by_id[judged.support]
        if judged.verdict is not Verdict.NO:
            assured = [
                grants.conditions[each.id].label
                for each in judged.findings
                if each.id in judged.by_person and each.state == "met"
            ]
            flag = f" (intygat, läs: {', '.join(assured)})" if assured else ""
            lines.append(f"{support.name}: {judged.verdict}{flag}")
    return "\n".join(lines)


NEXT = Flow(
    name="grants_next",
    title=_("What to do about the support"),
    steps=(
        Step(
            "do",
            prompt=_("What would you like to do now?"),
            label=_("What to do"),
            read=one_choice(_offers),
            must=True,
        ),
    ),
    finish=_do,
    personal=False,
    passing=True,
)
