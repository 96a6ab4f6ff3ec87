"""Accounts of the people who answer: how they come in, prove who they are, and go.

Passwords by Argon2 (RFC 9106), a second factor by time (RFC 6238) with recovery codes, sessions that end. What is
refused is refused with the same words and in the same time, whether an account exists or not.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, forum
from bot.flows.case_kinds import KINDS, ROLES, WAYS, may_see
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.staff_chat import PURPOSE as CHAT
from storage import cases, inbox, links, presence, staff, talks
from storage.db import Database
from storage.errors import LinkGone, NotFound
from storage.secrets import make_token
from storage.staff import Chat, Member

if TYPE_CHECKING:
    from bot.oidc import Identity

PASSWORD_MIN, PASSWORD_MAX = 12, 200
IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
"""A session ends so long after its last use, and so long after its beginning at the latest."""
CODE_TIME = timedelta(minutes=10)
"""Between password and second factor."""
TOUCH = timedelta(minutes=1)
FIRST_LINK = timedelta(days=7)
ADMINISTRATOR_LINK = timedelta(hours=1)
CHAT_LINK = timedelta(minutes=15)
CODES = 10
FREE_FAILURES = {"account": 5, "address": 20}
"""Failed sign-ins in a row before one must wait: of one account, and from one address."""
FAILURES_KEPT = timedelta(minutes=30)
WAIT_MAX = timedelta(minutes=15)

_PLAIN = re.compile(r"[\W_]+")
_WEAK = (
    "password", "lösenord", "losenord", "qwerty", "123456", "abcdef", "hemligt", "sommar", "vinter", "kommun",
    "välkommen", "valkommen", "idelabbet", "idélabbet", "welcome", "iloveyou", "administrator",
)  # fmt: skip
"""Words that do not make a password better: what is left without them must still be long enough."""

_hasher = PasswordHasher()


class Refused(Exception):
    """Something that was asked for and is not done. `why` names the reason, `words` say it to whoever asked."""

    def __init__(self, why: str, words: Text) -> None:
        super().__init__(why)
        self.why, self.words = why, words


# TRANSLATORS: said alike for a wrong address and a wrong password, so that nobody learns who has an account.
WRONG = _("That did not fit. Check the address and the password, and try once more.")
WRONG_CODE = _("That code did not fit. Codes change every half minute: try the one that is shown now.")
OVER = _("That took a little long. Please sign in once more.")
NOBODY = _(
    "Nobody here has an account with that sign-in. Ask your administrator, or use your password and link it under My account."
)
SLOW = _("That was tried many times. Wait a quarter of an hour, then try again. Nothing is lost.")


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who has signed in. `stage` is "code" while the second factor is still to come, then "in".

    `forms` is the token that every form of theirs carries.
    """

    member: Member
    roles: Mapping[str, frozenset[str]]
    stage: str
    forms: str

    @property
    def must_set_up(self) -> bool:
        """Administrators cannot do anything before they have a second factor."""
        return self.member.second_factor is None and any("administrator" in held for held in self.roles.values())


@dataclass(frozen=True, slots=True)
class Line:
    """One account in a list."""

    id: int
    name: str
    email: str
    roles: Mapping[str, frozenset[str]]
    ready: bool
    second_factor: bool
    signed_in_at: datetime | None


