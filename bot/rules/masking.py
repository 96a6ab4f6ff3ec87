"""Swedish personal identity numbers are taken out before a message is stored.

Source: languages-and-rights.md, C1. The number is Act 1991:481 s. 18: year, month, day, three digits and a check digit
by the Luhn formula over the last ten; a hyphen, or a plus from the year a person turns 100. A coordination number adds
60 to the day. An organisation number has 20 or more where the month stands and is kept.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from typing import Any

from bot.i18n import _

MARK = "[personnummer]"
"""What stands where a number was. The Swedish word in every language, as on signs and forms; it holds no digit, so
masking again changes nothing."""

NOTICE = _("I removed an identity number from your message. Please do not write it here. We do not need it.")
"""Tells the person why their message looks different."""

_INVISIBLE = r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*+"
_BLANK = r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]"
_DASH = r"[-+\u2010-\u2015\u2212\ufe58\ufe63\uff0b\uff0d]"
_BEFORE_LAST_FOUR = rf"{_INVISIBLE}{_BLANK}{{0,2}}+{_INVISIBLE}{_DASH}?+{_INVISIBLE}{_BLANK}{{0,2}}+{_INVISIBLE}"
_LAYOUTS = (
    # 811218-9876, 198112189876, 19811218 9876, 19 811218-9876
    re.compile(rf"(?P<century>\d\d){_BLANK}?+(?P<date>\d{{6}}){_BEFORE_LAST_FOUR}(?P<last>\d{{4}})(?!\d)"),
    re.compile(rf"(?P<century>)(?P<date>\d{{6}}){_BEFORE_LAST_FOUR}(?P<last>\d{{4}})(?!\d)"),
    # 1981 12 18 9876, 81 12 18-9876; a card or bank number goes on before or after
    re.compile(
        rf"(?<!\d\d\d{_BLANK})(?P<century>\d\d)?(?P<date>\d\d{_BLANK}\d\d{_BLANK}?+\d\d){_BEFORE_LAST_FOUR}(?P<last>\d{{4}})"
        rf"(?!{_BLANK}?\d)"
    ),
    # 1981-12-18-9876, 81/12/18-9876, 1981.12.18-9876: a dash before the last four, or it is a day and a time of day
    re.compile(
        rf"(?P<century>\d\d)?(?P<date>\d\d[-./]\d\d[-./]\d\d){_BLANK}?+{_INVISIBLE}{_DASH}{_INVISIBLE}{_BLANK}?+(?P<last>\d{{4}})"
        r"(?![-./]?\d)"
    ),
)
_DIGIT_RUN = re.compile(r"\d+")
_MOBILE = re.compile(r"07\d{8}")


def mask(text: str, *, phone_asked: bool = False) -> tuple[str, int]:
    """Replace every valid identity number, in digits of any script, by `MARK`; say how many there were.

    `phone_asked`: the present question is for a phone number, so ten digits in a row that begin with 07 are left. Some
    mobile numbers written that way pass every check of an identity number; anywhere else they are masked too.
    """
    kept: list[str] = []
    done = found = 0
    for run in _DIGIT_RUN.finditer(text):
        if run.start() < done:
            continue
        if phone_asked and _MOBILE.fullmatch(_plain(run[0])):
            continue
        for layout in _LAYOUTS:
            number = layout.match(text, run.start())
            if number and _is_identity_number(
                _plain(number["century"] or ""), _plain(number["date"]), _plain(number["last"])
            ):
                kept += (text[done : run.start()], MARK)
                done = number.end()
                found += 1
                break
    return "".join((*kept, text[done:])), found


def masked(value: Any) -> Any:
    """The same JSON with identity numbers covered in all its words."""
    if isinstance(value, str):
        return mask(value)[0]
    if isinstance(value, Mapping):
        return {name: masked(each) for name, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list) else value


CONTACT_MARK = "…"
"""What stands where a way to reach somebody was."""

_MAIL = re.compile(r"[^\s@<>(),;:\"\[\]]{1,64}@[^\s@<>(),;:\"\[\]]+\.[^\W\d_]{2,}")
_PHONE = re.compile(r"(?<!\w)[+(]?\d(?:[ \t\u00a0()./\u2010-\u2015-]{0,3}\d){6,14}(?!\w)")
_DAY_OR_TIME = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[.:]\d{2} ?[-\u2013] ?\d{1,2}[.:]\d{2}")


def mask_contacts(text: str) -> tuple[str, int]:
    """Leave out phone numbers (seven digits and more, of any script, but no days and hours) and e-mail addresses; say how
    many there were."""
    text, mails = _MAIL.subn(CONTACT_MARK, text)
    found = 0

    def hidden(number: re.Match[str]) -> str:
        nonlocal found
        if _DAY_OR_TIME.fullmatch(_digits(number[0])):
            return number[0]
        found += 1
        return CONTACT_MARK

    return _PHONE.sub(hidden, text), mails + found


_LINK = re.compile(
    r"(?<!\w)(?:https?://|www\.)[^\s<>\"]+"  # an address that says it is one
    r"|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/[^\s<>\"]+"  # one with a path, as those of people on a platform
    r"|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.(?:se|nu|com|org|net|eu|info|me|io)(?![\w-])"
)
_HANDLE = re.compile(r"(?<![\w@])@\w[\w.]{1,40}")


def mask_ways(text: str) -> tuple[str, int]:
    """Leave out every way past this program to somebody: numbers and e-mail addresses, names on a platform (@name) and web
    addresses; say how many there were."""
    text, found = mask_contacts(text)
    text, links = _LINK.subn(CONTACT_MARK, text)
    text, handles = _HANDLE.subn(CONTACT_MARK, text)
    return text, found + links + handles


def _digits(words: str) -> str:
    """The words with their digits as 0 to 9, whatever script they were written in."""
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in words)


def _plain(digits: str) -> str:
    """The digits 0 to 9 of a piece, whatever script they were written in, and nothing else."""
    return "".join(str(unicodedata.decimal(sign)) for sign in digits if sign.isdecimal())


def _is_identity_number(century: str, date: str, last: str) -> bool:
    """A day that has been, or was meant by a coordination number, and a right check digit."""
    year, month, day = int(date[:2]), int(date[2:4]), int(date[4:])
    if century not in ("", "18", "19", "20") or not 1 <= month <= 12:
        return False
    years = [int(century) * 100 + year] if century else [1900 + year, 2000 + year]
    longest = max(monthrange(each, month)[1] for each in years)
    return 1 <= (day - 60 if day > 60 else day) <= longest and _luhn(date + last)


def _luhn(digits: str) -> bool:
    """Every other digit doubled from the first, digit sums added: divisible by ten."""
    return sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(digits)) % 10 == 0
