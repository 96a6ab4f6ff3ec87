"""`run_bot.py understand`: the contract of its JSON, its exit statuses and its errors."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from bot.cli import main


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str, given: bytes = b""
) -> Any:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
    status = main(["understand", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_object_has_the_fields_of_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "lokal i Stenhamra för 20 personer på tisdag kl 18"
    status, out, err = run(monkeypatch, capsys, "--today", "2026-03-02", text)
    held = json.loads(out)
    assert (status, err) == (0, "")
    assert list(held) == [
        "intent",
        "confidence",
        "alternatives",
        "slots",
        "municipality",
        "language",
        "wishes",
        "locale",
    ]
    assert list(held["slots"]) == ["area", "people", "date", "time", "amount", "topic"]
    assert (held["intent"], held["municipality"], held["locale"]) == ("premises", "ekero", "sv")
    assert all(isinstance(name, str) and 0 <= confidence <= 1 for name, confidence in held["alternatives"])


def test_lines_are_answered_one_by_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = 'hej\n{"text": "vi söker en lokal", "locale": "sv"}\n\n{"text": "hi", "locale": "en", "x": 1}\n'.encode()
    status, out, err = run(monkeypatch, capsys, "--lines", given=given)
    assert (status, [json.loads(line)["intent"] for line in out.splitlines()]) == (
        0, ["greeting", "premises", "other", "greeting"],
    )  # fmt: skip
    assert err == "line 4: x: nobody knows this field; a line may hold text, locale\n"


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        (("--lines", "--strict"), b'{"text": "hej", "x": 1}', "line 1: x: nobody knows this field"),
        (("--lines",), b'{"text": 5}', "line 1: text: holds 5; it must be words"),
        (("--lines",), b'{"text": "hej", "locale": "xx"}', "line 1: locale: holds 'xx'; it may be one of: sv"),
        (("--lines",), b"{broken", "line 1 begins with { and is no JSON"),
        (("--lines",), b"\xff\xfe", "line 1 is no UTF-8"),
        (("--lines", "hej"), b"", "leave TEXT out"),
        ((" ",), b"", "TEXT is empty"),
        (("--today", "tomorrow", "hej"), b"", "--today: holds 'tomorrow'; write a day as YYYY-MM-DD"),
        (("--locale", "xx", "hej"), b"", "--locale: holds 'xx'"),
        (("--municipality", "nowhere", "hej"), b"", "does not exist"),
    ],
)
def test_what_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    given: bytes,
    told: str,
) -> None:
    status, out, err = run(monkeypatch, capsys, *arguments, given=given)
    assert (status, out) == (2, "")
    assert told in err
