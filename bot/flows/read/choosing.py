"""Answers among given choices: one, several, yes or no, consent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz

from bot.flows.model import Choice, Draft, Known, Problem, Read, Reading
from bot.flows.read.lexicon import whole_value
from bot.flows.read.typed import Control, Kind, as_text, bare, fold, labels, shown, visible, words
from bot.i18n import Text, _, p_

# TRANSLATORS: words that a resident may type instead of pressing a button, separated by |. Add those of your language.
YES = _("yes | yes please | yeah | yep | yup | sure | of course | absolutely | gladly | ok | okay | right | correct | y")
# TRANSLATORS: words that a resident may type instead of pressing a button, separated by |. Add those of your language.
NO = _("no | no thanks | no thank you | nope | nah | never | not | don't | wrong | n")
# TRANSLATORS: words that a resident may type to say "that was the last one", separated by |.
DONE = _("done | i am done | i'm done | ready | finished | that's all | that is all | nothing more | no more")
# TRANSLATORS: words that a resident may type to choose everything in a list, separated by |.
ALL = _("all | all of them | everything | every one")
# TRANSLATORS: words that a resident may type to choose nothing in a list, separated by |.
NONE = _("none | none of them | nothing | no one")

_FORGIVEN, _SURE, _APART = 78, 90, 8
_YES_ID, _NO_ID = "yes", "no"


@dataclass(frozen=True, slots=True)
class OneChoice(Kind):
    """One of some choices, by button, label or number; the value is its id. With `other`, also {"other": own words}."""

    kind = "one_choice"
    options: tuple[Choice, ...] | Callable[[Known], tuple[Choice, ...]]
    other: bool = False

    def offered(self, known: Known) -> tuple[Choice, ...]:
        return self.options(known) if callable(self.options) else self.options

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        found = match(words, self.offered(known), known, loosely=not self.other)
        if found:
            return Read(found)
        if self.other:
            return Read({"other": words})
        listed = tuple(option.label for option in self.offered(known))
        return Problem(
            _("I did not find “{said}” among the answers. You can choose: {choices}.", said=shown(words), choices=listed),
            self.help(known),
        )

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        return Read(choice) if _option(choice, self.offered(known)) else Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        chosen, other = fields.get("value", ""), fields.get("other", "")
        if self.other and visible(other):
            return Read({"other": other})
        if _option(chosen, self.offered(known)):
            return Read(chosen)
        return self.said(chosen, known, draft) if visible(chosen) else Problem(self.help(known))

    def help(self, known: Known) -> Text:
        if self.other:
            return _("Press one of the buttons, write its number (1 is the first), or answer in your own words.")
        return _("Press one of the buttons, or write its number: 1 is the first.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return self.offered(known)

    def show(self, value: Any, known: Known) -> Text:
        if isinstance(value, dict):
            return as_text(str(value.get("other", "")))
        option = _option(str(value), self.offered(known))
        return option.label if option else as_text(str(value))

    def spot(self, text: str, known: Known) -> Any | None:
        return _named_in(text, self.offered(known), known)

    def form_values(self, value: Any) -> dict[str, str]:
        return {"other": str(value["other"])} if isinstance(value, dict) else {"value": str(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        radio = Control("value", input_type="radio", options=self.offered(known), required=not self.other)
        return (radio, Control("other", _("Something else"), required=False)) if self.other else (radio,)


@dataclass(frozen=True, slots=True)
class ManyChoices(Kind):
    """Any number of some choices; the value is a list of ids in the declared order. The draft is what is ticked so far."""

    kind = "many_choices"
    options: tuple[Choice, ...]
    at_least: int = 0

    def said(self, words_said: str, known: Known, draft: Any) -> Reading:
        plain = bare(words_said)
        if plain in words(DONE, known.locale):
            return self._close(_ticked(draft))
        if plain in words(ALL, known.locale):
            return self._close([option.id for option in self.options])
        whole = match(words_said, self.options, known, loosely=False)
        if whole:
            return self._close([*_ticked(draft), whole])
        if plain in words(NONE, known.locale):
            return self._close([])
        found, missed = self._listed(words_said, known)
        if not found:
            listed = tuple(option.label for option in self.options)
            return Problem(
                _("I did not find “{said}” among the answers. You can choose: {choices}.", said=shown(words_said), choices=listed),
                self.help(known),
            )
        if missed:
            note = _(
                "I have ticked {choices}. I did not find “{said}” among the answers.",
                choices=self._labels(found), said=shown(missed),
            )  # fmt: skip
            return Draft(self._ordered([*_ticked(draft), *found]), note)
        return self._close([*_ticked(draft), *found])

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        ticked = _ticked(draft)
        if choice == "done":
            return self._close(ticked)
        if not _option(choice, self.options):
            return Problem(self.help(known))
        return Draft(self._ordered([each for each in ticked if each != choice] if choice in ticked else [*ticked, choice]))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        return self._close(fields.get("choice", "").split())

    def help(self, known: Known) -> Text:
        return _("Press those that fit, then Done. You can also write their numbers, for example 1, 3.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        ticked = _ticked(draft)
        # TRANSLATORS: a button, at most 30 characters: no more answers to tick, go on to the next question.
        done = Choice("done", p_("choices", "Done"))
        return (*(replace(option, chosen=option.id in ticked) for option in self.options), done)

    def show(self, value: Any, known: Known) -> Text:
        ids = [str(each) for each in value or ()]
        return as_text(self._labels(ids)) if ids else _("None of them")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"choice": " ".join(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("choice", input_type="checkboxes", options=self.options, required=self.at_least > 0),)

    def _close(self, ids: Sequence[str]) -> Reading:
        value = self._ordered(ids)
        if len(value) >= self.at_least:
            return Read(value)
        if self.at_least == 1:
            return Problem(_("Choose at least one first."))
        return Problem(_("Choose at least {least} first. You have chosen {chosen}.", least=self.at_least, chosen=len(value)))

    def _ordered(self, ids: Sequence[str]) -> list[str]:
        return [option.id for option in self.options if option.id in ids]

    def _labels(self, ids: Sequence[str]) -> tuple[Text, ...]:
        found = [(each, _option(each, self.options)) for each in ids]
        return tuple(option.label if option else as_text(each) for each, option in found)

    def _listed(self, said: str, known: Known) -> tuple[list[str], str]:
        """The ids in a list of names or numbers, and the first part that is neither."""
        if re.fullmatch(r"[\d\s,;.&+-]+", fold(said)):
            said = re.sub(r"[\s.&+-]+", ",", fold(said))
        parts = [part for part in re.split(r"[,;\n،؛]+", said) if visible(part)]
        found: list[str] = []
        missed = ""
        for part in parts:
            ids = self._part(part, known)
            found += ids
            missed = missed or ("" if ids else part.strip())
        return self._ordered(found), missed

    def _part(self, part: str, known: Known) -> list[str]:
        whole = match(part, self.options, known, loosely=False)
        if whole:
            return [whole]
        pieces = [piece for piece in re.split(r"\s+(?:[^\W\d_]{1,3}|[&+])\s+", f" {part} ") if visible(piece)]
        each = [match(piece, self.options, known, loosely=False) for piece in pieces]
        if len(pieces) > 1 and all(each):
            return [found for found in each if found]
        named = _named_in(part, self.options, known, several=True)
        return list(named) if named else []


@dataclass(frozen=True, slots=True)
class YesNo(Kind):
    """Yes or no."""

    kind = "yes_no"

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        answer = yes_or_no(words, known.locale)
        if answer is None:
            return Problem(_("I could not tell whether that is a yes or a no. Which is it?"), self.help(known))
        return self._read(answer)

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        return self._read(choice == _YES_ID) if choice in (_YES_ID, _NO_ID) else Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        value = fields.get("value", "")
        if value in (_YES_ID, _NO_ID):
            return self._read(value == _YES_ID)
        return self.said(value, known, draft) if visible(value) else Problem(self.help(known))

    def _read(self, answer: bool) -> Read:
        return Read(answer)

    def help(self, known: Known) -> Text:
        return _("Press Yes or No, or write the word.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return (Choice(_YES_ID, p_("answer", "Yes")), Choice(_NO_ID, p_("answer", "No")))

    def show(self, value: Any, known: Known) -> Text:
        return p_("answer", "Yes") if value else p_("answer", "No")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": _YES_ID if value else _NO_ID}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", input_type="radio", options=self.choices(known)),)


@dataclass(frozen=True, slots=True)
class AskConsent(YesNo):
    """A consent given or refused. The value keeps which `version` of the wording was answered.

    `wording` is None where the step's prompt is the wording.
    """

    kind = "consent"
    purpose: str
    version: str
    wording: Text | None = None

    def _read(self, answer: bool) -> Read:
        return Read({"given": answer, "version": self.version})

    def help(self, known: Known) -> Text:
        return _("Press Yes or No. Both are fine, and you can change your mind later.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        # TRANSLATORS: buttons, at most 30 characters: a person says yes or no to a use of their data.
        return (Choice(_YES_ID, p_("consent", "Yes, I agree")), Choice(_NO_ID, p_("consent", "No, I do not")))

    def show(self, value: Any, known: Known) -> Text:
        return p_("consent", "Yes, I agree") if value.get("given") else p_("consent", "No, I do not")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": _YES_ID if value.get("given") else _NO_ID}


def one_choice(choices: tuple[Choice, ...] | Callable[[Known], tuple[Choice, ...]], other: bool = False) -> OneChoice:
    """One of `choices` (or of those that a function knows); with `other`, own words are an answer too."""
    return OneChoice(choices, other)


def many_choices(choices: tuple[Choice, ...], at_least: int = 0) -> ManyChoices:
    """Any of `choices`, `at_least` so many. No choice may have the id "done"."""
    return ManyChoices(tuple(choices), at_least)


def yes_no() -> YesNo:
    """Yes or no."""
    return YesNo()


def consent(purpose: str, version: str, wording: Text | None = None) -> AskConsent:
    """Yes or no to the wording of this version; the step's prompt when it is not given here."""
    return AskConsent(purpose, version, wording)


