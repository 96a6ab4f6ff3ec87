"""What a clerk is told about a pack that cannot be used: file, line, what stands there, what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.packs.load import PACKS, BadPack, NoPack, load_municipality
from tests.packs.conftest import Edit


def faults(pack: Path) -> list[str]:
    with pytest.raises(BadPack) as caught:
        load_municipality(str(pack))
    return [line.removeprefix(f"{pack}/") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("municipality.yaml", "name: Jönköpings kommun", "nam: Jönköpings kommun", [
            "municipality.yaml:2: name: is missing; add a line `name: …`",
            'municipality.yaml:{line}: nam: there is no such field; did you mean "name"?',
        ]),
        ("municipality.yaml", "timezone: Europe/Stockholm", "timezone: Sverige", [
            'municipality.yaml:{line}: timezone: "Sverige" is no time zone; write for example Europe/Stockholm',
        ]),
        ("municipality.yaml", "languages: [sv, sv-simple, en, ar]", "languages: [svenska, en]", None),
        ("municipality.yaml", "languages: [sv, sv-simple, en, ar]", "languages: []", [
            "municipality.yaml:{line}: languages: names no language; write for example [sv, en]",
        ]),
        ("municipality.yaml", "name: Jönköpings kommun", 'name: ""', [
            "municipality.yaml:{line}: name: is empty; write something",
        ]),
        ("municipality.yaml", 'closes: "16:00"', 'closes: "08:00"', [
            "municipality.yaml:{line}: hours: closes at 08:00, before it opens at 09:00; turn them round",
        ]),
        ("municipality.yaml", "name: Bottnaryd", "name: Bankeryd", None),
        ("municipality.yaml", "latitude: 58.02", "latitude: 580.2", [
            'municipality.yaml:{line}: areas.10.latitude: holds "580.2"; write a number up to 90.0',
        ]),
        ("municipality.yaml", 'opens: "09:00"', "opens: nio", [
            'municipality.yaml:{line}: hours.opens: holds "nio"; write a time of day in quotation marks, such as "09:00"',
        ]),
        ("municipality.yaml", "neighbours: [Kaxholmen]", "neighbours: [Kaxholm]", [
            'municipality.yaml:{line}: areas.10.neighbours: "Kaxholm" is no area of municipality.yaml; write one of: '
            "Bankeryd, Bottnaryd, Gränna-Örserum, Hovslätt, Huskvarna, Jönköping Väster, Jönköping Öster, Kaxholmen, "
            "Lekeryd-Svarttorp, Råslätt-Ljungarum, Tenhult-Öggestorp",
        ]),
        ("contacts.yaml", "fallback: civilsamhallessamordnare", "fallback: ingen", [
            'contacts.yaml:{line}: fallback: "ingen" is no role of this file; write one of: civilsamhallessamordnare, '
            "flyktingnatverket, foreningsutvecklare, frivilligcentralen, frivilligcentralen_aldre, "
            "funktionshinderradet, pensionarsradet, servicegrupperna",
        ]),
        ("contacts.yaml", "topics: [disability]", "topics: [funktion]", None),
        ("contacts.yaml", "topics: [disability]", "topics: [disability, local]", [
            'contacts.yaml:{line}: roles.6.topics: "local" is answered by "civilsamhallessamordnare" just as well; '
            "take it from one of them, or give one of them matters or areas",
        ]),
        ("contacts.yaml", "id: servicegrupperna", "id: frivilligcentralen", [
            'contacts.yaml:{line}: roles.3.id: "frivilligcentralen" is the id of an earlier entry too; give each its own',
        ]),
        ("contacts.yaml", "id: servicegrupperna", "id: Service grupperna", [
            'contacts.yaml:{line}: roles.3.id: holds "Service grupperna"; write small letters a to z, digits and _, a '
            "letter first",
        ]),
        ("networks.yaml", "contact: flyktingnatverket", "contact: natverket", None),
        ("networks.yaml", "open_to: everyone", "open_to: alla", [
            "networks.yaml:{line}: networks.0.open_to: holds \"alla\"; write one of: 'everyone', 'groups', "
            "'organisations' or 'members'",
        ]),
        ("networks.yaml", "rhythm: {times: 2, per: year}", "rhythm: {times: två, per: year}", [
            'networks.yaml:{line}: networks.0.rhythm.times: holds "två"; write a number in digits, without spaces or a unit',
        ]),
        ("figures.yaml", 'value: 200, unit: personer, about: true', 'value: tvåhundra, unit: personer, about: true', [
            'figures.yaml:{line}: figures.0.value: holds "tvåhundra"; write a number in digits, without spaces or a unit',
        ]),
        ("figures.yaml", "value: 14, unit: grupper", "value: 14, unit: grupper, checked_on: i våras", [
            'figures.yaml:{line}: figures.8.checked_on: holds "i våras"; write a day as year-month-day, such as 2026-03-02',
        ]),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_line_reason_and_remedy(
    pack: Path, edit: Edit, file: str, old: str, new: str, said: list[str] | None
) -> None:
    line = edit(file, old, new)
    found = faults(pack)
    if said is None:
        assert found[0].startswith(f"{file}:{line}: ") and "; " in found[0]
    else:
        assert found == [each.replace("{line}", str(line)) for each in said]


def test_every_fault_is_told_at_once(pack: Path, edit: Edit) -> None:
    edit("contacts.yaml", "fallback: civil", "falback: civil")
    edit("networks.yaml", "open_to: everyone", "open_to: alla")
    edit("figures.yaml", "value: 14,", "value: fjorton,")
    assert [fault.partition(":")[0] for fault in faults(pack)] == ["contacts.yaml", "networks.yaml", "figures.yaml"]


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("roles: [\n", 2, "; check indentation and quotation marks"),
        ("fallback: a: b\n", 1, "; check indentation and quotation marks"),
        ("roles:\n\t- id: a\n", 2, "; check indentation and quotation marks"),
        ("", 1, "holds no fields; see the same file of another municipality"),
        ("12", 1, "holds no fields; see the same file of another municipality"),
        ("no: x", 1, "'no' is no name of a field; put it in quotation marks, or take it out"),
        ("roles: []\nchecked_on: 2026-13-01", 2, "; write a day as year-month-day, such as 2026-03-02"),
        ("fallback: a\nroles: []\nfallback: b", 3, "fallback: stands in line 1 too; keep one of them"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_yaml_is_named_too(pack: Path, source: str, line: int, said: str) -> None:
    (pack / "contacts.yaml").write_text(source, "utf-8")
    (found,) = faults(pack)
    assert found.startswith(f"contacts.yaml:{line}: ") and found.endswith(said)


def test_a_file_in_another_encoding_is_named(pack: Path) -> None:
    (pack / "figures.yaml").write_bytes("figures: []  # år\n".encode("latin-1"))
    assert faults(pack) == ["figures.yaml:1: is not written in UTF-8 (at byte 15); save it as UTF-8"]


def test_a_part_in_the_wrong_file_is_sent_to_its_own(pack: Path) -> None:
    main = pack / "municipality.yaml"
    lines = main.read_text("utf-8").count("\n")
    main.write_text(main.read_text("utf-8") + "contacts: {}\n", "utf-8")
    assert faults(pack) == [f"municipality.yaml:{lines + 1}: contacts: belongs into contacts.yaml; move it there"]


def test_a_network_that_is_part_of_itself_is_refused(pack: Path, edit: Edit) -> None:
    edit("networks.yaml", "    title: Civilsamhällesnätverket\n", "    title: C\n    part_of: arbetsgrupp\n")
    edit(
        "networks.yaml",
        "    title: Arbetsgrupp civilsamhälle\n",
        "    title: A\n    part_of: civilsamhallesnatverket\n",
    )
    assert [fault.partition(": ")[2] for fault in faults(pack)] == [
        'networks.9.part_of: "civilsamhallesnatverket" is part of itself in the end; leave part_of empty somewhere',
        'networks.10.part_of: "arbetsgrupp" is part of itself in the end; leave part_of empty somewhere',
    ]


def test_a_folder_without_a_pack_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NoPack, match=r"municipality\.yaml does not exist"):
        load_municipality(str(tmp_path / "nowhere"))


@settings(max_examples=60)
@given(
    name=st.sampled_from(("municipality", "contacts", "networks", "figures")),
    at=st.integers(0, 200),
    how=st.sampled_from(("drop", "twice", "indent", "value")),
    value=st.sampled_from(("", "[]", "{}", "{a: 1}", "12", "-0.5", "yes", "null", "2026-02-30", '"', "å: b: c", "*x", "&a [*a]", "!!set {a}")),
)  # fmt: skip
def test_whatever_a_slip_does_is_told_with_its_line(name: str, at: int, how: str, value: str) -> None:
    with TemporaryDirectory() as folder:
        pack = Path(shutil.copytree(PACKS / "jonkoping", Path(folder) / "jonkoping"))
        file = pack / f"{name}.yaml"
        lines = file.read_text("utf-8").splitlines()
        at %= len(lines)
        lines[at : at + 1] = {
            "drop": [],
            "twice": [lines[at], lines[at]],
            "indent": [" " + lines[at]],
            "value": [lines[at].partition(":")[0] + ": " + value],
        }[how]
        file.write_text("\n".join(lines), "utf-8")
        try:
            load_municipality(str(pack))
        except BadPack as error:
            for line in str(error).splitlines():
                assert re.match(rf"{re.escape(folder)}/jonkoping/\w+\.yaml:\d+: .+; .+", line), line


def test_own_topics_go_before_the_shared_ones(pack: Path, edit: Edit) -> None:
    assert len(load_municipality(str(pack)).topics) > 20
    (pack / "topics.yaml").write_text("- {id: bees, title: Bin}\n", "utf-8")
    assert {fault.partition(":")[0] for fault in faults(pack)} == {"contacts.yaml", "networks.yaml"}
    for name in ("contacts.yaml", "networks.yaml", "dialogues.yaml"):
        (pack / name).unlink()
    assert [topic.id for topic in load_municipality(str(pack)).topics] == ["bees"]


def test_own_news_goes_before_the_shared_one(pack: Path) -> None:
    shared = load_municipality(str(pack)).news
    assert len(shared.topics) == 12 and (shared.quiet_from, shared.quiet_to, shared.approve_above) == (21, 8, 200)
    (pack / "news.yaml").write_text("topics:\n  - {id: bees, title: Bin}\nquiet_from: 20\n", "utf-8")
    own = load_municipality(str(pack)).news
    assert [each.id for each in own.topics] == ["bees"]
    assert (own.quiet_from, own.quiet_to, own.approve_above) == (20, 8, 200)


@pytest.mark.parametrize(
    ("words", "line", "reason"),
    [
        ("topics: []\nquiet_from: 24\n", 2, 'quiet_from: holds "24"; write a number up to 23'),
        ("topics:\n  - {id: all, title: Allt}\n", 2, '"all" means something to the bot already; call it something else'),
        ("topics:\n  - {id: a, title: A}\n  - {id: a, title: B}\n", 3, '"a" is the id of an earlier entry too'),
        ("topics:\n" + "".join(f"  - {{id: t{at}, title: T}}\n" for at in range(63)), 1, "holds 63 topics; keep it to 62"),
    ],
)  # fmt: skip
def test_news_that_cannot_be_used_is_named(pack: Path, words: str, line: int, reason: str) -> None:
    (pack / "news.yaml").write_text(words, "utf-8")
    (fault,) = faults(pack)
    assert fault.startswith(f"news.yaml:{line}: ") and reason in fault


def test_more_areas_than_can_be_chosen_are_refused(pack: Path) -> None:
    file = pack / "municipality.yaml"
    areas = "".join(f"  - {{name: Område {at}}}\n" for at in range(63))
    kept = re.sub(r"(?m)^areas:.*\n(?:[ #].*\n)*", "", file.read_text("utf-8"))
    file.write_text(f"{kept}\nareas:\n{areas}", "utf-8")
    assert any("holds 63 areas, and news can be chosen from 62" in fault for fault in faults(pack))
