"""Who is there, who fits, who stands in: examples of a coach's week, and what holds for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packs.model.hours import OpenHours
from bot.rules.calendar import after_open
from bot.rules.presence import Absence, Colleague, Wanted, away_until, best, next_there, present, ranked, stand_in

ZONE = ZoneInfo("Europe/Stockholm")
HOURS = OpenHours()


def at(words: str) -> datetime:
    """A moment on the clock in Ekerö."""
    return datetime.fromisoformat(words).replace(tzinfo=ZONE)


def coach(id: int, **more: object) -> Colleague:
    whole = Colleague(id, f"coach {id}", frozenset({"coach"}), HOURS, ZONE)
    return replace(whole, **more)  # type: ignore[arg-type]


def away(begins: str, ends: str, deputy_id: int | None = None) -> tuple[Absence, ...]:
    return (Absence(at(begins), at(ends), deputy_id),)


MONDAY = at("2026-03-02T10:00")


@pytest.mark.parametrize(
    ("now", "more", "there"),
    [
        ("2026-03-02T09:00", {}, True),
        ("2026-03-02T16:00", {}, False),
        ("2026-03-01T10:00", {}, False),  # a Sunday
        ("2026-04-06T10:00", {}, False),  # Easter Monday
        ("2026-03-02T19:00", {"here_until": at("2026-03-02T20:00")}, True),
        ("2026-03-02T20:00", {"here_until": at("2026-03-02T20:00")}, False),
        ("2026-03-02T10:00", {"hours": OpenHours(days=(2, 3))}, False),
        ("2026-03-02T10:00", {"absences": away("2026-03-02T00:00", "2026-03-03T00:00")}, False),
        (
            "2026-03-02T10:00",
            {"absences": away("2026-03-02T00:00", "2026-03-03T00:00"), "here_until": at("2026-03-02T12:00")},
            False,
        ),
    ],
)
def test_who_is_there(now: str, more: dict[str, object], there: bool) -> None:
    assert present(coach(1, **more), at(now)) is there


def test_the_topic_goes_before_the_language_and_that_before_the_place_and_the_load() -> None:
    colleagues = [
        coach(1, held=0),
        coach(2, areas=frozenset({"Stenhamra"}), held=5),
        coach(3, languages=frozenset({"ar"}), held=6),
        coach(4, topics=frozenset({"roads"}), held=7),
        coach(5, topics=frozenset({"roads"}), held=2),
        coach(6, topics=frozenset({"roads"}), hours=OpenHours(days=(7,))),
    ]
    wanted = Wanted(frozenset({"roads"}), "ar", "Stenhamra")
    assert [each.id for each in ranked(wanted, colleagues, MONDAY)] == [5, 4, 3, 2, 1, 6]
    assert [each.id for each in best(wanted, colleagues, MONDAY)] == [5, 4]
    assert best(wanted, colleagues, at("2026-03-02T22:00")) == []


def test_who_writes_swedish_writes_easy_swedish() -> None:
    swedish, arabic = coach(1, languages=frozenset({"ar"})), coach(2, languages=frozenset({"sv"}))
    assert best(Wanted(language="sv-simple"), [swedish, arabic], MONDAY) == [arabic]


def test_a_deputy_who_is_away_has_a_deputy() -> None:
    ill = away("2026-03-02T00:00", "2026-03-05T00:00", 2)
    second = coach(2, absences=away("2026-03-02T00:00", "2026-03-03T00:00", 3))
    colleagues = [coach(1, absences=ill), second, coach(3)]
    assert stand_in(colleagues[0], colleagues, MONDAY) == colleagues[2]
    assert stand_in(colleagues[0], colleagues, at("2026-03-04T10:00")) == second
    assert stand_in(colleagues[2], colleagues, MONDAY) is None  # is not absent at all


def test_deputies_who_name_each_other_end_at_nobody() -> None:
    one = coach(1, absences=away("2026-03-02T00:00", "2026-03-03T00:00", 2))
    other = coach(2, absences=away("2026-03-02T00:00", "2026-03-03T00:00", 1))
    assert stand_in(one, [one, other, coach(3)], MONDAY) is None


def test_absences_that_follow_each_other_are_one() -> None:
    both = (*away("2026-03-02T00:00", "2026-03-03T00:00"), *away("2026-03-03T00:00", "2026-03-05T00:00"))
    assert away_until(coach(1, absences=both), MONDAY) == at("2026-03-05T00:00")


@pytest.mark.parametrize(
    ("now", "more", "next_at"),
    [
        ("2026-03-02T10:00", {}, "2026-03-02T10:00"),
        ("2026-03-02T18:00", {}, "2026-03-03T09:00"),
        ("2026-03-06T18:00", {}, "2026-03-09T09:00"),  # after Friday comes Monday
        ("2026-04-02T18:00", {}, "2026-04-07T09:00"),  # Easter
        ("2026-03-02T10:00", {"absences": away("2026-03-02T00:00", "2026-03-04T12:00")}, "2026-03-04T12:00"),
        ("2026-03-02T10:00", {"hours": OpenHours(days=(4,))}, "2026-03-05T09:00"),
        ("2026-03-27T18:00", {}, "2026-03-30T09:00"),  # over the change to summer time
    ],
)
def test_when_somebody_is_there_next(now: str, more: dict[str, object], next_at: str) -> None:
    assert next_there([coach(1, **more)], at(now)) == at(next_at)


def test_nobody_is_there_next_where_nobody_works() -> None:
    assert next_there([], MONDAY) is None


@pytest.mark.parametrize(
    ("since", "minutes", "until"),
    [
        ("2026-03-02T10:00", 60, "2026-03-02T11:00"),
        ("2026-03-02T15:40", 60, "2026-03-03T09:40"),
        ("2026-03-02T20:00", 60, "2026-03-03T10:00"),
        ("2026-04-02T15:30", 60, "2026-04-07T09:30"),  # Easter is no open time
        ("2026-03-02T10:00", 780, "2026-03-03T16:00"),
    ],
)
def test_open_minutes_are_counted_in_open_hours(since: str, minutes: int, until: str) -> None:
    assert after_open(HOURS, at(since), ZONE, timedelta(minutes=minutes)) == at(until)


# --- what holds for everybody -----------------------------------------------------------------------------------------

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 200 * 24 * 4).map(lambda quarters: BEGIN + timedelta(minutes=15 * quarters))
ids = st.integers(1, 6)
absences = st.builds(
    lambda begins, hours, deputy: Absence(begins, begins + timedelta(hours=hours), deputy),
    moments, st.integers(1, 24 * 60), st.none() | ids,
)  # fmt: skip
weeks = st.builds(
    lambda days, opens, length: OpenHours.model_validate(
        {"days": tuple(days), "opens": f"{opens:02}:00", "closes": f"{opens + length:02}:00"}
    ),
    st.sets(st.integers(1, 7), min_size=1), st.integers(0, 14), st.integers(1, 9),
)  # fmt: skip
words = st.frozensets(st.sampled_from(["a", "b", "c"]))


@st.composite
def teams(draw: st.DrawFn) -> list[Colleague]:
    chosen = draw(st.sets(ids, min_size=1))
    return [
        Colleague(
            id, str(id), frozenset({"coach"}), draw(weeks), ZONE, draw(words), draw(words), draw(words),
            draw(st.none() | moments), tuple(draw(st.lists(absences, max_size=3))), draw(st.integers(0, 3)),
        )
        for id in sorted(chosen)
    ]  # fmt: skip


wishes = st.builds(
    Wanted, words, st.none() | st.sampled_from(["a", "b-simple"]), st.none() | st.sampled_from(["a", "b"])
)


@given(teams(), wishes, moments)
def test_nobody_who_is_absent_is_there(team: list[Colleague], wanted: Wanted, now: datetime) -> None:
    absent = {each.id for each in team if any(one.covers(now) for one in each.absences)}
    assert absent.isdisjoint(each.id for each in best(wanted, team, now))
    order = [present(each, now) for each in ranked(wanted, team, now)]
    assert order == sorted(order, reverse=True)


@given(teams(), wishes, moments, st.randoms())
def test_the_order_does_not_depend_on_how_they_came(
    team: list[Colleague], wanted: Wanted, now: datetime, random: object
) -> None:
    mixed = list(team)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert ranked(wanted, mixed, now) == ranked(wanted, team, now)
    assert {each.id for each in ranked(wanted, team, now)} == {each.id for each in team}


@given(teams(), moments)
def test_whoever_stands_in_is_somebody_else_who_is_not_absent(team: list[Colleague], now: datetime) -> None:
    for owner in team:
        found = stand_in(owner, team, now)
        if found is not None:
            assert found.id != owner.id and away_until(found, now) is None and away_until(owner, now) is not None


@given(teams(), moments)
def test_whoever_is_next_is_there_then_and_nobody_before(team: list[Colleague], now: datetime) -> None:
    found = next_there(team, now)
    if found is not None:
        assert found >= now and any(present(each, found) for each in team)
        between = [now + (found - now) * part / 7 for part in range(7)]
        assert not any(present(each, moment) for each in team for moment in between if moment < found)


@given(weeks, moments, st.integers(5, 2400))
def test_so_many_open_minutes_later_it_is_open_or_just_closed(week: OpenHours, since: datetime, minutes: int) -> None:
    until = after_open(week, since, ZONE, timedelta(minutes=minutes))
    assert until >= since
    first, second = after_open(week, since, ZONE, timedelta(minutes=minutes // 2)), timedelta(minutes=-(-minutes // 2))
    assert minutes % 2 or after_open(week, first, ZONE, second) == until
