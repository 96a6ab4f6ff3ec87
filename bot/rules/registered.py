"""Numbers that somebody else has given out: an organisation number, an account to pay to. Checked, never looked up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

_SPACES = re.compile(r"[\s.\u00a0]+")


@dataclass(frozen=True, slots=True)
class Account:
    """Where money is paid: `kind` is bankgiro, plusgiro or bank; `number` as it is usually written."""

    kind: str
    number: str


def organisation_number(said: str) -> str | None:
    """An organisation number as NNNNNN-NNNN; None when it cannot be one (its check digit, or a person's number).

    The third digit of an organisation number is 2 or higher, which tells it from a person's.
    Source: Act 1974:174 on identity designation of legal persons; the check digit by Luhn's method.
    """
    digits = (
        re.sub(r"\D", "", said).removeprefix("16") if len(re.sub(r"\D", "", said)) == 12 else re.sub(r"\D", "", said)
    )
    try:
        number = orgnr.validate(digits)
    except ValidationError:
        return None
    return f"{number[:6]}-{number[6:]}" if number[2] >= "2" else None


def account(said: str) -> Account | None:
    """The account that is written here; None when its digits cannot be right.

    Bankgiro has 7 or 8 digits, plusgiro 2 to 8, both ending in a check digit by Luhn's method; they are told apart by
    their name, or by the dash before the last four digits (bankgiro) or the last one (plusgiro). Everything longer is
    a bank account: a clearing number of four digits (five when it begins with 8), then at most 10 digits.
    Source: Bankgirot, "Bankernas kontonummer"; the check digits inside bank accounts differ by bank and are not tried.
    """
    words = _SPACES.sub(" ", said.casefold()).strip()
    digits = re.sub(r"\D", "", words)
    if re.search(r"\d(?:\s|-)*[a-zåäö]+(?:\s|-)*\d", words) or not digits:
        return None
    if re.search(r"plus|\bpg\b|postgiro", words) or re.fullmatch(r"[\d ]{1,9}-\d", words):
        return (
            Account("plusgiro", f"{digits[:-1]}-{digits[-1]}")
            if 2 <= len(digits) <= 8 and luhn.is_valid(digits)
            else None
        )
    if re.search(r"bank ?giro|\bbg\b", words) or re.fullmatch(r"\d{3,4}-\d{4}", words):
        return (
            Account("bankgiro", f"{digits[:-4]}-{digits[-4:]}")
            if len(digits) in (7, 8) and luhn.is_valid(digits)
            else None
        )
    clearing = 5 if digits.startswith("8") else 4
    if int(digits[0]) >= 1 and 10 <= len(digits) <= clearing + 10:
        return Account("bank", f"{digits[:clearing]}, {digits[clearing:]}")
    return None
