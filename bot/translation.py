"""Between a resident's language and a coach's: a machine translates, says so, and the original always stands beside it.

A translation is due work: the message, or the coach's act, is committed with a promise to translate; nothing waits for a
server that is slow. What cannot be translated is shown, or sent, as it was written.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import forum
from bot.errors import GiveUp, Retry
from bot.flows.model import Choice, Input, Reply
from bot.i18n import Text, _, p_, plain
from bot.packs.model import Municipality
from storage import case_log, due, messages, residents, translations
from storage.conversations import Opened
from storage.due import Due, Ready
from storage.messages import Message

if TYPE_CHECKING:
    from bot.turn import Outcome, Turns

TRANSLATE: Final = "translate_message"
"""The kind of the promise to translate a message that is stored: data {"message_id", "to"}."""

SAY: Final = "say_translated"
"""The kind of the promise to translate a coach's answer and say it: data is an `Out`."""

TRIES: Final = 3
TIMEOUT_S: Final = 10.0
REST_S: Final = 15.0
"""A server that has failed is left alone so long: whatever else is due does not wait for it again and again."""
LANGUAGES_S: Final = 3600.0
LOOK_BACK: Final = 20
"""So many of the last messages are translated when somebody takes a conversation."""
MAX_CHARS: Final = 5000
"""Of one call; longer words go in parts."""

NO_TRANSLATOR: Final = "no translator for this language"

_SPOKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "sv-simple": ("sv",), "fa-AF": ("prs", "fa"), "ckb": ("ckb", "ku"), "kmr": ("kmr", "ku"), "bs": ("bs", "hr", "sr"),
}  # fmt: skip
"""Codes that a server may have for a locale, the nearest first, where it is not the locale's own tag."""

# TRANSLATORS: a button under a machine's translation, at most 30 characters.
WRONG: Final = p_("translation", "The translation is wrong")

_PRESS = "x"

log = structlog.get_logger()


def is_same(source: str, target: str) -> bool:
    """Whether two locales are one language, so that there is nothing to translate."""
    return source == target or bool({source, *_SPOKEN.get(source, ())} & {target, *_SPOKEN.get(target, ())} - {"ku"})


@dataclass(frozen=True, slots=True)
class Translated:
    """Words in the language that was asked for, and what made them."""

    words: str
    engine: str


class Translator(Protocol):
    """Something that translates."""

    async def translate(self, words: str, source: str, target: str) -> Translated:
        """These words from one locale into another.

        Raises:
            Retry: Not now.
            GiveUp: Never: it does not have the language (`NO_TRANSLATOR`), or refuses.
        """


