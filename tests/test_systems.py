"""Each of the forty-five systems of the publication is shown: by a conversation, and where two sides are concerned by their story.

`docs/systems.yaml` is the table; the conversations are played by `tests/flows/test_transcripts.py`, the stories by
`tests/test_sides.py`.
"""

from __future__ import annotations

import pytest

from bot.packs.load import installed
from bot.packs.pages import TRANSCRIPTS, System, systems


@pytest.mark.parametrize("system", systems(), ids=lambda each: f"{each.number:02}")
def test_every_system_has_its_conversation(system: System) -> None:
    wanted = f"tests/transcripts/rows/{system.number:02}_*.txt"
    assert any(path.name.startswith(f"{system.number:02}_") for path in system.rows), (
        f"{system.name}: there is no {wanted}"
    )
    assert all("me>" in path.read_text(encoding="utf-8") for path in system.rows)
    if system.story is not None:
        assert system.story.is_file(), f"{system.name}: there is no {system.story.relative_to(TRANSCRIPTS.parents[1])}"


def test_the_table_is_whole() -> None:
    assert [each.number for each in systems()] == list(range(1, 46))
    assert {each.municipality for each in systems()} == set(installed())


def test_no_conversation_is_of_no_system() -> None:
    known = {f"{each.number:02}" for each in systems()}
    assert {path.name[:2] for path in TRANSCRIPTS.glob("rows/*.txt")} <= known
