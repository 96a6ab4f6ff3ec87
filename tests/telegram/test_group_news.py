"""Messages to many from the coaches' group: written by a command, tried, sent, approved by a button; pressed late and twice."""

from __future__ import annotations

from typing import Any

from bot import clock
from storage import broadcasts, conversations, listeners, tables
from tests.telegram.test_forum import Town, linked, town
from tests.telegram.test_whole import _rows

__all__ = ["town"]

WORDS = "Vi behöver hjälp med kvällsmat på lördag.\n\nKan du komma?"


async def listen(town: Town, count: int, locale: str = "sv", topics: tuple[str, ...] = ()) -> None:
    """So many who have asked for news, in the web chat."""

    async def write(tx: Any) -> None:
        now = clock.now()
        for at in range(count):
            who = await conversations.open(
                tx,
                municipality_id="ekero",
                channel="web",
                address=f"{locale}-{at}-{topics}",
                now=now,
                locale_hint=locale,
            )
            await listeners.save(
                tx, municipality_id="ekero", resident_id=who.resident_id, conversation_id=who.conversation_id, locale=locale,
                channel="web", topics=topics, areas=(), skills=(), spoken=(), roles=(), band=None, gap_days=0, quiet_from=0,
                quiet_to=0, now=now,
            )  # fmt: skip

    await town.run.db.write(write)


async def stored(town: Town, id: int = 1) -> broadcasts.Broadcast:
    async with town.run.db.read() as tx:
        return await broadcasts.load(tx, "ekero", id)


async def test_a_message_from_the_group_to_the_sending(town: Town) -> None:
    await listen(town, 7)
    carl = town.api.user(id=61, first_name="C", language_code="en")
    await town.group.adds(carl)
    await carl.starts()
    await linked(town.run, "Carl", carl, "coordinator")
    here = town.group.general
    await carl.says("/broadcast", where=here)
    await here.sees("Write the Swedish text behind the command")
    await carl.says(f"/broadcast {WORDS}", where=here)
    await here.sees("Draft #1, nothing is sent yet")
    await here.sees("Kan du komma?")
    await here.sees("It reaches 7 people.")
    assert (await stored(town)).content["texts"] == {"sv": {"words": WORDS}}
    await town.pressed(carl, "k:btest:1", here)
    await carl.sees("Kan du komma?")
    assert await town.pressed(carl, "k:bsend:1", here) == "Carl has message #1 sent."
    await here.sees("Carl has message #1 sent.")
    assert (await stored(town)).status in ("scheduled", "sending", "done")
    assert "somebody has done something else with it" in await town.pressed(carl, "k:bsend:1", here)
    await town.quiet()
    assert [each.act for each in await _rows(town.run, tables.broadcast_events)] == [
        "made",
        "changed",
        "tested",
        "sent",
    ]


async def test_a_second_yes_is_given_in_the_group(town: Town) -> None:
    await listen(town, 205)
    await listen(town, 6, "en")
    here = town.group.general
    people = {
        name: town.api.user(id=number, first_name=name, language_code="en")
        for name, number in (("Carl", 61), ("Dora", 62))
    }
    for name, role in (("Carl", "coordinator"), ("Dora", "sender")):
        await town.group.adds(people[name])
        await linked(town.run, name, people[name], role)
    carl, dora = people["Carl"], people["Dora"]
    await carl.says(f"/broadcast {WORDS}", where=here)
    await here.sees("It reaches 211 people.")
    await here.sees("It is missing in: English.")
    assert "A second person has to say yes now." in await town.pressed(carl, "k:bmark:1", here)
    await here.sees("Carl asks for a second yes to message #1")
    await here.sees("These can: Dora.")
    assert (await stored(town)).content["fallback"] == ["sv-simple", "en", "ar"]
    buttons = (each for message in here.messages for row in message.inline_rows for each in row)
    yes = next(each["callback_data"] for each in buttons if "k:byes:1:" in each.get("callback_data", "")).split(":", 2)[
        2
    ]
    assert "Your account may not do this." in await town.pressed(carl, yes, here)
    assert "Your account may not do this." in await town.pressed(town.anna, yes, here)
    assert (await stored(town)).status == "asked"
    assert await town.pressed(dora, yes, here) == "Dora has said yes to message #1."
    await here.sees("Dora has said yes to message #1.")
    row = await stored(town)
    assert row.approved_by is not None and row.status in ("scheduled", "sending", "done")
    assert "somebody has done something else with it" in await town.pressed(dora, yes, here)


async def test_a_topic_is_named_first_and_others_may_not(town: Town) -> None:
    await listen(town, 6, topics=("culture",))
    await listen(town, 8, topics=("sport",))
    here = town.group.general
    carl = town.api.user(id=61, first_name="C", language_code="en")
    await town.group.adds(carl)
    await linked(town.run, "Carl", carl, "leader")
    await carl.says("/broadcast #teater Kom på konsert!", where=here)
    await here.sees("I know no such topic. These are there:")
    await carl.says("/broadcast #culture Kom på konsert!", where=here)
    await here.sees("To those who want to hear about: Culture.")
    await here.sees("It reaches 6 people.")
    await town.anna.says("/broadcast Hej alla", where=here)
    await here.sees("Your account may not do this.")
    assert len(await _rows(town.run, tables.broadcasts)) == 1
