"""A place that one applies for once a year: whoever wants to know when is told on the day the pack says, however late it says so."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.flows.model import Input, RememberLater
from bot.packs.load import PACKS
from tests.transcripts import Talker

WANTED = {"support": "lund.maxi", "until": "2027-03-02T10:00:00+01:00"}


def _lund(folder: Path, windows: str) -> str:
    """Lund with a window for maxi that nobody has told us of."""
    there = folder / "lund"
    shutil.copytree(PACKS / "lund", there)
    grants = there / "grants.yaml"
    words = grants.read_text("utf-8")
    before, maxi, after = words.partition("  - id: lund.maxi\n")
    grants.write_text(f"{before}{maxi}    windows: {windows}\n{after}", "utf-8")
    return str(there)


def test_told_on_the_day_and_not_before(tmp_path: Path) -> None:
    place = _lund(tmp_path, "[{opens: 2026-04-01, closes: 2026-04-30}]")
    talker = Talker(municipality=place, facts={"notice_version": "2026-11"})
    assert talker.gives(Input(clock="support_opens", data=WANTED))[0].startswith("does>")
    (later,) = [each for each in talker.effects if isinstance(each, RememberLater)]
    assert (later.at.isoformat(), later.data) == ("2026-04-01T09:00:00+02:00", WANTED)
    talker.now = "2026-04-01T09:00"
    told = "\n".join(talker.gives(Input(clock="support_opens", data=WANTED)))
    assert "“Stenkrossen maxi” can be applied for now." in told and "Open until Thursday 30 April 2026." in told
    assert "[Support and money]" in told
    talker.now = "2026-05-02T09:00"  # too late: the next one is waited for
    assert "can be applied for" not in "\n".join(talker.gives(Input(clock="support_opens", data=WANTED)))
