"""An application, filled in together: what is there already is not asked again, and what is missing is named.

Which fields it has, and which are needed, the pack says (`attach` of the support). Sending it makes a case. The time in
which an answer is promised begins when it is complete, not before (publication 2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.flows import plan as plans
from bot.flows.grants import CHOICES, FACT_STEPS, FIELDS, TYPES
from bot.flows.model import (
    Answers,
    Attachment,
    Card,
    Choice,
    Ending,
    FileCase,
    Flow,
    Known,
    Problem,
    Reply,
    Step,
)
from bot.flows.paper import Paper
from bot.flows.promises import human_words
from bot.flows.read import Column, day, long_text, many_choices, money, one_choice, place, rows, text, yes_no
from bot.flows.verdicts import condition_words, said
from bot.i18n import Made, Sek, Text, Value, _, content, p_
from bot.packs.model import Grants, Support
from bot.packs.model.support import RULES_WITH
from bot.rules.grants import State, judge
from bot.rules.registered import account, organisation_number

ACCOUNTS: Mapping[str, Text] = {
    "bankgiro": _("Bankgiro {number}"),
    "plusgiro": _("Plusgiro {number}"),
    "bank": _("Bank account {number}"),
}


_IN_FIELDS = frozenset(
    {"type", "persons", "open", "public_benefit", "amount", "cofinance", "idelabbet_contact", "formal_missing"}
)
"""Facts that an application's fields and papers hold."""

_FACTS = {step.name: step for step in FACT_STEPS if step.name not in _IN_FIELDS}
"""The questions about all others; they are asked where a condition of the support wants to know."""


# --- what it holds --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """How far an application has come: `percent` of what is needed is there; `missing` says what is not, and how to get it."""

    percent: int
    missing: tuple[tuple[Text, Text], ...]

    @property
    def complete(self) -> bool:
        return not self.missing


def support_of(known: Known, answers: Answers) -> Support | None:
    """The support that is applied for: the one the flow was begun with."""
    grants = known.municipality.grants
    return grants.support(str(known.given.get("support", ""))) if grants else None


def facts_of(answers: Answers) -> dict[str, Any]:
    """What an application says, as the rules want it. Whoever sends it here is in touch with the idea lab."""
    said = {
        **{name: answers.get(name) for name in _FACTS},
        "type": answers.get("type"),
        "persons": len(answers["people"]) if answers.get("people") else None,
        "open": answers.get("open"),
        "public_benefit": True if answers.get("benefit") else None,
        "amount": answers.get("amount"),
        "idelabbet_contact": True,
    }
    return {name: value for name, value in said.items() if value is not None}


