"""What the parts of a support come to with an association's own numbers, where the municipality has put in its amounts.

It is arithmetic and no promise: the municipality decides (publication, 3.1). Without amounts nothing here is offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.flows.model import Answers, Card, Ending, Flow, Known, Problem, Reply, Step, Suggestion
from bot.flows.read import whole_number
from bot.i18n import Ltr, Sek, Text, Value, _, content, n_, p_
from bot.i18n.markup import NBSP
from bot.packs.model import Grants, Support
from bot.rules.facts import Facts
from bot.rules.support_sum import BOYS, GIRLS, SESSIONS, WITH_TWO, Line, Part, needed, worked_out

NUMBERS_MAX = 100_000


def parts_of(grants: Grants | None, support_id: str) -> tuple[Part, ...]:
    """The parts of a support that can be worked out here."""
    return grants.parts_paid(support_id) if grants else ()


def _support(known: Known) -> Support | None:
    grants = known.municipality.grants
    return grants.support(str(known.given.get("support") or "")) if grants else None


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    support = _support(known)
    return needed(parts_of(known.municipality.grants, support.id)) if support else ()


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """How many girls and boys take part has often been said already."""
    facts: Facts = given.get("facts") or {}
    return {name: int(facts[name]) for name in (GIRLS, BOYS) if isinstance(facts.get(name), int)}


def _at_most_all(value: Any, answers: Answers, known: Known) -> Problem | None:
    if SESSIONS in answers and value > answers[SESSIONS]:
        return Problem(_("That is more than all of them: {count}. How many of these have two or more leaders?",
                         count=answers[SESSIONS]))  # fmt: skip
    return None


def _all_of_them(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """Where two leaders are there each time, it is all of them."""
    facts = known.given.get("facts") or {}
    if SESSIONS not in answers or int(facts.get("leaders_per_session") or 0) < 2:
        return ()
    return (Suggestion("all", p_("sum", "All of them"), answers[SESSIONS], by_yes=True),)


def money(amount: Decimal) -> Value:
    """Kronor, with öre where there are any."""
    if amount == amount.to_integral_value():
        return Sek(int(amount))
    return Ltr(f"{amount:,.2f}".replace(",", NBSP).replace(".", ",") + f"{NBSP}kr")


def _times(line: Line) -> Text:
    """How a part was worked out: so many times so much."""
    return _("{count} times {amount} is {sum}", count=line.count, amount=money(line.part.sek), sum=money(line.sek))


def card(support: Support, grants: Grants, lines: tuple[Line, ...], total: Decimal) -> Card:
    """The parts with the applicant's own numbers, and their sum."""
    rows: list[tuple[Text, Value]] = [(content(grants.by_id[line.part.id].name), _times(line)) for line in lines]
    rows.append((_("Together"), money(total)))
    return Card(content(support.name), tuple(rows))


def _finish(answers: Answers, known: Known) -> Ending:
    support, grants = _support(known), known.municipality.grants
    if support is None or grants is None:
        return Ending(then="grants")
    parts = parts_of(grants, support.id)
    lines, total = worked_out(parts, {name: value for name, value in answers.items() if isinstance(value, int)})
    given = {**known.given.get("back", {})}
    if not lines:
        words = _("I need at least one number to work anything out. Come back when you know it.")
        return Ending((Reply(words=(words,)),), then="grants_next", given=given)
    said = [
        _(
            "This is worked out from your numbers and the municipality's amounts. It is no promise: the municipality decides."
        )
    ]
    if len(lines) < len(parts):
        said.append(n_("{count} part is left out, because a number is missing.",
                       "{count} parts are left out, because numbers are missing.", len(parts) - len(lines)))  # fmt: skip
    reply = Reply(words=tuple(said), card=card(support, grants, lines, total))
    return Ending((reply,), then="grants_next", given=given)


GRANT_SUM = Flow(
    name="grant_sum",
    title=_("Work out a support from your numbers"),
    steps=(
        Step(SESSIONS, prompt=_("How many group activities with a leader do you have in the time you apply for?"),
             label=p_("sum", "Led activities"), read=whole_number(0, NUMBERS_MAX),
             why=_("The fixed part is paid for each of them."), example=_("80: two evenings a week for 40 weeks")),
        Step(WITH_TWO, prompt=_("How many of these have two or more leaders?"), label=p_("sum", "With two leaders"),
             read=whole_number(0, NUMBERS_MAX), suggest=_all_of_them, check=_at_most_all),
        Step(GIRLS, prompt=_("How many girls usually take part each time?"), label=_("Girls who take part"),
             read=whole_number(0, NUMBERS_MAX)),
        Step(BOYS, prompt=_("How many boys usually take part each time?"), label=_("Boys who take part"),
             read=whole_number(0, NUMBERS_MAX)),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    personal=False,
    needs_subject=True,
)  # fmt: skip
