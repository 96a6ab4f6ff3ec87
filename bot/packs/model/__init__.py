"""What a municipality's pack holds. Pure values; `bot.packs.load` reads them from files.

A field that the municipality has not filled in is empty; texts then say "ask the municipality" and hand over.
"""

from bot.packs.model.base import PackModel, Sourced
from bot.packs.model.municipality import Area, DataProtection, Municipality, OpenHours, Promise
from bot.packs.model.support import Condition, ConditionWords, Grants, Support, Window

__all__ = [
    "Area",
    "Condition",
    "ConditionWords",
    "DataProtection",
    "Grants",
    "Municipality",
    "OpenHours",
    "PackModel",
    "Promise",
    "Sourced",
    "Support",
    "Window",
]
