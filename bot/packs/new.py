"""Begin a municipality's folder: files with every field explained, that can be used as they are."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import OperatorError
from bot.packs.load import PACKS

SKELETON = Path(__file__).parent / "skeleton"


def new_pack(name: str, packs: Path = PACKS) -> int:
    """Write the folder `name`, and say what comes next.

    Raises:
        OperatorError: The name cannot be a folder's, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise OperatorError(
            f'"{name}" cannot be a folder\'s name; write small letters a to z, digits and -, as in ekero'
        )
    folder = packs / name
    if folder.exists():
        raise OperatorError(f"{folder} is there already; choose another name, or go on with what is in it")
    folder.mkdir()
    for file in sorted(SKELETON.iterdir()):
        words = file.read_text(encoding="utf-8").replace("NAME", name)
        (folder / file.name).write_text(words, encoding="utf-8")
        print(folder / file.name)
    print(f"Fill them in, and see what is left with: python run_bot.py check-pack {name}")
    print("docs/new-municipality.md goes through it step by step.")
    return 0
