"""Who listens, in the turn: kept true as they change, ended at once; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import effects
from bot.flows.model import (
    FileCase,
    Known,
    LeaveAddress,
    Listen,
    SavePlan,
    SaveVolunteer,
    SetLocale,
    SetProtected,
    SetStanding,
    StopListening,
)
from bot.handoff import Handoff
from bot.turn import Turns
from storage import conversations, listeners, messages, outbox, tables
from storage.db import Database
from storage.listeners import Listener
from storage.messages import NewMessage
from storage.outbox import BULK, NewDelivery
from tests.test_handoff import coach
from tests.test_moving import code
from tests.test_turn import Resident

WANTED = Listen(("culture",), ("Stenhamra",), None, 1, 21, 8)


async def wrote(town: Turns, address: str, *made: Any, channel: str = "telegram", protected: bool = False) -> None:
    """What effects write for whoever is at an address."""

    async def write(tx: Any) -> None:
        who = await conversations.open(tx, municipality_id="ekero", channel=channel, address=address, now=town.now())
        place = town.municipalities["ekero"]
        known = Known(town.now().astimezone(place.zone), "en", place, place.languages, channel)
        who = replace(who, protected=protected or who.protected)
        await effects.apply(tx, made, who, known, "https://example.se", None)

    await town.db.write(write)


async def listener(town: Turns, resident_id: int = 1) -> Listener | None:
    async with town.db.read() as tx:
        return await listeners.of_resident(tx, "ekero", resident_id)


async def of(town: Turns, resident_id: int = 1) -> Listener:
    """Who surely listens."""
    found = await listener(town, resident_id)
    assert found is not None
    return found


async def amina(town: Turns, channel: str = "telegram") -> Resident:
    """Somebody with a language, who listens."""
    resident = Resident(town, "4711", channel)
    await resident.does("/start")
    if channel == "telegram":
        await resident.does("[English]")
    await wrote(town, "4711", WANTED, channel=channel)
    return resident


async def queued(town: Turns, address: str = "4711", number: int = 1) -> None:
    """A broadcast's message waits for whoever is at this address."""

    async def write(tx: Any) -> None:
        now = town.now()
        who = await conversations.open(tx, municipality_id="ekero", channel="telegram", address=address, now=now)
        assert who.address_id is not None
        mine: dict[str, Any] = {"municipality_id": "ekero", "conversation_id": who.conversation_id}
        row = NewMessage(**mine, at=now, channel="telegram", sender="bot", body={"html": "Helpers are needed"})
        (id,) = await messages.add(tx, [row])
        later = now + timedelta(hours=1)
        delivery = NewDelivery(
            **mine, address_id=who.address_id, channel="telegram", op="send", made_by=f"broadcast:{number}",
            ordinal=who.resident_id, due_at=later, message_id=id, priority=BULK,
        )  # fmt: skip
        await outbox.queue(tx, [delivery], now=now)

    await town.db.write(write)


async def of_broadcasts(rows: Any) -> list[tuple[str, str | None]]:
    return [(each.status, each.error) for each in await rows(tables.deliveries) if each.priority == BULK]


# --- what is worked out ---------------------------------------------------------------------------------------------------


async def test_what_somebody_chose_is_kept_with_what_is_known_of_them(town: Turns) -> None:
    await amina(town)
    found = await of(town)
    assert (found.topics, found.areas, found.gap_days, found.band) == (("culture",), ("Stenhamra",), 1, None)
    assert (found.locale, found.channel, found.skills, found.spoken, found.roles) == ("en", "telegram", (), (), ())


async def test_an_offer_to_help_counts_while_they_are_willing(town: Turns) -> None:
    resident = await amina(town)
    offer = {"name": "Amina", "skills": ["driving", "cooking"], "languages": ["ar", "sv-little"]}
    await wrote(town, "4711", SaveVolunteer(offer))
    await resident.does("/language sv")
    found = await of(town)
    assert (found.locale, found.roles) == ("sv", ("volunteer",))
    assert (set(found.skills), set(found.spoken)) == ({"driving", "cooking"}, {"ar", "sv"})
    await wrote(town, "4711", SetStanding("resting"))
    await resident.does("/language en")
    found = await of(town)
    assert (found.locale, found.skills, found.spoken, found.roles) == ("en", (), (), ())
    assert (found.topics, found.areas) == (("culture",), ("Stenhamra",))


