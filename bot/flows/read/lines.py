"""Rows in what people write: "lokalhyra 2000, fika 500 kr", "Amina, makes the poster", "Ask Ali, 3 December"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.flows.model import Known
from bot.flows.read.amounts import Amount, amounts, fold_money, whole_sek
from bot.flows.read.lexicon import either, word_set
from bot.flows.read.numbers import find_numbers
from bot.flows.read.typed import bare, fold, visible
from bot.flows.read.when import OneDay
from bot.i18n import Text

Row = dict[str, Any]

_COMMA = re.compile(r"\s*(?:[,،]\s+|[,،](?=[^\d\s])|،)\s*")
_BULLET = re.compile(r"^\s*(?:[-*•·–—▪]\s+|\d{1,2}[.)]\s+)")
_EDGE = " \t:=,;،-–—."
_FEW_WORDS = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the rows, its label, and its kind: "text", "money" (kronor) or "day" (YYYY-MM-DD).

    The first text column tells what the row is about. Without `may_be_empty` a row needs this column.
    """

    name: str
    label: Text
    kind: str = "text"
    may_be_empty: bool = False


def read_rows(words: str, columns: Sequence[Column], known: Known) -> list[Row]:
    """The rows in a message; what is not said in a row is None."""
    kinds = [column.kind for column in columns]
    rows: list[Row] = []
    for line in re.split(r"[\n;؛•]+", words):
        line = _BULLET.sub("", line).strip()
        if not visible(line):
            continue
        if "money" in kinds:
            rows += [_with_amount(piece, columns, known) for piece in _priced(line, known.locale)]
        elif "day" in kinds:
            rows.append(_with_day(line, columns, known))
        else:
            rows += _texts(line, columns, known)
    return rows


def _empty(columns: Sequence[Column]) -> Row:
    return {column.name: None for column in columns}


def _names(columns: Sequence[Column], kind: str) -> list[str]:
    return [column.name for column in columns if column.kind == kind]


def _priced(line: str, locale: str) -> list[str]:
    """A line cut into pieces with one amount each: at commas, and at "and" after an amount."""
    joined = rf"(?<=[\dr-])\s+(?:{either(word_set(locale, 'numbers', 'and'))}|[&+])\s+(?=[^\W\d_])"
    pieces: list[str] = []
    waiting = ""
    for piece in (part for comma in _COMMA.split(line) for part in re.split(joined, comma)):
        if not visible(piece):
            continue
        piece = f"{waiting}, {piece}" if waiting else piece
        waiting = ""
        if _price(piece, locale) is None:
            waiting = piece
        else:
            pieces.append(piece)
    return [*pieces, waiting] if waiting else pieces


def _price(piece: str, locale: str) -> tuple[int, list[Amount]] | None:
    """The amount in a piece and where it stands: the one with a currency, or the last number.

    A number times a price ("20 x 30 kr") stands nowhere: the words are kept whole.
    """
    found = [each for each in amounts(piece, locale) if each.currency != "foreign"]
    if not found:
        return None
    folded = fold_money(piece)
    if len(found) == 2 and folded[found[0].end : found[1].start].split()[-1:] in (["x"], ["×"], ["*"], ["a"]):
        return whole_sek(found[0].value * found[1].value), []
    marked = [each for each in found if each.currency]
    chosen = marked[-1] if marked else found[-1]
    return whole_sek(chosen.value), [chosen]


def _with_amount(piece: str, columns: Sequence[Column], known: Known) -> Row:
    row, texts = _empty(columns), _names(columns, "text")
    money = _names(columns, "money")[0]
    price = _price(piece, known.locale)
    left = piece
    if price:
        row[money] = price[0]
        left = _without(piece, [(each.start, each.end) for each in price[1]])
    else:
        free = re.search(either(word_set(known.locale, "money", "free")), fold(piece))
        if free:
            row[money] = 0
            left = _without(fold(piece), [free.span()]) if fold(piece) != piece else _without(piece, [free.span()])
    hedges = word_set(known.locale, "numbers", "hedges")
    kept = left.strip(_EDGE).split()
    while price and len(kept) > 1 and fold(kept[-1]) in hedges:
        kept.pop()
    while price and len(kept) > 1 and fold(kept[0]) in word_set(known.locale, "money", "for"):
        kept.pop(0)
    about = " ".join(kept).strip(_EDGE)
    if not visible(about) and any(c.isalpha() for c in piece) and price and not _only_money(piece, known.locale):
        about = piece
    if texts and visible(about):
        row[texts[0]] = about
    return row


