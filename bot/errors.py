"""Errors by what the caller does next."""

from __future__ import annotations

from datetime import datetime


class OperatorError(Exception):
    """A setting, file or argument an operator must mend. The message names it, what it holds and the remedy.

    The command line prints it and exits with status 2.
    """


class Retry(Exception):
    """Not now: the same thing may be tried again later. Nothing was committed."""


class SendError(Exception):
    """A delivery did not go out; the kinds below say what to do next. `reason` is kept with the delivery."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Wait(SendError):
    """Try again, no earlier than `after_s` seconds from now (None: by the usual back-off).

    `untried`: nothing of it has left this machine, so it does not count as an attempt.
    """

    def __init__(self, reason: str, after_s: float | None = None, *, untried: bool = False) -> None:
        super().__init__(reason)
        self.after_s, self.untried = after_s, untried


class NotYet(SendError):
    """It is not to be tried before `at`."""

    def __init__(self, at: datetime, reason: str = "not yet") -> None:
        super().__init__(reason)
        self.at = at


class InDoubt(SendError):
    """It may have arrived: the answer was lost."""


class GiveUp(SendError):
    """It will never go out: this message is at fault."""


class Gone(SendError):
    """The person cannot be reached there any more: `state` is "blocked" or "gone"."""

    def __init__(self, reason: str, state: str) -> None:
        super().__init__(reason)
        self.state = state


class Migrated(SendError):
    """The address has become another one."""

    def __init__(self, address: str) -> None:
        super().__init__("migrated")
        self.address = address
