"""The limits, on a clock that the test moves."""

from __future__ import annotations

import itertools

import pytest

from bot.handlers.telegram.pace import (
    FAILURES,
    GROUP_BURST,
    GROUP_PER_S,
    LINE_MAX_S,
    PAUSE_MAX_S,
    PAUSE_MIN_S,
    SLOWEST,
    TRYING_S,
    UNLIMITED,
    Pace,
)

PEOPLE = [str(number) for number in range(200)]


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def _pace(rate: float, clock: Clock, bulk_rate: float | None = None) -> Pace:
    """Without chance in it."""
    return Pace(rate, clock, bulk_rate, jitter=lambda: 0.0)


def _sent(
    pace: Pace, clock: Clock, chats: list[str], for_s: float, step_s: float = 0.01, *, bulk: bool = False
) -> int:  # fmt: skip
    """How many messages go out, one chat after the other, whenever the pace allows."""
    count, end = 0, clock.at + for_s
    while clock.at < end:
        for chat in chats:
            if pace.budget() and pace.delay_s(chat, bulk=bulk) == 0:
                pace.begin(chat, bulk=bulk)
                pace.end(reached=True, first=False)
                count += 1
        clock.at += step_s
    return count


def test_pace_all_chats_share_the_rate() -> None:
    clock = Clock()
    assert _sent(_pace(28, clock), clock, PEOPLE, 5) in range(140, 140 + 13)


def test_pace_only_the_first_second_has_more_than_the_rate() -> None:
    clock = Clock()
    pace = _pace(28, clock)
    assert _sent(pace, clock, PEOPLE, 1) <= 28 + 12
    assert max(_sent(pace, clock, PEOPLE, 1) for _second in range(5)) <= 29
    clock.at += 10
    assert _sent(pace, clock, PEOPLE, 1, bulk=True) <= 28 + 9
    assert max(_sent(pace, clock, PEOPLE, 1, bulk=True) for _second in range(5)) <= 29


def test_pace_private_chat_has_a_burst_of_three_then_one_a_second() -> None:
    clock = Clock()
    assert _sent(_pace(28, clock), clock, ["7"], 9.9) == 12


def test_pace_group_has_a_burst_of_five_then_18_a_minute() -> None:
    clock = Clock()
    assert _sent(_pace(28, clock), clock, ["-100"], 59.9) in (22, 23)


def test_pace_zero_is_none() -> None:
    clock = Clock()
    pace = _pace(0, clock)
    for _count in range(1000):
        assert pace.delay_s("7") == 0
        pace.begin("7")
    assert pace.budget() == UNLIMITED


def test_pace_chat_told_to_wait_waits_alone() -> None:
    clock = Clock()
    pace = _pace(0, clock)
    pace.hold("7", 5)
    assert (pace.delay_s("7"), pace.delay_s("8")) == (5, 0)
    clock.at += 5
    assert pace.delay_s("7") == 0


def test_pace_several_chats_told_to_wait_at_once_stop_all() -> None:
    clock = Clock()
    pace = _pace(28, clock)
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
    pace = _pace(28, clock)
    for chat in ("7", "8", "9"):
        pace.hold(chat, 9)
        clock.at += 1.5
    assert pace.delay_s("1") == 0


def test_pace_forgets_chats_that_are_rested() -> None:
    clock = Clock()
    pace = _pace(1_000_000, clock)
    for number in range(20_001):
        pace.begin(str(number))
        clock.at += 0.001
    assert len(pace._chats) < 5000


def test_what_is_put_back_stands_in_line() -> None:
    now = [0.0]
    pace = Pace(28, lambda: now[0])
    for _count in range(GROUP_BURST):
        pace.begin("-100")
    places = [pace.line_s("-100") for _count in range(4)]
    apart = [later - earlier for earlier, later in itertools.pairwise(places)]
    assert apart == pytest.approx([1 / GROUP_PER_S] * 3)
    assert max(pace.line_s("-100") for _count in range(100)) <= LINE_MAX_S
    assert pace.line_s("4711") == pytest.approx(pace.delay_s("4711"))


# --- broadcasts -------------------------------------------------------------------------------------------------------


def test_broadcast_uses_the_whole_rate_while_nobody_talks() -> None:
    clock = Clock()
    assert _sent(_pace(28, clock), clock, [str(number) for number in range(2000)], 60, bulk=True) >= 28 * 60


def test_broadcast_that_is_late_now_and_then_loses_nothing() -> None:
    clock = Clock()
    pace, count = _pace(29.7, clock), 0
    for step in range(2000):
        clock.at += 0.25 if step % 9 == 0 else 0.02  # how often somebody looks
        while pace.bulk_delay_s(0) == 0:
            pace.begin(str(count), bulk=True)
            pace.end(reached=True, first=False)
            count += 1
    assert count >= 0.98 * 29.7 * (clock.at - 1000)


def test_broadcast_leaves_replies_what_they_need() -> None:
    clock = Clock()
    pace = _pace(28, clock)
    assert _sent(pace, clock, PEOPLE, 1, bulk=True) > 0
    replies = 0
    while pace.delay_s("7000") == 0 and replies < 3:
        pace.begin("7000")
        replies += 1
    assert replies >= 2
    assert pace.bulk_delay_s(0) > 0, "a broadcast waits until there is something to spare again"


def test_broadcast_waits_while_replies_use_everything() -> None:
    clock = Clock()
    pace, replies, bulk = _pace(28, clock), 0, 0
    for _step in range(3000):
        clock.at += 0.01
        for chat in PEOPLE:
            if pace.delay_s(chat) == 0:
                pace.begin(chat)
                replies += 1
        bulk += pace.bulk_delay_s(0) == 0
    assert replies >= 28 * 30 and bulk == 0


