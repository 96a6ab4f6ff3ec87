"""What is kept of somebody who offers help."""

from __future__ import annotations

from bot.flows.volunteer import coarse


def test_a_shared_place_is_kept_no_closer_than_needed() -> None:
    point = {"latitude": 59.336123, "longitude": 17.681987, "said": ""}
    assert coarse({"area": "Stenhamra", **point}) == {"area": "Stenhamra"}
    assert coarse({"area": None, **point}) == {"area": None, "latitude": 59.34, "longitude": 17.68, "said": ""}
