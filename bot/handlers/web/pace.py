"""How fast one browser may post, so that a stuck key or a script slows nobody else down."""

from __future__ import annotations

from collections import OrderedDict

BURST = 25
"""Posts in a row that nobody minds."""
PER_S = 2.0
"""Posts a second in the long run."""
KEPT = 10_000
"""How many browsers are remembered; the longest silent are forgotten first, and start anew."""


class Pace:
    """A bucket of posts for each browser, filled up steadily."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, who: str, now_s: float) -> bool:
        """Whether one more post is fine now; counts it if so."""
        left, since_s = self._left.pop(who, (float(BURST), now_s))
        left = min(float(BURST), left + (now_s - since_s) * PER_S)
        fine = left >= 1
        self._left[who] = (left - 1 if fine else left, now_s)
        if len(self._left) > KEPT:
            self._left.popitem(last=False)
        return fine
