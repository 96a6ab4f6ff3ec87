from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.i18n import readability
from bot.i18n.catalogues import CatalogueError
from bot.i18n.check import Finding, check, report
from bot.i18n.editing import fill, po_path, start, update
from bot.packs.contents import texts

CODE = """
A = _("Choose one of these premises", b=1)
B = n_("{count} place is free", "{count} places are free", left)
"""
ARABIC = ["لا مكان شاغرا", "مكان شاغر", "مكانان شاغران", *["{count} مكان شاغر"] * 3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/a.py").write_text(CODE)
    (tmp_path / "babel.cfg").write_text("[python: bot/**.py]\n")
    directory = tmp_path / "locales"
    for tag in ("sv", "sv-simple", "en", "ar"):
        start(directory, tag, tmp_path)
    swedish = {
        "Choose one of these premises": "Välj en lokal",
        "{count} place is free": ["en plats", "{count} platser"],
    }
    arabic = {"Choose one of these premises": "اختاروا قاعة", "{count} place is free": ARABIC}
    for tag, words in (("sv", swedish), ("sv-simple", swedish), ("ar", arabic)):
        assert fill(directory, tag, words) == (2, [])
    return tmp_path


def found(root: Path) -> list[Finding]:
    return check(root / "locales", root)


def edit(root: Path, tag: str, old: str, new: str) -> None:
    path = po_path(root / "locales", tag)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_whole_catalogues_have_no_findings(root: Path) -> None:
    assert found(root) == []


def test_gate_1_a_new_sentence_is_missed_everywhere(root: Path) -> None:
    (root / "bot/a.py").write_text(CODE + 'C = _("New")\n')
    assert {(each.tag, each.msgid, each.reason) for each in found(root)} == {
        (tag, "New", "is not in the catalogue") for tag in ("sv", "sv-simple", "en", "ar")
    }


def test_gate_1_a_sentence_that_is_gone_and_a_changed_plural(root: Path) -> None:
    (root / "bot/a.py").write_text('B = n_("{count} place is free", "{count} places left", left)\n')
    reasons = {each.reason for each in found(root)}
    assert {"is no longer in the code", "has another plural in the code"} <= reasons
    update(root / "locales", root)
    assert found(root) == [], "the old forms still fit"


def test_gate_2_placeholders_in_every_form(root: Path) -> None:
    edit(root, "ar", '"{count} مكان شاغر"', '"{cuont} مكان شاغر"')
    reasons = [each.reason for each in found(root)]
    assert reasons == [
        reason
        for form in ("few", "many", "other")
        for reason in (f"form “{form}”: {{count}} is missing", f"form “{form}”: {{cuont}} is unknown")
    ]


def test_gate_3_plural_rule(root: Path) -> None:
    edit(root, "sv", "plural=(n != 1)", "plural=(n > 1)")
    finding = only(found(root))
    assert "has the plural rule" in finding.reason and "nplurals=2; plural=(n != 1);" in finding.remedy
    edit(root, "sv", "nplurals=2; plural=(n > 1)", "nplurals=3; plural=(n > 1)")
    edit(root, "sv", 'msgstr[1] "{count} platser"', 'msgstr[1] "{count} platser"\nmsgstr[2] "{count} p"')
    assert "has 3 forms where 2 belong" in [each.reason for each in found(root)]


def test_gate_4_markup(root: Path) -> None:
    edit(root, "sv", "Välj en lokal", "Välj <b>en</b> lokal")
    finding = only([each for each in found(root) if each.level == "error"])
    assert finding.reason == "the tags differ from the source's"
    lines = po_path(root / "locales", "sv").read_text().splitlines()
    assert lines[finding.line - 1].startswith("msgid") or lines[finding.line - 1].startswith("#")


def test_gate_5_gaps(root: Path) -> None:
    edit(root, "ar", '"اختاروا قاعة"', '""')
    assert only(found(root)).reason == "is not translated"
    start(root / "locales", "so", root)
    assert len(found(root)) == 3
    edit(root, "so", "X-Promises: all", "X-Promises: bot/flows/start.py")
    assert len(found(root)) == 1
    edit(root, "so", "X-Promises: bot/flows/start.py", "X-Promises: bot/flows/start.py bot/*.py")
    assert len(found(root)) == 3
    po_path(root / "locales", "sv-simple").unlink()
    assert "there is no catalogue for sv-simple" in [each.reason for each in found(root)]


def test_gate_6_untranslated_copies(root: Path) -> None:
    edit(root, "sv", "Välj en lokal", "Choose one of these premises")
    assert "it is a copy of its source" in [each.reason for each in found(root)]


def test_gate_7_script(root: Path) -> None:
    edit(root, "ar", "اختاروا قاعة", "Ikhtaru qaa")
    assert only(found(root)).reason == "it has no Arabic letter"
    edit(root, "ar", "Ikhtaru qaa", "اختاروا Telegram")
    edit(root, "sv", "Välj en lokal", "اختاروا قاعة")
    assert "it is mostly in another script than Latin" in [each.reason for each in found(root)]


def test_gate_8_emergency_entries_say_who_has_read_them(root: Path) -> None:
    (root / "bot/rules").mkdir()
    (root / "bot/rules/emergency.py").write_text('A = _("Call {number}.", number=1)\n')
    update(root / "locales", root)
    for tag, words in (("sv", "Ring {number}."), ("sv-simple", "Ring {number}."), ("ar", "اتصل على {number}.")):
        fill(root / "locales", tag, {"Call {number}.": words})
    assert found(root) == []
    edit(root, "ar", "# review: machine-drafted\n", "")
    assert only(found(root)).reason == "is an emergency text without a review status"
    edit(root, "sv", "# review: machine-drafted\n", "# review: native-reviewed\n")
    assert "is native-reviewed by nobody" in [each.reason for each in found(root)]
    edit(root, "sv", "# review: native-reviewed\n", "# review: native-reviewed, A Reader, 2026-11-20\n")
    assert len(found(root)) == 1


def test_review_status_of_a_catalogue_is_signed_or_machine_drafted(root: Path) -> None:
    edit(root, "ar", "X-Review-Status: machine-drafted", "X-Review-Status: native-reviewed")
    assert only(found(root)).reason == "is native-reviewed by nobody"
    edit(root, "ar", "X-Review-Status: native-reviewed", "X-Review-Status: perfect")
    assert only(found(root)).reason == 'has X-Review-Status "perfect"'
    edit(root, "ar", "X-Review-Status: perfect", "X-Review-Status: machine-drafted")
    edit(root, "ar", "X-Reviewer:", "X-Reviewer: A Reader")
    assert only(found(root)).reason == "names a reviewer of a machine draft"


def test_gate_9_what_swedish_has_moved_on_from(root: Path) -> None:
    fill(root / "locales", "sv", {"Choose one of these premises": "Välj en av lokalerna"})
    late = found(root)
    assert {(each.tag, each.level) for each in late} == {("ar", "warning"), ("sv-simple", "warning")}
    assert late[0].reason == "is behind: in Swedish it now says “Välj en av lokalerna”"
    assert report(root / "locales", root, out=io.StringIO()) == 0
    edit(root, "ar", "#. sv: Välj en lokal\n", "")
    update(root / "locales", root)
    assert {each.tag for each in found(root)} == {"sv-simple"}


def test_button_length(root: Path) -> None:
    (root / "bot/a.py").write_text(CODE.replace("A =", "# TRANSLATORS: a button, max 30\nA ="))
    update(root / "locales", root)
    assert found(root) == []
    edit(root, "sv", "Välj en lokal", "Välj en alldeles egen liten lokal")
    assert only([each for each in found(root) if each.tag == "sv"]).reason == "it is 33 characters long, at most 30 fit"


def test_easy_swedish_has_short_sentences(root: Path) -> None:
    edit(root, "sv-simple", "Välj en lokal", "Välj " + "en till " * 6 + "lokal")
    finding = only([each for each in found(root) if each.level == "error"])
    assert finding.reason == "has a sentence of 14 words, at most 12 are easy"


def test_swedish_is_not_bureaucratic(root: Path) -> None:
    heavy = "Handläggningstiden beträffande föreningsbidragsansökningar överstiger regelmässigt kommunens ambitionsnivå"
    edit(root, "sv", "Välj en lokal", heavy + " och detta är ju bra")
    assert [each.reason for each in found(root) if each.level == "error"] == [
        "has the average LIX 70.3, at most 40 is wanted"
    ]


def test_lix() -> None:
    assert readability.lix("") == 0
    assert readability.lix("Vi har en lokal. Du får låna den.") == 4.0
    assert readability.sentences("<b>Hej {name}!</b> Hur mår du?\nBra") == ["Hej namn", "Hur mår du", "Bra"]
    assert readability.average(["Kort text."]) is None


def test_the_report(root: Path) -> None:
    out = io.StringIO()
    assert report(root / "locales", root, out=out) == 0
    assert "ar         messages  100 % of 2, machine-drafted" in out.getvalue()
    edit(root, "ar", '"اختاروا قاعة"', '""')
    out = io.StringIO()
    assert report(root / "locales", root, out=out) == 1
    assert "ar         messages   50 % of 2" in out.getvalue()
    assert "“Choose one of these premises” is not translated; run" in out.getvalue()
    po_path(root / "locales", "ar").write_text("msgid broken")
    assert report(root / "locales", root, out=out) == 2
    with pytest.raises(CatalogueError):
        found(root)


def test_the_projects_own_catalogues_are_whole() -> None:
    assert [str(each) for each in check(content=texts()) if each.level == "error"] == []