class LibreTranslate:
    """A server with LibreTranslate's API. Source: https://docs.libretranslate.com (POST /translate, GET /languages)."""

    engine = "LibreTranslate"

    def __init__(self, url: str, key: str = "", *, timeout_s: float = TIMEOUT_S, rest_s: float = REST_S) -> None:
        self.url, self.key, self.rest_s = url.rstrip("/"), key, rest_s
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._languages: dict[str, frozenset[str]] = {}
        self._fresh_until = self._rests_until = 0.0

    async def translate(self, words: str, source: str, target: str) -> Translated:
        if time.monotonic() < self._rests_until:
            raise Retry("the translator failed a moment ago")
        try:
            async with aiohttp.ClientSession(timeout=self._timeout) as session:
                pair = self._pair(await self._served(session), source, target)
                parts = [await self._part(session, part, *pair) for part in _parts(words)]
        except (aiohttp.ClientError, TimeoutError) as error:
            self._rests_until = time.monotonic() + self.rest_s
            raise Retry(f"the translator is away ({type(error).__name__})") from None
        return Translated("".join(parts), self.engine)

    async def _served(self, session: aiohttp.ClientSession) -> Mapping[str, frozenset[str]]:
        """Into what each language of the server can be translated."""
        if time.monotonic() >= self._fresh_until:
            listed = await self._asked(session.get(f"{self.url}/languages"))
            try:
                codes = frozenset(str(each["code"]) for each in listed)
                self._languages = {str(each["code"]): frozenset(each.get("targets", codes)) for each in listed}
            except (TypeError, KeyError, AttributeError):
                raise Retry("the translator's list of languages cannot be read") from None
            self._fresh_until = time.monotonic() + LANGUAGES_S
        return self._languages

    def _pair(self, served: Mapping[str, frozenset[str]], source: str, target: str) -> tuple[str, str]:
        for one in _codes(source):
            for other in _codes(target):
                if other in served.get(one, ()):
                    return one, other
        raise GiveUp(NO_TRANSLATOR)

    async def _part(self, session: aiohttp.ClientSession, words: str, source: str, target: str) -> str:
        if not words.strip():
            return words
        asked = {"q": words, "source": source, "target": target, "format": "text"}
        if self.key:
            asked["api_key"] = self.key
        answer = await self._asked(session.post(f"{self.url}/translate", json=asked))
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not found.strip():
            raise GiveUp("the translator answered with no words")
        after = words[len(words.rstrip()) :]  # what stood between this part and the next
        return found.rstrip() + after

    async def _asked(self, call: Any) -> Any:
        async with call as response:
            if response.status == 429 or response.status >= 500:
                self._rests_until = time.monotonic() + self.rest_s
                raise Retry(f"the translator answered {response.status}")
            if response.status >= 400:
                raise GiveUp(f"the translator answered {response.status}")
            try:
                return await response.json(content_type=None)
            except ValueError:
                raise GiveUp("the translator answered with no JSON") from None


def _codes(tag: str) -> tuple[str, ...]:
    return _SPOKEN.get(tag, (tag,))


