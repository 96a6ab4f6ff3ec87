"""Replies become words: in the locale of whoever reads them, at the moment they are queued, here and nowhere else.

The body that comes out is plain JSON, stored sealed with the message. Its `html` strings hold no markup but `<b>` and
`<a href>`; every channel makes its own form of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.flows.model import Card, Choice, Reply
from bot.i18n import Made, Text, Value, _, locale, plain, render

Body = dict[str, Any]


class Words:
    """Puts texts into words for one reader: their locale, the municipality's zone, and what this turn has made."""

    def __init__(self, tag: str, zone: ZoneInfo, made: Mapping[str, Value] | None = None) -> None:
        self.tag, self.zone, self.made = tag, zone, made or {}

    def html(self, text: Text) -> str:
        return render(text, self.tag, zone=self.zone, made=self.made)

    def plain(self, text: Text) -> str:
        return plain(self.html(text))

    def value(self, value: Value) -> str:
        """A value on its own, as in a table cell."""
        return self.html(value if isinstance(value, Text) else _("{value}", value=value))

    def body(self, reply: Reply) -> Body:
        """The reply as JSON. Empty parts are left out."""
        body: Body = {
            "lang": self.tag,
            "dir": locale(self.tag).dir,
            "html": "\n\n".join(self.html(text) for text in reply.words),
            "choices": [self._choice(each) for each in reply.choices],
            "moves": [self._choice(each) for each in reply.moves],
            "serial": reply.serial,
            "ask": str(reply.ask),
            "card": self._card(reply.card) if reply.card else None,
            "private": reply.private,
            "human": reply.human,
            "by": reply.by,
            "reply_to": reply.reply_to,
            "file": {"kind": reply.file.kind, "ref": reply.file.ref, "name": reply.file.name} if reply.file else None,
        }
        if reply.progress:
            step, steps = reply.progress
            body["progress"] = {
                "step": step,
                "steps": steps,
                # TRANSLATORS: how far one has come: question 3 of 9.
                "words": self.plain(_("Question {step} of {steps}", step=step, steps=steps)),
            }
        if reply.attachment:
            subject = reply.attachment.subject
            made = self.made.get(subject.name) if isinstance(subject, Made) else subject
            body["attachment"] = {
                "kind": reply.attachment.kind,
                "subject": made,
                "caption": self.html(reply.attachment.caption),
            }
        return {name: value for name, value in body.items() if value not in ("", None, [], False)}

    def _choice(self, choice: Choice) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": choice.id, "label": self.plain(choice.label)}
        if choice.chosen:
            shown["chosen"] = True
        if choice.url:
            shown["url"] = choice.url
        return shown

    def _card(self, card: Card) -> dict[str, Any]:
        return {
            "title": self.value(card.title),
            "rows": [[self.plain(label), self.value(value)] for label, value in card.rows],
            **({"fixed": card.fixed} if card.fixed else {}),
        }
