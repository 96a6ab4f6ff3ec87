"""A sentence in somebody's own words -> what they want and what stands in it (contracts.md, understand).

The intent comes from `bot.rules.understand`; places, numbers, days and times are read by the same readers as answers
to a question. A sentence may hold several wishes: each is understood by itself, in order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from bot.flows.read.amounts import amounts, fold_money, whole_sek
from bot.flows.read.calendar_days import Why, day_in
from bot.flows.read.clock import clock_in
from bot.flows.read.numbers import Found, Numbers, find_numbers, range_of, with_digits
from bot.flows.read.typed import bare, clean, fold
from bot.packs.model import Municipality
from bot.rules.emergency import Emergency
from bot.rules.understand import EMERGENCY, Meaning, meaning
from bot.rules.understand.examples import Hints, hints

WISH_SURE, FIRST_SURE = 0.7, 0.35
"""A part of a sentence counts as a wish of its own from this confidence; its beginning, which names the thing, sooner."""

WRITTEN_SURE, WRITTEN_WORDS = 0.9, 3
"""From this confidence and so many words there is no doubt which language somebody writes: of 1,500 held-out sentences
in ten languages none was taken for another one."""

NEEDS = ("premises", "grants")
"""What an idea needs."""

TALK = ("greeting", "other")
"""What people say around a wish."""

_FORGIVEN, _ALIKE, _LONG = 84, 65, 6
"""How alike a misspelt place must be (0 to 100), and each word of its name; how many letters a name needs to be
forgiven at all."""

_READABLE = (Why.SURE, Why.NEXT, Why.TODAY, Why.GONE, Why.WEEKDAY, Why.LIKELY, Why.WHICH_DAY, Why.FAR)
_NOUN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Slots:
    """What stands in a wish; None for what does not. `area` is spelt as its pack spells it, `date` is YYYY-MM-DD,
    `time` HH:MM, `amount` in whole kronor, `topic` the thing that is wanted in the writer's words. `us`: the people are
    those who write ("we are three friends"), no visitors."""

    area: str | None = None
    people: int | None = None
    date: str | None = None
    time: str | None = None
    amount: int | None = None
    topic: str | None = None
    us: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As contracts.md has them."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "us"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing wanted, with what was said of it in `text`."""

    intent: str
    confidence: float
    slots: Slots
    text: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """The first wish, what else it may be, and the further wishes.

    `municipality` is the id of the one the named place belongs to. `language` is one asked for, `locale` the one written
    in; `surely_in` is that too where there is no doubt about it. `danger` is what a turn answers first.
    """

    wish: Wish
    alternatives: tuple[tuple[str, float], ...]
    municipality: str | None
    language: str | None
    wishes: tuple[Wish, ...]
    locale: str
    surely_in: str | None = None
    danger: Emergency | None = None

    def as_json(self) -> dict[str, Any]:
        """The object of contracts.md."""
        return {
            "intent": self.wish.intent,
            "confidence": round(self.wish.confidence, 2),
            "alternatives": [[name, round(confidence, 2)] for name, confidence in self.alternatives],
            "slots": self.wish.slots.as_dict(),
            "municipality": self.municipality,
            "language": self.language,
            "wishes": [
                {"intent": each.intent, "confidence": round(each.confidence, 2), "slots": each.slots.as_dict()}
                for each in self.wishes
            ],
            "locale": self.locale,
        }


def understand(
    text: str, *, today: date, locale: str, municipalities: Sequence[Municipality], preferred: str | None = None
) -> Understanding:
    """What a text asks for. `locale` is taken for its language where the text does not show one.

    Places of all `municipalities` are known; of the same name in two, the one of `preferred` is meant. Never raises.
    """
    said = clean(text)
    whole = meaning(said)
    spoken = _spoken(whole, locale)
    language = _language(said, spoken)
    if (
        language
        and whole.intent in ("other", "coach", "need_help", "contact", "volunteer")
        and _only_names(said, spoken)
    ):
        whole = replace(whole, intent="language", confidence=max(whole.confidence, 0.8))
    wishes = _wishes(said, whole, spoken)
    read = [replace(wish, slots=_slots(wish, spoken, today, municipalities, preferred)) for wish in wishes]
    named = _place(said, municipalities, preferred)
    return Understanding(
        wish=read[0],
        alternatives=tuple(each for each in whole.alternatives if each[0] != read[0].intent),
        municipality=named[1] or preferred,
        language=language if any(wish.intent == "language" for wish in read) else None,
        wishes=tuple(read[1:]),
        locale=spoken,
        surely_in=spoken if whole.language_confidence >= WRITTEN_SURE and len(said.split()) >= WRITTEN_WORDS else None,
        danger=whole.danger,
    )