def yes_or_no(said: str, locale: str) -> bool | None:
    """Whether words say yes or no; None when they say neither, or both."""
    plain = re.sub(r"([^\W\d_])\1{2,}", r"\1", bare(said))
    yes, no = words(YES, locale), words(NO, locale)
    if plain in yes or plain in no:
        return plain in yes
    if "👍" in said or "👎" in said:
        return "👍" in said if ("👍" in said) != ("👎" in said) else None
    tokens = plain.split()[:12]
    says_yes, says_no = any(each in yes for each in tokens), any(each in no for each in tokens)
    if says_yes != says_no and (len(tokens) <= 4 or tokens[0] in yes | no):
        return says_yes
    return None


def match(said: str, options: Sequence[Choice], known: Known, *, loosely: bool) -> str | None:
    """The id of the one choice that is meant: by number, by label, with typos forgiven. None when unclear.

    `loosely` also finds a label inside a longer sentence, or a part of a label.
    """
    plain = bare(said)
    names = {option.id: _names(option, known.locale) for option in options}
    exact = [each for each, labelled in names.items() if plain in labelled]
    if len(exact) == 1:
        return exact[0]
    number = whole_value(plain, known.locale)
    if number is not None:
        return options[number - 1].id if 1 <= number <= len(options) else None
    if not plain or len(plain) > 200:
        return None
    if loosely:
        named = _named_in(said, options, known) or _part_of(plain, names)
        if named:
            return named
    ranked = sorted(((max((fuzz.ratio(plain, name) for name in each), default=0), id) for id, each in names.items()), reverse=True)
    best, runner_up = ranked[0], ranked[1][0] if len(ranked) > 1 else 0
    enough = _FORGIVEN if loosely or len(plain) > 6 else _SURE
    return best[1] if len(plain) > 2 and best[0] >= enough and best[0] - runner_up >= _APART else None


