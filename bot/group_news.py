"""Messages to many from the coaches' group: a draft out of a command, tried, sent and approved by the buttons below it.

`bot.coaches` says what is made here in the group. Every press may come late or twice: the acts of `bot.broadcasting` then
refuse, and say so to whoever pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bot.broadcast_form import Filled
from bot.broadcast_views import Row, Seen
from bot.broadcasting import MAY_WRITE, OVER, Broadcasts, version_of
from bot.flows.heard import MASTER, said_in
from bot.flows.model import Choice
from bot.flows.read.typed import as_text
from bot.handoff import Actor
from bot.i18n import Ltr, OwnName, Text, _, content, p_
from bot.packs.model import Municipality, NewsTopic
from bot.rules import masking
from bot.staff import Refused
from bot.turn import Turns

COMMAND: Final = "broadcast"
CLIP: Final = 600
"""So much of a message is shown in the group; all of it is in the console."""

Say = tuple[Text, tuple[Choice, ...]]


def may(roles: frozenset[str]) -> bool:
    """Whether somebody's account may write to many."""
    return bool(roles & MAY_WRITE)


class GroupNews:
    """What the command and its buttons do. `console` makes the button that leads to a page there."""

    def __init__(self, turns: Turns, console: Callable[[str], Choice]) -> None:
        self.turns, self.desk, self.console = turns, Broadcasts(turns), console

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    async def write(self, by: Actor, key: str, argument: str) -> Say:
        """A draft with these Swedish words, to all who listen or to those of a topic ("#culture …"); what is to be known of
        it, and its buttons. Raises Refused."""
        topic, words = self._topic(self.place(by), argument)
        if not words:
            raise Refused(
                "empty", _("Write the Swedish text behind the command: {command}.", command=Ltr(f"/{COMMAND} …"))
            )
        id = await self.desk.create(by, key)
        filled = Filled(
            content={"texts": {MASTER: {"words": masking.mask(words)[0]}}, "buttons": ["not"]},
            segment={"topics": [topic.id]} if topic is not None else {},
        )
        await self.desk.save(by, id, filled)
        return await self._draft(by, id, topic)

    def _topic(self, place: Municipality, argument: str) -> tuple[NewsTopic | None, str]:
        """The topic that is named first, and the words behind it."""
        if not argument.startswith("#"):
            return None, argument.strip()
        name, _blank, words = argument[1:].partition(" ")
        found = [each for each in place.news.topics if each.id == name.casefold()]
        found = found or [each for each in place.news.topics if each.title.casefold().startswith(name.casefold())]
        if len(found) != 1:
            names = tuple(Ltr(f"#{each.id}") for each in place.news.topics)
            raise Refused("empty", _("I know no such topic. These are there: {names}.", names=names))
        return found[0], words.strip()

    async def _draft(self, by: Actor, id: int, topic: NewsTopic | None) -> Say:
        seen = await self.desk.seen(by, id)
        said, _instead = said_in(seen.row.content, MASTER)
        words = str(said.get("words") or "")
        shown = as_text(words if len(words) <= CLIP else words[: CLIP - 1].rstrip() + "…")
        whom = (
            _("To those who want to hear about: {topic}.", topic=content(topic.title)) if topic
            else _("To all who have asked for news.")
        )  # fmt: skip
        missing = (
            _("It is missing in: {languages}. Write it in the console, or the Swedish text goes out there, marked.",
              languages=tuple(OwnName(each) for each in seen.missing))
            if seen.missing else _("Nobody needs it in another language.")
        )  # fmt: skip
        # TRANSLATORS: in the coaches' group, about a message to many that was just written: its number, the words, whom
        # it goes to, how many they are, and in what languages it is missing.
        text = _("Draft {number}, nothing is sent yet:\n\n{words}\n\n{whom} {count} {missing}", number=Ltr(f"#{id}"), words=shown,
                 whom=whom, count=_reach(seen), missing=missing)  # fmt: skip
        # TRANSLATORS: buttons in the coaches' group, at most 30 characters each.
        send = (
            Choice(f"k:bmark:{id}", p_("group", "Send, in Swedish if missing")) if seen.missing
            else Choice(f"k:bsend:{id}", p_("group", "Have it sent"))
        )  # fmt: skip
        return text, (Choice(f"k:btest:{id}", p_("group", "Send it to me first")), send, self.console(f"/news/{id}"))

    async def press(self, by: Actor, act: str, id: int, version: int = 0) -> tuple[Text, Say | None]:
        """Do what a button says: the words for whoever pressed it, and a line for the group. Raises Refused.

        `version` is that of what was asked to be approved: nobody says yes to what has been changed since.
        """
        match act:
            case "btest":
                row = (await self.desk.seen(by, id)).row
                tags = [tag for tag in self.place(by).languages if not said_in(row.content, tag)[1]]
                return await self.desk.test(by, id, tags), None
            case "bmark":
                await self._fall_back(by, id)
                return await self._send(by, id)
            case "bsend":
                return await self._send(by, id)
            case "byes":
                row = (await self.desk.seen(by, id)).row
                if version != _short(row):
                    raise Refused("gone", OVER)
                await self.desk.approve(by, id, version=version_of(row))
                words = _("{name} has said yes to message {number}.", name=by.name, number=Ltr(f"#{id}"))
                return words, (words, (self.console(f"/news/{id}"),))
        raise Refused("gone", OVER)

    async def _fall_back(self, by: Actor, id: int) -> None:
        """The marked Swedish text goes out wherever there is none."""
        row = (await self.desk.seen(by, id)).row
        if row.status != "draft":
            raise Refused("gone", OVER)
        lacking = [tag for tag in self.place(by).languages if tag != MASTER and said_in(row.content, tag)[1]]
        marked: dict[str, Any] = {**row.content, "fallback": lacking}
        if marked != row.content:
            await self.desk.write(by, id, marked, row.segment, need_id=row.need_id)

    async def _send(self, by: Actor, id: int) -> tuple[Text, Say]:
        status = await self.desk.ask(by, id)
        number = Ltr(f"#{id}")
        open_ = self.console(f"/news/{id}")
        if status != "asked":
            words = _("{name} has message {number} sent.", name=by.name, number=number)
            return words, (words, (open_,))
        seen = await self.desk.seen(by, id)
        who = (
            _("These can: {names}.", names=tuple(seen.approvers)) if seen.approvers
            else _("Nobody else here can yet; an administrator can let somebody.")
        )  # fmt: skip
        words = _("{name} asks for a second yes to message {number}: {title} {count} {who}", name=by.name, number=number,
                  title=as_text(seen.title), count=_reach(seen), who=who)  # fmt: skip
        passing = _("A second person has to say yes now. I have asked in the group.")
        return passing, (words, (Choice(f"k:byes:{id}:{_short(seen.row)}", p_("group", "Yes, send it")), open_))


def _reach(seen: Seen) -> Text:
    if seen.counted.few and seen.counted.total:
        return _("It reaches fewer than 5 people.")
    return _("It reaches {count} people.", count=seen.counted.total)


def _short(row: Row) -> int:
    """A version as it fits on a button."""
    return int(version_of(row)) % 10**8