def _spoken(whole: Meaning, locale: str) -> str:
    """The language written in; the conversation's own where a few letters could be any."""
    if whole.language_confidence < 0.5 or (locale.startswith(whole.language) and len(locale) > len(whole.language)):
        return locale
    return whole.language


# --- Several wishes --------------------------------------------------------------------------------------------------


def _wishes(said: str, whole: Meaning, spoken: str) -> list[Wish]:
    """The wishes in order: parts of the text that want different things, or the text as one."""
    one = [Wish(whole.intent, whole.confidence, Slots(), said)]
    if whole.danger is not None or len(said) > 1000:
        return one
    parts: list[Wish] = []
    lead = ""
    for part in _parts(said, spoken):
        if not parts and _introduces(part, spoken):
            lead = f"{lead}{part}, "
            continue
        meant = meaning(part)
        clear = meant.confidence >= (WISH_SURE if parts else FIRST_SURE) and meant.intent not in (*TALK, EMERGENCY)
        if len(parts) == 1 and clear and parts[0].confidence < WISH_SURE and meant.intent in NEEDS:
            parts[0] = replace(parts[0], intent="idea", confidence=0.75)  # the thing is named first, then what it needs
        if parts and (not clear or meant.intent == parts[-1].intent):
            parts[-1] = replace(parts[-1], text=f"{parts[-1].text}, {part}")
        elif clear or not parts:
            text = part if parts else f"{lead}{part}"
            parts.append(Wish(meant.intent if clear else "", meant.confidence, Slots(), text))
    if parts and not parts[0].intent:  # a greeting, or the beginning of what the next part says
        first, *rest = parts
        parts = [replace(rest[0], text=f"{first.text}, {rest[0].text}"), *rest[1:]] if rest else []
    kept: dict[str, Wish] = {}
    for wish in parts:
        if wish.intent in kept:
            before = kept[wish.intent]
            kept[wish.intent] = replace(before, text=f"{before.text}, {wish.text}")
        else:
            kept[wish.intent] = wish
    if lead and len(kept) == 1:
        (wish,) = kept.values()
        return [replace(wish, text=said)] if wish.intent else one
    return list(kept.values()) if len(kept) > 1 else one


def _introduces(part: str, spoken: str) -> bool:
    """Whether somebody only says who they are ("we have just started an association"): that is no wish yet."""
    plain = bare(part)
    begins = plain.startswith(tuple(f"{words} " for words in _of(spoken, "selves")))
    return begins and _hinted(spoken, "wants").isdisjoint(plain.split())


def _parts(said: str, spoken: str) -> list[str]:
    """A text cut at signs and at words that join wishes; parts of less than two words stay with their neighbour."""
    cut = [part.strip(" ,;.") for part in _joins(spoken).split(said)]
    parts: list[str] = []
    for part in cut:
        if not bare(part):
            continue
        if parts and len(bare(parts[-1]).split()) < 2:
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


@lru_cache(maxsize=64)
def _joins(spoken: str) -> re.Pattern[str]:
    """Signs and words that stand between wishes."""
    words = "|".join(map(re.escape, _of(spoken, "joins"))) or "(?!)"
    signs = r"(?<!\d)[.,;:](?!\d)|[!?؟،؛\n]+|[.,;](?=\s)"
    return re.compile(rf"{signs}|(?<=\s)(?:{words})(?=\s)", re.IGNORECASE)


# --- What stands in a wish -------------------------------------------------------------------------------------------


def _slots(
    wish: Wish, spoken: str, today: date, municipalities: Sequence[Municipality], preferred: str | None
) -> Slots:
    said = wish.text
    area, _id, said_area = _place(said, municipalities, preferred)
    people, said_people = _people(said, spoken)
    rest = fold_money(said)
    for phrase in said_people:
        rest = rest.replace(phrase, " ; ")
    amount, rest = _amount(rest, spoken, wish.intent)
    day, at = _when(rest, spoken, today)
    topic = _topic(said, spoken, area_words=said_area)
    return Slots(area, people, day, at, amount, topic, us=any(_is_us(said, phrase, spoken) for phrase in said_people))


