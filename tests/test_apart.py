"""Each of the six municipalities started alone, and all of them together: nobody is ever shown another one's rule.

A resident of each asks for support, networks, meetings, rooms, who answers and what there is, and looks at every public page.
Nothing that only another municipality's folder holds may stand in what comes of it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot import app
from bot.flows.model import Input
from bot.handlers.web.rights import ANYBODY, RIGHTS
from bot.i18n import catalogues
from bot.packs.load import installed, load_municipality
from bot.settings import read_settings
from bot.update import Update
from storage.secrets import make_token

SAID = (
    "/menu", "/grants Vi är en förening som vill ha pengar till en kulturverksamhet för unga", "/grants vi är tre vänner",
    "/cancel", "vilka nätverk finns där jag bor?", "/cancel", "vilka möten finns det?", "/cancel", "jag vill gå med i ett nätverk",
    "/cancel", "jag vill påverka ett beslut", "/cancel", "/premises möteslokal för tio personer på torsdag", "/cancel",
    "/contact vem svarar på frågor om kultur och fritid?", "/cancel", "/contact vem hjälper äldre?", "/cancel", "/idea en odling",
    "/cancel", "/volunteer", "/cancel", "/actors", "/ideas", "/needs", "/mine", "/privacy", "/help",
)  # fmt: skip
"""What somebody says, one thing after the other. What is asked then they do not know yet, and go on."""

MOST = 14
"""So many questions of one flow are gone through at most."""

SHORT = 6
"""Names of fewer letters are words of any language too."""


@lru_cache
def held(name: str) -> str:
    """Everything in a municipality's folder and what is shared, as one text."""
    return json.dumps(load_municipality(name).model_dump(mode="json", exclude={"grants": {"elsewhere"}})).casefold()


@lru_cache
def names(name: str) -> frozenset[str]:
    """What a municipality, its supports, networks, roles, rooms and areas are called."""
    place = load_municipality(name)
    supports = place.grants.supports if place.grants else ()
    listed: Iterator[str] = itertools.chain(
        (place.name, place.lab),
        (text for each in supports for text in (each.id, each.name, each.what, *each.names)),
        (text for each in place.networks.networks for text in (each.title, each.what)),
        (text for role in place.contacts.roles for text in (role.title, role.does)),
        (room.name for room in place.premises),
        (text for area in place.areas for text in area.names),
    )
    return frozenset(each for each in listed if len(each) >= SHORT)


def foreign(name: str) -> set[str]:
    """What only others are called, or call something."""
    theirs = {each for other in installed() if other != name for each in names(other)}
    own = held(name)
    return {each for each in theirs if json.dumps(each)[1:-1].casefold() not in own}


async def said(parts: app.Parts, name: str) -> str:
    """All that the bot says to somebody who asks for everything."""
    found: list[str] = []
    address = make_token()

    async def say(words: str) -> str:
        command, _space, argument = words[1:].partition(" ")
        input = Input(command=command, argument=argument) if words.startswith("/") else Input(text=words)
        outcome = await parts.turns.take(
            Update(
                id=f"web:{make_token()}",
                municipality=name,
                channel="web",
                address=address,
                input=input,
                locale_hint="sv",
            )
        )
        assert not outcome.failed, words
        found.extend(json.dumps(body, ensure_ascii=False) for body in outcome.said)
        return outcome.flow or ""

    await say("/start")
    await say("svenska")
    for words in SAID:
        flow = await say(words)
        for _question in range(MOST):
            if not flow.startswith(("grants.", "premises.", "networks.", "contact.", "influence.", "join.")):
                break
            flow = await say("vet inte")
    return "\n".join(found)


async def pages(client: TestClient[Any, Any], before: str) -> str:
    """Every public page that has nothing particular in its address."""
    found = []
    for (method, path), right in RIGHTS.items():
        if method == "GET" and right is ANYBODY and "{" not in path and not path.startswith(("/coach", "/chat")):
            async with client.get(before + path, headers={"Accept-Language": "sv"}) as answer:
                found.append(await answer.text())
    for flow in ("idea", "grants", "premises", "contact", "volunteer", "help_me"):
        async with client.get(f"{before}/form/{flow}", headers={"Accept-Language": "sv"}) as answer:
            found.append(await answer.text())
    return "\n".join(found)


def assert_own(name: str, shown: str) -> None:
    plain = shown.casefold().replace("&amp;", "&")
    assert {each for each in foreign(name) if each.casefold() in plain} == set()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("IDELABB_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/x.db")
    monkeypatch.setenv("IDELABB_SECRET_KEY", "a-key-for-tests-only-of-32-characters-or-more")
    catalogues.compile_all()
    return monkeypatch


@pytest.mark.parametrize(
    "started", [*((name,) for name in installed()), tuple(installed())], ids=lambda each: "+".join(each)
)
async def test_nobody_is_shown_another_municipalitys_rule(
    settings: pytest.MonkeyPatch, started: tuple[str, ...]
) -> None:
    settings.setenv("IDELABB_MUNICIPALITY", ",".join(started))
    async with app.build(read_settings()) as parts:
        assert tuple(parts.municipalities) == started
        async with TestClient(TestServer(app._web(parts))) as client:
            for at, name in enumerate(started):
                own = load_municipality(name)
                before = "" if at == 0 else f"/m/{name}"
                talked, shown = await said(parts, name), await pages(client, before)
                assert own.name in talked + shown
                assert_own(name, talked)
                assert_own(name, shown)
                if own.grants and own.grants.supports:
                    assert any(each.name in talked for each in own.grants.supports), "supports are asked for"
                if at:
                    assert own.name in await pages(client, before)


def test_what_is_foreign_would_be_found() -> None:
    lund, ekero = load_municipality("lund"), load_municipality("ekero")
    assert lund.grants is not None and ekero.grants is not None
    for name, words in (("ekero", lund.grants.supports[0].name), ("lund", ekero.grants.supports[0].what)):
        with pytest.raises(AssertionError):
            assert_own(name, f"<p>{words}</p>")