def _names(option: Choice, locale: str) -> frozenset[str]:
    """What may be typed for a choice."""
    extra = {_YES_ID: YES, _NO_ID: NO}.get(option.id)
    return labels(option.label, locale) | (words(extra, locale) if extra else frozenset())


def _named_in(said: str, options: Sequence[Choice], known: Known, several: bool = False) -> Any | None:
    """The choice whose label stands as whole words in a sentence; with `several`, all of them as a list."""
    plain = f" {bare(said)} "
    spans = {
        option.id: max((len(name) for name in labels(option.label, known.locale) if f" {name} " in plain), default=0)
        for option in options
    }
    found = [id for id, length in spans.items() if length]
    if several:
        return found or None
    return found[0] if len(found) == 1 else None


def _part_of(plain: str, names: Mapping[str, frozenset[str]]) -> str | None:
    """The one choice whose label has these words in it."""
    found = [id for id, each in names.items() if any(f" {plain} " in f" {name} " for name in each)]
    return found[0] if len(found) == 1 and len(plain) > 2 else None


def _option(id: str, options: Sequence[Choice]) -> Choice | None:
    return next((option for option in options if option.id == id), None)


def _ticked(draft: Any) -> list[str]:
    return [str(each) for each in draft] if isinstance(draft, list) else []