class Staff:
    """The accounts. Each method is one transaction."""

    def __init__(
        self,
        db: Database,
        municipalities: Mapping[str, Municipality],
        *,
        public_url: str,
        forms_key: bytes,
        now: Callable[[], datetime],
    ) -> None:
        self.db, self.municipalities, self.public_url = db, municipalities, public_url
        self.forms_key, self.now = forms_key, now

    # --- coming in ----------------------------------------------------------------------------------------------------

    async def sign_in(self, email: str, password: str, address: str) -> str:
        """Check a password; the token of a new session, which wants a code next where there is a second factor.

        Raises:
            Refused: "wrong", or "slow" when it was tried too often.
        """
        keys = {
            "account": staff.attempt_key("account", email.strip().casefold()),
            "address": staff.attempt_key("address", address),
        }
        async with self.db.read() as tx:
            await self._not_too_often(tx, keys)
            member = await staff.by_email(tx, email)
        stored = member.password if member else None
        fits = await asyncio.to_thread(_fits, stored, password)
        if member is None or stored is None or not fits:
            await self.db.write(lambda tx: self._count_failure(tx, keys))
            raise Refused("wrong", WRONG)
        token = make_token()
        anew = await asyncio.to_thread(_hasher.hash, password) if _hasher.check_needs_rehash(stored) else None

        async def begin(tx: AsyncConnection) -> None:
            if anew:
                await staff.set_values(tx, member.id, password=anew)
            await staff.clear_failures(tx, keys["account"])
            await self._open(tx, token, member)

        await self.db.write(begin)
        return token

    async def give_code(self, token: str, code: str) -> str:
        """Check the second factor, or a recovery code; the token of a new session that takes the first one's place.

        Raises:
            Refused: "wrong", "slow", or "over" when the first session is not there any more.
        """
        signed = await self.signed(token)
        if signed is None or signed.stage != "code":
            raise Refused("over", OVER)
        member, now, fresh = signed.member, self.now(), make_token()
        keys = {"account": staff.attempt_key("code", str(member.id))}

        async def check(tx: AsyncConnection) -> bool:
            await self._not_too_often(tx, keys)
            plain = re.sub(r"\s|-", "", code)
            step = _step(member.second_factor or "", plain, now)
            good = (
                await staff.use_step(tx, member.id, step)
                if step is not None
                else await staff.use_code(tx, member.id, plain.casefold(), now)
            )
            if not good:
                await self._count_failure(tx, keys)
                return False
            await staff.clear_failures(tx, keys["account"])
            await staff.end_session(tx, token)
            await self._open(tx, fresh, member, done=True)
            return True

        if not await self.db.write(check):
            raise Refused("wrong", WRONG_CODE)
        return fresh

    async def signed(self, token: str | None, *, used: bool = True) -> Signed | None:
        """Whose session this is; None when there is none, or it is over. `used`: somebody does something with it now."""
        if not token:
            return None
        now = self.now()
        async with self.db.read() as tx:
            found = await staff.session(tx, token)
        if found is None:
            return None
        session, member, held = found
        if session.expires_at <= now or now - session.seen_at > IDLE or member.removed_at is not None:
            return None
        if used and now - session.seen_at > TOUCH:
            await self.db.write(lambda tx: staff.touch(tx, session.id, now))
        forms = hmac.new(self.forms_key, token.encode(), hashlib.sha256).hexdigest()
        return Signed(member, held, session.stage, forms)

    # --- the municipality's own sign-in (bot.oidc) --------------------------------------------------------------------

    async def sign_in_known(self, who: Identity) -> str:
        """Let somebody in whom the issuer knows; the token of a new session. It wants our own second factor next, where there is
        one and the issuer has not asked for several factors itself.

        Nobody gets an account by it: it has to be linked, or its e-mail address to be the one that the issuer vouches for. Then it
        is linked now; who has linked another sign-in is not let in by an address.

        Raises:
            Refused: "unknown", or "over" when this very sign-in has been used.
        """
        token, now, place = make_token(), self.now(), next(iter(self.municipalities))

        async def begin(tx: AsyncConnection) -> None:
            if not await inbox.mark_seen(tx, who.once, place, now):
                raise Refused("over", OVER)
            member = await staff.by_sign_in(tx, who.issuer, who.subject)
            if member is None and who.email is not None:
                member = await staff.by_email(tx, who.email)
                if member is not None and await staff.sign_in_linked_at(tx, member.id) is not None:
                    member = None
                if member is not None:
                    await staff.link_sign_in(tx, member.id, who.issuer, who.subject, now)
            if member is None:
                raise Refused("unknown", NOBODY)
            await self._open(tx, token, member, done=who.factors)

        await self.db.write(begin)
        return token

    async def link_sign_in(self, member: Member, who: Identity) -> None:
        """Let somebody who has signed in come in by the issuer from now on.

        Raises:
            Refused: "taken" (somebody else's account is linked to it), or "over".
        """
        now, place = self.now(), next(iter(self.municipalities))

        async def link(tx: AsyncConnection) -> None:
            if not await inbox.mark_seen(tx, who.once, place, now):
                raise Refused("over", OVER)
            holder = await staff.by_sign_in(tx, who.issuer, who.subject)
            if holder is not None and holder.id != member.id:
                raise Refused("taken", _("That sign-in is linked to another account here. Ask your administrator."))
            await staff.link_sign_in(tx, member.id, who.issuer, who.subject, now)

        await self.db.write(link)

    async def sign_in_linked_at(self, member: Member) -> datetime | None:
        """Since when somebody can come in by the issuer."""
        async with self.db.read() as tx:
            return await staff.sign_in_linked_at(tx, member.id)

    async def unlink_sign_in(self, member: Member) -> None:
        """Let them come in by their password alone."""
        await self.db.write(lambda tx: staff.unlink_sign_in(tx, member.id))

    async def sign_out(self, token: str | None) -> None:
        """End this session."""
        if token:
            await self.db.write(lambda tx: staff.end_session(tx, token))

    async def sign_out_everywhere(self, staff_id: int) -> None:
        """End all of somebody's sessions, this one too."""
        await self.db.write(lambda tx: staff.end_sessions(tx, staff_id))

    async def _open(self, tx: AsyncConnection, token: str, member: Member, *, done: bool = False) -> None:
        now = self.now()
        stage = "code" if member.second_factor and not done else "in"
        expires_at = now + (CODE_TIME if stage == "code" else ABSOLUTE)
        await staff.open_session(tx, token, member.id, stage, now=now, expires_at=expires_at)
        if stage == "in":
            await staff.set_values(tx, member.id, signed_in_at=now)

    async def _not_too_often(self, tx: AsyncConnection, keys: Mapping[str, bytes]) -> None:
        now = self.now()
        for kind, key in keys.items():
            for failures, last_at in await staff.failures(tx, [key], now - FAILURES_KEPT):
                over = failures - FREE_FAILURES[kind]
                if over >= 0 and now < last_at + min(WAIT_MAX, timedelta(minutes=2 ** min(over, 10))):
                    raise Refused("slow", SLOW)

    async def _count_failure(self, tx: AsyncConnection, keys: Mapping[str, bytes]) -> None:
        now = self.now()
        for key in keys.values():
            await staff.fail(tx, key, now, now - FAILURES_KEPT)

    # --- the first time -----------------------------------------------------------------------------------------------

    async def administrator_link(self) -> str | None:
        """A link that lets whoever opens it first become the first administrator; None when there is one."""
        now = self.now()
        place = next(iter(self.municipalities))

        async def make(tx: AsyncConnection) -> str | None:
            if await staff.any_administrator(tx):
                return None
            return await links.make(
                tx, municipality_id=place, purpose="first_staff", now=now, expires_at=now + ADMINISTRATOR_LINK,
                single_use=True,
            )  # fmt: skip

        token = await self.db.write(make)
        return token and f"{self.public_url}/coach/first/{token}"

    async def first_link(self, token: str) -> Member | None:
        """Whose first link this is; None for the one that makes the first administrator. Changes nothing.

        Raises:
            Refused: The link is used, over or unknown.
        """
        async with self.db.read() as tx:
            return await self._first(tx, token, use=False)

    async def begin(self, token: str, password: str, again: str, *, name: str = "", email: str = "") -> str:
        """Use a first link: choose a password; the token of the session that begins.

        `name` and `email` are those of the first administrator, who has no account yet.

        Raises:
            Refused: The link is no good any more, or something about the password, name or address.
        """
        member = await self.first_link(token)
        if member is None and ("@" not in email or not name.strip()):
            raise Refused("name", _("Write your work name and your e-mail address."))
        _check_password(password, again, (member.name, member.email or "") if member else (name, email))
        hashed = await asyncio.to_thread(_hasher.hash, password)
        fresh, now = make_token(), self.now()

        async def write(tx: AsyncConnection) -> None:
            found = await self._first(tx, token, use=True)
            if found is None:
                place = next(iter(self.municipalities))
                staff_id = await staff.add(tx, name=name.strip(), email=email, now=now)
                if staff_id is None:
                    raise Refused("email", _("That address has an account already."))
                await staff.set_roles(tx, staff_id, place, ("administrator", "coach"), by="first link", now=now)
                found = await staff.load(tx, staff_id)
            await staff.set_values(tx, found.id, password=hashed)
            await self._open(tx, fresh, found, done=True)

        await self.db.write(write)
        return fresh

    async def _first(self, tx: AsyncConnection, token: str, *, use: bool) -> Member | None:
        find, now = links.use if use else links.open, self.now()
        try:
            try:
                link = await find(tx, token, "staff", now)
            except NotFound:
                link = await find(tx, token, "first_staff", now)
        except (NotFound, LinkGone) as error:
            raise Refused("link", _("This link has been used, or its time is over. Ask for a new one.")) from error
        if link.purpose == "first_staff":
            if await staff.any_administrator(tx):
                raise Refused("link", _("There is an administrator already. Ask them for a link."))
            return None
        return await staff.load(tx, link.subject_id or 0)

    # --- one's own account --------------------------------------------------------------------------------------------

    async def change_password(self, member: Member, old: str, password: str, again: str) -> str:
        """Change it, sign out everywhere, and begin a new session here; its token.

        Raises:
            Refused: The old one is wrong, or the new one is too easy.
        """
        if not await asyncio.to_thread(_fits, member.password, old):
            raise Refused("old", _("The old password did not fit."))
        _check_password(password, again, (member.name, member.email or ""))
        hashed = await asyncio.to_thread(_hasher.hash, password)
        fresh = make_token()

        async def write(tx: AsyncConnection) -> None:
            await staff.set_values(tx, member.id, password=hashed)
            await staff.end_sessions(tx, member.id)
            await self._open(tx, fresh, member, done=True)

        await self.db.write(write)
        return fresh

    async def add_second_factor(self, member: Member, secret: str, code: str, password: str = "") -> Sequence[str]:
        """Turn the second factor on, proven by a code of it; recovery codes, told this once.

        In place of an earlier one it wants the password too, so that nobody does it at a screen left open.

        Raises:
            Refused: The code is not one of this secret's, or the password is wrong.
        """
        now = self.now()
        if member.second_factor is not None and not await asyncio.to_thread(_fits, member.password, password):
            raise Refused("old", _("The old password did not fit."))
        step = _step(secret, re.sub(r"\s", "", code), now)
        if step is None:
            raise Refused("code", WRONG_CODE)
        codes = [secrets.token_hex(5) for _count in range(CODES)]

        async def write(tx: AsyncConnection) -> None:
            await staff.set_values(tx, member.id, second_factor=secret, second_factor_step=step)
            await staff.set_codes(tx, member.id, codes)

        await self.db.write(write)
        return [f"{each[:5]}-{each[5:]}" for each in codes]

    async def drop_second_factor(self, member: Member, password: str) -> None:
        """Turn it off; administrators cannot.

        Raises:
            Refused: The password is wrong, or it must stay.
        """
        async with self.db.read() as tx:
            held = await staff.roles(tx, member.id)
        if any("administrator" in roles for roles in held.values()):
            raise Refused("must", _("Administrators must have a second factor."))
        if not await asyncio.to_thread(_fits, member.password, password):
            raise Refused("old", _("The old password did not fit."))

        async def write(tx: AsyncConnection) -> None:
            await staff.set_values(tx, member.id, second_factor=None, second_factor_step=None)
            await staff.set_codes(tx, member.id, ())

        await self.db.write(write)

    async def own(self, member: Member, municipality_id: str) -> tuple[Mapping[str, str], int, Chat | None]:
        """How somebody wants to be told of each kind, how many recovery codes they have left, their Telegram chat."""
        async with self.db.read() as tx:
            chosen = await staff.ways(tx, member.id, municipality_id)
            left = await staff.codes_left(tx, member.id)
            chat = await staff.chat(tx, member.id, municipality_id)
        return {name: chosen.get(name, kind.way) for name, kind in KINDS.items()}, left, chat

    async def set_own(
        self, member: Member, municipality_id: str, ways: Mapping[str, str], *, digest_hour: int, shortcuts: bool
    ) -> None:
        """Remember how somebody wants to be told, and whether single keys do things."""
        wanted = {kind: way for kind, way in ways.items() if kind in KINDS and way in WAYS}

        async def write(tx: AsyncConnection) -> None:
            await staff.set_ways(tx, member.id, municipality_id, wanted)
            await staff.set_values(tx, member.id, digest_hour=digest_hour % 24, shortcuts=shortcuts)

        await self.db.write(write)

    async def chat_link(self, member: Member, municipality_id: str, bot_name: str) -> str:
        """An address that opens the bot in Telegram, where `bot.staff_chat` asks; good once, the newest one alone."""
        now = self.now()

        async def write(tx: AsyncConnection) -> str:
            await links.revoke_about(tx, CHAT, member.id, now)
            return await links.make(
                tx, municipality_id=municipality_id, purpose=CHAT, subject_id=member.id, now=now,
                expires_at=now + CHAT_LINK, single_use=True,
            )  # fmt: skip

        return f"https://t.me/{bot_name}?start=staff_{await self.db.write(write)}"

    async def unlink_chat(self, member: Member, municipality_id: str) -> None:
        """Send letters again in place of messages in Telegram."""
        await self.db.write(lambda tx: staff.unlink_chat(tx, member.id, municipality_id))

    async def set_language(self, member: Member, locale: str) -> None:
        """Show the console, and write letters, in this language from now on."""
        await self.db.write(lambda tx: staff.set_values(tx, member.id, locale=locale))

    # --- letting others in --------------------------------------------------------------------------------------------

    async def add(self, email: str, name: str, municipality_id: str, roles: Iterable[str], *, by: str) -> str:
        """Make an account; the link for its first sign-in, valid seven days and once.

        Raises:
            Refused: The address is none or has an account already, or a role is unknown.
        """
        wanted = _known_roles(roles)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email.strip()) or not name.strip():
            raise Refused("email", _("Write a name, and an e-mail address such as name@example.se."))
        now = self.now()

        async def write(tx: AsyncConnection) -> str:
            staff_id = await staff.add(tx, name=name.strip(), email=email, now=now)
            if staff_id is None:
                raise Refused("email", _("That address has an account already."))
            await staff.set_roles(tx, staff_id, municipality_id, wanted, by=by, now=now)
            return await self._link(tx, staff_id, municipality_id)

        return await self.db.write(write)

    async def members(self, municipality_id: str | None = None) -> list[Line]:
        """Every account, or those with a role in one municipality."""
        async with self.db.read() as tx:
            found = await staff.everybody(tx)
        return [
            Line(
                member.id, member.name, member.email or "", held, member.password is not None,
                member.second_factor is not None, member.signed_in_at,
            )
            for member, held in found
            if municipality_id is None or municipality_id in held
        ]  # fmt: skip

    async def find(self, email: str) -> int:
        """The account of an address.

        Raises:
            Refused: Nobody has it.
        """
        async with self.db.read() as tx:
            member = await staff.by_email(tx, email)
        if member is None:
            raise Refused("unknown", _("Nobody has an account with that address."))
        return member.id

    async def set_roles(self, staff_id: int, municipality_id: str, roles: Iterable[str], *, by: str) -> None:
        """Let somebody be exactly this here.

        Raises:
            Refused: A role is unknown, or nobody would be left who can let others in.
        """
        wanted, now = _known_roles(roles), self.now()

        async def write(tx: AsyncConnection) -> None:
            held = await staff.roles(tx, staff_id)
            await self._let_go(tx, staff_id, municipality_id, wanted, now)
            await staff.set_roles(tx, staff_id, municipality_id, wanted, by=by, now=now)
            await self._somebody_left(tx, {municipality_id: held.get(municipality_id, frozenset())})

        await self.db.write(write)

    async def reset(self, staff_id: int, municipality_id: str, *, by_operator: bool = False) -> str:
        """Start an account over: no password, no second factor, no Telegram chat, no sign-in of the municipality's, signed out
        everywhere; a new first link.

        Raises:
            Refused: They work in another municipality too, whose administrators have not asked for that; only the
                operator may.
        """

        async def write(tx: AsyncConnection) -> str:
            held = await staff.roles(tx, staff_id)
            if set(held) - {municipality_id} and not by_operator:
                raise Refused("elsewhere", _("They work in another municipality too. Ask whoever runs the program."))
            await staff.set_values(tx, staff_id, password=None, second_factor=None, second_factor_step=None)
            await staff.set_codes(tx, staff_id, ())
            await staff.end_sessions(tx, staff_id)
            await staff.unlink_chat(tx, staff_id)
            await staff.unlink_sign_in(tx, staff_id)
            await links.revoke_about(tx, CHAT, staff_id, self.now())
            return await self._link(tx, staff_id, municipality_id)

        return await self.db.write(write)

    async def remove(self, staff_id: int, municipality_id: str | None = None) -> int:
        """Take somebody out and let their cases go; how many cases that were.

        With `municipality_id`, out of this one only: the account stays while it has roles in another.

        Raises:
            Refused: Nobody would be left who can let others in.
        """
        now = self.now()

        async def write(tx: AsyncConnection) -> int:
            held = await staff.roles(tx, staff_id)
            places = [municipality_id] if municipality_id is not None else held
            let_go = sum([await self._let_go(tx, staff_id, place, (), now) for place in places])
            if municipality_id is not None and set(held) - {municipality_id}:
                await staff.set_roles(tx, staff_id, municipality_id, (), by="", now=now)
                await staff.unlink_chat(tx, staff_id, municipality_id)
                await presence.drop(tx, staff_id, municipality_id)
                await self._somebody_left(tx, {municipality_id: held.get(municipality_id, frozenset())})
                return let_go
            await links.revoke_about(tx, "staff", staff_id, now)
            await staff.remove(tx, staff_id, now)
            await self._somebody_left(tx, held)
            return let_go

        return await self.db.write(write)

    async def _let_go(
        self, tx: AsyncConnection, staff_id: int, municipality_id: str, roles: Iterable[str], now: datetime
    ) -> int:
        """Cases and talks that somebody who is only this from now on may not see wait for anybody; how many cases."""
        place, count = self.municipalities.get(municipality_id), 0  # None: one whose folder is not here
        for case in await cases.owned_by(tx, municipality_id, staff_id):
            if may_see(case.kind, roles):
                continue
            count += await cases.assign(tx, municipality_id, case.id, None, now, expected=staff_id)
            await talks.wake(tx, case.id)
            talk = await talks.of_conversation(tx, case.conversation_id)
            if talk is not None and talk.case_id == case.id:
                await talks.let_go(tx, case.conversation_id, "waiting" if case.waits else "bot", now)
            if place is not None:
                await alerts.watch_claim(tx, case, place, now)
                await forum.follow(tx, case.id, place, now)
        return count

    async def _link(self, tx: AsyncConnection, staff_id: int, municipality_id: str) -> str:
        now = self.now()
        await links.revoke_about(tx, "staff", staff_id, now)
        token = await links.make(
            tx, municipality_id=municipality_id, purpose="staff", subject_id=staff_id, now=now,
            expires_at=now + FIRST_LINK, single_use=True,
        )  # fmt: skip
        return f"{self.public_url}/coach/first/{token}"

    async def _somebody_left(self, tx: AsyncConnection, before: Mapping[str, frozenset[str]]) -> None:
        """Where somebody was an administrator `before`, there must still be one."""
        places = [place for place, held in before.items() if "administrator" in held]
        if not all([await staff.any_administrator(tx, place) for place in places]):
            raise Refused("last", _("There must be one administrator at least. Make somebody else one first."))