async def test_a_turn_that_changes_nothing_of_it_writes_nothing(town: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    resident = await amina(town)
    worked: list[int] = []
    refresh = effects.listening.refresh

    async def counted(*arguments: Any, **named: Any) -> None:
        worked.append(1)
        await refresh(*arguments, **named)

    monkeypatch.setattr(effects.listening, "refresh", counted)
    await resident.does("/menu", "/idea", "A garden")
    assert worked == []
    other = Resident(town, "4712", "telegram")
    await other.does("/start", "[English]", "/language sv")
    assert worked == []
    await resident.does("/language sv")
    assert worked == [1]


async def test_a_plan_of_their_own_and_a_network_are_roles(town: Turns) -> None:
    resident = await amina(town)
    await wrote(town, "4711", SavePlan({"idea": "A garden"}))
    await resident.does("/language sv")
    assert (await of(town)).roles == ("idea owner",)
    asked = FileCase("join", "join", {"which": "csam"}, town.now() + timedelta(days=2), note="Our choir")
    await wrote(town, "4711", asked)
    await resident.does("/language en")
    assert set((await of(town)).roles) == {"idea owner", "network"}


async def test_news_goes_where_they_write_from_now(town: Turns) -> None:
    phone = await amina(town)
    link = code(await phone.does("/mine", "[Go on in another place]"))
    browser = Resident(town, "browser")
    await browser.does(f"/start {link}")
    assert (await of(town)).channel == "telegram", "they have only looked"
    await browser.does("/menu")
    assert (await of(town)).channel == "web"
    await wrote(town, "browser", LeaveAddress("amina@example.org"), channel="web")
    await browser.does("/language sv")
    assert (await of(town)).channel == "mail"
    await phone.does("/menu")
    assert (await of(town)).channel == "telegram"


async def test_two_conversations_that_become_one_hear_once(town: Turns, rows: Any) -> None:
    phone = await amina(town)
    browser = Resident(town, "browser")
    await browser.does("/start")
    await wrote(town, "browser", replace(WANTED, topics=("sport",)), channel="web")
    await phone.does(f"/start {code(await browser.does('/mine', '[Go on in another place]'))}")
    (only,) = await rows(tables.listeners)
    found = await of(town, only.resident_id)
    assert (found.topics, found.channel) == (("sport",), "telegram"), "that of the conversation that stays"


@pytest.mark.parametrize("who_stops", ["4711", "browser"])
async def test_a_stop_in_one_place_holds_when_two_become_one(
    town: Turns, rows: Any, now: list[datetime], who_stops: str
) -> None:
    phone = await amina(town)
    browser = Resident(town, "browser")
    await browser.does("/start")
    await wrote(town, "browser", WANTED, channel="web")
    link = code(await browser.does("/mine", "[Go on in another place]"))
    now[0] += timedelta(minutes=1)
    await {"4711": phone, "browser": browser}[who_stops].does("/stop")
    await phone.does(f"/start {link}")
    assert len(await rows(tables.conversations)) == 1
    assert await rows(tables.listeners) == []


# --- stop -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["/stop", "I have protected identity", "/forget", "stop listening"])
async def test_whoever_stops_hears_nothing_more_not_even_what_waits(town: Turns, rows: Any, how: str) -> None:
    resident = await amina(town)
    other = Resident(town, "4712", "telegram")
    await other.does("/start", "[English]")
    await wrote(town, "4712", WANTED)
    await queued(town)
    await queued(town, "4712")
    if how == "stop listening":
        await wrote(town, "4711", StopListening())
    elif how == "/forget":
        await resident.does(how, "[Yes]")
    else:
        await resident.does(how)
    assert await listener(town) is None and await listener(town, 2) is not None
    assert await of_broadcasts(rows) == [("given_up", None if how == "/forget" else "stopped"), ("waiting", None)]
    theirs = [each for each in await rows(tables.messages) if "Helpers are needed" in str(each.body)]
    assert [each.conversation_id for each in theirs] == [2]


async def test_consent_is_withdrawn_with_it(town: Turns, rows: Any) -> None:
    await amina(town)

    async def give(tx: Any) -> None:
        await effects.consents.give(
            tx, municipality_id="ekero", resident_id=1, purpose="news", wording_version="1", locale="en", now=town.now()
        )

    await town.db.write(give)
    await wrote(town, "4711", StopListening())
    assert [each.withdrawn_at for each in await rows(tables.consents)] == [town.now()]


async def test_whoever_is_protected_is_put_on_no_list(town: Turns) -> None:
    await Resident(town, "4711", "telegram").does("/start")
    await wrote(town, "4711", WANTED, protected=True)
    assert await listener(town) is None
    await wrote(town, "4711", SetProtected(False), SetLocale("en"), WANTED)
    assert await listener(town) is not None


# --- the whole way --------------------------------------------------------------------------------------------------------


async def asks_for_news(resident: Resident) -> str:
    """From a link on a poster to news about helpers in Stenhamra, once a day."""
    return await resident.does(
        "/start news", "[Helpers are needed]", "[Done]", "[Stenhamra]", "[Done]", "[26 to 64]", "[Once a day at most]",
        "[From 20 to 9]", "[Yes, I agree]", "[Yes, this is right]",
    )  # fmt: skip


async def test_news_is_asked_for_seen_changed_and_stopped(town: Turns, rows: Any) -> None:
    resident = Resident(town, "4711", "telegram")
    await resident.does("/start", "[English]")
    assert "It comes here, in Telegram." in await asks_for_news(resident)
    found = await of(town)
    assert (found.topics, found.areas, found.band, found.gap_days) == (("helpers",), ("Stenhamra",), 26, 1)
    assert (found.quiet_from, found.quiet_to, found.locale, found.channel) == (20, 9, "en", "telegram")
    (given,) = await rows(tables.consents)
    assert (given.purpose, given.wording_version, given.withdrawn_at) == ("news", "1", None)
    await resident.does(
        "/mine", "[News I get]", "[Change it]", "[Change something]", "[Areas]", "[All areas]", "[Done]"
    )
    await resident.does("[Yes, this is right]")
    assert (await of(town)).areas == () and (await of(town)).topics == ("helpers",)
    assert len(await rows(tables.consents)) == 1, "the same words are agreed to once"
    await queued(town)
    assert "nothing of what was on its way" in await resident.does("[Stop the news]")
    assert await listener(town) is None
    assert await of_broadcasts(rows) == [("given_up", "stopped")]
    assert [each.withdrawn_at for each in await rows(tables.consents)] == [town.now()]
    assert "there is nothing to stop" in await resident.does("unsubscribe")
    await resident.does("[Get news]")
    await asks_for_news(resident)
    assert await listener(town) is not None and len(await rows(tables.consents)) == 2


async def test_an_address_left_for_news_makes_it_come_by_mail(town: Turns) -> None:
    resident = Resident(town, "browser")
    await resident.does("/start")
    assert "leave an e-mail address" in await asks_for_news(resident)
    assert (await of(town)).channel == "web"
    await resident.does("amina@example.org")
    assert (await of(town)).channel == "mail"
    await resident.does("/mine", "[News I get]", "[Stop the news]")
    assert await listener(town) is None


@pytest.mark.parametrize("holder", ["human", "closed"])
async def test_a_stop_works_while_a_human_has_the_talk_and_when_the_chat_is_closed(
    town: Turns, db: Database, holder: str
) -> None:
    resident = Resident(town, "4711", "telegram")
    await resident.does("/start", "[English]")
    await asks_for_news(resident)
    await resident.does("/coach", "Which school?")
    await Handoff(town).claim(await coach(db, "Anna"), 1, "a")
    if holder == "closed":
        await town.db.write(lambda tx: conversations.set_holder(tx, 1, "closed", now=town.now()))
    assert "You get no more news" in await resident.does("[Stop the news]")
    assert await listener(town) is None


async def test_a_change_ends_all_of_it_where_the_consent_is_refused(town: Turns) -> None:
    resident = Resident(town, "4711", "telegram")
    await resident.does("/start", "[English]")
    await asks_for_news(resident)
    await resident.does("/start news", "[Change something]", "[Kept]", "[No, I do not]")
    assert "You get no more news" in await resident.does("[Yes, this is right]")
    assert await listener(town) is None
