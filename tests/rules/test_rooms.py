"""Finding a room: what fits, what nearly does, and the edges of hours, sizes and clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packs.model import Area, Room
from bot.packs.model.rooms import units
from bot.rules.calendar import holidays
from bot.rules.rooms import Answer, Lacks, Times, Wanted, free_starts, promising, quarters, search, series

ZONE = ZoneInfo("Europe/Stockholm")
AREAS = (
    Area(name="Centrum", latitude=59.29, longitude=17.81, neighbours=("Stenhamra",)),
    Area(name="Stenhamra", latitude=59.335, longitude=17.68, neighbours=("Centrum", "Färingsö")),
    Area(name="Färingsö", latitude=59.37, longitude=17.65, neighbours=("Stenhamra",)),
    Area(name="Hela kommunen"),
)
HOURS = ({"opens": "08:00", "closes": "22:00"},)


def room(id: str = "a", **more: Any) -> Room:
    return Room(**{"id": id, "name": id.upper(), "area": "Stenhamra", "capacity": 30, "opening": HOURS, **more})


def at(day: str, begins: str, ends: str) -> Times:
    return Times(series([date.fromisoformat(day)], time.fromisoformat(begins), time.fromisoformat(ends), ZONE))


def find(rooms: Sequence[Room], wanted: Wanted, busy: Any = None) -> Answer:
    by_id = {each.id: each for each in rooms}
    return search(rooms, wanted, busy or {}, AREAS, {each.id: units(each, by_id) for each in rooms})


def ids(found: Any) -> list[str]:
    return [each.room.id for each in found]


# --- exact bounds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "fits"), [(1, True), (29, True), (30, True), (31, False)])
def test_a_room_holds_as_many_as_it_holds(people: int, fits: bool) -> None:
    answer = find([room()], Wanted(people=people))
    assert (ids(answer.fits) == ["a"], [each.lacks for each in answer.near]) == (
        fits,
        [] if fits else [(Lacks.PEOPLE,)],
    )


@pytest.mark.parametrize(
    ("begins", "ends", "fits"),
    [
        ("08:00", "22:00", True),
        ("20:00", "22:00", True),
        ("20:00", "22:01", False),
        ("08:00", "09:00", True),
        ("07:59", "09:00", False),
        ("21:00", "00:00", False),
    ],
)
def test_opening_hours_hold_to_the_minute(begins: str, ends: str, fits: bool) -> None:
    assert bool(find([room()], Wanted(times=at("2026-03-03", begins, ends))).fits) == fits


def test_closing_at_midnight_and_after_it() -> None:
    late = room(opening=[{"opens": "18:00", "closes": "00:00"}])
    later = room(opening=[{"opens": "18:00", "closes": "02:00"}])
    to_midnight, past_it = at("2026-03-06", "20:00", "00:00"), at("2026-03-06", "20:00", "02:00")
    assert [
        bool(find([each], Wanted(times=time)).fits) for each in (late, later) for time in (to_midnight, past_it)
    ] == [
        True,
        False,
        True,
        True,
    ]


def test_hours_that_touch_are_one() -> None:
    split = room(opening=[{"opens": "08:00", "closes": "12:00"}, {"opens": "12:00", "closes": "17:00"}])
    lunch = room(opening=[{"opens": "08:00", "closes": "12:00"}, {"opens": "13:00", "closes": "17:00"}])
    over_noon = Wanted(times=at("2026-03-03", "11:00", "14:00"))
    assert (bool(find([split], over_noon).fits), bool(find([lunch], over_noon).fits)) == (True, False)


def test_the_buffer_after_a_booking_is_kept_and_nothing_more() -> None:
    times = at("2026-03-03", "18:00", "20:00")
    first, after = times.quarters[0]
    tight, roomy = room(), room(buffer_min=30)

    def fits(each: Room, taken_from: int) -> bool:
        return bool(find([each], Wanted(times=times), {"a": {0: taken_from}}).fits)

    assert [fits(tight, after - 1), fits(tight, after)] == [False, True]
    assert [fits(roomy, after + 1), fits(roomy, after + 2), fits(roomy, first)] == [False, True, False]


@pytest.mark.parametrize(
    ("begins", "ends", "taken"),
    [("18:00", "19:00", 4), ("18:05", "18:10", 1), ("18:14", "18:16", 2), ("18:00", "18:15", 1)],
)
def test_a_quarter_begun_is_a_quarter_taken(begins: str, ends: str, taken: int) -> None:
    first, after = at("2026-03-03", begins, ends).quarters[0]
    assert after - first == taken


# --- days -------------------------------------------------------------------------------------------------------------


def test_holidays_and_closed_days() -> None:
    usual = room(closed=[{"first": "2026-06-22", "last": "2026-06-24", "why": "golvet läggs om"}])
    always = room(open_on_holidays=True)
    days = {
        "2026-06-19": (False, True),
        "2026-06-21": (True, True),
        "2026-06-22": (False, True),
        "2026-06-25": (True, True),
    }
    for day, fits in days.items():
        wanted = Wanted(times=at(day, "10:00", "12:00"))
        assert (bool(find([usual], wanted).fits), bool(find([always], wanted).fits)) == fits, day


def test_a_year_of_tuesdays_keeps_its_hour_through_both_changes_of_the_clock() -> None:
    first = date(2026, 1, 6)
    days = [first + timedelta(weeks=week) for week in range(52)]
    times = Times(series(days, time(18), time(20), ZONE))
    assert {(begins.hour, ends.hour) for begins, ends in times.each} == {(18, 20)}
    utc = [begins.astimezone(UTC).hour for begins, _ends in times.each]
    assert (utc.count(17), utc.count(16)) == (22, 30)  # winter time, summer time
    assert {after - first for first, after in times.quarters} == {8}
    answer = find([room(opening=[{"days": [2], "opens": "18:00", "closes": "20:00"}])], Wanted(times=times))
    shut = [days[number] for number in answer.partly[0].shut]
    assert shut == [day for day in days if day in holidays(2026)] == [date(2026, 1, 6)]
    assert ids(find([room(open_on_holidays=True)], Wanted(times=times)).fits) == ["a"]


@pytest.mark.parametrize(("day", "taken"), [("2026-03-29", 4), ("2026-10-25", 12), ("2026-03-28", 8)])
def test_a_night_when_the_clock_changes_has_its_real_length(day: str, taken: int) -> None:
    first, after = at(day, "01:30", "03:30").quarters[0]
    assert after - first == taken


# --- what is wished for -----------------------------------------------------------------------------------------------


def test_what_is_wished_for_must_be_there() -> None:
    rooms = [
        room("bare"),
        room("plain", accessibility=["step_free"]),
        room("good", kitchen=True, equipment=["projector"], accessibility=["step_free", "hearing_loop"]),
    ]
    wish = Wanted(offers=frozenset({"kitchen", "projector"}), accessibility=frozenset({"step_free"}))
    assert ids(find(rooms, wish).fits) == ["good"]
    near = find(rooms[:2], wish).near
    assert [(each.room.id, each.lacks, sorted(each.missing)) for each in near] == [
        ("plain", (Lacks.OFFERS,), ["kitchen", "projector"]),
        ("bare", (Lacks.OFFERS, Lacks.ACCESSIBILITY), ["kitchen", "projector", "step_free"]),
    ]
    assert find(rooms[:2], wish).relax == {Lacks.OFFERS: 1}


def test_a_price_nobody_knows_is_not_free() -> None:
    rooms = [room("unknown"), room("costs", price_group="B"), room("free", price_group="free")]
    assert ids(find(rooms, Wanted(price_group="free")).fits) == ["free"]
    assert sorted(ids(find(rooms, Wanted()).fits)) == ["costs", "free", "unknown"]


def test_here_before_next_door_and_far_away_is_a_miss() -> None:
    rooms = [room("next", area="Färingsö"), room("here"), room("far", area="Centrum")]
    answer = find(rooms, Wanted(area="Färingsö"))
    assert [(each.room.id, each.next_to) for each in answer.fits] == [("next", False), ("here", True)]
    assert ids(find(rooms[2:], Wanted(area="Färingsö")).near) == ["far"]
    assert len(find(rooms, Wanted(area="Hela kommunen")).fits) == 3


def test_near_me_is_measured_from_the_room_or_else_from_its_area() -> None:
    rooms = [room("by-area"), room("by-place", latitude=59.336, longitude=17.681), room("far", area="Centrum")]
    answer = find(rooms, Wanted(point=(59.336, 17.681)))
    assert ids(answer.fits) == ["by-place", "by-area"]
    assert answer.fits[0].km == 0.0 and answer.fits[1].km == pytest.approx(0.12, abs=0.02)


def test_whose_a_room_is_plays_no_part_and_examples_come_last() -> None:
    town, club = room("b"), room("a", lender={"kind": "association"})
    assert ids(find([town, club], Wanted()).fits) == ["a", "b"]
    assert ids(find([room("b", lender={"kind": "association"}), room("a")], Wanted()).fits) == ["a", "b"]
    assert ids(find([room("a", example=True), room("b")], Wanted()).fits) == ["b", "a"]


def test_a_room_of_unknown_size_and_hours_comes_after_those_that_surely_fit() -> None:
    rooms = [room("a", capacity=None), room("b", opening=()), room("c", capacity=300)]
    wanted = Wanted(people=20, times=at("2026-03-03", "23:00", "23:30"))
    assert ids(find(rooms, wanted).fits) == ["b"]
    assert ids(find(rooms, Wanted(people=20)).fits) == ["c", "a", "b"]


def test_a_room_of_about_the_right_size_comes_first() -> None:
    rooms = [room("huge", capacity=300), room("right", capacity=25), room("larger", capacity=70)]
    assert ids(find(rooms, Wanted(people=20)).fits) == ["right", "larger", "huge"]


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_hall_is_taken_when_a_half_is_and_the_other_way_round() -> None:
    rooms = [room("hall", parts=["north", "south"]), room("north"), room("south")]
    times = at("2026-03-03", "18:00", "20:00")
    answer = find(rooms, Wanted(times=times), {"north": {0: times.quarters[0][0]}})
    assert ids(answer.fits) == ["south"]
    assert [(each.room.id, each.busy) for each in answer.fits] == [("south", ())]


def test_thirds_that_overlap() -> None:
    rooms = {each.id: each for each in (room("1"), room("2"), room("3"), room("12", parts=["1", "2"]), room("23", parts=["2", "3"]),
                                        room("all", parts=["12", "3"]))}  # fmt: skip
    made = {id: units(each, rooms) for id, each in rooms.items()}
    assert made["12"] & made["23"] == {"2"} and not made["12"] & made["3"] and made["all"] == {"1", "2", "3"}


# --- nothing fits -----------------------------------------------------------------------------------------------------


def test_a_series_free_but_for_some_dates_is_told_with_them() -> None:
    days = [date(2026, 3, 3) + timedelta(weeks=week) for week in range(4)]
    times = Times(series(days, time(18), time(20), ZONE))
    busy = {"a": {1: times.quarters[1][0]}, "b": {number: times.quarters[number][0] for number in (0, 1, 2)}}
    answer = find([room("a"), room("b")], Wanted(times=times), busy)
    assert (ids(answer.fits), [(each.room.id, each.clashes) for each in answer.partly]) == ([], [("a", (1,))])


def test_another_time_the_same_day() -> None:
    begins, ends = at("2026-03-03", "18:00", "20:00").each[0]
    first, _after = quarters(begins, ends)
    taken = range(first, first + 4)  # 18 to 19
    starts = free_starts(room(), begins, ends, taken)
    assert [each.strftime("%H:%M") for each in starts[:3]] == ["19:00", "19:30", "16:00"]
    with_buffer = [each.strftime("%H:%M") for each in free_starts(room(buffer_min=30), begins, ends, taken)]
    assert "16:00" not in with_buffer and "15:30" in with_buffer
    assert free_starts(room(), begins, ends, range(first - 100, first + 100)) == ()
    assert free_starts(room(), *at("2026-06-19", "18:00", "20:00").each[0], ()) == ()


# --- whatever is asked ------------------------------------------------------------------------------------------------

NEEDS = ("kitchen", "projector", "stage", "piano")
ACCESS = ("step_free", "hearing_loop", "toilet")
rooms_of_all_kinds = st.lists(
    st.builds(
        lambda area, capacity, use, equipment, accessibility, price, example, closes, buffer: {
            "area": area, "capacity": capacity, "use": use, "equipment": equipment, "accessibility": accessibility,
            "price_group": price, "example": example, "opening": [{"opens": "08:00", "closes": closes}], "buffer_min": buffer,
        },
        st.sampled_from(["Centrum", "Stenhamra", "Färingsö"]), st.integers(1, 60),
        st.lists(st.sampled_from(["room", "stage"]), unique=True).map(tuple),
        st.lists(st.sampled_from(["projector", "piano"]), unique=True).map(tuple),
        st.lists(st.sampled_from(ACCESS), unique=True).map(tuple), st.sampled_from(["", "free", "A"]), st.booleans(),
        st.sampled_from(["12:00", "20:00", "22:00", "00:00"]), st.sampled_from([0, 15, 45]),
    ),
    max_size=8,
).map(lambda many: [room(f"r{number}", **each) for number, each in enumerate(many)])  # fmt: skip
wishes = st.builds(
    Wanted,
    people=st.none() | st.integers(1, 70),
    times=st.none()
    | st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), min_size=1, max_size=5, unique=True).map(
        lambda days: Times(series(sorted(days), time(10), time(12), ZONE))
    ),
    area=st.sampled_from([None, "Centrum", "Färingsö", "Hela kommunen", "Nowhere"]),
    point=st.none() | st.just((59.33, 17.7)),
    offers=st.frozensets(st.sampled_from(NEEDS), max_size=2),
    accessibility=st.frozensets(st.sampled_from(ACCESS), max_size=2),
    price_group=st.sampled_from([None, "free"]),
)


def some_busy(rooms: Sequence[Room], wanted: Wanted, seed: int) -> dict[str, dict[int, int]]:
    spans = wanted.times.quarters if wanted.times else ()
    return {
        each.id: {
            number: first + (seed + number) % 12 for number, (first, _after) in enumerate(spans) if (seed + number) % 3
        }
        for at, each in enumerate(rooms)
        if (seed >> at) % 2
    }


@given(rooms_of_all_kinds, wishes, st.integers(0, 255))
def test_every_room_is_accounted_for_and_what_fits_lacks_nothing(rooms: list[Room], wanted: Wanted, seed: int) -> None:
    answer = find(rooms, wanted, some_busy(rooms, wanted, seed))
    for found in answer.fits:
        assert found.lacks == () and found.clashes == () and not found.missing
        assert wanted.people is None or (found.room.capacity or 0) >= wanted.people
        assert wanted.offers <= found.room.offers and wanted.accessibility <= set(found.room.accessibility)
        assert wanted.price_group in (None, found.room.price_group)
    if answer.fits:
        assert answer.near == () and answer.relax == {}
    else:
        assert sorted(ids(answer.near)) == sorted(each.id for each in rooms)
        assert [len(each.lacks) for each in answer.near] == sorted(len(each.lacks) for each in answer.near)
        assert all(each.lacks for each in answer.near)
    assert all(each.lacks == (Lacks.TIME,) and each.clashes for each in answer.partly)


@given(rooms_of_all_kinds, wishes, st.integers(0, 255))
def test_promising_are_those_that_fit_when_nobody_has_booked(rooms: list[Room], wanted: Wanted, seed: int) -> None:
    some = promising(rooms, wanted, AREAS)
    unbooked = find(rooms, wanted, {})
    assert sorted(ids(unbooked.fits) + ids(unbooked.partly)) == sorted(room.id for room in some)
    answer = find(rooms, wanted, some_busy(rooms, wanted, seed))
    if answer.fits or answer.partly:
        less = find(some, wanted, some_busy(rooms, wanted, seed))
        assert (less.fits, less.partly) == (answer.fits, answer.partly)


@given(rooms_of_all_kinds, wishes, st.integers(0, 255))
def test_wishing_for_less_never_loses_a_room(rooms: list[Room], wanted: Wanted, seed: int) -> None:
    busy = some_busy(rooms, wanted, seed)
    before = set(ids(find(rooms, wanted, busy).fits))
    for less in (
        replace(wanted, people=None),
        replace(wanted, times=None),
        replace(wanted, area=None, point=None),
        replace(wanted, offers=frozenset()),
        replace(wanted, accessibility=frozenset()),
        replace(wanted, price_group=None),
    ):
        assert before <= set(ids(find(rooms, less, busy if less.times else {}).fits))


@given(rooms_of_all_kinds, wishes, st.integers(0, 255))
def test_what_is_said_to_give_way_does(rooms: list[Room], wanted: Wanted, seed: int) -> None:
    busy = some_busy(rooms, wanted, seed)
    relax = find(rooms, wanted, busy).relax
    given_up = {
        Lacks.PLACE: replace(wanted, area=None, point=None),
        Lacks.PRICE: replace(wanted, price_group=None),
        Lacks.OFFERS: replace(wanted, offers=frozenset()),
        Lacks.TIME: replace(wanted, times=None),
        Lacks.PEOPLE: replace(wanted, people=None),
        Lacks.ACCESSIBILITY: replace(wanted, accessibility=frozenset()),
    }
    for kind, count in relax.items():
        less = given_up[kind]
        assert len(find(rooms, less, busy if less.times else {}).fits) == count


@given(st.integers(0, 95), st.integers(1, 40), st.sets(st.integers(0, 110), max_size=20), st.sampled_from([0, 15, 60]))
def test_another_time_is_open_and_free(begin: int, length: int, busy: set[int], buffer: int) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=ZONE)
    begins = midnight + timedelta(minutes=15 * begin)
    ends = begins + timedelta(minutes=15 * length)
    first = quarters(midnight, midnight)[0]
    taken = {first + each for each in busy}
    a_room = room(buffer_min=buffer)
    for start in free_starts(a_room, begins, ends, taken):
        times = Times(((start, start + (ends - begins)),))
        span = times.quarters[0]
        clash = min((each for each in taken if each >= span[0]), default=None)
        assert find([a_room], Wanted(times=times), {"a": {0: clash}} if clash is not None else {}).fits
