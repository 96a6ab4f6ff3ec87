"""What a survey has brought, as numbers that may be shown. Groups of fewer than five are not (languages-and-rights.md C4)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.broadcast_views import HIDDEN_BELOW, hidden
from bot.flows.dialogue_words import LETTERS, MASTER, SCALE, question_in
from bot.flows.read.typed import as_text
from bot.flows.survey import SIDES
from bot.i18n import Text, _, p_
from bot.wording import Words
from storage.dialogues import Participant
from storage.secrets import keyring

NOT_TOLD: Final = p_("survey", "Not told")


@dataclass(frozen=True, slots=True)
class Bar:
    """One answer and how many gave it; None where they are too few to be shown. `share` of 100, for the picture."""

    label: Text
    count: int | None
    share: int


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody's own words. `mark` finds them again without telling whose they are; `signed` where they stand by them."""

    words: str
    mark: str
    signed: str


@dataclass(frozen=True, slots=True)
class Result:
    """A question with what was answered. `few`: fewer than five have, so that no number is shown."""

    ask: str
    kind: str
    count: int
    few: bool
    bars: Sequence[Bar]
    written: Sequence[Written]


def mark_of(person: Participant, at: int) -> str:
    """What stands for one answer of one person in a form."""
    return keyring().mark("survey answer", str(person.id), LETTERS[at])


def answered(people: Sequence[Participant]) -> list[Participant]:
    return [each for each in people if each.answered_at is not None]


def sides_of(people: Sequence[Participant]) -> list[Bar]:
    """For whom those speak who have answered."""
    counts = Counter(str((each.profile or {}).get("side") or "") for each in answered(people))
    named = [(each.label, counts[each.id]) for each in SIDES]
    return bars([*named, (NOT_TOLD, counts[""])] if counts[""] else named)


def results(content: Mapping[str, Any], people: Sequence[Participant], tag: str = MASTER) -> list[Result]:
    """Every question, in a language."""
    every = answered(people)
    return [_result(content, at, kind, every, tag) for at, kind in enumerate(content.get("kinds") or ())]


def _result(content: Mapping[str, Any], at: int, kind: str, every: Sequence[Participant], tag: str) -> Result:
    ask, options = question_in(content, at, tag)
    given = [(each, said) for each in every if (said := (each.answers or {}).get(LETTERS[at])) is not None]
    few = len(given) < HIDDEN_BELOW
    if kind == "text":
        ordered = sorted((Written(str(said), mark_of(each, at), each.signed or "") for each, said in given),
                         key=lambda written: written.mark)  # fmt: skip
        return Result(ask, kind, len(given), few, (), ordered)
    if kind == "scale":
        named = [(f"s{step}", _step(step, options)) for step in range(1, SCALE + 1)]
    else:
        named = [(f"o{at}", as_text(each)) for at, each in enumerate(options)]
    counts = Counter(one for _person, said in given for one in (said if isinstance(said, list) else [said]))
    shown = bars([(label, counts[id]) for id, label in named], all_hidden=few, of=len(given))
    return Result(ask, kind, len(given), few, shown, ())


def _step(step: int, ends: Sequence[str]) -> Text:
    words = {1: ends[0], SCALE: ends[1]} if len(ends) == 2 else {}
    return p_("survey", "{step} – {means}", step=step, means=words[step]) if step in words else as_text(str(step))


def bars(counted: Sequence[tuple[Text, int]], *, all_hidden: bool = False, of: int = 0) -> list[Bar]:
    """Numbers as they may be shown, with the share of each of them all (or `of` so many)."""
    secret = hidden([count for _label, count in counted])
    total = max(1, of or sum(count for _label, count in counted))
    return [
        Bar(label, None, 0) if all_hidden or at in secret else Bar(label, count, round(count * 100 / total))
        for at, (label, count) in enumerate(counted)
    ]


def votes(poll: Mapping[str, Any]) -> list[Bar]:
    """A quick poll's votes. They are nobody's: every number is shown, as people see each other vote."""
    total = max(1, sum(poll["counts"]))
    return [
        Bar(as_text(label), count, round(count * 100 / total))
        for label, count in zip(poll["options"], poll["counts"], strict=True)
    ]


def as_csv(found: Sequence[Result], words: Words) -> str:
    """Questions, answers and numbers for a spreadsheet; own words without whose they are."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([words.plain(each) for each in (_("Question"), _("Answer"), _("How many"))])
    for each in found:
        for bar in each.bars:
            rows.writerow([_cell(each.ask), _cell(words.plain(bar.label)), "" if bar.count is None else bar.count])
        rows.writerows([_cell(each.ask), _cell(written.words), ""] for written in each.written)
    return "\ufeff" + out.getvalue()


def _cell(words: str) -> str:
    """Somebody's words never become a formula of a spreadsheet."""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t") else words