def test_those_already_let_go_count() -> None:
    pace = _pace(28, Clock())
    assert pace.bulk_delay_s(0) == 0
    assert pace.bulk_delay_s(7) == 0
    assert 0 < pace.bulk_delay_s(8) < pace.bulk_delay_s(9)


@pytest.mark.parametrize(("rate", "limit"), [(0, 32), (2, 4), (14, 16), (28, 32), (300, 32)])
def test_about_a_second_of_a_broadcast_is_in_hand(rate: float, limit: int) -> None:
    assert _pace(rate, Clock()).bulk_limit(32) == limit


def test_a_slow_rate_lets_broadcasts_through_too() -> None:
    clock = Clock()
    assert _sent(_pace(1, clock), clock, PEOPLE, 60, bulk=True) >= 59


def test_paid_broadcast_has_a_rate_of_its_own() -> None:
    clock = Clock()
    pace = _pace(28, clock, 950)
    chats = [str(number) for number in range(5000)]
    sent = 0
    for number in range(5000):
        if pace.bulk_delay_s(0) == 0:
            pace.begin(chats[number], bulk=True)
            sent += 1
        clock.at += 0.001
    assert 0.98 * 950 * 5 <= sent <= 950 * 5 + 96
    assert pace.budget() >= 5, "replies keep to theirs"
    assert pace.bulk_per_s == 950


# --- too fast ---------------------------------------------------------------------------------------------------------


def _too_fast(pace: Pace, *, retry_after: float = 1) -> list[bool]:
    return [pace.hold(chat, retry_after) for chat in ("7", "8", "9")]


def test_the_whole_bot_was_too_fast_and_goes_slower_for_a_while() -> None:
    clock = Clock()
    pace = _pace(28, clock)
    assert _too_fast(pace) == [False, False, True]
    assert _too_fast(pace) == [True, True, True], "what was on its way then"
    assert pace.bulk_per_s == pytest.approx(28 * 0.95)
    clock.at += 60
    assert pace.bulk_per_s == pytest.approx(28 * 0.96)
    _too_fast(pace)
    assert pace.bulk_per_s == pytest.approx(28 * 0.96 * 0.95)
    clock.at += 3600
    assert pace.bulk_per_s == 28
    assert _sent(pace, clock, PEOPLE, 10) in range(280, 280 + 13)


def test_it_never_gets_slower_than_a_part_of_what_is_set() -> None:
    clock = Clock()
    pace = _pace(28, clock)
    for _again in range(100):
        _too_fast(pace)
        clock.at += 2
    assert 28 * SLOWEST <= pace.bulk_per_s < 28 * SLOWEST * 1.1


def test_one_chat_that_is_too_fast_changes_nothing_for_others() -> None:
    pace = _pace(28, Clock())
    assert [pace.hold("7", 5) for _again in range(9)] == [False] * 9
    assert (pace.bulk_per_s, pace.bulk_delay_s(0)) == (28, 0)


def test_several_processes_do_not_begin_together() -> None:
    paces = [Pace(28, lambda: 0.0) for _process in range(8)]
    for pace in paces:
        _too_fast(pace, retry_after=30)
    delays = {pace.delay_s("1") for pace in paces}
    assert len(delays) == 8 and min(delays) >= 30 and max(delays) <= 31


# --- out of reach -----------------------------------------------------------------------------------------------------


def _fails(pace: Pace, times: int = 1) -> None:
    for _time in range(times):
        pace.end(reached=False, first=pace.begin("7"))


def test_some_calls_that_do_not_arrive_are_no_outage() -> None:
    pace = _pace(0, Clock())
    for _again in range(3):
        _fails(pace, FAILURES - 1)
        pace.end(reached=True, first=pace.begin("7"))
    assert (pace.delay_s("7"), pace.outage_s()) == (0, None)


def test_outage_pauses_longer_and_longer_and_then_one_goes_first() -> None:
    clock = Clock()
    pace = _pace(28, clock)
    _fails(pace, FAILURES)
    pauses = []
    for _again in range(7):
        pauses.append(pace.outage_s())
        assert (pace.budget(), pace.bulk_limit(32)) == (0, 0)
        assert pace.delay_s("1") == pace.bulk_delay_s(0) == pauses[-1]
        clock.at += pauses[-1] or 0
        assert (pace.budget(), pace.bulk_limit(32), pace.bulk_delay_s(0)) == (1, 1, 0)
        assert pace.bulk_delay_s(1) == TRYING_S
        first = pace.begin("7")
        assert first and pace.delay_s("1") == TRYING_S, "the others wait for what comes of it"
        pace.end(reached=False, first=False)  # one that was on its way since before
        pace.end(reached=False, first=first)
    assert pauses == [PAUSE_MIN_S, 1, 2, *[PAUSE_MAX_S] * 4]
    clock.at += PAUSE_MAX_S
    pace.end(reached=True, first=pace.begin("7"))
    assert (pace.delay_s("1"), pace.bulk_delay_s(0), pace.bulk_limit(32), pace.outage_s()) == (0, 0, 32, None)


def test_an_outage_costs_few_tries() -> None:
    clock = Clock()
    pace, tries, end = Pace(28, clock), 0, clock.at + 600
    while clock.at < end:
        if pace.delay_s("1") == 0:
            _fails(pace)
            tries += 1
        clock.at += 0.05
    assert tries < 600 / (0.75 * PAUSE_MAX_S) + 10
    clock.at += PAUSE_MAX_S
    assert pace.delay_s("1") == 0


def test_answers_that_arrive_late_end_an_outage() -> None:
    pace = _pace(0, Clock())
    _fails(pace, FAILURES)
    pace.end(reached=True, first=False)
    assert (pace.delay_s("1"), pace.budget()) == (0, UNLIMITED)
