"""News from the municipality: asked for, seen, changed, stopped. Nobody gets any who has not asked for it."""

from __future__ import annotations

CONSENT_VERSION = "1"

PURPOSE = "news"
"""The purpose of the consent that news is sent with."""
