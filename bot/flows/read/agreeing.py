"""Answers that are yes or no, and consent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.flows.model import Choice, Known, Problem, Read, Reading
from bot.flows.read.typed import Control, Kind, bare, visible, words
from bot.i18n import Text, _, p_

# TRANSLATORS: words that a resident may type instead of pressing a button, separated by |. Add those of your language.
YES = _(
    "yes | yes please | yeah | yep | yup | sure | of course | absolutely | gladly | ok | okay | right | correct | y"
)
# TRANSLATORS: words that a resident may type instead of pressing a button, separated by |. Add those of your language.
NO = _("no | no thanks | no thank you | nope | nah | wrong | n")
# TRANSLATORS: words that turn a yes round ("absolutely not"), separated by |.
NOT = _("not | never | don't")

YES_ID, NO_ID = "yes", "no"


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
        return self._read(choice == YES_ID) if choice in (YES_ID, NO_ID) else Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        value = fields.get("value", "")
        if value in (YES_ID, NO_ID):
            return self._read(value == YES_ID)
        return self.said(value, known, draft) if visible(value) else Problem(self.help(known))

    def _read(self, answer: bool) -> Read:
        return Read(answer)

    def help(self, known: Known) -> Text:
        return _("Press Yes or No, or write the word.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return (Choice(YES_ID, p_("answer", "Yes")), Choice(NO_ID, p_("answer", "No")))

    def show(self, value: Any, known: Known) -> Text:
        return p_("answer", "Yes") if value else p_("answer", "No")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": YES_ID if value else NO_ID}

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
        return (Choice(YES_ID, p_("consent", "Yes, I agree")), Choice(NO_ID, p_("consent", "No, I do not")))

    def show(self, value: Any, known: Known) -> Text:
        return p_("consent", "Yes, I agree") if value.get("given") else p_("consent", "No, I do not")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": YES_ID if value.get("given") else NO_ID}


def yes_no() -> YesNo:
    """Yes or no."""
    return YesNo()


def consent(purpose: str, version: str, wording: Text | None = None) -> AskConsent:
    """Yes or no to the wording of this version; the step's prompt when it is not given here."""
    return AskConsent(purpose, version, wording)


def yes_or_no(said: str, locale: str) -> bool | None:
    """Whether words say yes or no; None when they say neither, or both."""
    plain = re.sub(r"([^\W\d_])\1{2,}", r"\1", bare(said))
    yes, no, turned = words(YES, locale), words(NO, locale), words(NOT, locale)
    if plain in yes or plain in no:
        return plain in yes
    if "👍" in said or "👎" in said:
        return "👍" in said if ("👍" in said) != ("👎" in said) else None
    tokens = plain.split()[:12]
    says_yes, says_no = any(each in yes for each in tokens), any(each in no for each in tokens)
    if says_yes != says_no and not (says_yes and turned & set(tokens)) and (len(tokens) <= 4 or tokens[0] in yes | no):
        return says_yes
    return None
