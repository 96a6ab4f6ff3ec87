"""Stored messages as a page shows them: bubbles in a log, one open question with its buttons, the growing card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from bot.flows.model import Card, State
from bot.i18n import Text, _, locale
from bot.views import Message
from bot.wording import Words

SIGNS = {"💡": "lamp", "🏠": "house", "💰": "purse", "📋": "page", "🙋": "person", "🌐": "globe", "🔒": "lock"}
"""Telegram's menu entries begin with a sign that not every device can draw; pages draw their own."""
_SIGN = re.compile(r"\A((?:<span[^>]*>)?)([\u2300-\u2bff\U0001f000-\U0001faff])\ufe0f?\s+")
_TAG = re.compile(r'<b>|</b>|</a>|<a href="((?:https?://|tel:\+?\d|mailto:|tg://)[^"<>\s]*)">', re.IGNORECASE)


def signed(label: str) -> tuple[str, Markup]:
    """A label's own icon, "" for none, and its words without the sign they begin with."""
    found = _SIGN.match(escape(label))
    words = escape(label)
    return (SIGNS.get(found[2], ""), Markup(found[1] + words[found.end() :])) if found else ("", words)


def safe(html: str) -> Markup:
    """The light markup of a stored body as a page's HTML: `<b>` and links stay, every other tag shows as text.

    Paragraphs stand between empty lines.
    """
    html = _SIGN.sub(r"\1", html)
    paragraphs = (_safe_line(part).replace("\n", Markup("<br>")) for part in html.split("\n\n") if part.strip())
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in paragraphs)


def inline(html: str) -> Markup:
    """The same for a value inside a line."""
    return _safe_line(html).replace("\n", Markup("<br>"))


def without_links(html: Markup) -> Markup:
    """The same without links: a resident's private ones are not for whoever else reads the conversation."""
    return Markup(re.sub(r"</?a\b[^>]*>", "", html))


def _safe_line(html: str) -> Markup:
    pieces: list[str] = []
    at = 0
    for tag in _TAG.finditer(html):
        pieces += (_words(html[at : tag.start()]), tag.group())
        at = tag.end()
    return Markup("".join((*pieces, _words(html[at:]))))


def _words(html: str) -> str:
    """Words that are escaped already, with every sign that could still begin or end a tag made harmless."""
    return html.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


VERDICT_SLOT = "verdict"
"""Cards of this slot are answers to read in the talk; beside it stays what grows."""


SAID = "said:"
"""Slots of what was said to and by a human begin so: a change of it takes its place."""


@dataclass(frozen=True, slots=True)
class CardShown:
    """The plan so far: a title and rows of label and words; the last `fixed` cannot be changed by themselves."""

    title: Markup
    rows: tuple[tuple[str, Markup], ...]
    lang: str
    dir: str
    fixed: int = 0


def drawn(card: Card | None, tag: str, zone: ZoneInfo) -> CardShown | None:
    """A card in the page's own language; None for none."""
    if card is None:
        return None
    words = Words(tag, zone)
    rows = tuple((words.plain(label), inline(words.value(value))) for label, value in card.rows)
    return CardShown(inline(words.value(card.title)), rows, lang=tag, dir=locale(tag).dir)