def readiness(grants: Grants, support: Support, answers: Answers, now: datetime) -> Ready:
    """What is there and what is not: the fields the pack needs, its papers, and the conditions that are not met."""
    judged = judge((support.rule,), facts_of(answers), now.date())[0]
    papers = answers.get("papers") or ()
    needed = [each for each in support.attach if each.required]
    lacking = [each for each in needed if not (_is_filled(answers, each.id) or each.id in papers)]
    unmet = [
        each
        for each in judged.findings
        if not each.id.startswith(RULES_WITH)  # a person knows those rules, and nobody who applies can meet them
        and (each.state is State.MISSING or (each.state is State.UNKNOWN and not _is_asked_by_field(each.id, lacking)))
    ]
    missing = [(content(each.name), content(each.how)) for each in lacking]
    for each in unmet:
        words = condition_words(grants, support, each.id)
        missing.append(
            (said(words.label, support=support, finding=each), said(words.how_to_fix, support=support, finding=each))
        )
    whole = len(needed) + len(judged.findings)
    there = whole - len(missing) - sum(each.state is State.UNKNOWN and each not in unmet for each in judged.findings)
    return Ready(100 * there // whole if whole else 100, tuple(missing))


def _is_filled(answers: Answers, field: str) -> bool:
    """Whether a field is answered; those who apply must each be reachable."""
    if field == "people":
        return bool(answers.get("people")) and all(row.get("contact") for row in answers["people"])
    return answers.get(field) not in (None, "", [])


_FIELD_OF = {"min_persons": "people", "open_activity": "open", "public_benefit": "benefit", "amount_max": "amount"}


def _is_asked_by_field(condition_id: str, lacking: list[Any]) -> bool:
    """Whether a condition is unknown only because its field is empty: then the field is named, not both."""
    return any(_FIELD_OF.get(condition_id) == each.id for each in lacking)


def account_words(said_: str) -> Text | None:
    found = account(said_)
    return None if found is None else Text(ACCOUNTS[found.kind].message, values=(("number", found.number),))


def application_rows(answers: Answers) -> tuple[tuple[Text, Value], ...]:
    """What is filled in, as label and words."""
    area = answers.get("place") or {}
    number = answers.get("account")
    when = answers.get("day")
    kinds: list[tuple[Text, Value | None]] = [
        (_("Who applies"), TYPES.get(str(answers.get("type")))),
        (_("Organisation number"), answers.get("organisation_number")),
        (_("What happens"), answers.get("activity")),
        (_("Who benefits"), answers.get("benefit")),
        (_("Open to everyone"), None if answers.get("open") is None else _yes_no(answers["open"])),
        (_("Who applies together"), tuple(_person(row) for row in answers.get("people") or ()) or None),
        (_("Day"), datetime.fromisoformat(when).date() if when else None),
        (_("Place"), area.get("area") or area.get("said") if isinstance(area, dict) else area),
        (_("Kronor applied for"), Sek(answers["amount"]) if answers.get("amount") is not None else None),
        (_("Own money or other funders"), Sek(answers["cofinance"]) if answers.get("cofinance") else None),
        (_("Pay to"), account_words(number) if number else None),
    ]
    kinds += [(step.label, _fact(name, answers[name])) for name, step in _FACTS.items() if name in answers]
    return tuple((label, value) for label, value in kinds if value is not None)


def _fact(name: str, value: Any) -> Value:
    if name == "sectors":
        return tuple(FIELDS[each] for each in value)
    if isinstance(value, bool):
        return _yes_no(value)
    return CHOICES[name][value] if name in CHOICES else int(value)


def _yes_no(value: bool) -> Text:
    return p_("answer", "Yes") if value else p_("answer", "No")


def _person(row: Mapping[str, Any]) -> Value:
    contact = row.get("contact")
    return _("{name} ({contact})", name=row["name"], contact=contact) if contact else str(row["name"])


def application_paper(grants: Grants, support: Support, answers: Answers, now: datetime) -> Paper:
    """The application as a page."""
    ready = readiness(grants, support, answers, now)
    budget = tuple((row["what"], row["amount"]) for row in answers.get("budget") or ())
    notes = [_("A program made this page from what the applicants wrote. People at the municipality decide.")]
    if not ready.complete:
        notes.insert(0, _("This application is not complete yet: {percent} % is there.", percent=ready.percent))
    return Paper(
        kind=_("Application for {support}", support=content(support.name)),
        title=plans.short_title(str(answers.get("activity") or "")) or content(support.name),
        rows=application_rows(answers),
        budget=budget,
        open=tuple(_("{what}: {how}", what=what, how=how) for what, how in ready.missing),
        notes=tuple(notes),
    )


# --- the questions --------------------------------------------------------------------------------------------------------


def _asks(known: Known) -> tuple[str, ...]:
    """The fields the pack asks for, in its order; before them who applies and what else a condition wants to know."""
    support = support_of(known, {})
    if support is None:
        return ()
    fields = [each.id for each in support.attach if APPLICATION.step(each.id)]
    papers = ["papers"] if _papers(known) else []
    return (*(name for name in ("type", *_FACTS) if name in _wants(support)), *fields, *papers)


def _wants(support: Support) -> frozenset[str]:
    """The facts that decide the support's conditions."""
    return frozenset(name for check in support.rule.checks if check.need for name in check.need.facts())


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in _asks(known) if name not in answers and name not in left)


