"""Coming in: passwords, the second factor, sessions that end, and kind words that tell nobody who has an account."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from bot.packs.load import load_municipality
from bot.staff import ABSOLUTE, CODES, IDLE, Refused, Staff, new_secret, weakness
from storage import tables
from storage.db import Database
from tests.conftest import Opener

GOOD = "korsord fiol moln ankare"


@pytest.fixture
def now() -> list[datetime]:
    return [datetime(2026, 3, 2, 9, 0, tzinfo=UTC)]


@pytest.fixture
async def accounts(sqlite_url: str, opened: Opener, now: list[datetime]) -> Staff:
    db = await opened(sqlite_url)
    return accounts_of(db, now)


def accounts_of(db: Database, now: list[datetime]) -> Staff:
    places = {"ekero": load_municipality("ekero")}
    return Staff(db, places, public_url="https://example.se", forms_key=b"k" * 32, now=lambda: now[0])


async def joined(accounts: Staff, email: str = "anna@example.se", *roles: str) -> str:
    """Somebody who has used their first link; the token of their session."""
    link = await accounts.add(email, "Anna", "ekero", roles or ("coach",), by="test")
    return await accounts.begin(link.rpartition("/")[2], GOOD, GOOD)


async def refusal(work: object) -> str:
    with pytest.raises(Refused) as refused:
        await work  # type: ignore[misc]
    return refused.value.why


async def test_a_first_link_works_once_and_for_seven_days(accounts: Staff, now: list[datetime]) -> None:
    link = await accounts.add("anna@example.se", "Anna", "ekero", ["coach"], by="test")
    token = link.rpartition("/")[2]
    assert link == f"https://example.se/coach/first/{token}"
    assert await refusal(accounts.begin(token, "short", "short")) == "weak"
    assert await refusal(accounts.begin(token, GOOD, GOOD + "x")) == "again"
    signed = await accounts.signed(await accounts.begin(token, GOOD, GOOD))
    assert signed is not None
    assert (signed.member.name, signed.roles, signed.stage) == ("Anna", {"ekero": frozenset({"coach"})}, "in")
    assert await refusal(accounts.begin(token, GOOD, GOOD)) == "link"
    late = (await accounts.add("olle@example.se", "Olle", "ekero", ["coach"], by="test")).rpartition("/")[2]
    now[0] += timedelta(days=7)
    assert await refusal(accounts.begin(late, GOOD, GOOD)) == "link"


async def test_the_first_administrator_comes_by_a_link_of_an_hour(accounts: Staff, now: list[datetime]) -> None:
    old = await accounts.administrator_link()
    now[0] += timedelta(hours=1)
    fresh = await accounts.administrator_link()
    assert old and fresh
    how = {"name": "Karin", "email": "karin@example.se"}
    assert await refusal(accounts.begin(old.rpartition("/")[2], GOOD, GOOD, **how)) == "link"
    assert await refusal(accounts.begin(fresh.rpartition("/")[2], GOOD, GOOD)) == "name"
    signed = await accounts.signed(await accounts.begin(fresh.rpartition("/")[2], GOOD, GOOD, **how))
    assert signed is not None and signed.must_set_up
    assert signed.roles == {"ekero": frozenset({"administrator", "coach"})}
    assert await accounts.administrator_link() is None
    assert await refusal(accounts.remove(signed.member.id)) == "last"
    assert await refusal(accounts.set_roles(signed.member.id, "ekero", ["coach"], by="x")) == "last"


async def test_sign_in_says_the_same_to_all_it_refuses(accounts: Staff) -> None:
    await joined(accounts)
    times = []
    for email in ("anna@example.se", "nobody@example.se"):
        began = time.perf_counter()
        with pytest.raises(Refused) as refused:
            await accounts.sign_in(email, "wrong password", "10.0.0.1")
        times.append(time.perf_counter() - began)
        assert refused.value.why == "wrong"
    assert min(times) > 0.01  # an address nobody has costs a hash too
    assert (await accounts.signed(await accounts.sign_in(" ANNA@example.se", GOOD, "10.0.0.1"))) is not None


@pytest.mark.parametrize("email", ["anna@example.se", "nobody@example.se"])
async def test_too_many_tries_must_wait(accounts: Staff, now: list[datetime], email: str) -> None:
    await joined(accounts)
    for _count in range(5):
        assert await refusal(accounts.sign_in(email, "wrong", "10.0.0.1")) == "wrong"
    assert await refusal(accounts.sign_in(email, GOOD, "10.0.0.2")) == "slow"
    now[0] += timedelta(minutes=15)
    if email.startswith("anna"):
        assert await accounts.sign_in(email, GOOD, "10.0.0.2")


async def test_one_address_cannot_try_everybody(accounts: Staff) -> None:
    await joined(accounts)
    for number in range(20):
        assert await refusal(accounts.sign_in(f"{number}@example.se", "wrong", "10.0.0.1")) == "wrong"
    assert await refusal(accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")) == "slow"
    assert await accounts.sign_in("anna@example.se", GOOD, "10.0.0.2")


async def test_the_second_factor_is_asked_for_and_works_once(accounts: Staff, now: list[datetime]) -> None:
    signed = await accounts.signed(await joined(accounts))
    assert signed is not None
    secret = new_secret()
    clock = pyotp.TOTP(secret)
    assert await refusal(accounts.add_second_factor(signed.member, secret, "000000")) == "code"
    codes = await accounts.add_second_factor(signed.member, secret, clock.at(now[0]))
    assert len(codes) == len(set(codes)) == CODES
    now[0] += timedelta(minutes=1)
    half = await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")
    waiting = await accounts.signed(half)
    assert waiting is not None and waiting.stage == "code"
    assert await refusal(accounts.give_code(half, "123456")) == "wrong"
    whole = await accounts.give_code(half, clock.at(now[0]))
    assert whole != half and await accounts.signed(half) is None
    inside = await accounts.signed(whole)
    assert inside is not None and inside.stage == "in"
    again = await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")
    assert await refusal(accounts.give_code(again, clock.at(now[0]))) == "wrong"  # seen over a shoulder
    assert await accounts.give_code(again, codes[0])
    once_more = await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")
    assert await refusal(accounts.give_code(once_more, codes[0])) == "wrong"


async def test_codes_cannot_be_guessed_at_leisure(accounts: Staff, now: list[datetime]) -> None:
    signed = await accounts.signed(await joined(accounts))
    assert signed is not None
    secret = new_secret()
    await accounts.add_second_factor(signed.member, secret, pyotp.TOTP(secret).at(now[0]))
    half = await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")
    for _count in range(5):
        assert await refusal(accounts.give_code(half, "111111")) == "wrong"
    now[0] += timedelta(seconds=30)
    assert await refusal(accounts.give_code(half, pyotp.TOTP(secret).at(now[0]))) == "slow"


async def test_sessions_end(accounts: Staff, now: list[datetime]) -> None:
    token = await joined(accounts)
    began = now[0]
    now[0] += IDLE
    assert await accounts.signed(token) is not None
    now[0] += IDLE + timedelta(seconds=1)
    assert await accounts.signed(token) is None
    token = await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")
    began = now[0]
    while now[0] - began < ABSOLUTE - IDLE:
        now[0] += IDLE
        assert (await accounts.signed(token) is not None) == (now[0] - began < ABSOLUTE)
    now[0] = began + ABSOLUTE
    assert await accounts.signed(token) is None


async def test_signing_out_everywhere_and_starting_over(accounts: Staff) -> None:
    tokens = [await joined(accounts), await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")]
    signed = await accounts.signed(tokens[0])
    assert signed is not None
    await accounts.sign_out_everywhere(signed.member.id)
    assert [await accounts.signed(token) for token in tokens] == [None, None]
    token = await accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")
    new = "en helt annan mening 7"
    assert await refusal(accounts.change_password(signed.member, "not it", new, new)) == "old"
    fresh = await accounts.change_password((await current(accounts, token)), GOOD, new, new)
    assert (await accounts.signed(token), await accounts.signed(fresh) is not None) == (None, True)
    link = await accounts.reset(signed.member.id, "ekero")
    assert await accounts.signed(fresh) is None
    assert await refusal(accounts.sign_in("anna@example.se", new, "10.0.0.1")) == "wrong"
    assert await accounts.begin(link.rpartition("/")[2], GOOD, GOOD)


async def current(accounts: Staff, token: str):  # type: ignore[no-untyped-def]
    signed = await accounts.signed(token)
    assert signed is not None
    return signed.member


async def test_who_is_removed_is_out_at_once(accounts: Staff) -> None:
    await joined(accounts, "karin@example.se", "administrator")
    token = await joined(accounts)
    await accounts.remove(await accounts.find("anna@example.se"))
    assert await accounts.signed(token) is None
    assert await refusal(accounts.sign_in("anna@example.se", GOOD, "10.0.0.1")) == "wrong"
    assert await refusal(accounts.find("anna@example.se")) == "unknown"
    assert [each.email for each in await accounts.members()] == ["karin@example.se"]


async def test_nobody_is_taken_over_from_another_municipality(accounts: Staff) -> None:
    await joined(accounts, "karin@example.se", "administrator")
    token = await joined(accounts, "anna@example.se", "coach")
    anna = await accounts.find("anna@example.se")
    await accounts.set_roles(anna, "annan", ["administrator"], by="test")
    assert await refusal(accounts.reset(anna, "ekero")) == "elsewhere"
    assert await accounts.signed(token) is not None
    await accounts.remove(anna, "ekero")
    signed = await accounts.signed(token)
    assert signed is not None and signed.roles == {"annan": frozenset({"administrator"})}
    assert await refusal(accounts.remove(anna, "annan")) == "last"
    assert (await accounts.reset(anna, "annan")).startswith("https://example.se/coach/first/")


async def test_a_screen_left_open_does_not_change_the_second_factor(accounts: Staff, now: list[datetime]) -> None:
    token = await joined(accounts)
    secret, other = new_secret(), new_secret()
    await accounts.add_second_factor(await current(accounts, token), secret, pyotp.TOTP(secret).at(now[0]))
    member = await current(accounts, token)
    code = pyotp.TOTP(other).at(now[0])
    assert await refusal(accounts.add_second_factor(member, other, code)) == "old"
    assert await accounts.add_second_factor(member, other, code, GOOD)


async def test_nothing_secret_is_stored_in_clear(accounts: Staff) -> None:
    token = await joined(accounts)
    async with accounts.db.read() as tx:
        (account,) = list(await tx.execute(tables.staff.select()))
        (session,) = list(await tx.execute(tables.staff_sessions.select()))
    assert account.password.startswith("$argon2id$") and GOOD not in account.password
    assert token.encode() not in session.token_hash


@pytest.mark.parametrize(
    "password",
    [
        "short", "aaaaaaaaaaaaaaaa", "123456789012345", "abcdefghijklmnop", "passwordpassword", "Sommar2026Sommar",
        "Annika.Larsson1", "idelabbet123456", "x" * 201,
    ],
)  # fmt: skip
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    assert weakness(password, ("Annika Larsson", "annika@example.se")) is not None


@pytest.mark.parametrize("password", [GOOD, "tR4#kq9!vXz2", "مقهى اللغات في المدينة", "en sång om regn och te"])
def test_a_sentence_will_do(password: str) -> None:
    assert weakness(password, ("Annika Larsson", "annika@example.se")) is None