@dataclass(frozen=True, slots=True)
class ButtonShown:
    """A choice or move as a button, or as a link where it opens a page."""

    id: str
    label: str
    chosen: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message in the log. `words` are the page's own where `text` is set. `day` is set where a new day begins.

    `last_id` is the id of its newest version: one that was changed keeps its place. `signs` are reactions. One that `follows` another of the same sender within the minute needs not say again who speaks, to those who see.
    """

    id: int
    sender: str
    at: datetime
    lang: str | None = None
    dir: str = "auto"
    html: Markup = field(default_factory=Markup)
    text: Text | None = None
    choices: tuple[ButtonShown, ...] = ()
    card: CardShown | None = None
    document: str | None = None
    file: int | None = None
    photo: bool = False
    figure: str = ""
    by: str = ""
    day: date | None = None
    follows: bool = False
    last_id: int = 0
    signs: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.last_id > self.id

    @property
    def own(self) -> bool:
        return self.sender == "resident"


@dataclass(frozen=True, slots=True)
class Question:
    """The open question: its buttons, how far one has come, and what may be sent beside words."""

    message_id: int
    serial: int
    choices: tuple[ButtonShown, ...] = ()
    moves: tuple[ButtonShown, ...] = ()
    progress: Mapping[str, Any] | None = None
    ask: str = "text"
    lang: str = "sv"
    dir: str = "ltr"

    @property
    def several(self) -> bool:
        """Whether choices are ticked until "done" is pressed, rather than each being the answer."""
        return len(self.choices) > 1 and self.choices[-1].id == "c:done"


@dataclass(frozen=True, slots=True)
class Shown:
    """A conversation ready to be shown."""

    bubbles: tuple[Bubble, ...] = ()
    question: Question | None = None
    card: CardShown | None = None
    changeable: bool = False
    last_id: int = 0
    hidden: frozenset[int] = field(default_factory=frozenset)


Signs = Mapping[int, Mapping[str, str]]
"""What somebody has put under messages, by the messages' ids and who put it: {7: {"coach": "👍"}}."""


def shown(messages: Sequence[Message], state: State, zone: ZoneInfo, signs: Signs | None = None) -> Shown:
    """Arrange messages. A question that only changed its buttons keeps its bubble, and the presses are not repeated."""
    bubbles: list[Bubble] = []
    question: Question | None = None
    card: CardShown | None = None
    asked: tuple[str, str, Any] | None = None
    growing = False
    hidden: set[int] = set()
    newest = {each.slot: each for each in messages if (each.slot or "").startswith(SAID)}
    told: set[str] = set()
    for message in messages:
        last = message
        if message.slot is not None and message.slot in newest:
            if message.slot in told:
                continue
            told.add(message.slot)
            last = newest[message.slot]
        body = last.body if isinstance(last.body, dict) else {}
        if "card" in body and not (message.slot or "").startswith(VERDICT_SLOT):
            card = _card(body)
            growing = (message.slot or "").startswith("card:") or bool(body.get("serial"))
        if body.get("serial"):
            question = _question(message, body)
        if message.sender == "resident":
            bubble = _own(message, body)
        else:
            if asked is not None and _only_buttons(asked, message, body):
                hidden.add(message.id)
                while bubbles and bubbles[-1].own and _is_press(messages, bubbles[-1].id):
                    hidden.add(bubbles.pop().id)
                asked = (asked[0], asked[1], _offered(body))
                continue
            if body.get("html") and message.slot:
                asked = (message.slot, body["html"], _offered(body))
            bubble = _from_us(message, body)
        if bubble is not None:
            under = {**(signs or {}).get(message.id, {}), **(signs or {}).get(last.id, {})}
            bubbles.append(replace(bubble, last_id=last.id, signs=tuple(sorted(set(under.values())))))
    is_open = bool(state.frames) and question is not None and question.serial == state.serial
    return Shown(
        bubbles=tuple(_with_days(bubbles, zone)),
        question=question if is_open else None,
        card=card,
        changeable=is_open and growing,
        last_id=messages[-1].id if messages else 0,
        hidden=frozenset(hidden),
    )


def _only_buttons(asked: tuple[str, str, Any], message: Message, body: Mapping[str, Any]) -> bool:
    """Whether the same question is asked with nothing but other buttons: something was ticked, or more ways shown."""
    slot, words, offered = asked
    html = body.get("html", "")
    return bool(html) and message.slot == slot and words.endswith(html) and _offered(body) != offered


def _offered(body: Mapping[str, Any]) -> Any:
    return body.get("choices"), body.get("moves")


def _is_press(messages: Sequence[Message], id: int) -> bool:
    return any(each.id == id and isinstance(each.body, dict) and "pressed" in each.body for each in messages)