def _papers(known: Known) -> tuple[Choice, ...]:
    """What is to be sent along that is no question here: papers one has or has not."""
    support = support_of(known, {})
    steps = {"activity", "benefit", "open", "people", "day", "place", "budget", "amount", "cofinance", "account",
             "organisation_number", "type"}  # fmt: skip
    return tuple(
        Choice(each.id, content(each.name)) for each in (support.attach if support else ()) if each.id not in steps
    )


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What has been said already: in the questions about support, and in the plan."""
    said_ = dict(given.get("answers", {}))
    begun: dict[str, Any] = {}
    if given.get("plan_id") is not None and (found := known.lookup("plan", plan_id=given["plan_id"])):
        begun = _from_plan(found["answers"])
    elif said_.get("about"):
        begun["activity"] = said_["about"]
    grants = known.municipality.grants
    support = grants.support(str(given.get("support", ""))) if grants else None
    wants = _wants(support) if support else frozenset()
    for name in ("type", "open", "amount", *(step.name for step in APPLICATION.steps)):
        if name in said_ and (name not in _FACTS or name in wants):
            begun[name] = said_[name]
    if support is not None and support.amount.max_sek and begun.get("amount", 0) > support.amount.max_sek:
        del begun["amount"]  # it is asked for again, and the limit said
    return begun


def _from_plan(answers: Answers) -> dict[str, Any]:
    """A project plan's answers as an application's."""
    first = (answers.get("when") or {}).get("first") or {}
    costs = answers.get("money") or []
    taken: dict[str, Any] = {
        "activity": answers.get("idea"),
        "benefit": answers.get("why"),
        "day": first.get("day"),
        "place": (answers.get("where") or {}).get("area"),
        "budget": costs or None,
        "amount": sum(row["amount"] for row in costs) or None,
    }
    return {name: value for name, value in taken.items() if value is not None}


def _people_prompt(answers: Answers, known: Known) -> Text:
    """Who is in stands in the plan, but not how they are reached."""
    plan_id = known.given.get("plan_id")
    found = known.lookup("plan", plan_id=plan_id) if plan_id is not None else None
    names = tuple(row["name"] for row in found["answers"].get("who") or ()) if found else ()
    if names:
        return _(
            "Who applies together? In your plan are {names}. Write each with a way to reach them, one on each line.",
            names=names,
        )
    return _("Who applies together? Write a name and a way to reach them, one person on each line.")


def _check_amount(value: Any, answers: Answers, known: Known) -> Problem | None:
    """The sum is within what the support gives and within the budget."""
    support = support_of(known, answers)
    if support is not None and support.amount.max_sek and value > support.amount.max_sek:
        words = _(
            "{support} is at most {limit}. Write a lower sum, and tell me afterwards who pays the rest.",
            support=content(support.name), limit=Sek(support.amount.max_sek),
        )  # fmt: skip
        return Problem(words)
    total = sum(row["amount"] for row in answers.get("budget") or ())
    if total and value > total:
        return Problem(_("Your budget comes to {total}. Apply for that much at most.", total=Sek(total)))
    return None


def _check_account(value: Any, answers: Answers, known: Known) -> Problem | None:
    if account(str(value)) is None:
        words = _(
            "I could not read that as a bankgiro, plusgiro or bank account. One digit may be wrong. Write bankgiro or plusgiro before the number, or a clearing number and an account number."
        )
        return Problem(words)
    return None


def _check_organisation(value: Any, answers: Answers, known: Known) -> Problem | None:
    if organisation_number(str(value)) is None:
        return Problem(
            _(
                "That is no organisation number: one digit may be wrong. It has ten digits, with a dash before the last four."
            )
        )
    return None


def _card(answers: Answers, known: Known) -> Card:
    support, grants = support_of(known, answers), known.municipality.grants
    if support is None or grants is None:
        return Card(_("Your application"), ())
    ready = readiness(grants, support, answers, known.now)
    table = [*application_rows(answers)]
    if answers.get("budget"):
        lines = tuple(_("{what}: {amount}", what=row["what"], amount=Sek(row["amount"])) for row in answers["budget"])
        total = sum(row["amount"] for row in answers["budget"])
        table.append((_("Budget"), _("{lines}. Sum: {total}", lines=lines, total=Sek(total))))
    follows = [(_("Ready"), _("{percent} %", percent=ready.percent))]
    follows += [(_("Missing"), _("{what}: {how}", what=what, how=how)) for what, how in ready.missing]
    title = _("Your application for {support}", support=content(support.name))
    return Card(title, (*table, *follows), fixed=len(follows))


def _intro(answers: Answers, known: Known) -> Text:
    return _(
        "We fill in the application together. What you have told me already I do not ask again. Nothing is sent before you say so."
    )


def _finish(answers: Answers, known: Known) -> Ending:
    """Send it: a case at the municipality, whose promised time begins once it is complete."""
    support, grants = support_of(known, answers), known.municipality.grants
    if support is None or grants is None:
        return Ending(then="grants")
    ready = readiness(grants, support, answers, known.now)
    within = support.answer_within_days if ready.complete else None
    answer_by = promised(known, within) if within else known.municipality.answer_by(known.now)
    case = FileCase(
        kind="application",
        flow="application",
        answers={**answers, "support": support.id},
        answer_by=answer_by,
        complete=ready.complete,
        case_id=known.given.get("case_id"),
        note=support.name,
    )
    words = [_sent_words(support, ready, answer_by, known)]
    if not ready.complete:
        names = tuple(what for what, _how in ready.missing)
        words.append(_("Still missing: {things}. You can add it whenever you like, under /mine.", things=names))
    if ready.complete and answers.get("day") and answers["day"] < answer_by.date().isoformat():
        words.append(_("The day you chose comes before that. Talk to a human if you need an answer sooner."))
    caption = _("Your application, to print or keep.")
    replies = (Reply(words=tuple(words)), Reply(attachment=Attachment("case", Made("case"), caption)))
    return Ending(replies, (case,), then=None if known.facts.get("reachable") else "reach")


def promised(known: Known, within_days: int) -> datetime:
    """The end of the promised time: closing time on the last day."""
    day_ = known.today + timedelta(days=within_days)
    return datetime.combine(day_, known.municipality.hours.closes, known.municipality.zone)


def _sent_words(support: Support, ready: Ready, answer_by: datetime, known: Known) -> Text:
    if not ready.complete:
        return _(
            "Sent, though it is not complete yet: {percent} % is there. The time for an answer begins when nothing is missing. A person helps you on, here, by {time} at the latest.",
            percent=ready.percent, time=answer_by,
        )  # fmt: skip
    if support.answer_within_days is None:
        return human_words(known)
    if support.usually_within_days:
        return _(
            "Sent, and complete. You get an answer here by {time} at the latest, and mostly within {days} days.",
            time=answer_by, days=support.usually_within_days,
        )  # fmt: skip
    return _("Sent, and complete. You get an answer here by {time} at the latest.", time=answer_by)


APPLICATION = Flow(
    name="application",
    title=_("An application"),
    intro=_intro,
    steps=(
        Step("type", prompt=_("Who applies?"), label=_("Who applies"),
             read=one_choice(tuple(Choice(id, label) for id, label in TYPES.items()))),
        Step("activity", prompt=_("What are you going to do?"), label=_("What happens"), read=long_text(),
             why=_("Your own words go into the application as you write them.")),
        Step("benefit", prompt=_("Who benefits from it, and how?"), label=_("Who benefits"), read=long_text(),
             example=_("Young people in our area get somewhere to go on Thursdays.")),
        Step("open", prompt=_("May everyone come who wants to?"), label=_("Open to everyone"), read=yes_no()),
        Step(
            "people",
            prompt=_people_prompt,
            label=_("Who applies together"),
            read=rows((Column("name", _("Name"), "text"), Column("contact", _("Phone or e-mail"), "text", may_be_empty=True)),
                      max_rows=30, at_least=1),
            why=_("So that whoever reads the application can reach you. Ask the others first whether it is all right."),
        ),
        Step("day", prompt=_("Which day will it be?"), label=_("Day"), read=day()),
        Step("place", prompt=_("Where will it be?"), label=_("Place"), read=place()),
        Step(
            "budget",
            prompt=_("What will the money go to? Write one thing on each line, with the sum."),
            label=_("Budget"),
            read=rows((Column("what", _("What"), "text"), Column("amount", _("Kronor"), "money")), max_rows=40, at_least=1),
            example=_("Coffee 500, room 2000, posters 300"),
        ),
        Step("amount", prompt=_("How many kronor do you apply for?"), label=_("Kronor applied for"), read=money(),
             check=_check_amount),
        Step("cofinance", prompt=_("How many kronor do you pay yourselves, or does somebody else pay?"),
             label=_("Own money or other funders"), read=money()),
        Step("organisation_number", prompt=_("What is the organisation number?"), label=_("Organisation number"),
             read=text(max_chars=40), check=_check_organisation),
        Step("account", prompt=_("Which account shall the money be paid to, if you get it?"), label=_("Pay to"),
             read=text(max_chars=60), check=_check_account,
             why=_("So that nobody has to ask you again. You can leave it open.")),
        Step("papers", prompt=_("Which of these do you have? Those that you lack I tell you how to get."),
             label=_("Papers"), read=many_choices(_papers)),
        *_FACTS.values(),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    card=_card,
    review=True,
    needs_subject=True,
)  # fmt: skip
