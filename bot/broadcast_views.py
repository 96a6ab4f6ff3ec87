"""Broadcasts as staff see them: numbers that may be shown, what is missing, how far one has come. Nothing here writes.

Groups of fewer than five are not shown: somebody might be recognised (languages-and-rights.md C4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.heard import BUTTONS, MASTER, message, options, said_in
from bot.flows.read.typed import as_text
from bot.i18n import Ltr, Text, _, p_, plain
from bot.packs.model import Municipality
from bot.wording import Body, Words
from storage import broadcasts, listeners
from storage.broadcasts import Broadcast, Chosen, Group, Reached

HIDDEN_BELOW: Final = 5

Row = Broadcast
"""What is stored of a broadcast."""

STATUSES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: where a message to many stands.
    "draft": p_("broadcast", "Draft"),
    "asked": p_("broadcast", "Waits for a second person"),
    "scheduled": p_("broadcast", "Will be sent"),
    "sending": p_("broadcast", "Is being sent"),
    "paused": p_("broadcast", "Paused"),
    "cancelled": p_("broadcast", "Stopped"),
    "done": p_("broadcast", "Sent"),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """Whom a segment reaches now. `groups`: language, channel and number, None for fewer than five. `resting` are those who
    have heard another message too lately."""

    total: int
    resting: int
    groups: Sequence[tuple[str, str, int | None]]
    locales: frozenset[str]

    @property
    def few(self) -> bool:
        return self.total < HIDDEN_BELOW

    @property
    def by_language(self) -> Mapping[str, Mapping[str, int | None]]:
        """The groups as a table: language, channel, number."""
        table: dict[str, dict[str, int | None]] = {}
        for tag, channel, count in self.groups:
            table.setdefault(tag, {})[channel] = count
        return table


@dataclass(frozen=True, slots=True)
class Line:
    """A broadcast in the list."""

    row: Broadcast
    title: str
    status: Text


@dataclass(frozen=True, slots=True)
class Seen:
    """A broadcast on its own page: whom it would reach (nobody any more once it has begun), what is missing, whether a
    second person has to say yes and who can (`approvers`), what was done."""

    row: Broadcast
    title: str
    counted: Counted
    missing: Sequence[str]
    second: bool
    author: str
    own: bool
    events: Sequence[broadcasts.Event]
    need: str | None
    outcomes: Sequence[Broadcast]
    approvers: Sequence[str]
    in_crisis: bool
    drill: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many of one language or area: reached, not reached, still to come, answered. `small`: not to be shown."""

    name: str
    count: int
    sent: int
    failed: int
    waiting: int
    answered: int
    small: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast has come. `failed` by reason, `answers` by what was pressed, `signed` by the signup's status.
    `rate` in messages a second, over the last minute while it is being sent, else over the whole time; `left_s` is a guess of the seconds still to go."""

    status: str
    expected: int
    handed: int
    sent: int
    kept: int
    waiting: int
    doubtful: int
    failed: Mapping[str, int]
    answers: Mapping[str, int]
    signed: Mapping[str, int]
    languages: Sequence[Share]
    areas: Sequence[Share]
    rate: float
    left_s: int | None

    @property
    def reached(self) -> int:
        return self.sent + self.kept

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    @property
    def percent(self) -> int:
        over = self.reached + self.doubtful + sum(self.failed.values())
        return min(100, over * 100 // max(1, self.expected, self.handed))


# --- made of rows ------------------------------------------------------------------------------------------------------


def title_of(row: Broadcast) -> str:
    """What a broadcast is called in a list: how its Swedish text begins."""
    words = str((row.content.get("texts") or {}).get(MASTER, {}).get("words") or "").strip()
    first = words.split("\n")[0]
    return first if len(first) <= 70 else first[:69].rstrip() + "…"


def needs_second(place: Municipality, count: int, *, urgent: bool, in_crisis: bool) -> bool:
    """Whether a second person has to agree: for many, at night, and in a crisis (languages-and-rights.md C9)."""
    return count > place.news.approve_above or urgent or in_crisis


def missing_in(content: Mapping[str, Any], place: Municipality, locales: Iterable[str]) -> list[str]:
    """The languages in which text is missing, and whose readers would get none: Swedish always, the others where somebody
    reads them, unless the marked Swedish text is to go out there."""
    fallback = set(content.get("fallback") or ())
    read = [tag for tag in place.languages if tag in set(locales) or tag == MASTER]
    return [tag for tag in read if (said_in(content, tag)[1] and tag not in fallback) or (tag == MASTER
            and not str((content.get("texts") or {}).get(MASTER, {}).get("words") or "").strip())]  # fmt: skip


def last_in_swedish(content: Mapping[str, Any], wanted: bool) -> dict[str, Any]:
    """A broadcast's content, with the Swedish text last in every language where that is wanted: in a crisis."""
    return {**content, "swedish_last": True} if wanted else dict(content)


