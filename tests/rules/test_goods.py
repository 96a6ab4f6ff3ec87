"""Which thing goes to whom, and the order of a driver's stops: against every order tried by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.packs.load import load_municipality
from bot.rules import goods
from bot.rules.goods import Driver, Load, Map, Posted, Stop, Visit

EKERO = load_municipality("ekero")
BESIDE = {area.name: area.neighbours for area in EKERO.areas}
WORDS = {kind.id: kind.words for kind in EKERO.furniture.kinds}
MAP = Map({"A": (59.30, 17.80), "B": (59.33, 17.70), "C": (59.37, 17.65)}, {"A": ("B",), "B": ("C",)})


def posted(id: int, what: str, area: str | None = "Stenhamra", days: str = "67", hours: str = "day") -> Posted:
    return Posted(id, what, goods.kinds_in(what, WORDS), area, frozenset(days), frozenset({hours}))


def test_a_kind_is_found_in_every_language_and_inside_longer_words() -> None:
    for said, kind in (
        ("En grå hörnsoffa", "sofa"),
        ("A sofa for three", "sofa"),
        ("كنبة كبيرة", "sofa"),
        ("två stolar", "chair"),
        ("Ett matbord med fyra stolar", "table"),
        ("a cot for a baby", "child"),
    ):
        assert kind in goods.kinds_in(said, WORDS), said  # fmt: skip
    assert goods.kinds_in("något fint", WORDS) == frozenset()
    assert "table" not in goods.kinds_in("a comfortable armchair", WORDS), "a whole word counts more"


def test_the_nearest_of_a_kind_goes_to_who_has_waited_longest_and_why_is_told() -> None:
    items = [posted(1, "Soffa", "Ekerö centrum"), posted(2, "En soffa för tre"), posted(3, "Cykelhjälm")]
    needs = [posted(8, "a sofa"), posted(9, "soffa"), posted(10, "hjälm, helst en cykelhjälm"), posted(11, "soffa")]
    found = goods.suggested(items, needs, BESIDE)
    assert [(each.item, each.need, each.kind or each.word, each.near) for each in found] == [
        (2, 8, "sofa", "same"), (1, 9, "sofa", "beside"), (3, 10, "cykelhjalm", "same"),
    ]  # fmt: skip
    assert found[0].days == ("6", "7")
    assert goods.suggested(items[:1], [posted(9, "soffa", days="12")], BESIDE) == [], "no day suits both"
    assert goods.suggested(items, needs[:1], BESIDE, never={(2, 8)})[0].item == 1


def test_days_and_parts_of_the_day_become_times_of_one_day() -> None:
    saturday = date(2026, 3, 7)
    assert goods.windows(["6"], ["evening", "morning"], saturday) == ((480, 720), (1020, 1200))
    assert goods.windows(["5"], ["morning"], saturday) == ()


# --- the route ------------------------------------------------------------------------------------------------------------

_windows = st.lists(st.sampled_from([(480, 720), (720, 1020), (1020, 1200), (700, 760)]), min_size=1, max_size=2)
_stop = st.builds(
    Stop, st.sampled_from(["A", "B", "C", "D", None]), _windows.map(lambda each: tuple(sorted(set(each))))
)
_driver = st.builds(Driver, st.sampled_from(["A", "B", "D"]), _windows.map(lambda each: tuple(sorted(set(each)))),
                    st.sampled_from(["car", "trailer", "van"]))  # fmt: skip


@st.composite
def _loads(draw: st.DrawFn, most: int) -> list[Load]:
    count = draw(st.integers(0, most))
    return [Load(id, draw(st.sampled_from(["one", "two", "van"])), draw(_stop), draw(_stop)) for id in range(count)]


def checked(driver: Driver, loads: Sequence[Load], visits: Sequence[Visit]) -> float | None:
    """The kilometres of an order of stops, home included, or None where a rule is broken. `at` of the visits is not looked at."""
    by_id = {load.id: load for load in loads}
    here, km, time = driver.area, 0.0, min(begins for begins, _ends in driver.windows)
    aboard: set[int] = set()
    for visit in visits:
        load = by_id[visit.load]
        stop = load.fetch if visit.do == "fetch" else load.bring
        if (visit.do == "bring") != (load.id in aboard):
            return None
        way = MAP.km(here, stop.area)
        at = _first(time + goods.minutes_for(way), stop, driver)
        aboard ^= {load.id}
        sizes = [goods.UNITS[by_id[each].size] for each in aboard]
        if at is None or sum(sizes) > goods.ROOM[driver.takes] or max(sizes, default=0) > goods.LARGEST[driver.takes]:
            return None
        here, km, time = stop.area, km + way, at + stop.minutes
    return None if aboard else km + (MAP.km(here, driver.area) if visits else 0.0)


def _first(at: int, stop: Stop, driver: Driver) -> int | None:
    """The first minute of a day at which both are there: looked for one by one."""
    there = (minute for minute in range(at, 1440) if _in(minute, stop.windows) and _in(minute, driver.windows))
    return next(there, None)


def _in(minute: int, windows: Sequence[tuple[int, int]]) -> bool:
    return any(begins <= minute < ends for begins, ends in windows)


def _every_order(loads: Sequence[Load]) -> Iterator[list[Visit]]:
    for count in range(len(loads), -1, -1):
        for some in combinations(loads, count):
            stops = [Visit(load.id, do, 0) for load in some for do in ("fetch", "bring")]
            yield from (list(order) for order in permutations(stops))


@given(_driver, _loads(3))
@settings(max_examples=40)
def test_no_order_takes_more_or_is_shorter(driver: Driver, loads: list[Load]) -> None:
    route = goods.planned(driver, loads, MAP)
    best = min((-len(order), km) for order in _every_order(loads) if (km := checked(driver, loads, order)) is not None)
    assert (-len(route.visits), round(route.km, 6)) == (best[0], round(best[1], 6))
    assert {visit.load for visit in route.visits} | set(route.left) == {load.id for load in loads}
    assert not {visit.load for visit in route.visits} & set(route.left)


@given(_driver, _loads(9))
@settings(max_examples=40)
def test_every_run_keeps_the_rules(driver: Driver, loads: list[Load]) -> None:
    """Fetched before brought, room, times of both, and no more than can be looked at; whatever the order they come in."""
    route = goods.planned(driver, loads, MAP)
    km = checked(driver, loads, route.visits)
    assert km is not None and abs(km - route.km) < 1e-6
    assert len(route.visits) <= 2 * goods.AT_ONCE
    by_id = {load.id: load for load in loads}
    for visit in route.visits:
        stop = by_id[visit.load].fetch if visit.do == "fetch" else by_id[visit.load].bring
        assert _in(visit.at, stop.windows) and _in(visit.at, driver.windows)
    assert [visit.at for visit in route.visits] == sorted(visit.at for visit in route.visits)


def test_what_a_run_leaves_is_told_with_the_reason() -> None:
    there, never = Stop("A", ((480, 720),)), Stop("B", ((1020, 1200),))
    morning = Driver("A", ((480, 720),), "car")
    loads = [Load(1, "van", there, there), Load(2, "one", never, there), Load(3, "one", there, never),
             Load(4, "one", Stop("A", ((700, 720),)), Stop("B", ((480, 600),))), Load(5, "one", there, there)]  # fmt: skip
    route = goods.planned(morning, loads, MAP)
    assert route.left == {1: "size", 2: "fetch", 3: "bring", 4: "order"}
    assert [(each.load, each.do) for each in route.visits] == [(5, "fetch"), (5, "bring")]
    at_home = Load(6, "one", Stop("A", ((480, 720),), 0, at_home=True), there)
    assert goods.planned(morning, [at_home], MAP).km == 2 * goods.INSIDE_KM, "what is at the driver's already is no way"