def _place(
    said: str, municipalities: Sequence[Municipality], preferred: str | None
) -> tuple[str | None, str | None, str]:
    """The area named, the municipality it (or the text) names when there is only one, and the words that named it."""
    best: list[tuple[float, str | None, str, str]] = []
    plain = bare(said[:1000])
    for municipality in municipalities:
        for area, name in municipality.spellings:
            score, words = _likeness(plain, name)
            if score >= _FORGIVEN:
                # A longer name found word by word wins over a shorter one inside it, an area over its municipality.
                weighed = score + len(name) / 10 + (0.5 if area else 0)
                best.append((weighed + (20 if municipality.id == preferred else 0), area, municipality.id, words))
    if not best:
        return None, None, ""
    highest = max(each[0] for each in best)
    top = {(area, id): words for score, area, id, words in best if score == highest}
    ids = {id for _area, id in top}
    areas = {area for area, _id in top}
    words = next(iter(top.values()))
    if len(ids) > 1:
        return (areas.pop() if len(areas) == 1 else None), None, words
    if len(areas) > 1:
        return None, ids.pop(), words
    area, id = next(iter(top))
    return area, id, words


@lru_cache(maxsize=4096)
def _likeness(plain: str, name: str) -> tuple[float, str]:
    """How surely a name stands among folded words, 0 to 100, and the words that are it."""
    if not name:
        return 0.0, ""
    if f" {name} " in f" {plain} ":
        return 100.0, name
    if len(name) < _LONG:
        return (99.0, f"{name}s") if f" {name}s " in f" {plain} " else (0.0, "")
    windows = _windows(plain, len(name.split()))
    scored = [(fuzz.ratio(each, name), each) for each in windows.get(name[0], ()) if _alike(each, name)]
    return max(scored, default=(0.0, ""))


def _alike(words: str, name: str) -> bool:
    """Word by word: "har kommunen" is not "hela kommunen", although most letters are the same."""
    return all(fuzz.ratio(one, other) >= _ALIKE for one, other in zip(words.split(), name.split(), strict=True))


@lru_cache(maxsize=64)
def _windows(plain: str, length: int) -> Mapping[str, list[str]]:
    """So many words in a row, wherever they stand, by their first letter."""
    words, found = plain.split(), dict[str, list[str]]()
    for at in range(len(words) - length + 1):
        found.setdefault(words[at][0], []).append(" ".join(words[at : at + length]))
    return found


def _people(said: str, spoken: str) -> tuple[int | None, list[str]]:
    """How many people are spoken of, the greater of a range, and the words that say so."""
    numbers = find_numbers(said, spoken)
    units = _hinted(spoken, "people")
    folded = fold(said)
    ends = range_of(numbers, spoken, units)
    if ends and (_is_people(numbers, ends[1], units) or _is_counted(numbers, ends[0], folded, spoken)):
        high = max(ends[0].value, ends[1].value)
        return int(high), [_words(numbers, ends[0], ends[1], folded)]
    for found in numbers.found:
        if found.value % 1 or not 0 < found.value < 100_000:
            continue
        if found.value == 1 and not numbers.tokens[found.first].is_digits:  # "a person", "en man": nobody is counted
            continue
        if _is_people(numbers, found, units) or _is_counted(numbers, found, folded, spoken):
            return int(found.value), [_words(numbers, found, found, folded)]
    return None, []


def _is_people(numbers: Numbers, found: Found, units: frozenset[str]) -> bool:
    """The word behind the number, or the one after an adjective, is of people ("20 glada barn")."""
    following = [token.words for token in numbers.tokens[found.after : found.after + 3]]
    if not following or not following[0][:1].isalpha():
        return False
    pairs = [" ".join(following[:2])]
    return any(word in units for word in (following[0], *pairs)) or (len(following) > 1 and following[1] in units)


def _is_counted(numbers: Numbers, found: Found, folded: str, spoken: str) -> bool:
    """ "We are eight": the words before the number say that people are counted, and nothing behind it says otherwise."""
    start, end = numbers.tokens[found.first].start, numbers.tokens[found.after - 1].end
    before, after = f" {folded[:start].rstrip()}", folded[end:].strip()
    following = re.match(r"[\w%:.,-]*\w", after)
    if following is None:
        return before.endswith(_cues(spoken))
    small = _hinted(spoken, "skips") | _hinted(spoken, "joins") | _hinted(spoken, "inside")
    return following[0] in small and before.endswith(tuple(f" {cue}" for cue in _of(spoken, "us")))


def _is_us(said: str, phrase: str, spoken: str) -> bool:
    """Whether the words before a number say that those who write are counted."""
    before = fold(said).partition(phrase)[0].rstrip()
    return f" {before}".endswith(tuple(f" {cue}" for cue in _of(spoken, "us")))


