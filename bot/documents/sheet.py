"""The words of a printed plan, in the reader's language and then in Swedish. The PDF and the web page both draw these.

Labels, days and lists are in the language of their sheet. What the resident wrote stays as written, in both: it is
never translated, only marked with its language and direction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from bot.flows.paper import Paper
from bot.flows.plan import RHYTHMS, NextStep, Plan, rows
from bot.i18n import Sek, Text, Value, _, formats, p_
from bot.i18n.catalogues import current
from bot.i18n.locales import SOURCE
from bot.i18n.locales import locale as row_of
from bot.i18n.markup import clean, plain
from bot.i18n.render import lang_of, render

_SCRIPTS = {
    "ARABIC": "Arab",
    "CYRILLIC": "Cyrl",
    "ETHIOPIC": "Ethi",
    "HEBREW": "Hebr",
    "LATIN": "Latn",
    "THAI": "Thai",
}  # the first word of a letter's Unicode name

_SWEDISH = ("sv", "sv-simple")

_PHONE = re.compile(r"(?<![\d+])[+0]\d*(?:[ \u00a0\-–/()]{1,2}\d+)+")


@dataclass(frozen=True, slots=True)
class Words:
    """One line of plain words. `lang` is a BCP-47 tag, or empty when nobody knows; `dir` is `ltr` or `rtl`."""

    words: str
    lang: str
    dir: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the timeline. `kind` is now, step, first or rhythm."""

    when: Words
    what: Words
    kind: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The plan in one language. Headings are `*_title`; what has nothing to show is empty."""

    lang: str
    dir: str
    kind: Words
    title: Words
    made: Words
    timeline_title: Words
    timeline: tuple[Moment, ...]
    facts_title: Words
    facts: tuple[tuple[Words, tuple[Words, ...]], ...]
    steps_title: Words
    steps: tuple[tuple[tuple[Words, ...], Words], ...]
    open_title: Words
    open: tuple[Words, ...]
    budget_title: Words
    budget_columns: tuple[Words, Words]
    budget: tuple[tuple[Words, Words], ...]
    budget_sum: tuple[Words, Words]
    scan: Words
    notes: tuple[Words, ...]
    unprintable: Words


def sheets(
    plan: Plan | Paper, *, locale: str, municipality_name: str, lab: str, made_on: date, living: bool
) -> tuple[Sheet, ...]:
    """The plan, or another paper, in `locale`, and in Swedish after it when that is another language.

    `living` says that the sheet leads back to the plan on the web.
    """
    tags = (locale,) if locale in _SWEDISH else (locale, "sv")
    drawn = []
    for tag in tags:
        writer, second = _Writer(tag, locale), tag != locale
        if isinstance(plan, Paper):
            drawn.append(writer.paper(plan, municipality_name, lab, made_on, second=second))
        else:
            drawn.append(writer.sheet(plan, municipality_name, lab, made_on, second=second, living=living))
    return tuple(drawn)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes in the language `tag` what a speaker of `spoken` has told."""

    tag: str
    spoken: str

    def sheet(self, plan: Plan, municipality: str, lab: str, made_on: date, *, second: bool, living: bool) -> Sheet:
        return Sheet(
            lang=self.tag,
            dir=row_of(self.tag).dir,
            kind=self.said(_kind(second)),
            title=next(iter(self.own(_one_line(plan.title))), self.said(_("A plan that has no name yet"))),
            # TRANSLATORS: stands under the title. {lab} is the name of the municipality's idea lab.
            made=self.said(
                _("Written down on {day} with {lab}, {municipality}.", day=made_on, lab=lab, municipality=municipality)
            ),
            timeline_title=self.said(_("When it happens")),
            timeline=tuple(self.timeline(plan, made_on)),
            facts_title=self.said(_("The plan in short")),
            facts=tuple(self.facts(plan)),
            steps_title=self.said(_steps_title(plan)),
            steps=tuple((tuple(self.lines(step.what)), self.said(_who_and_when(step))) for step in plan.next_steps),
            # TRANSLATORS: heading of a list with boxes to tick: what the resident does not know yet.
            open_title=self.said(p_("plan", "Still open")),
            open=tuple(self.said(text) for text in plan.open),
            budget_title=self.said(_("Budget")),
            # TRANSLATORS: head of the budget's first column: what money is spent on.
            budget_columns=(
                self.said(p_("budget", "What")),
                # TRANSLATORS: head of the budget's second column: amounts in kronor.
                self.said(p_("budget", "Cost")),
            ),
            budget=tuple((self.line(_one_line(what)), self.line(Sek(amount))) for what, amount in plan.budget),
            # TRANSLATORS: last line of the budget: all costs together.
            budget_sum=(self.said(p_("budget", "Sum")), self.line(Sek(plan.total_sek))),
            # TRANSLATORS: beside a square code that a phone's camera reads; the same words are a link on the screen.
            scan=self.said(_("This plan can be changed. Scan the code to open it.")),
            notes=tuple(self.notes(second)),
            unprintable=self.said(_unprintable(living)),
        )

    def paper(self, paper: Paper, municipality: str, lab: str, made_on: date, *, second: bool) -> Sheet:
        """An application or a brief: no timeline and no steps, and what is missing in place of what is open."""
        empty = Plan("", None, None, None, (), None, None, (), None, None, None, None, paper.budget, None, (), (), ())
        sheet = self.sheet(empty, municipality, lab, made_on, second=second, living=False)
        title = self.own(_one_line(paper.title)) if isinstance(paper.title, str) else self.lines(paper.title)
        notes = [*(self.said(note) for note in paper.notes), *list(self.notes(second))[1:]]
        return replace(
            sheet,
            kind=self.said(paper.kind),
            title=next(iter(title), self.said(paper.kind)),
            timeline=(),
            # TRANSLATORS: heading of what an application or a brief holds.
            facts_title=self.said(p_("paper", "In short")),
            facts=tuple((self.said(label), tuple(self.lines(value))) for label, value in paper.rows),
            # TRANSLATORS: heading of what an application still lacks, with boxes to tick.
            open_title=self.said(p_("paper", "Still missing")),
            open=tuple(self.said(text) for text in paper.open),
            notes=tuple(notes),
        )

    def facts(self, plan: Plan) -> Iterator[tuple[Words, tuple[Words, ...]]]:
        """What is known; the money and the days have a table and a timeline of their own."""
        for label, value in rows(replace(plan, budget=(), first_day=None, rhythm=None)):
            if lines := tuple(self.lines(value)):
                yield self.said(label), lines

    def timeline(self, plan: Plan, made_on: date) -> Iterator[Moment]:
        # TRANSLATORS: a point of the timeline: the day on which the plan was written down.
        dated = [(made_on, Moment(self.line(made_on), self.said(p_("timeline", "The plan is made")), "now"))]
        for number, step in enumerate(plan.next_steps[:3], start=1):
            if step.day:
                # TRANSLATORS: a point of the timeline; the steps are listed with their numbers below it.
                what = self.said(p_("timeline", "Step {number}", number=str(number)))
                dated.append((step.day, Moment(self.line(step.day), what, "step")))
        # TRANSLATORS: a point of the timeline: the first time that what is planned takes place.
        first = self.said(p_("timeline", "First time"))
        if plan.first_day:
            # TRANSLATORS: a day with its weekday, and a time of day such as 18:00.
            when = _("{day} at {time}", day=plan.first_day, time=plan.first_time) if plan.first_time else plan.first_day
            dated.append((plan.first_day, Moment(self.line(when), first, "first")))
        yield from (moment for _day, moment in sorted(dated, key=lambda pair: pair[0]))
        if not plan.first_day:
            # TRANSLATORS: stands under "First time".
            yield Moment(self.said(_("Day not decided yet")), first, "first")
        if plan.rhythm and plan.rhythm != RHYTHMS["once"]:
            # TRANSLATORS: last point of the timeline; under it stands how often, such as "Every week".
            yield Moment(self.line(plan.rhythm), self.said(p_("timeline", "After that")), "rhythm")

    def notes(self, second: bool) -> Iterator[Words]:
        # TRANSLATORS: small print on the plan.
        yield self.said(_("A program made this page from your answers. It is not an application and not a decision."))
        if second:
            # TRANSLATORS: small print on the Swedish page of a plan whose first page is in another language.
            yield self.said(_("What the resident wrote stands here as it was written. It has not been translated."))
        elif self.tag not in (*_SWEDISH, SOURCE["messages"]) and current().review_status(self.tag) == "machine-drafted":
            yield self.said(
                # TRANSLATORS: small print on a page in another language than Swedish.
                _("The headings are translated by a machine and not checked yet. The Swedish page after this applies.")
            )

    def line(self, value: Value) -> Words:
        """A value that is one line."""
        # TRANSLATORS: stands where the resident has left a line of the plan empty.
        return next(iter(self.lines(value)), self.said(p_("plan", "Not said")))

    def lines(self, value: Value) -> Iterator[Words]:
        """Any value as lines: a list has one for each item, the resident's own words keep theirs."""
        match value:
            case str():
                yield from self.own(value)
            case tuple():
                for item in value:
                    yield from self.lines(item)
            case Text():
                yield self.said(value)
            case date():
                yield self.made_words(formats.day_words(value, self.tag))
            case Sek():
                yield replace(self.made_words(formats.kronor(value.amount)), dir="ltr")
            case int():
                yield replace(self.made_words(formats.number(value, self.tag)), dir="ltr")
            case _:
                raise TypeError(f"{type(value).__name__} does not stand in a plan; see bot.flows.plan.Plan")

    def said(self, text: Text) -> Words:
        return said(text, self.tag)

    def made_words(self, words: str) -> Words:
        return Words(words, self.tag, row_of(self.tag).dir)

    def own(self, words: str) -> Iterator[Words]:
        """The resident's words, line by line, each in its own direction."""
        for line in clean(words).split("\n"):
            if line.strip():
                letter = _first_letter(line)
                lang = self.spoken if not letter or _script(letter) == row_of(self.spoken).script else ""
                dir = _dir(letter) or row_of(self.tag).dir
                yield Words(_PHONE.sub(_unturned, line.strip()) if dir == "rtl" else line.strip(), lang, dir, own=True)


