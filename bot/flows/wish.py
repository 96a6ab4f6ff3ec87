"""Something written outside any question: it is understood, and the right flow begins with what the sentence held.

Where it is not sure, the likeliest are offered, and a human. Several wishes are taken one after the other. Flows are
started with `given`: `area`, `people`, `us`, `date`, `time`, `amount`, `topic` as `bot.flows.understanding.Slots` has them,
`text`, the person's own words of this wish, and `said`, the whole message; what it did not say is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from bot.flows.language import choose_one, language_step
from bot.flows.model import Answers, Choice, Ending, Flow, Known, Reply, SetLocale, Step
from bot.flows.named import named
from bot.flows.read import one_choice, yes_no
from bot.flows.read.times import rule_in
from bot.flows.read.typed import fold
from bot.flows.understanding import Understanding, Wish, understand
from bot.i18n import Sek, Text, _, n_, p_

LEADS_TO: Mapping[str, str] = {
    "idea": "idea", "premises": "premises", "grants": "grants", "contact": "contact", "volunteer": "board",
    "need_help": "help_me", "coach": "coach", "language": "language", "my_data": "privacy",
    "report_problem": "contact",
}  # fmt: skip
"""The flow for each intent. One that is not there yet is a matter for a human."""

# TRANSLATORS: buttons, at most 30 characters each: what somebody who wrote freely may have meant.
LABELS: Mapping[str, Text] = {
    "idea": p_("wish", "It is my idea: make a plan"),
    "premises": p_("wish", "I am looking for a room"),
    "grants": p_("wish", "It is about money"),
    "contact": p_("wish", "Who is responsible?"),
    "volunteer": p_("wish", "I want to help"),
    "need_help": p_("wish", "I need help"),
    "language": p_("wish", "Another language"),
    "my_data": p_("wish", "My data"),
    "report_problem": p_("wish", "Something is broken"),
    "coach": p_("wish", "Ask a human about it"),
}
SOMETHING_ELSE = Choice("menu", p_("wish", "Something else"), means="no")

SURE_FROM: Mapping[str, float] = {"language": 0.85}
"""More than the pack's threshold: who wants to teach Swedish is not to find everything in Swedish all at once."""

OFFERED = 3
"""So many likely meanings are offered at most, beside a human."""


def _understood(said: str, known: Known) -> Understanding:
    return understand(
        said,
        today=known.today,
        locale=known.locale,
        municipalities=(known.municipality,),
        preferred=known.municipality.id,
    )


def _choice(said: str, found: Understanding, known: Known) -> str | None:
    """What is done without asking: what is named, or the intent; None where it is not sure or no flow here does it."""
    wish = found.wish
    if found.danger is not None:  # a certain one is answered already, above; then nothing more is asked
        return "menu" if found.danger.certain else None
    answers_it = None if found.wishes else named(said, found, known)
    if answers_it is not None:
        return answers_it
    if not _sure(found, known):
        return None
    if wish.intent == "greeting":
        return "greeting"
    return wish.intent if LEADS_TO.get(wish.intent) in known.flows else None


def _sure(found: Understanding, known: Known) -> bool:
    return found.wish.confidence >= max(known.municipality.sure_from, SURE_FROM.get(found.wish.intent, 0.0))


def _for_a_human(found: Understanding, known: Known) -> bool:
    """It is clear, and no flow here does it."""
    return found.danger is None and _sure(found, known) and found.wish.intent in LABELS


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    said = given.get("said", "")
    choice = _choice(said, _understood(said, known), known)
    return {"what": choice} if choice else {}


def _written(known: Known) -> str | None:
    """The language on offer here that somebody writes in although they are answered in another; None where it is the same.

    Nobody is asked for it where more than the language is at stake, or who has staff write for them.
    """
    found = _understood(known.given.get("said", ""), known)
    if (
        found.danger is not None
        or found.surely_in is None
        or known.channel == "phone"
        or found.wish.intent == "language"
    ):
        return None
    spoken, present = found.surely_in.partition("-")[0], known.locale.partition("-")[0]
    fitting = (tag for tag in known.offered if tag.partition("-")[0] == spoken)
    return None if spoken == present else next(fitting, None)


def _languages(known: Known) -> tuple[str, ...]:
    return tuple(tag for tag in (_written(known), known.locale) if tag is not None)


def _keeps_language(answers: Answers, known: Known) -> bool:
    return answers.get("language") in (None, known.locale)


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """The language first, where there is a choice; the rest is asked in the one that was chosen."""
    if "language" not in answers and _written(known) is not None:
        return ("language",)
    return ("what",) if _keeps_language(answers, known) else ()


def _offered(known: Known) -> tuple[Choice, ...]:
    """The likeliest that can be done here, then a human, then the menu."""
    found = _understood(known.given.get("said", ""), known)
    ranked = [found.wish.intent, *(name for name, confidence in found.alternatives if confidence >= 0.05)]
    likely = [name for name in ranked if name in LABELS and name != "coach" and LEADS_TO[name] in known.flows]
    buttons = [Choice(name, LABELS[name]) for name in likely[:OFFERED]]
    coach = Choice("coach", LABELS["coach"], means="yes" if _for_a_human(found, known) else "")
    return (*buttons, coach, SOMETHING_ELSE)


