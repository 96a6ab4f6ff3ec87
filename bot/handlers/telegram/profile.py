"""What Telegram shows of the bot before anybody writes: its commands, name and descriptions, in each language.

Told only when the words have changed, for Telegram allows few of these calls (a name hardly once a day).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat, MenuButtonCommands
from telegram.error import TelegramError

from bot.coaches import COMMANDS as GROUP_COMMANDS
from bot.i18n import Text, _, plain, render
from bot.packs.model import Municipality
from bot.telegram_store import TelegramStore

NAME_MAX, SHORT_MAX, DESCRIPTION_MAX = 64, 120, 512
"""Source: Telegram Bot API, setMyName, setMyShortDescription, setMyDescription."""

DEFAULT = "sv"

# TRANSLATORS: what a command does, in Telegram's menu: a few words each.
COMMANDS: tuple[tuple[str, Text], ...] = (
    ("start", _("Begin here")),
    ("menu", _("What I can help with")),
    ("idea", _("Turn an idea into a plan")),
    ("premises", _("Find a room")),
    ("grants", _("See which support fits")),
    ("contact", _("Find out who is responsible")),
    ("help_me", _("Ask for help with something")),
    ("volunteer", _("Offer to help")),
    ("needs", _("See where helpers are needed")),
    ("ideas", _("See what others want to do")),
    ("actors", _("Find who does what here")),
    ("meetings", _("The next meetings")),
    ("mine", _("Your plans and what you have saved")),
    ("coach", _("Talk to a human")),
    ("language", _("Another language")),
    ("privacy", _("How your data is treated")),
    ("mydata", _("See what is kept about you")),
    ("forget", _("Have everything about you removed")),
    ("stop", _("No more messages")),
    ("cancel", _("Stop what is under way")),
    ("help", _("Help")),
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing Telegram is to be told: what is remembered of it, and the call."""

    key: str
    words: str
    call: Callable[[], Awaitable[object]]


class Profile:
    """Keeps the profile of one bot as the catalogues have it."""

    def __init__(
        self, bot: Bot, bot_id: int, municipality: Municipality, store: TelegramStore, groups: Sequence[int] = ()
    ) -> None:
        self.bot, self.bot_id, self.municipality, self.store = bot, bot_id, municipality, store
        self.groups = groups

    async def tell(self) -> int:
        """Tell Telegram what has changed since it was told last; how many calls that took.

        What it refuses is tried again at the next start.
        """
        wanted = list(self._wanted())
        known = await self.store.recall([each.key for each in wanted])
        told = 0
        for each in wanted:
            mark = hashlib.sha256(each.words.encode()).hexdigest()
            if known.get(each.key) == mark:
                continue
            try:
                await each.call()
            except TelegramError as error:
                log.warning("the bot's profile is not up to date", item=each.key, reason=str(error))
                continue
            await self.store.remember(each.key, mark)
            told += 1
        return told

    def _wanted(self) -> Iterator[_Told]:
        name = self._name()
        yield self._told("name", "", name, lambda: self.bot.set_my_name(name))
        yield self._told(
            "menu_button", "", "commands", lambda: self.bot.set_chat_menu_button(None, MenuButtonCommands())
        )
        yield from self._in_language(DEFAULT, None)
        for tag in self.municipality.languages:
            if len(tag) == 2 and tag != DEFAULT:  # Telegram takes codes of two letters, and no others
                yield from self._in_language(tag, tag)
        for chat in self.groups:
            yield from self._in_group(chat)

    def _in_group(self, chat: int) -> Iterator[_Told]:
        """The commands of the coaches' group, in the languages that staff may read."""
        for tag in (DEFAULT, *(tag for tag in self.municipality.languages if len(tag) == 2 and tag != DEFAULT)):
            commands = [BotCommand(name, plain(render(words, tag))) for name, words in GROUP_COMMANDS]
            listed = json.dumps([(each.command, each.description) for each in commands])
            code = None if tag == DEFAULT else tag
            call = partial(self.bot.set_my_commands, commands, BotCommandScopeChat(chat), code)
            yield self._told(f"commands:{chat}", tag, listed, call)

    def _in_language(self, tag: str, code: str | None) -> Iterator[_Told]:
        commands = [BotCommand(name, plain(render(words, tag))) for name, words in COMMANDS]
        listed = json.dumps([(each.command, each.description) for each in commands])
        yield self._told("commands", tag, listed, lambda: self.bot.set_my_commands(commands, language_code=code))
        short = _fitting(self._short(), tag, SHORT_MAX)
        yield self._told("short", tag, short, lambda: self.bot.set_my_short_description(short, language_code=code))
        long = _fitting(self._long(), tag, DESCRIPTION_MAX)
        yield self._told("description", tag, long, lambda: self.bot.set_my_description(long, language_code=code))

    def _told(self, item: str, tag: str, words: str, call: Callable[[], Awaitable[object]]) -> _Told:
        return _Told(f"telegram:{self.bot_id}:{item}:{tag}".rstrip(":"), words, call)

    def _name(self) -> str:
        return (self.municipality.lab or f"Idélabbet {self.municipality.name}")[:NAME_MAX]

    def _short(self) -> Text:
        # TRANSLATORS: under the bot's name in Telegram, at most 120 characters with the municipality's name.
        return _("From an idea to a plan, together with {municipality}.", municipality=self.municipality.name)

    def _long(self) -> Text:
        # TRANSLATORS: what an empty chat shows, at most 512 characters with the municipality's name.
        return _(
            "Hello! I help people in {municipality} turn an idea into a plan. I ask one short question at a time, and "
            "you can always reach a human. I am a program, not a person. Is somebody in danger? Call 112.",
            municipality=self.municipality.name,
        )


def _fitting(text: Text, tag: str, max_chars: int) -> str:
    words = plain(render(text, tag))
    return words if len(words) <= max_chars else words[: max_chars - 1] + "…"