# --- passwords and codes ----------------------------------------------------------------------------------------------


def weakness(password: str, about: Sequence[str] = ()) -> Text | None:
    """Why a password will not do, in words; None when it will. `about` are words others know of its owner."""
    if len(password) < PASSWORD_MIN:
        return _("A password needs at least {count} characters. A sentence is easy to remember.", count=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        return _("A password has at most {count} characters.", count=PASSWORD_MAX)
    plain = _PLAIN.sub("", password.casefold())
    known = [part for each in about for part in _PLAIN.split(each.casefold()) if len(part) > 3]
    for word in (*_WEAK, *known):
        plain = plain.replace(word, "")
    spread = len(set(password.casefold()))
    steps = sum(abs(ord(a) - ord(b)) <= 1 for a, b in pairwise(password))
    if spread < 6 or steps > len(password) * 0.6 or len(plain) < 8:
        return _("That password is easy to guess. Four words that do not belong together are better.")
    return None


def _check_password(password: str, again: str, about: Sequence[str]) -> None:
    if password != again:
        raise Refused("again", _("The two passwords are not the same. Write the same one twice."))
    weak = weakness(password, about)
    if weak is not None:
        raise Refused("weak", weak)


def _known_roles(roles: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(roles)
    if not wanted or any(role not in ROLES for role in wanted):
        raise Refused("role", _("Choose at least one of the roles."))
    return wanted


def _fits(hashed: str | None, password: str) -> bool:
    """Whether a password is the one of this hash. Where there is none it takes as long."""
    try:
        return _hasher.verify(hashed or _nobodys_hash(), password[: PASSWORD_MAX * 4]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def new_secret() -> str:
    """A new second factor's secret, 160 bits in base 32."""
    return pyotp.random_base32()


def secret_address(secret: str, member: Member, issuer: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=member.email or member.name, issuer_name=issuer)


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The step of time whose code this is: the present one or one beside it, for clocks that are a little off."""
    if not secret or not re.fullmatch(r"\d{6}", code, re.ASCII):
        return None
    current = int(now.timestamp()) // 30
    clock = pyotp.TOTP(secret)
    return next(
        (step for step in (current, current - 1, current + 1) if hmac.compare_digest(clock.generate_otp(step), code)),
        None,
    )