def _prompt(answers: Answers, known: Known) -> Text:
    said = known.given.get("said", "")
    found = _understood(said, known)
    if _for_a_human(found, known):
        return _("You wrote: {said}. A human can help you with that. Shall I ask one?", said=said)
    if len(_offered(known)) > 2:
        return _("You wrote: {said}. I am not sure what you want. Is it one of these?", said=said)
    return _("You wrote: {said}. What shall we do with it?", said=said)


def _finish(answers: Answers, known: Known) -> Ending:
    said = known.given.get("said", "")
    if not _keeps_language(answers, known):
        return Ending(effects=(SetLocale(answers["language"]),), then="wish", given={"said": said})
    what = answers["what"]
    found = _understood(said, known)
    if what == "greeting":
        return Ending((Reply(words=(_("Hello! I am here to help you."),)),), then="menu")
    if what == "menu":
        return Ending(then="menu")
    if what not in LEADS_TO:  # what is named, rather than wished for
        given = {**_said(found.wish), "text": said, "said": said, "named": True, "language": found.locale}
        return Ending(then=what, given=given)
    first = found.wish if found.wish.intent == what else Wish(what, 1.0, found.wish.slots, said)
    if what == "idea" and first.slots.amount is None:  # a plan has room for the sum that another wish of it names
        amount = next((wish.slots.amount for wish in found.wishes if wish.slots.amount is not None), None)
        first = replace(first, slots=replace(first.slots, amount=amount))
    later = [_kept(wish, first, said) for wish in found.wishes if wish.intent != what]
    return _begun(_kept(first, first, said, language=found.language), later, known)


def _kept(wish: Wish, first: Wish, said: str, *, language: str | None = None) -> dict[str, Any]:
    """A wish as plain values. What it does not say itself, it takes from the first one of the same message; the topic is
    always the first one's, since a later wish names what that needs."""
    topic = {"topic": first.slots.topic} if first.slots.topic else {}
    slots = {**_said(first), **_said(wish), **topic}
    return {"intent": wish.intent, "slots": slots, "text": wish.text, "said": said, "language": language}


def _said(wish: Wish) -> dict[str, Any]:
    said = {name: value for name, value in wish.slots.as_dict().items() if value is not None}
    return said | {"us": True} if wish.slots.us else said


def _begun(wish: Mapping[str, Any], later: list[dict[str, Any]], known: Known) -> Ending:
    """The flow of a wish, started with what was said; the wishes after it wait below."""
    name = LEADS_TO[wish["intent"]]
    after = (("also", {"wishes": later}),) if later else ()
    if wish["intent"] == "language":
        asked = wish["language"] if wish["language"] in known.offered else None
        return Ending(then=name, given={"answers": {"language": asked}} if asked else {}, after=after)
    if name == "coach":
        about = {"about": wish["text"]} if len(wish["text"].split()) > 5 else {}
        return Ending(then=name, given={"answers": about} if about else {}, after=after)
    if name == "privacy":
        return Ending(then=name, after=after)
    slots = dict(wish["slots"])
    series = rule_in(fold(wish["text"]), known.locale, known.today)
    if series is not None and series.first is None:  # "on Tuesdays" does not say that the next one is the first
        slots.pop("date", None)
    noted = () if name == "premises" else _noted(slots)  # which reads times itself, and shows what it has read
    given = {**slots, "text": wish["text"], "said": wish["said"]}
    return Ending(noted, then=name, given=given, after=after)


def _noted(slots: Mapping[str, Any]) -> tuple[Reply, ...]:
    """What is taken along, so that a misunderstanding is seen at once."""
    facts: list[Any] = [slots["area"]] if "area" in slots else []
    if "people" in slots:
        facts.append(n_("{count} person", "{count} people", slots["people"]))
    if "date" in slots:
        facts.append(date.fromisoformat(slots["date"]))
    if "time" in slots:
        facts.append(time.fromisoformat(slots["time"]))
    if "amount" in slots:
        facts.append(Sek(slots["amount"]))
    if not facts:
        return ()
    return (Reply(words=(_("I have noted: {facts}. You can change it later.", facts=tuple(facts)),)),)


WISH = Flow(
    name="wish",
    title=_("What you wrote"),
    steps=(
        language_step(lambda answers, known: choose_one(_languages(known)), _languages),
        Step("what", prompt=_prompt, label=_("What to do with it"), read=one_choice(_offered), must=True),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    personal=False,
    passing=True,
)


# --- One wish after the other ------------------------------------------------------------------------------------------


def _also_prompt(answers: Answers, known: Known) -> Text:
    wish = known.given["wishes"][0]
    return _("You also wrote: {said}. Shall we go on with that?", said=wish["text"])


def _also_finish(answers: Answers, known: Known) -> Ending:
    wish, *later = known.given["wishes"]
    if answers["go_on"]:
        if LEADS_TO[wish["intent"]] in known.flows:
            return _begun(wish, later, known)
        after = (("also", {"wishes": later}),) if later else ()
        return Ending(then="coach", given={"answers": {"about": wish["said"]}}, after=after)
    return Ending(then="also", given={"wishes": later}) if later else Ending(then="menu")


ALSO = Flow(
    name="also",
    title=_("What else you wrote"),
    steps=(Step("go_on", prompt=_also_prompt, label=_("Go on with it"), read=yes_no(), must=True),),
    finish=_also_finish,
    personal=False,
    needs_subject=True,
)