def _only_money(piece: str, locale: str) -> bool:
    """Whether a piece is an amount and nothing else ("500 kr", "åtta tusen")."""
    numbers = find_numbers(fold_money(piece), locale)
    covered = {at for found in numbers.found for at in range(found.first, found.after)}
    kronor, hedges = word_set(locale, "money", "kronor"), word_set(locale, "numbers", "hedges")
    left = [token.words for at, token in enumerate(numbers.tokens) if at not in covered]
    return all(word in kronor or word in hedges or not word.isalpha() for word in left)


def _without(piece: str, spans: Sequence[tuple[int, int]]) -> str:
    """The piece's own words without those that stand at these places of its folded form."""
    kept: list[str] = []
    at = 0
    for word in piece.split():
        folded = fold_money(word).strip()
        start, end = at, at + len(folded)
        at = end + 1
        if not any(start < until and begin < end for begin, until in spans):
            kept.append(word)
    return " ".join(kept)


def _with_day(line: str, columns: Sequence[Column], known: Known) -> Row:
    """What, who and by when: commas between, the day in a part of its own or at the end."""
    row, texts, day = _empty(columns), _names(columns, "text"), _names(columns, "day")[0]
    parts = [part for part in _COMMA.split(line) if visible(part)]
    for place in range(len(parts) - 1, -1, -1):
        cut = _ending_day(parts[place], known)
        if cut:
            row[day], left = cut
            parts = [*parts[:place], *([left] if visible(left) else []), *parts[place + 1 :]]
            break
    if len(texts) > 1 and len(parts) > 1 and len(parts[-1].split()) <= _FEW_WORDS:
        row[texts[1]] = parts.pop()
    about = ", ".join(parts).strip(_EDGE)
    if texts and visible(about):
        row[texts[0]] = about
    return row


def _ending_day(part: str, known: Known) -> tuple[str, str] | None:
    """The day that the last words of a part say, and the words before it."""
    words, reader = part.split(), OneDay()
    for length in range(1, min(len(words), 6) + 1):
        found = reader.spot(" ".join(words[-length:]), known)
        longer = reader.spot(" ".join(words[-length - 1 :]), known) if length < len(words) else found
        if found and found == longer:
            before = words[:-length]
            while before and fold(before[-1]) in word_set(known.locale, "days", "by"):
                before.pop()
            return found, " ".join(before)
    return None


def _texts(line: str, columns: Sequence[Column], known: Known) -> list[Row]:
    """Rows of nothing but text: a line is one row, or a list of short names with commas between."""
    names = _names(columns, "text")
    parts = [part for part in _COMMA.split(line) if visible(part)]
    if len(names) == 1:
        few = len(parts) > 1 and all(len(part.split()) <= _FEW_WORDS for part in parts)
        return [{**_empty(columns), names[0]: part.strip()} for part in (parts if few else [line])]
    people = [name for part in parts for name in _people(part, known)]
    if len(parts) > 1 and all(_like_a_name(name, len(people)) for name in people):
        return [{**_empty(columns), names[0]: name} for name in people]
    about, rest = _two(line)
    row = {**_empty(columns), names[0]: about}
    if visible(rest):
        row[names[1]] = rest
    return [row]


def _people(part: str, known: Known) -> list[str]:
    """The names in "Bilal och Carin"."""
    return re.split(
        rf"\s+(?:{either(word_set(known.locale, 'numbers', 'and'))}|&|\+)\s+", part.strip(" ."), flags=re.IGNORECASE
    )


def _like_a_name(words: str, among: int) -> bool:
    """Whether a part of a list is a name: one or two words, each with a capital where the script has them."""
    each = bare(words).split()
    cased = [word for word in words.split() if word[:1].lower() != word[:1].upper()]
    return 0 < len(each) <= 2 and (all(word[:1].isupper() for word in cased) if cased else among > 2)


def _two(line: str) -> tuple[str, str]:
    """A line in two: before and after the first comma, colon, dash or bracket."""
    found = re.search(r"\s*[,،:]\s*|\s+[-–—]\s+|\s*\(", line)
    if not found or not visible(line[: found.start()]):
        return line.strip(), ""
    rest = line[found.end() :].strip()
    return line[: found.start()].strip(), rest.removesuffix(")").strip() if found[0].strip() == "(" else rest
