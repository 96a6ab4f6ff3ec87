"""Which module may import what: read from the source, so that an arrow that turns around fails here.

docs/architecture.md draws the picture. A module in a new place has to be given one below.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.due import KINDS
from bot.flows import FLOWS
from bot.flows.drawing import DRAWING, drawing
from bot.lookups import LOOKUPS

ROOT = Path(__file__).resolve().parents[1]

LEAVES = frozenset({"bot.errors", "bot.clock", "bot.i18n", "bot.settings"})
PACKS = frozenset({"bot.packs", "bot.packs.model"})
PURE = frozenset({"bot.flows", "bot.rules", *PACKS, *LEAVES})
NEIGHBOURS = frozenset(
    {
        "bot.turn", "bot.update", "bot.due", "bot.effects", "bot.lookups", "bot.outbox", "bot.documents", "bot.mail",
        "bot.views", "bot.telegram_store", "bot.wording", "bot.live", "bot.alerts", "bot.staff", "bot.handoff", "bot.desk",
        "bot.premises", "bot.board", "bot.joining", "bot.introductions", "bot.introducing", "bot.meetings", "bot.meeting_desk", "bot.syndication", "bot.examples", "bot.volunteering", "bot.shift_views", "bot.errands", "bot.feeds", "bot.enquiries", "bot.staff_chat", "bot.matching",
        "bot.coordination", "bot.crisis", "bot.records", "bot.situation", "bot.conduct", "bot.case_queue", "bot.statistics", "bot.canned", "bot.translation", "bot.interpreting", "bot.oidc", "bot.presence", "bot.colleagues", "bot.forum", "bot.coaches", "bot.listening", "bot.broadcasting", "bot.broadcast_views", "bot.broadcast_form", "bot.feeder", "bot.pictures", "bot.group_news", "bot.dialogues", "bot.dialogue_desk", "bot.dialogue_form", "bot.dialogue_views", "bot.projects", "bot.project_desk", "bot.partnerships", "bot.partnership_desk", "bot.weaving", "bot.weaving_desk", "bot.obstacles", "bot.goods", "bot.goods_desk", "bot.following_up", "bot.yearly", "bot.open_data", "bot.spreadsheet",
    }
)  # fmt: skip
"""What ties flows and storage together."""

HANDLERS = frozenset({"bot.handlers.terminal", "bot.handlers.telegram", "bot.handlers.web"})

MAY: dict[str, frozenset[str]] = {
    "run_bot": frozenset({"bot.cli", "bot.app"}),
    "bot.cli": frozenset(
        {"bot.app", "bot.grants_command", "bot.match_command", "bot.understand_command", *HANDLERS, *NEIGHBOURS, *PURE}
    ),
    "bot.grants_command": PURE,
    "bot.match_command": PURE,
    "bot.broadcast_command": frozenset({"storage", *NEIGHBOURS, *PURE}),
    "bot.export_command": frozenset({"storage", *NEIGHBOURS, *PURE}),
    "bot.app": frozenset({"bot.broadcast_command", "bot.export_command", "storage", *HANDLERS, *NEIGHBOURS, *PURE}),
    "bot.understand_command": PURE,
    **{handler: NEIGHBOURS | PURE for handler in HANDLERS},
    **{neighbour: frozenset({"storage", *NEIGHBOURS, *PURE}) for neighbour in NEIGHBOURS},
    "bot.flows": frozenset({"bot.i18n", "bot.errors", "bot.rules", "bot.packs.model"}),
    "bot.rules": frozenset({"bot.i18n", "bot.errors"}),
    "bot.packs.model": frozenset({"bot.rules", "bot.i18n", "bot.errors"}),
    "bot.packs": frozenset({"bot.packs.model", "bot.rules", "bot.i18n", "bot.errors"}),
    "storage": frozenset({"bot.errors", "bot.clock", "bot.i18n"}),
    "bot.settings": LEAVES,
    "bot.i18n": frozenset({"bot.errors"}),
    "bot.errors": frozenset(),
    "bot.clock": frozenset(),
}
"""Every place a module can be in, and the places it may import from beside its own."""

NO_ROOM_FOR = {
    "bot.flows": frozenset({"aiohttp", "asyncio", "sqlalchemy", "telegram"}),
    "bot.rules": frozenset({"aiohttp", "asyncio", "sqlalchemy", "telegram"}),
    "storage": frozenset({"aiohttp", "telegram"}),
    "bot.turn": frozenset({"aiohttp", "telegram"}),
    "bot.handlers.web": frozenset({"sqlalchemy", "telegram"}),
    "bot.handlers.telegram": frozenset({"sqlalchemy"}),
}
"""Libraries that would bring I/O, or a channel, to where it does not belong."""


def place_of(module: str) -> str | None:
    """The place a module, or a name inside one, belongs to: the longest that fits."""
    parts = module.split(".")
    return next((place for at in range(len(parts), 0, -1) if (place := ".".join(parts[:at])) in MAY), None)


def imports(module: str, source: str, *, is_package: bool = False) -> Iterator[str]:
    """Everything a module imports, wherever in it, with the name that is taken: "bot.flows.state"."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            within = module.split(".") if is_package else module.split(".")[:-1]
            above = within[: len(within) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def turned(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """The imports of a module that point the wrong way, in words."""
    here = place_of(module)
    if here is None:
        return [f"{module} has no place"]
    wrong = []
    for name in imports(module, source, is_package=is_package):
        library = name.partition(".")[0]
        if library in ("bot", "storage", "run_bot", "tests"):
            there = place_of(name)
            if there != here and there not in MAY[here]:
                wrong.append(f"{module} imports {name}")
        elif library in NO_ROOM_FOR.get(here, ()):
            wrong.append(f"{module} imports {name}")
    return wrong


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the program by its dotted name, but those that hold no more than a docstring."""
    for path in (ROOT / "run_bot.py", *sorted(ROOT.glob("bot/**/*.py")), *sorted(ROOT.glob("storage/**/*.py"))):
        if any(not isinstance(each, ast.Expr) for each in ast.parse(path.read_text(encoding="utf-8")).body):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def test_imports_point_one_way() -> None:
    found = [
        line
        for module, path in modules()
        for line in turned(module, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py")
    ]
    assert found == []


def test_every_part_is_looked_at() -> None:
    assert {place_of(module) for module, _path in modules()} >= set(MAY) - {"bot.packs"}


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("bot.flows.made_up", "from storage import plans", "storage.plans"),
        ("bot.flows.made_up", "def f():\n    import bot.turn", "bot.turn"),
        ("bot.flows.made_up", "from bot.packs.load import load_municipality", "bot.packs.load.load_municipality"),
        ("bot.flows.made_up", "from bot import clock", "bot.clock"),
        ("bot.flows.made_up", "import sqlalchemy.orm", "sqlalchemy.orm"),
        ("bot.rules.made_up", "from bot.flows.model import Flow", "bot.flows.model.Flow"),
        ("bot.packs.made_up", "from bot.flows import FLOWS", "bot.flows.FLOWS"),
        ("storage.made_up", "from bot.settings import Settings", "bot.settings.Settings"),
        ("storage.made_up", "from bot.flows.model import State", "bot.flows.model.State"),
        ("bot.handlers.web.made_up", "from storage.db import Database", "storage.db.Database"),
        ("bot.handlers.web.made_up", "from bot.handlers.telegram import verify", "bot.handlers.telegram.verify"),
        ("bot.handlers.web.made_up", "from ..telegram import verify", "bot.handlers.telegram.verify"),
        ("bot.handlers.telegram.made_up", "from bot.app import build", "bot.app.build"),
        ("bot.views", "from bot.handlers.web import Web", "bot.handlers.web.Web"),
        ("bot.turn", "from tests import builders", "tests.builders"),
        ("bot.cli", "from storage.db import Database", "storage.db.Database"),
        ("bot.i18n.made_up", "from bot.packs.model import Municipality", "bot.packs.model.Municipality"),
    ],
)
def test_an_arrow_that_turns_is_found(module: str, source: str, wrong: str) -> None:
    assert turned(module, source) == [f"{module} imports {wrong}"]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "bot.flows.made_up",
            "from bot.flows.model import Flow\nfrom bot.i18n import _\nfrom bot.rules import masking",
        ),
        ("bot.flows.made_up", "from .model import Flow"),
        ("bot.effects", "from storage import plans\nfrom bot.flows.model import Effect\nfrom bot.wording import Words"),
        (
            "bot.handlers.web.made_up",
            "from bot.turn import Turns\nfrom bot.handlers.web.site import Web\nimport aiohttp",
        ),
        ("bot.app", "from storage.db import Database\nfrom bot.handlers.web import Web\nfrom bot.flows import FLOWS"),
        ("storage.made_up", "from bot.errors import Retry\nfrom storage.db import Database\nimport sqlalchemy"),
    ],
)
def test_arrows_that_point_down_are_left_alone(module: str, source: str) -> None:
    assert turned(module, source) == []


def test_a_module_in_a_new_place_has_to_be_given_one() -> None:
    assert turned("bot.made_up", "import json") == ["bot.made_up has no place"]


def test_the_drawing_of_the_flows_is_up_to_date() -> None:
    drawn = DRAWING.read_text(encoding="utf-8") if DRAWING.is_file() else ""
    assert drawn == drawing(FLOWS), "run: python run_bot.py draw-flows"


@pytest.mark.parametrize(("name", "whole"), [("LOOKUPS", LOOKUPS), ("CLOCK", KINDS)])
def test_no_lookup_and_no_promise_has_the_name_of_another_one(name: str, whole: Mapping[str, Any]) -> None:
    parts = [
        vars(module)[name] for path, module in sys.modules.items() if path.startswith("bot.") and name in vars(module)
    ]
    covered = {key for part in parts for key, does in part.items() if whole.get(key, does) is not does}
    assert len(parts) > 5 and not covered