def _parts(words: str) -> list[str]:
    """Pieces of at most `MAX_CHARS` that together are all of it: cut after a paragraph, a sentence, a word."""
    parts = []
    while len(words) > MAX_CHARS:
        piece = words[:MAX_CHARS]
        ends = (piece.rfind(mark) + len(mark) for mark in ("\n\n", "\n", ". ", "؟ ", "! ", " ") if mark in piece)
        at = next((end for end in ends if end > MAX_CHARS // 2), MAX_CHARS)
        parts.append(words[:at])
        words = words[at:]
    return [*parts, words]


# --- what is wanted ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Out:
    """A coach's answer on its way to a resident in another language.

    `slot` is its place in the conversation, "said:<n>"; `name` and `staff_id` are the coach's, `case_id` the case's.
    """

    words: str
    source: str
    to: str
    slot: str
    name: str
    case_id: int
    staff_id: int
    private: bool = False


async def want(tx: AsyncConnection, message: Message, to: str, now: datetime) -> None:
    """Have a stored message translated for its reader; nothing, when it is in their language or holds no words."""
    if message.locale is None or is_same(message.locale, to) or not words_of(message):
        return
    await due.schedule(
        tx, municipality_id=message.municipality_id, conversation_id=message.conversation_id, kind=TRANSLATE,
        unique_key=f"conversation:{message.conversation_id}:{TRANSLATE}:{message.id}:{to}", due_at=now, now=now,
        data={"message_id": message.id, "to": to},
    )  # fmt: skip


async def want_all(tx: AsyncConnection, conversation_id: int, to: str, now: datetime) -> None:
    """Have what the resident said last translated, for whoever takes the conversation."""
    for message in await messages.before(tx, conversation_id, limit=LOOK_BACK):
        if message.sender == "resident":
            await want(tx, message, to, now)


async def want_out(
    tx: AsyncConnection, municipality_id: str, conversation_id: int, out: Out, *, key: str, now: datetime
) -> None:
    """Have a coach's answer translated and then said. Until then it is nowhere but in this promise, sealed.

    `key` is the unique id of the act.
    """
    await due.schedule(
        tx, municipality_id=municipality_id, conversation_id=conversation_id, kind=SAY,
        unique_key=f"conversation:{conversation_id}:{SAY}:{key}", due_at=now, now=now, data=asdict(out),
    )  # fmt: skip


async def as_written(tx: AsyncConnection, conversation_id: int, now: datetime) -> tuple[Reply, ...]:
    """What a coach has written and still waits for its translation, taken back to be said as it is: something is to be
    said that came after it."""
    waiting = await due.waiting_of(tx, conversation_id, SAY)
    for each in waiting:
        await due.give_up(tx, each.id, "something was said that came after it", now=now)
    written = [Out(**each.data) for each in waiting]
    return tuple(
        Reply(words=_paragraphs(each.words), slot=each.slot, human=True, by=each.name, private=each.private)
        for each in written
    )


def words_of(message: Message) -> str:
    """What somebody wrote, without markup; "" where there are no words, as in a press."""
    body = message.body or {}
    return str(body.get("text") or "").strip() if message.sender == "resident" else plain(body.get("html", "")).strip()


# --- the work ---------------------------------------------------------------------------------------------------------


class Translations:
    """Keeps the promises: `works` is for `bot.due.DueWork`. Without a translator everything stays as it was written."""

    def __init__(self, turns: Turns, translator: Translator | None) -> None:
        self.turns, self.db, self.translator = turns, turns.db, translator

    @property
    def works(self) -> dict[str, Callable[[Ready], Awaitable[None]]]:
        return {TRANSLATE: self.translate, SAY: self.say}

    async def translate(self, promise: Ready) -> None:
        """Translate a stored message and wake who looks at the conversation.

        Raises:
            Retry: Not now.
        """
        async with self.db.read() as tx:
            waiting = await due.waiting(tx, promise.id)
            message = await messages.load(tx, waiting.data["message_id"]) if waiting else None
            protected = message and await residents.protected_among(tx, [message.conversation_id])
        if waiting is None:
            return
        if message is None or not words_of(message):
            await self._give_up(promise, "the message is gone")
            return
        if protected:
            await self._give_up(promise, "the resident has a protected identity")
            return
        to = str(waiting.data["to"])
        made = await self._made(words_of(message), message.locale or to, to, waiting.attempts)
        if isinstance(made, str):
            await self._give_up(promise, made)
            return

        async def job(tx: AsyncConnection) -> int | None:
            now = self.turns.now()
            taken = await due.take(tx, promise.id, now)
            if taken is None or await messages.load(tx, message.id) is None:
                return None
            await translations.add(
                tx, municipality_id=message.municipality_id, message_id=message.id, locale=to, words=made.words,
                engine=made.engine, now=now,
            )  # fmt: skip
            await forum.translated(tx, message.conversation_id, message.id, now)
            return taken.conversation_id

        conversation_id = await self.db.write(job)
        if conversation_id is not None:
            self.turns.live.wake(conversation_id)

    async def say(self, promise: Ready) -> None:
        """Translate a coach's answer, and say both; the answer alone when it cannot be translated.

        Taken and said in one transaction: it is said once, whatever happens.

        Raises:
            Retry: Not now.
        """
        async with self.db.read() as tx:
            waiting = await due.waiting(tx, promise.id)
            before = [each for each in await self._unsaid(tx, promise) if each.id < promise.id]
        if waiting is None:
            return
        if before:
            raise Retry("what was written before waits for its translation")
        out = Out(**waiting.data)
        made = await self._made(out.words, out.source, out.to, waiting.attempts)

        async def job(tx: AsyncConnection) -> Outcome | None:
            now = self.turns.now()
            taken = await due.take(tx, promise.id, now)
            if taken is None or taken.conversation_id is None:
                return None
            key = f"clock:{promise.id}"
            if isinstance(made, str):
                await case_log.add(
                    tx, municipality_id=taken.municipality_id, conversation_id=taken.conversation_id,
                    case_id=out.case_id, staff_id=out.staff_id, act="not translated", who=out.name, at=now, detail=made,
                )  # fmt: skip
                return await self._say(tx, taken.conversation_id, out, key, _paragraphs(out.words), ())
            note = _(
                "Translated by a machine ({engine}). This is what {name} wrote:", engine=made.engine, name=out.name
            )
            both = (*_paragraphs(made.words), note, *_paragraphs(out.words))
            wrong = Choice(f"{_PRESS}:{out.slot}", WRONG)
            outcome = await self._say(tx, taken.conversation_id, out, key, both, (wrong,))
            said = await messages.in_slot(tx, taken.conversation_id, out.slot)
            if said is not None:
                await translations.add(
                    tx, municipality_id=taken.municipality_id, message_id=said.id, locale=out.to, words=made.words,
                    engine=made.engine, now=now,
                )  # fmt: skip
            return outcome

        outcome = await self.db.write(job)
        if outcome is not None:
            self.turns.committed(outcome)
            self.turns.wake()

    async def _unsaid(self, tx: AsyncConnection, promise: Ready) -> list[Due]:
        return await due.waiting_of(tx, promise.conversation_id, SAY) if promise.conversation_id is not None else []

    async def _made(self, words: str, source: str, to: str, attempts: int) -> Translated | str:
        """The translation, or why there will be none.

        Raises:
            Retry: It may be tried again.
        """
        if self.translator is None:
            return "there is no translator"
        try:
            return await self.translator.translate(words, source, to)
        except GiveUp as error:
            reason = error.reason
        except Retry as error:
            if attempts + 1 < TRIES:
                raise
            reason = str(error)
        log.warning("not translated", source=source, target=to, reason=reason)
        return reason

    async def _give_up(self, promise: Ready, reason: str) -> None:
        await self.db.write(lambda tx: due.give_up(tx, promise.id, reason, now=self.turns.now()))

    async def _say(
        self, tx: AsyncConnection, conversation_id: int, out: Out, key: str, words: tuple[Text, ...],
        choices: tuple[Choice, ...],
    ) -> Outcome:  # fmt: skip
        reply = Reply(
            words=words, choices=choices, serial=0 if choices else None, slot=out.slot, human=True, by=out.name,
            private=out.private,
        )  # fmt: skip
        return await self.turns.say(tx, conversation_id, (reply,), key=key)


def _paragraphs(words: str) -> tuple[Text, ...]:
    return tuple(_("{value}", value=part.strip()) for part in words.split("\n\n") if part.strip())


# --- "the translation is wrong" ---------------------------------------------------------------------------------------


async def flag_by_staff(tx: AsyncConnection, conversation_id: int, message_id: int, now: datetime) -> bool:
    """Note that one of the staff finds a translation wrong; False when somebody had done so before."""
    message = await messages.load(tx, message_id)
    there = message is not None and message.conversation_id == conversation_id
    made = await translations.of_messages(tx, [message_id]) if there else []
    return any([await translations.flag(tx, each.id, "staff", now) for each in made])


def flagged(input: Input) -> str | None:
    """The place in the conversation of the answer whose translation is said to be wrong; None for any other input."""
    kind, _colon, slot = input.press.choice.partition(":") if input.press and input.press.serial == 0 else ("", "", "")
    return slot if kind == _PRESS and slot else None


async def flag_press(tx: AsyncConnection, who: Opened, slot: str, place: Municipality, now: datetime) -> Text:
    """Note for the coach that the resident finds a translation wrong; what the resident is told.

    The log names the lab: what it holds stays when the resident is forgotten.
    """
    message = await messages.in_slot(tx, who.conversation_id, slot)
    for made in await translations.of_messages(tx, [message.id]) if message else ():
        if await translations.flag(tx, made.id, "resident", now):
            await case_log.add(
                tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id,
                act="translation flagged", who=place.lab or place.name, at=now, detail=made.engine,
            )  # fmt: skip
            log.info("translation flagged", engine=made.engine, target=made.locale)
    return _("Thank you. I have told the coach. What was really written stands below the translation.")