def _own(message: Message, body: Mapping[str, Any]) -> Bubble | None:
    """What the resident did, in their own words or in ours; None for what needs no bubble."""
    blank = Bubble(id=message.id, sender="resident", at=message.at, file=message.id if "file" in body else None)
    if said := body.get("text") or signed(body.get("pressed", ""))[1]:
        lines = Markup("<br>").join(escape(line) for line in said.split("\n"))
        return replace(blank, html=Markup("<p>{}</p>").format(lines))
    if text := _deed(body):
        return replace(blank, text=text)
    command = str(body.get("command", ""))
    if not command or command.startswith(("/language ", "/moved", "/bring", "/start")):
        return None
    return replace(blank, html=Markup("<p><code>{}</code></p>").format(command), dir="ltr")


def _deed(body: Mapping[str, Any]) -> Text | None:
    """What was done without words."""
    if "file" in body:
        return _("You sent a file: {name}", name=body["file"].get("name") or "…")
    if "place" in body:
        return _("You shared a place.")
    if "person" in body:
        return _("You shared a contact: {name}", name=body["person"].get("name") or "…")
    if "fields" in body and "by_staff" in body:
        return _("The form was filled in by the municipality's staff.")
    if "fields" in body:
        return _("You sent a form.")
    if str(body.get("command", "")).startswith(("/start join_", "/start restore_", "/start move_")):
        return _("You opened a private link.")
    return None


def _from_us(message: Message, body: Mapping[str, Any]) -> Bubble | None:
    attachment = body.get("attachment") or {}
    html = body.get("html") or attachment.get("caption") or ""
    beside = (message.slot or "").startswith("card:")
    if not html and "file" not in body and ("card" not in body or beside):
        return None
    subject = attachment.get("subject")
    return Bubble(
        id=message.id,
        sender={"coach": "coach", "operator": "coach", "peer": "peer"}.get(message.sender, "bot"),
        by=str(body.get("by") or ""),
        at=message.at,
        lang=body.get("lang"),
        dir=body.get("dir", "auto"),
        html=safe(html),
        choices=_buttons(body, "choices") if body.get("serial") in (0, None) else (),
        card=_card(body) if "card" in body else None,
        document=f"{attachment['kind']}/{subject}" if isinstance(subject, int) else None,
        file=message.id if "file" in body else None,
        figure=str(subject) if attachment.get("kind") == "figure" else "",
        photo=(body.get("file") or {}).get("kind") == "photo",
    )


def _card(body: Mapping[str, Any]) -> CardShown:
    card = body["card"]
    return CardShown(
        title=inline(card["title"]),
        rows=tuple((label, inline(value)) for label, value in card["rows"]),
        fixed=card.get("fixed", 0),
        lang=body.get("lang", "sv"),
        dir=body.get("dir", "auto"),
    )


def _buttons(body: Mapping[str, Any], name: str) -> tuple[ButtonShown, ...]:
    return tuple(ButtonShown(**each) for each in body.get(name, ()))


def _question(message: Message, body: Mapping[str, Any]) -> Question:
    return Question(
        message_id=message.id,
        serial=body["serial"],
        choices=_buttons(body, "choices"),
        moves=_buttons(body, "moves"),
        progress=body.get("progress"),
        ask=body.get("ask", "text"),
        lang=body.get("lang", "sv"),
        dir=body.get("dir", "ltr"),
    )


def _with_days(bubbles: Sequence[Bubble], zone: ZoneInfo) -> list[Bubble]:
    dated: list[Bubble] = []
    day: date | None = None
    before: tuple[str, str] | None = None
    for bubble in bubbles:
        local = bubble.at.astimezone(zone)
        by = (bubble.sender, local.isoformat(timespec="minutes"))
        new = local.date() if local.date() != day else None
        dated.append(replace(bubble, at=local, day=new, follows=by == before))
        day, before = local.date(), by
    return dated
