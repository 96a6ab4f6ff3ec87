"""Answers that are a person one can reach, or an e-mail address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers

from bot.flows.model import Draft, Input, Known, Problem, Read, Reading
from bot.flows.read.typed import Control, Kind, as_text, clean, first, fold, in_words, shown, tags, visible
from bot.i18n import Ltr, Text, _

# TRANSLATORS: words around a name, phone number or e-mail address when people write who they are, separated by |.
# They are taken away to find the name. Add those of your language.
AROUND = _(
    "my name is | i am | i'm | name | phone | telephone | tel | mobile | e-mail | email | mail | call me | number"
)

_EMAIL = re.compile(r"(?:mailto:)?([^\s@<>(),;:\"\[\]]{1,64}@[^\s@<>(),;:\"\[\]]+\.[^\W\d_]{2,})", re.IGNORECASE)
_REGION = "SE"


@dataclass(frozen=True, slots=True)
class PersonToReach(Kind):
    """Somebody's name with a phone number or an e-mail address: {"name", "phone", "email"}, phone as +46….

    `need` names what has to be there: at least one of them. The draft holds what has been said so far.
    """

    kind = "person"
    need: tuple[str, ...] = ("phone", "email")

    def read(self, input: Input, known: Known, draft: Any = None) -> Reading:
        if input.person is not None:
            person = input.person
            phone = find_phone(fold(person.phone or "")) or find_phone(f"+{re.sub(r'[^0-9]', '', person.phone or '')}")
            said = {"name": clean(person.name), "phone": phone and phone[0], "email": find_email(person.email or "")}
            return self._merged(said, draft)
        return Kind.read(self, input, known, draft)

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        email = find_email(words)
        rest = _EMAIL.sub(" ", words) if email else words
        phone = find_phone(rest)
        if phone:
            rest = rest.replace(phone[1], " ")
        said = {"name": _name(rest, known.locale), "phone": phone and phone[0], "email": email}
        if not phone and len(re.findall(r"\d", fold(rest))) >= 5:
            return Problem(
                _(
                    "That phone number does not look complete. Write it for example as {phone}.",
                    phone=Ltr("070-123 45 67"),
                ),
                self.help(known),
            )
        if not email and "@" in rest:
            return not_an_email(words)
        if not any(said.values()):
            return Problem(
                _("I could not find a name in that. Write for example {example}.", example=_EXAMPLE), self.help(known)
            )
        return self._merged(said, draft)

    def _merged(self, said: Mapping[str, Any], draft: Any) -> Reading:
        before: Mapping[str, Any] = draft if isinstance(draft, dict) else {}
        value = {key: said.get(key) or before.get(key) or None for key in ("name", "phone", "email")}
        if not value["name"]:
            return Draft(value, _("Thank you. And what is the name?"))
        if self.need and not any(value[key] for key in self.need):
            if self.need == ("phone",):
                return Draft(value, _("Thank you. And what phone number does {name} have?", name=value["name"]))
            if self.need == ("email",):
                return Draft(value, _("Thank you. And what e-mail address does {name} have?", name=value["name"]))
            return Draft(
                value,
                _("Thank you. How can {name} be reached: a phone number or an e-mail address?", name=value["name"]),
            )
        return Read(value)

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        name, phone, email = (fields.get(key, "").strip() for key in ("name", "phone", "email"))
        if not visible(name + phone + email):
            return self.silent(known, None)
        found = find_phone(phone)
        if visible(phone) and not found:
            return Problem(
                _(
                    "That phone number does not look complete. Write it for example as {phone}.",
                    phone=Ltr("070-123 45 67"),
                )
            )
        if visible(email) and find_email(email) is None:
            return not_an_email(email)
        reading = self._merged({"name": first([name]), "phone": found and found[0], "email": find_email(email)}, None)
        return Problem(reading.note or self.help(known)) if isinstance(reading, Draft) else reading

    def help(self, known: Known) -> Text:
        return _("Write a name and how to reach that person, for example {example}.", example=_EXAMPLE)

    def show(self, value: Any, known: Known) -> Text:
        phone, email = value.get("phone"), value.get("email")
        ways = tuple(filter(None, (phone and Ltr(national(phone)), email and Ltr(email))))
        if not ways:
            return as_text(value.get("name") or "")
        # TRANSLATORS: a person's name, and a phone number, an e-mail address, or both.
        return _("{name}, {ways}", name=value.get("name") or "", ways=ways)

    def form_values(self, value: Any) -> dict[str, str]:
        phone = value.get("phone")
        return {"name": value.get("name") or "", "phone": phone or "", "email": value.get("email") or ""}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        controls = [Control("name", _("Name"), autocomplete="name")]
        if "phone" in self.need:
            controls.append(
                Control(
                    "phone", _("Phone"), "tel", required=self.need == ("phone",), autocomplete="tel", inputmode="tel"
                )
            )
        if "email" in self.need:
            controls.append(
                Control(
                    "email",
                    _("E-mail"),
                    "email",
                    required=self.need == ("email",),
                    autocomplete="email",
                    inputmode="email",
                )
            )
        return tuple(controls)


@dataclass(frozen=True, slots=True)
class Email(Kind):
    """One e-mail address."""

    kind = "email"

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        found = {_tidy(each) for each in _EMAIL.findall(words[:2000])}
        if len(found) > 1:
            return Problem(_("I see several addresses. Which one shall I use?"), self.help(known))
        return Read(found.pop()) if found else not_an_email(words)

    def read(self, input: Input, known: Known, draft: Any = None) -> Reading:
        if input.person is not None and input.person.email:
            return self.said(clean(input.person.email), known, draft)
        return Kind.read(self, input, known, draft)

    def help(self, known: Known) -> Text:
        return _("An address has an @ and a dot, for example {example}.", example=Ltr("anna@example.se"))

    def show(self, value: Any, known: Known) -> Text:
        return as_text(Ltr(str(value)))

    def spot(self, text: str, known: Known) -> Any | None:
        found = {_tidy(each) for each in _EMAIL.findall(text[:2000])}
        return found.pop() if len(found) == 1 else None

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", input_type="email", autocomplete="email", inputmode="email"),)


def person(need: tuple[str, ...] = ("phone", "email")) -> PersonToReach:
    """A name, and at least one of the ways in `need` to reach that person; none has to be given when it is empty."""
    return PersonToReach(need)


def email() -> Email:
    """An e-mail address."""
    return Email()


def not_an_email(words: str) -> Problem:
    return Problem(
        _("“{said}” does not look like an e-mail address. Write it for example as {example}.",
          said=shown(words), example=Ltr("anna@example.se")),
        _(
            "Look at the part after the @: it should end with a dot and some letters, as in {example}.",
            example=Ltr("anna@example.se"),
        ),
    )  # fmt: skip


def find_email(words: str) -> str | None:
    """The first e-mail address in the words."""
    found = _EMAIL.search(words[:2000])
    return _tidy(found[1]) if found else None


def find_phone(words: str) -> tuple[str, str] | None:
    """The first valid phone number, as +46…, with the words it was written in. Numbers without country are Swedish."""
    for match in phonenumbers.PhoneNumberMatcher(words[:2000], _REGION, leniency=phonenumbers.Leniency.VALID):
        return phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164), match.raw_string
    return None


def national(phone: str) -> str:
    """A phone number as people write it: Swedish ones 070-123 45 67, others with their country."""
    try:
        number = phonenumbers.parse(phone, _REGION)
    except phonenumbers.NumberParseException:
        return phone
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if number.country_code == 46 else style.INTERNATIONAL)


_EXAMPLE = Ltr("Anna Berg, 070-123 45 67")


def _tidy(address: str) -> str:
    local, _at, domain = address.strip(".").rpartition("@")
    return f"{local}@{domain.lower()}"


def _name(words: str, locale: str) -> str:
    """What is left of the words once everything around a name is taken away."""
    around = {part.strip() for tag in tags(locale) for part in in_words(AROUND, tag).split("|") if part.strip()}
    pattern = "|".join(re.escape(each) for each in sorted(around, key=len, reverse=True))
    left = re.sub(rf"(?<![^\W_])(?:{pattern})(?![^\W_])\s*:?", " ", words, flags=re.IGNORECASE)
    left = re.sub(r"[<>()\[\],;:/|+\n\d]+", " ", left)
    name = " ".join(left.split()).strip(" .-–")
    return name if any(c.isalpha() for c in name) else ""
