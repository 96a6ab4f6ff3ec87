"""Two changes of one plan: what comes out holds everything that either of them wrote."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.flows import FLOWS
from bot.flows.together import put_together

IDEA = FLOWS["idea"]
WORD = st.sampled_from("abc")
LINES = st.lists(
    st.fixed_dictionaries({"name": WORD, "does": WORD}), max_size=4, unique_by=lambda row: row["name"] + row["does"]
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "idea": WORD,
        "why": WORD,
        "who": LINES,
        "where": st.fixed_dictionaries({}, optional={"area": WORD, "how_many": st.integers(1, 3)}),
        "next_steps": st.just({"accepted_on": "2026-03-02"}) | LINES,
    },
)  # fmt: skip


def _flat(answers: dict[str, Any]) -> dict[str, Any]:
    where = {f"where.{name}": value for name, value in answers.get("where", {}).items()}
    return {**{name: value for name, value in answers.items() if name != "where"}, **where}


@given(ANSWERS, ANSWERS, ANSWERS)
def test_what_one_of_them_changed_is_taken_and_what_both_changed_is_told(
    base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]
) -> None:
    made = put_together(IDEA, base, theirs, mine)
    told = {step.name: value for step, value in made.both}
    was, their, my, now = (_flat(each) for each in (base, theirs, mine, made.answers))
    for name in {*was, *their, *my, *now}:
        each = was.get(name), their.get(name), my.get(name)
        label = name.rpartition(".")[2]
        if each[2] == each[0]:
            assert now.get(name) == each[1]
        elif each[1] in (each[0], each[2]):
            assert now.get(name) == each[2]
        elif label in told:
            assert (now.get(name), told[label]) == (each[2], each[1])
        else:
            added = [row for row in (*each[1], *each[2]) if row not in (each[0] or [])]
            assert all(row in now[name] for row in added), "both changed a list: every line that was added is there"


@given(ANSWERS, ANSWERS)
def test_a_change_beside_none_is_itself(base: dict[str, Any], mine: dict[str, Any]) -> None:
    assert _flat(put_together(IDEA, base, base, mine).answers) == _flat(mine)
    assert _flat(put_together(IDEA, base, mine, base).answers) == _flat(mine)
    assert put_together(IDEA, base, mine, mine).both == []