@lru_cache(maxsize=64)
def _cues(spoken: str) -> tuple[str, ...]:
    return tuple(f" {cue}" for cue in _of(spoken, "counted") if " " in cue)


def _words(numbers: Numbers, first: Found, last: Found, folded: str) -> str:
    return folded[numbers.tokens[first.first].start : numbers.tokens[last.after - 1].end]


def _amount(folded: str, spoken: str, intent: str) -> tuple[int | None, str]:
    """Kronor said, the largest; where money is wanted, also a bare number of hundreds and more."""
    found = [each for each in amounts(folded, spoken) if each.currency != "foreign"]
    said = [each for each in found if each.currency == "kr"]
    if not said and intent == "grants":
        said = [each for each in found if each.value >= 100 and not 1900 <= each.value <= 2100]
    if not said:
        return None, folded
    amount = max(said, key=lambda each: each.value)
    return whole_sek(amount.value), f"{folded[: amount.start]} ; {folded[amount.end :]}"


def _when(words: str, spoken: str, today: date) -> tuple[str | None, str | None]:
    only_articles = all(found.weak for found in find_numbers(words, spoken).found)  # "en kväll" is not one o'clock
    digits = _without_ages(fold(words) if only_articles else with_digits(words, spoken), spoken)
    clock = clock_in(digits, spoken)
    found = day_in(clock.rest if clock else digits, spoken, today) or (day_in(digits, spoken, today) if clock else None)
    this_week = today + timedelta(days=7 - today.isoweekday())
    if found and (found.why not in _READABLE or found.day < today):
        found = None
    if found and found.why is Why.WHICH_DAY and found.day <= this_week:  # "one evening a week"
        found = None
    first = timedelta(days=found.day.isoweekday() - 1) if found and found.why is Why.WHICH_DAY else timedelta()
    day = (found.day - first).isoformat() if found else None  # "next week" begins on its Monday
    return day, clock.at.strftime("%H:%M") if clock and not clock.proposed else None


def _without_ages(digits: str, spoken: str) -> str:
    """ "7-12 years" is no day of December."""
    return _ages(spoken).sub(" ; ", digits)


@lru_cache(maxsize=64)
def _ages(spoken: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, _of(spoken, "ages"))) or "(?!)"
    return re.compile(rf"\d{{1,3}}(?:\s?-\s?\d{{1,3}})?[\s-]?(?:{words})(?!\w)")


def _topic(said: str, spoken: str, *, area_words: str) -> str | None:
    """The first words in a row that are neither small nor belong to the wish itself, as they were written."""
    skips, inside = _hinted(spoken, "skips"), _hinted(spoken, "inside")
    units = _hinted(spoken, "people") | set(area_words.split())
    run: list[str] = []
    for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]", said):
        plain = bare(word)
        stops = not plain or plain in skips or plain in units or any(sign.isdigit() for sign in plain)
        if not stops or (run and plain in inside and bare(run[-1]) not in inside):
            run.append(word)
        elif run:
            break
    while run and bare(run[-1]) in inside:
        run.pop()
    return " ".join(run)[:_NOUN_CHARS] or None


# --- Languages named ---------------------------------------------------------------------------------------------------


def _language(said: str, spoken: str) -> str | None:
    """The language somebody names, the last one of several ("not English, Arabic"); easy Swedish before Swedish."""
    plain = f" {bare(said)} "
    found = [(plain.rindex(name) + len(name), len(name), tag) for name, tag in _tongues() if name in plain]
    return max(found)[2] if found else None


@lru_cache(maxsize=1)
def _tongues() -> tuple[tuple[str, str], ...]:
    """The names of languages, in every language that has hints, with space around."""
    return tuple((f" {name} ", tag) for each in hints(bare).values() for name, tag in each.languages.items())


def _only_names(said: str, spoken: str) -> bool:
    """The message is hardly more than the name of a language."""
    return len(bare(said).split()) <= 3


# --- Words by language -------------------------------------------------------------------------------------------------


def _of(spoken: str, name: str) -> tuple[str, ...]:
    """The hints of the language written in; English and Swedish where it has none."""
    found: Mapping[str, Hints] = hints(bare)
    own = found.get(spoken) or found.get(spoken.partition("-")[0])
    listed = [own] if own else [found[tag] for tag in ("sv", "en") if tag in found]
    return tuple(word for each in listed for word in getattr(each, name))


@lru_cache(maxsize=64)
def _hinted(spoken: str, name: str) -> frozenset[str]:
    return frozenset(_of(spoken, name))
