"""Answers among given choices: one, or several."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.flows.model import Choice, Draft, Known, Problem, Read, Reading
from bot.flows.read.agreeing import NO, NO_ID, YES, YES_ID
from bot.flows.read.matching import match, named_in, names_of, option_of, part_of
from bot.flows.read.typed import Control, Kind, as_text, bare, fold, shown, visible, words
from bot.i18n import Text, _, p_

# TRANSLATORS: words that a resident may type to say "that was the last one", separated by |.
DONE = _("done | i am done | i'm done | ready | finished | that's all | that is all | nothing more | no more")
# TRANSLATORS: words that a resident may type to choose everything in a list, separated by |.
ALL = _("all | all of them | everything | every one")
# TRANSLATORS: words that a resident may type to choose nothing in a list, separated by |.
NONE = _("none | none of them | nothing | nothing special | no one")


@dataclass(frozen=True, slots=True)
class OneChoice(Kind):
    """One of some choices, by button, label or number; the value is its id. With `other`, also {"other": own words}.

    The choices may depend on what is known: then `options` makes them.
    """

    kind = "one_choice"
    options: tuple[Choice, ...] | Callable[[Known], tuple[Choice, ...]]
    other: bool = False

    def offered(self, known: Known) -> tuple[Choice, ...]:
        return self.options(known) if callable(self.options) else self.options

    def said(self, said: str, known: Known, draft: Any) -> Reading:
        found = match(said, self.offered(known), known, loosely=not self.other) or self._agreed(said, known)
        if found:
            return Read(found)
        if self.other:
            return Read({"other": said})
        listed = tuple(option.label for option in self.offered(known))
        return Problem(
            _(
                "I did not find “{said}” among the answers. You can choose: {choices}.",
                said=shown(said),
                choices=listed,
            ),
            self.help(known),
        )

    def _agreed(self, said: str, known: Known) -> str | None:
        """A plain yes or no, where one of the choices is that with more words: "Yes, send my question"."""
        meant = next(
            (id for id, plain in ((YES_ID, YES), (NO_ID, NO)) if bare(said) in words(plain, known.locale)), None
        )
        return next((each.id for each in self.offered(known) if meant and meant in (each.means, each.id)), None)

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        return Read(choice) if option_of(choice, self.offered(known)) else Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        chosen, other = fields.get("value", ""), fields.get("other", "")
        if self.other and visible(other):
            return Read({"other": other})
        if option_of(chosen, self.offered(known)):
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
        option = option_of(str(value), self.offered(known))
        return option.label if option else as_text(str(value))

    def spot(self, text: str, known: Known) -> Any | None:
        return named_in(text, self.offered(known), known)

    def form_values(self, value: Any) -> dict[str, str]:
        return {"other": str(value["other"])} if isinstance(value, dict) else {"value": str(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        radio = Control("value", input_type="radio", options=self.offered(known), required=not self.other)
        return (radio, Control("other", _("Something else"), required=False)) if self.other else (radio,)


@dataclass(frozen=True, slots=True)
class ManyChoices(Kind):
    """Any number of some choices; the value is a list of ids in the declared order. The draft is what is ticked.

    The choices may depend on what is known: then `options` makes them.
    """

    kind = "many_choices"
    options: tuple[Choice, ...] | Callable[[Known], tuple[Choice, ...]]
    at_least: int = 0

    def offered(self, known: Known) -> tuple[Choice, ...]:
        return self.options(known) if callable(self.options) else self.options

    def said(self, words_said: str, known: Known, draft: Any) -> Reading:
        plain = bare(words_said)
        if plain in words(DONE, known.locale):
            return self._close(known, _ticked(draft))
        if plain in words(ALL, known.locale):
            return self._close(known, [option.id for option in self.offered(known)])
        whole = match(words_said, self.offered(known), known, loosely=False)
        several = named_in(words_said, self.offered(known), known, several=True) or ()
        if whole and len(several) < 2:  # "culture, children and youth" is like "children and youth", and more than that
            return self._close(known, [*_ticked(draft), whole])
        if plain in words(NONE, known.locale):
            return self._close(known, [])
        found, missed = self._listed(words_said, known)
        if not found:
            listed = tuple(option.label for option in self.offered(known))
            return Problem(
                _(
                    "I did not find “{said}” among the answers. You can choose: {choices}.",
                    said=shown(words_said),
                    choices=listed,
                ),
                self.help(known),
            )
        if missed:
            note = _(
                "I have ticked {choices}. I did not find “{said}” among the answers.",
                choices=self._labels(known, found), said=shown(missed),
            )  # fmt: skip
            return Draft(self._ordered(known, [*_ticked(draft), *found]), note)
        return self._close(known, [*_ticked(draft), *found])

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        ticked = _ticked(draft)
        if choice == "done":
            return self._close(known, ticked)
        if not option_of(choice, self.offered(known)):
            return Problem(self.help(known))
        return Draft(
            self._ordered(known, [each for each in ticked if each != choice] if choice in ticked else [*ticked, choice])
        )

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        return self._close(known, fields.get("choice", "").split())

    def help(self, known: Known) -> Text:
        return _("Press those that fit, then Done. You can also write their numbers, for example 1, 3.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        ticked = _ticked(draft)
        # TRANSLATORS: a button, at most 30 characters: no more answers to tick, go on to the next question.
        done = Choice("done", p_("choices", "Done"))
        return (*(replace(option, chosen=option.id in ticked) for option in self.offered(known)), done)

    def show(self, value: Any, known: Known) -> Text:
        ids = [str(each) for each in value or ()]
        return as_text(self._labels(known, ids)) if ids else _("None of them")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"choice": " ".join(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("choice", input_type="checkboxes", options=self.offered(known), required=self.at_least > 0),)

    def _close(self, known: Known, ids: Sequence[str]) -> Reading:
        value = self._ordered(known, ids)
        if len(value) >= self.at_least:
            return Read(value)
        if self.at_least == 1:
            return Problem(_("Choose at least one first."))
        return Problem(
            _("Choose at least {least} first. You have chosen {chosen}.", least=self.at_least, chosen=len(value))
        )

    def _ordered(self, known: Known, ids: Sequence[str]) -> list[str]:
        return [option.id for option in self.offered(known) if option.id in ids]

    def _labels(self, known: Known, ids: Sequence[str]) -> tuple[Text, ...]:
        found = [(each, option_of(each, self.offered(known))) for each in ids]
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
        return self._ordered(known, found), missed

    def _part(self, part: str, known: Known) -> list[str]:
        whole = match(part, self.offered(known), known, loosely=False)
        if whole:
            return [whole]
        named = named_in(part, self.offered(known), known, several=True) or []
        pieces = [piece for piece in re.split(r"\s+(?:[^\W\d_]{1,3}|[&+])\s+", f" {part} ") if visible(piece)]
        each = [match(piece, self.offered(known), known, loosely=True) for piece in pieces]
        if len(pieces) > max(1, len(named)) and all(each):
            return [found for found in each if found]
        if named:
            return list(named)
        inside = part_of(bare(part), names_of(self.offered(known), known.locale))
        return [inside] if inside else []


def one_choice(choices: tuple[Choice, ...] | Callable[[Known], tuple[Choice, ...]], other: bool = False) -> OneChoice:
    """One of `choices` (or of those that a function knows); with `other`, own words are an answer too."""
    return OneChoice(choices, other)


def many_choices(choices: tuple[Choice, ...] | Callable[[Known], tuple[Choice, ...]], at_least: int = 0) -> ManyChoices:
    """Any of `choices` (or of those that a function knows), `at_least` so many. No choice may have the id "done"."""
    return ManyChoices(choices, at_least)


def _ticked(draft: Any) -> list[str]:
    return [str(each) for each in draft] if isinstance(draft, list) else []
