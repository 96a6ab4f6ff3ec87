"""Settings: wrong ones are explained, secret ones are never shown, all of them are documented."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.settings import PREFIX, SECRET, Settings, read_settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def complaint(monkeypatch: pytest.MonkeyPatch, **settings: str) -> list[str]:
    """What is said of these settings, a line for each that is wrong."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OperatorError) as refused:
        read_settings()
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("name", "value", "may_hold"),
    [
        ("IDELABB_PORT", "web", "a port number, 1 to 65535"),
        ("IDELABB_PORT", "70000", "a port number, 1 to 65535"),
        ("IDELABB_PUBLIC_URL", "idelabbet.example.se", "beginning with http:// or https://"),
        ("IDELABB_WEBHOOK_URL", "https://", "ending in /telegram/webhook"),
        ("IDELABB_TELEGRAM_API_URL", "ftp://example.se", "address of a Bot API server"),
        ("IDELABB_TELEGRAM_MODE", "pull", "polling or webhook"),
        ("IDELABB_TELEGRAM_RATE", "-1", "messages a second, 0 for no pacing"),
        ("IDELABB_COACH_CHAT_ID", "coaches", "the number of a forum group"),
        ("IDELABB_COACH_CHAT_ID", "1002", "or of several, with commas between"),
        ("IDELABB_PAID_BROADCAST", "perhaps", "on or off"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_holds_and_may_hold(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, may_hold: str
) -> None:
    (line,) = complaint(monkeypatch, **{name: value})
    assert line.startswith(f'{name} holds "{value}" (')
    assert may_hold in line.partition("; it may hold: ")[2]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "IDELABB_DATABASE_URL",
            "postgres://anna:hemligt@db/idelabb",
            'use "postgresql+asyncpg://" or "sqlite+aiosqlite://"',
        ),
        ("IDELABB_DATABASE_URL", "hemligt", "is no database URL"),
        ("IDELABB_TELEGRAM_TOKEN", "hemligt", "does not look like a bot token"),
        ("IDELABB_WEBHOOK_SECRET", "hemligt!", "holds other signs"),
        ("IDELABB_WEBHOOK_SECRET", "hemligt" * 40, "at most 256 characters"),
        ("IDELABB_SECRET_KEY", "hemligt", "fewer than 32 signs"),
        ("IDELABB_SECRET_KEY", "hemligt-" * 4 + ", hemligt", "fewer than 32 signs"),
    ],
)
def test_a_secret_setting_is_explained_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    (line,) = complaint(monkeypatch, **{name: value})
    assert line.startswith(f"{name} holds a value that is not shown here (")
    assert reason in line
    assert Settings.model_fields[name.removeprefix(PREFIX).lower()].description in line
    assert "hemligt" not in line


def test_every_wrong_setting_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = complaint(monkeypatch, IDELABB_PORT="web", IDELABB_SECRET_KEY="kort", IDELABB_TELEGRAM_MODE="pull")
    assert sorted(line.split()[0] for line in lines) == ["IDELABB_PORT", "IDELABB_SECRET_KEY", "IDELABB_TELEGRAM_MODE"]


def test_what_sounds_secret_is_treated_so() -> None:
    sounds = {name for name in Settings.model_fields if any(part in name for part in ("token", "secret", "key"))}
    assert sounds <= SECRET


def test_without_settings_it_starts_on_this_machine_alone() -> None:
    settings = read_settings()
    assert settings.database == "sqlite+aiosqlite:///data/idelabb.db"
    assert settings.address == "http://127.0.0.1:8080"
    assert (settings.municipality, settings.telegram_token, settings.secret_key) == (("ekero",), "", ())


def test_lists_and_addresses_are_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDELABB_MUNICIPALITY", "ekero, packs/other ,")
    monkeypatch.setenv("IDELABB_PUBLIC_URL", "https://idelabbet.example.se/")
    settings = read_settings()
    assert settings.municipality == ("ekero", "packs/other")
    assert settings.address == "https://idelabbet.example.se"


def test_every_setting_stands_in_the_table_of_the_operators_page() -> None:
    rows = [
        line for line in (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    listed = [row.split("|")[1].strip(" `") for row in rows]
    assert sorted(name for name in listed if name.startswith(PREFIX)) == sorted(
        PREFIX + name.upper() for name in Settings.model_fields
    )


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run_bot.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120", **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_lists_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    commands = {line.split()[0] for line in done.stdout.partition("commands:")[2].splitlines() if line.strip()}
    assert {"talk", "migrate", "check-pack", "check-locales", "draw-flows"} <= commands


def test_a_wrong_setting_ends_the_command_with_status_two() -> None:
    done = run("migrate", IDELABB_PORT="web", IDELABB_SECRET_KEY="hemligt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "IDELABB_PORT" in done.stderr and "IDELABB_SECRET_KEY" in done.stderr
    assert "hemligt" not in done.stderr and "Traceback" not in done.stderr


def test_several_groups_are_named_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDELABB_COACH_CHAT_ID", "-1001, -1002")
    assert read_settings().coach_chat_id == (-1001, -1002)


def test_sign_in_by_openid_connect_needs_all_of_its_settings_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = complaint(monkeypatch, IDELABB_OIDC_ISSUER="https://login.example.se/")
    assert line.startswith("IDELABB_OIDC_CLIENT_ID and IDELABB_OIDC_CLIENT_SECRET must be set too")
    monkeypatch.setenv("IDELABB_OIDC_CLIENT_ID", "idelabbet")
    monkeypatch.setenv("IDELABB_OIDC_CLIENT_SECRET", "secret")
    assert read_settings().oidc_issuer == "https://login.example.se/", "as the issuer writes it"
    (line,) = complaint(monkeypatch, IDELABB_OIDC_ISSUER="http://login.example.se")
    assert "does not begin with https://" in line
