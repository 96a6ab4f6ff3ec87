"""What the packs beside one's own call their supports, so that somebody who asks for one of theirs is told so."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.rules.grants import Elsewhere

_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C, ten times as fast, where the wheel has it."""


def elsewhere(packs: Path, own: str) -> tuple[Elsewhere, ...]:
    """The supports of every pack in the folder `packs` but `own`. A file that cannot be read names nothing: its own
    pack's check says what is wrong with it."""
    found: list[Elsewhere] = []
    for file in sorted(packs.glob("*/grants.yaml")):
        if file.parent.name == own:
            continue
        try:
            place = yaml.load(file.with_name("municipality.yaml").read_text(encoding="utf-8"), _FAST)["name"]
            supports = yaml.load(file.read_text(encoding="utf-8"), _FAST)["supports"]
            found += [Elsewhere(each["id"], place, tuple(each.get("called", [each["name"]]))) for each in supports]
        except (OSError, yaml.YAMLError, KeyError, TypeError):
            continue
    return tuple(found)
