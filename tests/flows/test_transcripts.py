"""Golden transcripts: each file under `tests/transcripts/` is a whole conversation, compared whole."""

from pathlib import Path

import pytest

from bot.flows import FLOWS
from tests.transcripts import FOLDER, files, play


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_transcript_is_what_comes_out(path: Path) -> None:
    assert play(path.read_text(encoding="utf-8")) == path.read_text(encoding="utf-8")


def test_every_flow_has_a_transcript() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in files())
    begun = {name for name in FLOWS if "_" not in name and f"/{name}" in said} | {
        "wish",
        "application",  # begun out of /grants: rows 3 and 25
        "partnership",
        "enquiry",  # begun out of /contact: row 18
        "thanks",
        "also",
        "plan",
        "reach",
        "code",
        "menu",
        "project",  # begun out of /mine: row 14
        "posted",  # begun by a link such as /start post_5: row 20
        "room",
        "book",
        "booking",
        "waiting",
        "offer",
        "interpreter",  # begun out of /language or /coach, or by what is named
        "influence",  # begun out of /contact, or by what is named: rows 17 and 24
        "networks",
        "join",
        "meeting",
        "obstacle",
        "area",  # begun by an area's page: row 34
        "noted",  # comes after a group has told of itself: rows 34 and 42
        "figures",
        "board",
        "shift",  # begun out of /needs: row 7
        "heard",  # begun by a button under a message to many: row 13
        "news",  # begun out of /mine, by a link, or by what is named
        "dialogues",  # begun by a link, or by what is named; it leads to the next five: rows 15, 40 and 41
        "dialogue",
        "survey",
        "focus",
        "vote",
        "propose",
        "proposal",
        "protected",  # begun by saying so, or out of /privacy
        "unprotected",
    }
    assert {name for name in FLOWS if "_" not in name} - begun - {"introduce", "elsewhere", "safety"} == set()
