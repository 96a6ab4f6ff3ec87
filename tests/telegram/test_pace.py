"""The limits, on a clock that the test moves."""

from __future__ import annotations

import itertools

import pytest

from bot.handlers.telegram.pace import GROUP_BURST, GROUP_PER_S, LINE_MAX_S, UNLIMITED, Pace


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def _sent(pace: Pace, clock: Clock, chats: list[str], for_s: float, step_s: float = 0.01) -> int:
    """How many messages go out, one chat after the other, whenever the pace allows."""
    count, end = 0, clock.at + for_s
    while clock.at < end:
        for chat in chats:
            if pace.budget() and pace.delay_s(chat) == 0:
                pace.spend(chat)
                count += 1
        clock.at += step_s
    return count


def test_pace_all_chats_share_the_rate() -> None:
    clock = Clock()
    assert _sent(Pace(28, clock), clock, [str(number) for number in range(200)], 5) in range(138, 144)


def test_pace_no_second_has_more_than_telegram_allows() -> None:
    clock = Clock()
    pace, chats = Pace(28, clock), [str(number) for number in range(200)]
    assert max(_sent(pace, clock, chats, 1) for _second in range(5)) <= 31


def test_pace_private_chat_has_a_burst_of_three_then_one_a_second() -> None:
    clock = Clock()
    assert _sent(Pace(28, clock), clock, ["7"], 9.9) == 12


def test_pace_group_has_a_burst_of_five_then_18_a_minute() -> None:
    clock = Clock()
    assert _sent(Pace(28, clock), clock, ["-100"], 59.9) in (22, 23)


def test_pace_zero_is_none() -> None:
    clock = Clock()
    pace = Pace(0, clock)
    for _count in range(1000):
        assert pace.delay_s("7") == 0
        pace.spend("7")
    assert pace.budget() == UNLIMITED


def test_pace_chat_told_to_wait_waits_alone() -> None:
    clock = Clock()
    pace = Pace(0, clock)
    pace.hold("7", 5)
    assert (pace.delay_s("7"), pace.delay_s("8")) == (5, 0)
    clock.at += 5
    assert pace.delay_s("7") == 0


def test_pace_several_chats_told_to_wait_at_once_stop_all() -> None:
    clock = Clock()
    pace = Pace(28, clock)
    for chat in ("7", "8"):
        pace.hold(chat, 9)
    assert pace.budget() > 0
    pace.hold("9", 4)
    assert pace.budget() == 0
    assert pace.delay_s("1") == 4
    clock.at += 4
    assert pace.delay_s("1") == 0


def test_pace_chats_told_to_wait_one_after_the_other_stop_nobody_else() -> None:
    clock = Clock()
    pace = Pace(28, clock)
    for chat in ("7", "8", "9"):
        pace.hold(chat, 9)
        clock.at += 1.5
    assert pace.delay_s("1") == 0


def test_pace_forgets_chats_that_are_rested() -> None:
    clock = Clock()
    pace = Pace(1_000_000, clock)
    for number in range(20_001):
        pace.spend(str(number))
        clock.at += 0.001
    assert len(pace._chats) < 5000


def test_what_is_put_back_stands_in_line() -> None:
    now = [0.0]
    pace = Pace(28, lambda: now[0])
    for _count in range(GROUP_BURST):
        pace.spend("-100")
    places = [pace.line_s("-100") for _count in range(4)]
    apart = [later - earlier for earlier, later in itertools.pairwise(places)]
    assert apart == pytest.approx([1 / GROUP_PER_S] * 3)
    assert max(pace.line_s("-100") for _count in range(100)) <= LINE_MAX_S
    assert pace.line_s("4711") == pytest.approx(pace.delay_s("4711"))
