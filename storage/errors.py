"""What storage can say no with, by what the caller does next."""

from __future__ import annotations

from bot.errors import OperatorError


class StorageError(Exception):
    """Something asked of storage that cannot be done; the transaction is of no use any more unless caught at once."""


class NotFound(StorageError):
    """The municipality has no such row. `what` names the table, `key` what was asked for."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no row of {what} has the key {key!r}")
        self.what, self.key = what, key


class LinkGone(StorageError):
    """A link that was good once. `why` is "expired", "used" or "revoked": say so, and offer a new one."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


class AlreadyClaimed(StorageError):
    """Somebody else has the case: `staff_id`, or nobody (None) where it was expected to be held."""

    def __init__(self, case_id: int, staff_id: int | None) -> None:
        super().__init__(f"case {case_id} is held by {staff_id}")
        self.case_id, self.staff_id = case_id, staff_id


class CaseClosed(StorageError):
    """The case is closed; nothing more can be done with it."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"case {case_id} is closed")


class NothingSaid(StorageError):
    """A case cannot be closed before the resident has an answer, a referral or a named next step."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"nothing has been said in case {case_id}")


class TooLarge(StorageError):
    """A file over the limit. `size` and `max_bytes` are in bytes."""

    def __init__(self, size: int, max_bytes: int) -> None:
        super().__init__(f"a file of {size} bytes; at most {max_bytes} are kept")
        self.size, self.max_bytes = size, max_bytes


class Damaged(StorageError):
    """A sealed value that its key does not open: altered, cut short, or moved from another column."""


class WrongKey(OperatorError):
    """A value sealed with a key that is not in IDELABB_SECRET_KEY."""

    def __init__(self) -> None:
        super().__init__(
            "IDELABB_SECRET_KEY does not fit this database: it was written with another key. Set the key it was made "
            "with (for the embedded database it is the file secret_key in the user's configuration folder, "
            "~/.config/idelabb unless XDG_CONFIG_HOME says otherwise), newest first if there are several."
        )