def hidden(counts: Sequence[int]) -> frozenset[int]:
    """Which of these groups are not shown: those of fewer than five, and one more where theirs could be reckoned out of the
    sum of all."""
    small = [at for at, count in enumerate(counts) if 0 < count < HIDDEN_BELOW]
    others = sorted((count, at) for at, count in enumerate(counts) if count >= HIDDEN_BELOW)
    if small and others and (len(small) == 1 or sum(counts[at] for at in small) < HIDDEN_BELOW):
        small.append(others[0][1])
    return frozenset(small)


def counted(groups: Iterable[Group]) -> Counted:
    """Numbers as they may be shown."""
    found = list(groups)
    secret = hidden([each.count for each in found])
    return Counted(
        sum(each.count for each in found), sum(each.resting for each in found),
        [(each.locale, each.channel, None if at in secret else each.count) for at, each in enumerate(found)],
        frozenset(each.locale for each in found),
    )  # fmt: skip


def nobody() -> Counted:
    """For what is not counted any more."""
    return counted(())


async def chosen_of(
    tx: AsyncConnection, municipality_id: str, segment: Mapping[str, Any], *, answers_id: int | None = None
) -> Chosen:
    """A segment in the bits that are compared. A word that nobody has chooses nobody."""
    but: Mapping[str, Any] = segment.get("but") or {}

    async def bits(kind: str) -> int | None:
        words = segment.get(kind) or ()
        return await listeners.known_bits(tx, municipality_id, kind, words) if words else None

    async def but_bits(kind: str) -> int:
        words = but.get(kind) or ()
        return await listeners.known_bits(tx, municipality_id, kind, words) if words else 0

    def earlier(name: str) -> tuple[int, str] | None:
        said = segment.get(name)
        return (int(said[0]), str(said[1])) if said else None

    return Chosen(
        topics=await bits("topics"), areas=await bits("areas"), skills=await bits("skills"), spoken=await bits("spoken"),
        roles=await bits("roles"), locales=tuple(segment.get("locales") or ()),
        bands=tuple(int(each) for each in segment.get("bands") or ()), but_areas=await but_bits("areas"),
        but_skills=await but_bits("skills"), but_roles=await but_bits("roles"),
        answered=(answers_id, "") if answers_id is not None else earlier("answered"), unanswered=earlier("unanswered"),
    )  # fmt: skip


def body_of(row: Broadcast, tag: str, place: Municipality, *, drill: bool = False) -> Body:
    """The message as it is stored and sent, in one language."""
    words = Words(tag if tag in place.languages else MASTER, place.zone)
    return words.body(message(row.content, tag, row.id, place, drill=drill))


def letter_of(body: Body, place: Municipality, stop_url: str = "", open_url: str = "") -> dict[str, Any]:
    """The same as a letter: without buttons, with where to answer and where to stop."""
    words = Words(str(body["lang"]), place.zone)
    lines = [plain(str(body["html"]), addresses=True)]
    if open_url:
        lines.append(words.plain(_("Answer here: {url}", url=Ltr(open_url))))
    if stop_url:
        lines.append(words.plain(_("No more such letters: {url}", url=Ltr(stop_url))))
    subject = words.plain(_("A message from {lab}", lab=place.lab or place.name))
    return {"subject": subject, "text": "\n\n".join(lines), **({"unsubscribe": stop_url} if stop_url else {})}


def answer_page(row: Broadcast, tag: str, pages: str) -> str:
    """Where the readers of a letter answer, below the address of a municipality's pages. A page for anybody: letters to
    many are passed on, and whoever gets one that way must not come into somebody else's conversation."""
    return f"{pages}/needs?lang={tag}#need-{row.need_id}" if row.need_id is not None else f"{pages}/"


