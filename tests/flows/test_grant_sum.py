"""The activity grant's four parts worked out, where a municipality has put in its amounts; ours has not."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packs.check import check_packs
from bot.packs.load import PACKS, BadPack, load_municipality
from bot.rules.support_sum import ASKED, Part, needed, worked_out
from tests.transcripts import Talker

PAYS = {
    "ledarstod": "{each: activity, sek: 40.5}", "extra_ledarstod": "{each: activity_two_leaders, sek: 12.35}",
    "deltagarstod": "{each: participant, sek: 5}", "extra_deltagarstod": '{each: girl, sek: "2.10"}',
}  # fmt: skip


@pytest.fixture
def paying(tmp_path: Path) -> str:
    """Linköping with made-up amounts."""
    folder = tmp_path / "linkoping"
    shutil.copytree(PACKS / "linkoping", folder)
    grants = folder / "grants.yaml"
    words = grants.read_text("utf-8")
    for part, pays in PAYS.items():
        name = f"  - id: linkoping.verksamhetsbidrag.{part}\n"
        assert name in words
        words = words.replace(name, f"{name}    pays: {pays}\n")
    grants.write_text(words, "utf-8")
    return str(folder)


NUMBERS = {"girls": "12", "boys": "3", "leaders": "2", "elite": "0"}


def _asked(talker: Talker) -> str:
    """As far as what to do now, from the first question."""
    shown = "\n".join(talker.does("/grants We are a sports association"))
    while "What would you like to do now?" not in shown:
        shown = "\n".join(talker.does(next((says for name, says in NUMBERS.items() if name in shown), "no")))
    return shown


def test_the_four_parts_and_their_sum_are_exact(paying: str) -> None:
    talker = Talker(municipality=paying, facts={"notice_version": "2026-11"})
    assert "[Sum: Activity grant]" in _asked(talker)
    talker.does("[Sum: Activity grant]")
    assert "more than all of them: 80" in "\n".join(talker.does("80") + talker.does("81"))
    talker.does("[All of them]")
    shown = "\n".join(talker.does("3")).replace("\xa0", " ")
    for line in ("Leader support: 80 times 40,50 kr is 3 240 kr", "Extra leader support: 80 times 12,35 kr is 988 kr",
                 "Participant support: 1 200 times 5 kr is 6 000 kr", "Extra participant support: 960 times 2,10 kr is 2 016 kr",
                 "Together: 12 244 kr", "It is no promise: the municipality decides"):  # fmt: skip
        assert line in shown, shown
    assert "[Ask a human]" in shown, "never a dead end"


def test_a_number_that_is_not_known_is_no_zero(paying: str) -> None:
    talker = Talker(municipality=paying, facts={"notice_version": "2026-11"})
    _asked(talker)
    talker.does("[Sum: Activity grant]")
    talker.does("80")
    talker.does("[I don't know yet]")
    shown = "\n".join(talker.does("3"))
    assert "Extra leader support" not in shown and "1 part is left out" in shown and "11\xa0256\xa0kr" in shown


def test_without_amounts_nothing_is_worked_out(capsys: pytest.CaptureFixture[str], paying: str) -> None:
    talker = Talker(municipality="linkoping", facts={"notice_version": "2026-11"})
    assert "Sum:" not in _asked(talker)
    assert check_packs(["linkoping"], date(2026, 3, 2)) == 0
    told = capsys.readouterr().out
    assert "the sum of linkoping.verksamhetsbidrag is not worked out" in told and "sek: 40.50" in told
    assert check_packs([paying], date(2026, 3, 2)) == 0
    assert "is not worked out" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pays", "why"),
    [
        ("{each: child, sek: 4}", "participant"),
        ("{each: girl, sek: 0}", "greater than 0"),
        ("{each: girl, sek: 1.005}", "2 decimal"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_with_its_line(paying: str, pays: str, why: str) -> None:
    grants = Path(paying) / "grants.yaml"
    grants.write_text(grants.read_text("utf-8").replace(PAYS["ledarstod"], pays), "utf-8")
    with pytest.raises(BadPack, match=rf"grants.yaml:\d+: .*{why}"):
        load_municipality(paying)
    grants.write_text(grants.read_text("utf-8").replace(pays, PAYS["ledarstod"]).replace(
        "    name: Anläggningsbidrag\n", "    name: Anläggningsbidrag\n    pays: {each: girl, sek: 1}\n"), "utf-8")  # fmt: skip
    with pytest.raises(BadPack, match="is for a part of a support"):
        load_municipality(paying)


_numbers = st.dictionaries(st.sampled_from(["sessions", "with_two", "girls", "boys"]), st.integers(0, 10**5))
_parts = st.lists(st.builds(Part, st.just("x"), st.sampled_from(sorted(ASKED)),
                            st.decimals(Decimal("0.01"), 9999, places=2)), max_size=5)  # fmt: skip


@given(_parts, _numbers)
def test_the_sum_is_that_of_the_parts_to_the_ore(parts: list[Part], numbers: dict[str, int]) -> None:
    lines, total = worked_out(parts, numbers)
    ore = sum(int(line.part.sek * 100) * line.count for line in lines)
    assert total * 100 == ore
    assert {name for line in lines for name in ASKED[line.part.each]} <= set(numbers)
    assert set(needed(parts)) == {name for part in parts for name in ASKED[part.each]}
