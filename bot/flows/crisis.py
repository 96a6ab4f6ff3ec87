"""The crisis level in conversations: what residents are met with, and whether only the shortest questions are asked."""

from __future__ import annotations

from bot.flows.model import Known
from bot.i18n import Text, _, content
from bot.packs.model import Municipality

DRILL = _("This is a drill, no real crisis.")


def in_crisis(known: Known) -> bool:
    """Whether the municipality has said that there is a crisis, or drills one."""
    return bool((known.lookup("crisis") or {}).get("level") == "crisis")


def crisis_words(municipality: Municipality, level: str, *, drill: bool) -> tuple[Text, ...]:
    """What residents are met with at a level: reviewed words of the pack's, and whether it is a drill; nothing when calm."""
    text = municipality.crisis.text(level)
    return () if not text else (DRILL, content(text)) if drill else (content(text),)


def met_with(known: Known) -> tuple[Text, ...]:
    """The same, as the level is now."""
    found = known.lookup("crisis") or {}
    return crisis_words(known.municipality, str(found.get("level", "")), drill=bool(found.get("drill")))
