"""Many want the last places at once, in two processes that are killed in the middle: a small run of `python -m bench shifts`."""

from __future__ import annotations

from bench.shifts import race


async def test_no_place_is_given_twice(empty_url: str) -> None:
    found = await race(empty_url, 24, 2, kill=True, seed=3)
    assert not found.broken, found
    assert found.kills == 2
