"""Failures on demand: rules that say which calls go wrong, how, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.bot_api.errors import ApiError, bad_request, forbidden, too_many_requests

FORBIDDEN = {
    "blocked": "bot was blocked by the user",
    "deactivated": "user is deactivated",
    "kicked": "bot was kicked from the supergroup chat",
    "not_a_member": "bot is not a member of the supergroup chat",
    "deleted": "the group chat was deleted",
}
SPECIAL = ("lost", "reset", "garbled", "stall")


@dataclass(slots=True, eq=False)
class Fault:
    """One rule. `times` counts down; None means until cancelled.

    answer: a status (429, 403, 400, 404, 409, 5xx), one of FORBIDDEN, "migrate",
    "reset" (connection reset, nothing stored), "lost" (stored, then connection reset),
    "garbled" (stored, answered with broken JSON) or "stall" (only the waits below).
    """

    method: str
    answer: int | str
    chat_id: int | None = None
    bot_token: str | None = None
    times: int | None = 1
    retry_after_s: int = 1
    migrate_to: int | None = None
    description: str | None = None
    stall_s: float = 0.0
    hold_s: float = 0.0
    used: int = 0
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True

    def error(self) -> ApiError | None:
        """The answer that replaces the call, if there is one."""
        if self.answer in SPECIAL:
            return None
        if self.answer == 429:
            return too_many_requests(self.retry_after_s)
        if self.answer == "migrate":
            assert self.migrate_to is not None
            return bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrate_to)
        if isinstance(self.answer, str):
            return forbidden(self.description or FORBIDDEN[self.answer])
        prefix = _PREFIXES.get(self.answer, "Internal Server Error")
        return ApiError(self.answer, f"{prefix}: {self.description}" if self.description else prefix)


_PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Faults:
    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        if isinstance(fault.answer, str) and fault.answer not in (*SPECIAL, *FORBIDDEN, "migrate"):
            raise ValueError(
                f"no fault {fault.answer!r}; use a status or one of {SPECIAL}, {tuple(FORBIDDEN)}, migrate"
            )
        self.rules.append(fault)
        return fault

    def match(self, bot_token: str, method: str, params: dict[str, Any]) -> Fault | None:
        """The first rule for this call, counted as used."""
        if not self.rules:
            return None
        for fault in self.rules:
            if fault.cancelled or (fault.times is not None and fault.used >= fault.times):
                continue
            if fault.method not in ("*", method) or fault.bot_token not in (None, bot_token):
                continue
            if fault.chat_id is not None and str(params.get("chat_id")) != str(fault.chat_id):
                continue
            fault.used += 1
            return fault
        return None
