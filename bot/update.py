"""One thing somebody did, or that fell due, whatever the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.flows.model import Input


@dataclass(frozen=True, slots=True)
class Update:
    """What a handler hands to the turn.

    `id` is unique over everything: `telegram:<bot>:<update>`, `web:<conversation>:<made by the page>`, `clock:<due>`.
    `address` is where answers go on the channel; a clock update names its conversation instead. `locale_hint` is what
    the platform says of the language, `name_hint` of the name. `by_staff` is the account
    of whoever did it for somebody else. `external_id` is the platform's id of what was said, `reply_to` of the message it
    answers. `raw` is the platform's own JSON, kept for eight days.
    """

    id: str
    municipality: str
    channel: str
    input: Input
    address: str = ""
    conversation_id: int | None = None
    sent_at: datetime | None = None
    locale_hint: str | None = None
    name_hint: str | None = None
    external_id: str | None = None
    reply_to: str | None = None
    by_staff: int | None = None
    raw: Mapping[str, Any] | None = field(default=None, compare=False)
