"""`check-pack` and `new-pack`, as a clerk meets them."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import OperatorError
from bot.i18n import _, content, plain, render
from bot.packs import contents
from bot.packs.check import check_packs
from bot.packs.load import PACKS, installed, load_municipality
from bot.packs.model import PackModel, Shown, awaited
from bot.packs.new import new_pack
from tests.packs.conftest import Edit

TODAY = date(2026, 11, 26)


def test_the_installed_packs_can_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_packs([], TODAY) == 0
    said = capsys.readouterr().out
    assert [line.partition(":")[0] for line in said.splitlines() if not line.startswith(" ")] == installed()


def test_what_is_empty_and_what_is_sure_is_counted(pack: Path, edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_packs([str(pack)], TODAY) == 0
    before = _row(capsys.readouterr().out, "contacts")
    edit("contacts.yaml", "    deputy: foreningsutvecklare\n", "    deputy: foreningsutvecklare\n"
         "    email: samordnaren@example.se\n    checked_on: 2026-11-01\n")  # fmt: skip
    assert check_packs([str(pack)], TODAY) == 0
    said = capsys.readouterr().out
    entries, filled, empty, checked, unsure = before
    assert _row(said, "contacts") == [entries, filled + 1, empty - 1, checked + 1, unsure - 1]
    assert (
        "not filled in: contacts.yaml: roles: civilsamhallessamordnare: office, phone, visit, hours, languages" in said
    )


def _row(said: str, part: str) -> list[int]:
    line = next(line for line in said.splitlines() if line.split()[:1] == [part])
    return [int(each) for each in line.split()[1:]]


def test_topics_that_nobody_holds_are_named(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_packs([str(pack)], TODAY)
    said = capsys.readouterr().out
    assert 'no role of their own, so "civilsamhallessamordnare" answers: school, social, work' in said


def test_a_broken_pack_fails_and_the_others_are_still_checked(
    pack: Path, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    line = edit("contacts.yaml", "fallback: civil", "fallbak: civil")
    assert check_packs([str(pack), "ekero"], TODAY) == 1
    said = capsys.readouterr().out
    assert f'contacts.yaml:{line}: fallbak: there is no such field; did you mean "fallback"?' in said
    assert "ekero: Ekerö kommun" in said


def test_an_example_that_comes_out_otherwise_fails(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = pack / "contacts.yaml"
    assert "examples:" in file.read_text("utf-8")
    assert check_packs([str(pack)], TODAY) == 0
    lines = file.read_text("utf-8").count("\n")
    file.write_text(file.read_text("utf-8") + '  - {says: "Jag söker en lokal", role: pensionarsradet}\n', "utf-8")
    capsys.readouterr()
    assert check_packs([str(pack)], TODAY) == 1
    assert (
        f'contacts.yaml:{lines + 1}: examples.4.says: "Jag söker en lokal" is about premises and goes to '
        '"civilsamhallessamordnare", not to "pensionarsradet"; correct the example'
    ) in capsys.readouterr().out


def test_a_file_with_a_slip_in_its_name_is_noticed(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pack / "contacts.yaml").rename(pack / "contact.yaml")
    (pack / "networks.yaml").unlink()
    (pack / "dialogues.yaml").unlink()
    assert check_packs([str(pack)], TODAY) == 1
    assert "contact.yaml:1: is not read; the files of a pack are municipality.yaml, contacts.yaml" in (
        capsys.readouterr().out
    )


def test_the_preview_shows_every_text_and_its_language(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    municipality = load_municipality(str(pack))
    check_packs([str(pack)], TODAY, "sv")
    said = capsys.readouterr().out
    for _way, label, words in contents.shown(municipality):
        assert f"{label}: {plain(render(content(words), 'sv'))}" in said
    count = len(list(contents.shown(municipality)))
    assert f"{count} of {count} texts are in sv" in said
    check_packs([str(pack)], TODAY, "fi")
    assert "roles: civilsamhallessamordnare, title: [en] " in capsys.readouterr().out


def test_the_exit_statuses_of_the_command(pack: Path, edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-pack", str(pack)]) == 0
    assert main(["check-pack", str(pack / "nowhere")]) == 2
    assert main(["check-pack", str(pack), "--preview", "klingon"]) == 2
    assert '--preview "klingon"' in capsys.readouterr().err
    edit("networks.yaml", "open_to: everyone", "open_to: alla")
    assert main(["check-pack", str(pack)]) == 1


def test_a_path_may_be_relative(
    pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(pack.parent)
    assert main(["check-pack", "./jonkoping"]) == 0
    monkeypatch.chdir(pack)
    assert main(["check-pack", "./"]) == 0
    assert capsys.readouterr().out.count("jonkoping: Jönköpings kommun") == 2


def test_a_new_pack_can_be_used_and_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_pack("nykommun", tmp_path) == 0
    assert check_packs([str(tmp_path / "nykommun")], TODAY) == 0
    said = capsys.readouterr().out
    assert "not filled in: municipality.yaml: phone, visit, email" in said
    assert "not filled in: contacts.yaml: roles: samordnare: office, email, phone" in said


def test_what_a_new_packs_comments_show_can_be_used_too(tmp_path: Path) -> None:
    """A clerk who takes the `# ` away from an example has something that works."""
    new_pack("nykommun", tmp_path)
    folder = tmp_path / "nykommun"
    for file in folder.iterdir():
        words = re.sub(r": \[\](?=\n#  -)", ":", file.read_text("utf-8"))
        words = re.sub(r"(?m)^\[\]\n(?=#- )", "", words)
        file.write_text(re.sub(r"(?m)^#(?=\S|  )", "", words), "utf-8")
    pack = load_municipality(str(folder))
    assert (pack.areas[0].name, pack.networks.networks[0].id, pack.contacts.examples[0].role, pack.figures.figures[0].value) == (
        "Kyrkbyn", "pensionarsradet", "samordnare", 27000,
    )  # fmt: skip
    assert pack.networks.agreement and pack.networks.principles
    assert check_packs([str(folder)], TODAY) == 0


def test_a_new_pack_never_writes_over_one(tmp_path: Path) -> None:
    new_pack("nykommun", tmp_path)
    (tmp_path / "nykommun" / "contacts.yaml").write_text("mine", "utf-8")
    with pytest.raises(OperatorError, match="is there already"):
        new_pack("nykommun", tmp_path)
    assert (tmp_path / "nykommun" / "contacts.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "../ekero", "Ny Kommun", "-x", "å"])
def test_a_name_that_cannot_be_a_folders_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be a folder's name"):
        new_pack(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_staff_see_what_to_check_and_what_to_fill_in(pack: Path, edit: Edit) -> None:
    edit("contacts.yaml", "    deputy: foreningsutvecklare\n", "    deputy: foreningsutvecklare\n"
         "    checked_on: 2025-11-01\n")  # fmt: skip
    left = contents.to_do(load_municipality(str(pack)), TODAY)
    old = next(each for each in left if each.label == "roles: civilsamhallessamordnare" and each.kind == "check")
    assert (old.file, old.owner, old.checked_on) == ("contacts.yaml", "Civilsamhällessamordnaren", date(2025, 11, 1))
    assert plain(render(old.what, "en")) == "Was last checked on Saturday 1 November 2025. Is it still right?"
    kinds = [each.kind for each in left]
    assert kinds == sorted(kinds) and kinds.count("fill") > 10
    checked = [each.checked_on or date.min for each in left if each.kind == "check"]
    assert checked == sorted(checked)
    again = contents.to_do(load_municipality(str(pack)), date(2026, 10, 31))
    assert old.label not in {each.label for each in again if each.kind == "check"}


def test_a_fact_is_doubted_once_its_year_is_over(pack: Path, edit: Edit) -> None:
    edit("contacts.yaml", "    deputy: foreningsutvecklare\n", "    deputy: foreningsutvecklare\n"
         "    checked_on: 2025-11-01\n")  # fmt: skip
    role = load_municipality(str(pack)).contacts.role("civilsamhallessamordnare")
    assert role.doubt(date(2026, 11, 1)) is None
    doubt = role.doubt(date(2026, 11, 2))
    assert doubt is not None and "A coach can check it for you." in plain(render(doubt, "en"))


def test_the_texts_for_translators_name_their_file_and_come_once() -> None:
    every = list(contents.texts())
    assert len(every) == len(set(every))
    files = {file for _words, _label, file in every}
    assert {
        "municipalities/topics.yaml",
        "municipalities/influence.yaml",
        "municipalities/ekero/contacts.yaml",
    } <= files
    assert ("Idélabbets coacher", "roles: coach, title", "municipalities/ekero/contacts.yaml") in every


class _Rule(PackModel):
    why: Shown
    asks: tuple[Shown, ...] = ()
    code: str = ""


class _Part(PackModel):
    rules: dict[str, _Rule]
    maybe: Shown | None = None
    phone: str = awaited(_("The switchboard's number."))


def test_what_other_parts_hold_is_found_too() -> None:
    part = _Part(
        rules={"open": _Rule(why="Alla får komma.", asks=("Får alla komma?",), code="x"), "free": _Rule(why="Gratis.")}
    )
    assert list(contents.shown(part)) == [
        (("rules", "open", "why"), "rules: open, why", "Alla får komma."),
        (("rules", "open", "asks"), "rules: open, asks", "Får alla komma?"),
        (("rules", "free", "why"), "rules: free, why", "Gratis."),
    ]
    assert [(gap.entry.label, gap.field) for gap in contents.gaps(part)] == [("", "phone")]
    assert next(words for *_way, words in contents.shown(part.model_copy(update={"maybe": "Kanske"}))) == "Kanske"


def test_a_copy_of_a_pack_is_a_pack(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(PACKS / "lund", tmp_path / "lund"))
    assert load_municipality(str(copy)) == load_municipality("lund")
