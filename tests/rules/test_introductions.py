"""Who might meet whom: nobody who said no to somebody meets them again, and a group goes on only where it may."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules import introductions
from bot.rules.introductions import Wish

AGREED = {"agree": {"given": True, "version": "1"}}
LIKES = st.lists(st.sampled_from(["football", "music", "garden"]), min_size=1, unique=True)
SIDE = st.sampled_from(["new", "est"])
FOUR = st.builds(
    lambda side, age, area, likes: {"side": side, "age": age, "where": {"area": area}, "interests": likes, **AGREED},
    SIDE, st.integers(14, 21), st.sampled_from(["Stenhamra", "Färingsö"]), LIKES,
)  # fmt: skip
FAMILY = st.builds(
    lambda side, likes, children, work: {"side": side, "interests": likes, "children": children, "work": work, **AGREED},
    SIDE, LIKES, st.lists(st.integers(0, 17), max_size=3), st.sampled_from(["care", "school", "untold"]),
)  # fmt: skip
CHAT = st.builds(
    lambda age, languages, hours: {"age": age, "languages": languages, "hours": hours, **AGREED},
    st.integers(48, 80), st.lists(st.sampled_from(["sv", "ar-little", "fi"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["1", "2"]), min_size=1, unique=True),
)  # fmt: skip
KINDS: dict[str, Any] = {
    "friends": (FOUR, lambda wishes, apart: introductions.friends(
        wishes, size=4, age_span=3, minors_apart=True, apart=apart)),
    "families": (FAMILY, lambda wishes, apart: introductions.families(wishes, apart=apart)),
    "phone_chats": (CHAT, lambda wishes, apart: introductions.phone_chats(wishes, min_age=50, apart=apart)),
}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nobody_is_proposed_again_with_whom_they_met_or_said_no_to(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    said, find = KINDS[kind]
    people = data.draw(st.lists(said, min_size=2, max_size=9))
    wishes = [Wish(at, each, guardian_ok=data.draw(st.booleans())) for at, each in enumerate(people, 1)]
    past: list[introductions.Past] = []
    for _round in range(3):
        apart = introductions.kept_apart(past)
        found = find(wishes, apart)
        placed = [id for ids, _why in found.together for id in ids]
        assert len(placed) == len(set(placed))
        assert {*placed} | {*found.waiting} == {each.id for each in wishes}, "everybody has a group or a reason"
        for ids, _why in found.together:
            assert all(not some <= {str(id) for id in ids} for some in apart)
            said_there = [wishes[id - 1] for id in ids]
            if kind == "friends":
                minors = [introductions.is_minor(each.said) for each in said_there]
                assert len(set(minors)) == 1 and all(each.guardian_ok for each in said_there if minors[0])
            if kind == "phone_chats":
                assert all(each.said["age"] >= 50 for each in said_there)
            how = data.draw(st.sampled_from(["declined", "met", "no"]))
            statuses = {"met": "met", "declined": "released", "no": "released"}
            members = [(id, "no" if how == "no" and at == 0 else statuses[how]) for at, id in enumerate(ids)]
            past.append(("declined" if how == "declined" else "ended", members))


@given(st.lists(st.tuples(SIDE, st.sampled_from(["asked", "yes", "no", "left", "silent"])), min_size=2, max_size=4))
def test_a_group_goes_on_only_with_enough_of_both_sides(answers: list[tuple[str, str]]) -> None:
    four, pair = introductions.what_now("friends", answers, 3), introductions.what_now("families", answers[:2], 3)
    agreed = [side for side, status in answers if status == "yes"]
    if four == "met":
        assert len(agreed) >= 3 and len(set(agreed)) == 2 and not any(status == "asked" for _side, status in answers)
    if four == "back":
        assert agreed
    assert (pair == "met") == all(status == "yes" for _side, status in answers[:2])
    if any(status in ("no", "left", "silent") for _side, status in answers[:2]):
        assert pair == "ended", "of two, both have to say yes"


def test_what_people_have_in_common_is_what_both_have_said() -> None:
    new = {"side": "new", "interests": ["music", "garden"], "children": [6, 12], "work": "care", **AGREED}
    own = {"side": "est", "interests": ["garden"], "children": [7], "work": "care", **AGREED}
    for both in ([new, own], [own, new]):
        assert introductions.in_common("families", both) == {
            "interests": ["garden"],
            "children": [[6, 7]],
            "work": "care",
        }
    found = introductions.families([Wish(1, new), Wish(2, own), Wish(3, {**own, "agree": {"given": False}})])
    assert found.together == (((1, 2), {"interests": ["garden"], "children": [[6, 7]], "work": "care", "percent": 80}),)
    assert found.waiting == {3: "consent"}
    chats = [{"languages": ["sv", "fi-little"], "hours": ["a", "b"]}, {"languages": ["fi"], "hours": ["b"]}]
    assert introductions.in_common("phone_chats", chats) == {"languages": ["fi"], "hours": ["b"]}
    assert not any(introductions.kept_apart([("ended", [(1, "released"), (2, "left")])]))
    assert len(introductions.kept_apart([("met", [(1, "met"), (2, "met"), (3, "no")])])) == len(
        list(combinations("abc", 2))
    )
