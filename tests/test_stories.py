"""The stories of the bench with few people: nobody is signed up beyond the places there are, and most is met."""

from __future__ import annotations

from bench.stories import tell


async def test_the_reception_home(empty_url: str) -> None:
    told = await tell(empty_url, "home", people=16, places=14, days=2)
    counted = dict(told.lines)
    assert told.overbooked == 0 and counted["signed up"] == 16
    assert counted["filled, %"] > 0


async def test_the_spring_of_corona(empty_url: str) -> None:
    told = await tell(empty_url, "corona", people=25, requests=8, days=4)
    counted = dict(told.lines)
    assert told.overbooked == 0 and counted["requests"] == 8
    assert counted["somebody said yes, %"] >= 50
