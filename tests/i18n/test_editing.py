"""Extraction, updating, and the translators' round trip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.i18n import Text, editing, extract, n_
from bot.i18n.__main__ import main
from bot.i18n.catalogues import load, using
from bot.i18n.editing import fill, po_path, start, untranslated, update
from bot.i18n.pofiles import entries, forms, ids, read, swedish_of

CODE = """
from bot.i18n import _, n_, p_

# TRANSLATORS: a greeting. max 30
A = _("Hello {name}!", name=_("inner {b}", b="literal"))
B = n_("{count} hour", "{count} hours", hours, where="x")
# TRANSLATORS: said of a shift
# that still has room.
C = p_("status", "Open", a=1)
D = Step("d", prompt=_("A long "
         "sentence."))
for _ in range(3):
    pass
"""
TEMPLATE = """
{# TRANSLATORS: the page's title #}
<h1>{{ _("Welcome {who}", who=_("nested")) }}</h1>
{{ n_("{count} page", "{count} pages", pages) }} {{ p_("status", "Closed", b=2) }}
"""
CFG = "[python: bot/**.py]\n[jinja2: bot/handlers/templates/**.html]\nencoding = utf-8\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "bot/handlers/templates").mkdir(parents=True)
    (tmp_path / "bot/a.py").write_text(CODE)
    (tmp_path / "bot/handlers/templates/t.html").write_text(TEMPLATE)
    (tmp_path / "babel.cfg").write_text(CFG)
    for tag in ("sv", "sv-simple", "en", "ar"):
        start(tmp_path / "locales", tag, tmp_path)
    return tmp_path


def test_every_marked_sentence_is_extracted(root: Path) -> None:
    found = {(message.context, *ids(message)): message for message in entries(extract.messages(root))}
    assert set(found) == {
        (None, "Hello {name}!"),
        (None, "inner {b}"),
        (None, "{count} hour", "{count} hours"),
        ("status", "Open"),
        (None, "A long sentence."),
        (None, "Welcome {who}"),
        (None, "nested"),
        (None, "{count} page", "{count} pages"),
        ("status", "Closed"),
    }
    assert found[None, "Hello {name}!"].auto_comments == ["a greeting. max 30"]
    assert found["status", "Open"].auto_comments == ["said of a shift that still has room."]
    assert found[None, "Hello {name}!"].locations[0][0] == "bot/a.py"


def test_sentences_that_cannot_be_extracted_are_named(root: Path) -> None:
    (root / "bot/b.py").write_text(
        '_(f"Hi {x}")\n_(words)\n_("a {b} {c}", b=1)\nn_("one", "{n} more", 3, m=1)\n_("<i>x</i>")\n'
    )
    found = [(each.line, each.reason) for each in extract.misuses(root)]
    assert found == [
        (1, "_() holds no plain sentence here"),
        (2, "_() holds no plain sentence here"),
        (3, "no value is given for c"),
        (4, "no value is given for n"),
        (5, "<i> is not allowed; only <b>…</b> is"),
    ]


def test_an_update_twice_changes_nothing(root: Path) -> None:
    directory = root / "locales"
    before = {path: path.read_bytes() for path in directory.rglob("*.po")}
    assert update(directory, root) == []
    assert {path: path.read_bytes() for path in directory.rglob("*.po")} == before
    text = po_path(directory, "ar").read_text()
    assert "Date:" not in text.replace("X-Review-Date", "") and "bot/a.py:" not in text
    assert f'"Plural-Forms: {editing.locale("ar").plural_forms}\\n"' in text


def test_translations_survive_and_come_back(root: Path) -> None:
    directory = root / "locales"
    assert fill(directory, "sv", {"Hello {name}!": "Hej {name}!", "nested": "inuti"}) == (2, [])
    code = (root / "bot/a.py").read_text()
    (root / "bot/a.py").write_text("A = 1\n")
    update(directory, root)
    assert '#~ msgstr "Hej {name}!"' in po_path(directory, "sv").read_text()
    (root / "bot/a.py").write_text(code)
    update(directory, root)
    assert 'msgstr "Hej {name}!"' in po_path(directory, "sv").read_text()
    assert "#~" not in po_path(directory, "sv").read_text()
    (root / "bot/a.py").write_text("A = 1\n")
    update(directory, root, drop_obsolete=True)
    assert "Hej" not in po_path(directory, "sv").read_text()
    assert "inuti" in po_path(directory, "sv").read_text()


def test_similar_sentences_are_never_guessed(root: Path) -> None:
    directory = root / "locales"
    fill(directory, "sv", {"A long sentence.": "En lång mening."})
    (root / "bot/a.py").write_text(CODE.replace("sentence.", "sentences."))
    update(directory, root)
    with using(directory) as here:
        assert here.own(Text("A long sentences."), "sv") is None


def test_untranslated_and_fill_go_round(root: Path) -> None:
    directory = root / "locales"
    left = untranslated(directory, "ar")
    assert len(left) == 9
    hours = next(entry for entry in left if entry["msgid"] == "{count} hour")
    assert list(hours["forms"]) == ["zero", "one", "two", "few", "many", "other"]
    json.dumps(left)
    words: dict[str, object] = {}
    for entry in left:
        kept = " ".join(f"{{{name}}}" for name in sorted(extract.template(entry["msgid"]).names))
        words[entry["key"]] = (
            {name: f"نص {kept}" for name in entry["forms"]} if "forms" in entry else f"نص {kept}".strip()
        )
    assert fill(directory, "ar", words) == (9, [])
    assert untranslated(directory, "ar") == []
    with using(directory) as here:
        assert here.own(n_("{count} hour", "{count} hours", 11), "ar") == "نص {count}"
    assert load(directory)


def test_fill_takes_a_list_as_untranslated_prints_it(root: Path) -> None:
    directory = root / "locales"
    left = untranslated(directory, "sv")
    for entry in left:
        if entry["msgid"] == "Open":
            entry["msgstr"] = "Ledigt"
    assert fill(directory, "sv", left) == (1, [])
    assert fill(directory, "sv", [{"msgctxt": "status", "msgid": "Closed", "msgstr": "Fullt"}]) == (1, [])
    assert "Fullt" not in json.dumps(untranslated(directory, "sv"))


@pytest.mark.parametrize(
    ("tag", "msgid", "words", "reason"),
    [
        ("sv", "Hello {name}!", "Hej {nam}!", "{name} is missing; {nam} is unknown"),
        ("sv", "Hello {name}!", "Hej <b>{name}!", "<b> is not closed"),
        ("sv", "Hello {name}!", "Hej <b>{name}</b>!", "the tags differ"),
        ("sv", "Hello {name}!", "Hej {name}! Det var väldigt länge sedan sist.", "at most 30 fit"),
        ("sv", "Hello {name}!", "", "expected one string"),
        ("sv", "Hello {name}!", "Hej &amp; {name}", "write the character itself"),
        ("sv", "Hello {name}!", "Hej {name} ", "ends with a space"),
        ("sv", "{count} hour", ["{count} timme"], "expected 2 strings"),
        ("sv", "{count} hour", ["en timme", "timmar"], "form “other”: {count} is missing"),
        ("sv", "nothing like it", "x", "no such entry"),
        ("ar", "A long sentence.", "A long sentence.", "no Arabic letter"),
        ("ar", "A long sentence.", "جملة \u202bطويلة", "direction characters"),
        ("ar", "{count} hour", ["٠ ساعة {count}"] * 6, "digits of another script"),
    ],
)
def test_bad_translations_are_refused_with_a_reason(
    root: Path, tag: str, msgid: str, words: object, reason: str
) -> None:
    before = po_path(root / "locales", tag).read_text()
    done, refused = fill(root / "locales", tag, {msgid: words})
    assert done == 0
    assert len(refused) == 1 and reason in refused[0]
    assert po_path(root / "locales", tag).read_text() == before


def test_the_number_may_be_left_out_only_where_it_is_certain(root: Path) -> None:
    directory = root / "locales"
    assert fill(directory, "sv", {"{count} hour": ["en timme", "{count} timmar"]})[0] == 1
    arabic = ["لا ساعات", "ساعة", "ساعتان", "{count} ساعات", "{count} ساعة", "{count} ساعة"]
    assert fill(directory, "ar", {"{count} hour": arabic})[0] == 1
    start(directory, "uk", root)  # "one" is 1, 21, 31 … here
    assert fill(directory, "uk", {"{count} hour": ["година", "{count} години", "{count} годин"]})[0] == 0
    start(directory, "fa", root)  # "one" is 0 and 1 here
    assert fill(directory, "fa", {"{count} hour": ["یک ساعت", "{count} ساعت"]})[0] == 0


def test_other_languages_quote_the_swedish_they_were_made_from(root: Path) -> None:
    directory = root / "locales"

    def quoted(tag: str) -> str | None:
        catalog = read(po_path(directory, tag)).catalog
        return next(swedish_of(message) for message in entries(catalog) if message.id == "A long sentence.")

    long = "En lång mening. " * 20 + "Slut."
    fill(directory, "sv", {"A long sentence.": long})
    update(directory, root)
    assert quoted("ar") == long and quoted("sv") is None and quoted("en") is None
    fill(directory, "ar", {"A long sentence.": "جملة طويلة"})
    fill(directory, "sv", {"A long sentence.": "En kort mening."})
    update(directory, root)
    assert quoted("ar") == long, "it was made from the old one"
    assert quoted("sv-simple") == "En kort mening.", "nobody has translated it yet"
    assert [entry["msgid"] for entry in untranslated(directory, "ar", behind=True) if "now" in entry] == [
        "A long sentence."
    ]
    fill(directory, "ar", {"A long sentence.": "جملة قصيرة"})
    assert quoted("ar") == "En kort mening."


def test_a_reviewed_catalogue_is_a_draft_again_once_a_machine_has_filled_it(root: Path) -> None:
    path = po_path(root / "locales", "sv")
    text = path.read_text().replace("machine-drafted", "native-reviewed").replace("X-Reviewer:", "X-Reviewer: A Reader")
    path.write_text("# A note that stays.\n" + text)
    fill(root / "locales", "sv", {"nested": "inuti"})
    file = read(path)
    assert (file.header["X-Review-Status"], file.header["X-Reviewer"]) == ("machine-drafted", "")
    assert file.notes[0] == "A note that stays."


def test_emergency_entries_carry_their_own_status(root: Path) -> None:
    (root / "bot/e.py").write_text('A = p_("emergency", "Call {number}.", number=1)\n')
    update(root / "locales", root)
    fill(root / "locales", "ar", {"Call {number}.": "اتصل على {number}."})
    text = po_path(root / "locales", "ar").read_text()
    assert "# review: machine-drafted\n" in text


def test_content_is_extracted_from_what_is_handed_in(root: Path) -> None:
    directory = root / "locales"
    texts = [
        ("Bidrag {2026} & 100 % av kostnaden", "grants.yaml"),
        ("Lokal", "premises.yaml"),
        ("Lokal", "grants.yaml"),
        ("", ""),
    ]
    update(directory, root, texts)
    assert [entry["msgid"] for entry in untranslated(directory, "ar", "content")] == [
        "Bidrag {2026} & 100 % av kostnaden", "Lokal",
    ]  # fmt: skip
    assert fill(directory, "ar", {"Lokal": "قاعة"}, "content") == (1, [])
    assert update(directory, root, texts) == []
    assert update(directory, root) == []
    assert forms(next(entries(read(po_path(directory, "ar", "content")).catalog))) == ("",)


def test_the_command_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--directory", str(root / "locales"), "--root", str(root)]
    assert main([*where, "update"]) == 0
    assert main([*where, "compile"]) == 0
    capsys.readouterr()
    assert main([*where, "untranslated", "sv"]) == 0
    left = json.loads(capsys.readouterr().out)
    answers = root / "answers.json"
    answers.write_text(json.dumps({left[0]["key"]: "Hej {name}!", left[1]["key"]: "inre {c}"}))
    assert main([*where, "fill", "sv", str(answers)]) == 1
    said = capsys.readouterr()
    assert said.out == "1 translations written, 1 refused\n"
    assert "refused 'inner {b}': {b} is missing; {c} is unknown" in said.err
    assert main([*where, "check"]) == 1
    assert main([*where, "untranslated", "xx"]) == 2
    assert main([*where, "fill", "sv", str(root / "none.json")]) == 2