def progress_of(
    row: Broadcast, found: Sequence[Reached], signed: Mapping[str, int], area_words: Mapping[int, str], now: datetime,
    lately: int | None = None,
) -> Progress:  # fmt: skip
    """Every recipient counted once, from what `storage.broadcasts.reached` has found. `lately` were seen to in the last
    minute."""
    states: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    languages: dict[str, Counter[str]] = defaultdict(Counter)
    areas: dict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        state = _STATES.get(each.status, "waiting")
        states[state] += each.count
        if state == "failed":
            failed[_WITHOUT.get(each.status) or reason_of(each.error)] += each.count
        if each.answer:
            answers[each.answer] += each.count
        named_areas = [word for bit, word in area_words.items() if each.areas >> bit & 1]
        for group in (languages[each.locale], *(areas[word] for word in named_areas)):
            group["count"] += each.count
            group[state] += each.count
            group["answered"] += each.count if each.answer else 0
    handed = sum(states.values())
    ended = row.done_at or now
    took_s = (ended - row.started_at).total_seconds() if row.started_at else 0.0
    over = states["sent"] + states["failed"] + states["doubtful"]
    if lately is not None and row.status == "sending":
        over, took_s = lately, min(60.0, took_s)
    rate = over / took_s if took_s > 0 else 0.0
    expected = row.expected or handed
    left = max(0, expected - handed) + states["waiting"]
    return Progress(
        row.status, expected, handed, states["sent"], states["kept"], states["waiting"], states["doubtful"], failed, answers,
        signed, _shares(languages), _shares(areas), round(rate, 1),
        round(left / rate) if rate > 0 and row.status == "sending" else None,
    )  # fmt: skip


_STATES: Final[Mapping[str, str]] = {
    "sent": "sent", "kept": "kept", "given_up": "failed", "unreached": "failed", "erased": "failed", "in_doubt": "doubtful",
}  # fmt: skip


_WITHOUT: Final[Mapping[str, str]] = {"unreached": "blocked", "erased": "erased"}
"""Reasons of those who have no delivery."""


def _shares(groups: Mapping[str, Counter[str]]) -> list[Share]:
    listed = sorted(groups.items(), key=lambda pair: (-pair[1]["count"], pair[0]))
    secret = hidden([each["count"] for _name, each in listed])
    return [
        Share(name, each["count"], each["sent"] + each["kept"], each["failed"] + each["doubtful"], each["waiting"],
              each["answered"], at in secret)
        for at, (name, each) in enumerate(listed)
    ]  # fmt: skip


REASONS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: why a message to many did not reach somebody.
    "blocked": p_("not reached", "Has blocked the bot"),
    "deactivated": p_("not reached", "The account is gone"),
    "stopped": p_("not reached", "Wanted no more messages"),
    "cancelled": p_("not reached", "The sending was stopped"),
    "unreachable": p_("not reached", "The address is not there any more"),
    "refused": p_("not reached", "Telegram or the mail server refused it"),
    "erased": p_("not reached", "Not known any more: its record was erased"),
    "other": p_("not reached", "Something else"),
}


def reason_of(error: str | None) -> str:
    """Why a delivery was given up, sorted; see `bot.errors` and telegram-platform.md 4."""
    words = (error or "").lower()
    for name, marks in (
        ("stopped", ("stopped",)),
        ("cancelled", ("cancelled",)),
        ("blocked", ("blocked",)),
        ("deactivated", ("deactivated",)),
        ("unreachable", ("not found", "forgotten", "initiate")),
        ("refused", ("400", "403", "smtp 5")),
    ):
        if any(mark in words for mark in marks):
            return name
    return "other"


def answer_label(content: Mapping[str, Any], answer: str, tag: str) -> Text:
    """What was pressed, in words: the button's, or the poll's answer as it reads in a language."""
    if answer.startswith("poll"):
        listed, at = options(content, tag), int(answer.removeprefix("poll") or 0)
        return as_text(listed[at] if at < len(listed) else answer)
    return BUTTONS[answer] if answer in BUTTONS else as_text(answer)


def answers_of(content: Mapping[str, Any]) -> list[str]:
    """What can be answered to a broadcast, in the order of its buttons."""
    made: list[str] = []
    for name in BUTTONS:
        if name in (content.get("buttons") or ()):
            made += [f"poll{at}" for at in range(len(options(content, MASTER)))] if name == "poll" else [name]
    return made