def said(text: Text, tag: str) -> Words:
    """One of our sentences, marked with the language it really came out in."""
    lang = lang_of(text, tag)
    return Words(plain(render(text, tag)).replace("\n", " "), lang, row_of(lang).dir)


def _kind(second: bool) -> Text:
    if second:
        # TRANSLATORS: small line above the title of a plan's Swedish page; the page before it is in another language.
        return _("The project plan in Swedish")
    # TRANSLATORS: small line above the title of the printed plan.
    return p_("plan", "Project plan")


def _steps_title(plan: Plan) -> Text:
    if len(plan.next_steps) == 3:
        # TRANSLATORS: heading of a list on the printed plan: what is done first, by whom and by which day.
        return _("Next three steps")
    # TRANSLATORS: as "Next three steps", when there are more or fewer.
    return p_("plan", "Next steps")


def _unprintable(living: bool) -> Text:
    if living:
        # TRANSLATORS: when the resident's text has signs (emoji, rare scripts) that the printed page cannot show.
        return _("Some characters could not be printed. The plan on the web shows them all.")
    # TRANSLATORS: when the resident's text has signs (emoji, rare scripts) that the printed page cannot show.
    return _("Some characters could not be printed.")


def _who_and_when(step: NextStep) -> Text:
    if step.who and step.day:
        # TRANSLATORS: under a step of the printed plan: who does it, and the last day for it.
        return _("{who}, no later than {day}", who=step.who, day=step.day)
    if step.who:
        # TRANSLATORS: under a step of the printed plan: who does it.
        return _("{who}, the day is not decided yet", who=step.who)
    if step.day:
        return _("Nobody has taken this yet. It should be done no later than {day}.", day=step.day)
    return _("Nobody has taken this yet, and the day is not decided yet.")


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _unturned(phone: re.Match[str]) -> str:
    """A phone number between U+2066 and U+2069: inside Arabic words "08-123 45" would show as "45 123-08"."""
    number = phone.group()
    return f"\u2066{number}\u2069" if sum(each.isdecimal() for each in number) >= 7 else number


def _first_letter(words: str) -> str:
    """The first character that has a direction of its own (Unicode Bidirectional Algorithm, rule P2), or nothing."""
    return next((each for each in words if unicodedata.bidirectional(each) in ("L", "R", "AL")), "")


def _dir(letter: str) -> str:
    return ("ltr" if unicodedata.bidirectional(letter) == "L" else "rtl") if letter else ""


def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")
