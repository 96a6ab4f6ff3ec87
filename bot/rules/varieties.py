"""Which varieties of a language interpreters are booked for, out of `varieties.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("varieties.yaml")


@lru_cache(maxsize=1)
def varieties() -> Mapping[str, tuple[str, ...]]:
    """The varieties by language code, the most spoken here first."""
    found: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {code: tuple(names) for code, names in found.items()}
