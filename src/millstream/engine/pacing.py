"""How much goes in one piece: so many records that the work on them takes about as long as wanted. Pure: times are told.

What may not live here: clocks, and what the work is.
"""

from __future__ import annotations


class Pace:
    """``most``: how many records may go together next, by what earlier ones took."""

    def __init__(self, wanted_s: float, least: int, greatest: int) -> None:
        """``wanted_s``: seconds that a piece should take. ``least`` and ``greatest`` are bounds of ``most``, which starts in between them
        at the lower one's fourfold."""
        self._wanted = wanted_s
        self._least, self._greatest = least, greatest
        self.most = min(greatest, 4 * least)

    def took(self, records: int, seconds: float) -> None:
        """A piece of so many records took so long. One that took too long counts at once, a quick one little by little."""
        if records <= 0:
            return
        fitting = int(records * self._wanted / seconds) if seconds > 0 else self._greatest
        if fitting >= self.most:
            fitting = min(fitting, 2 * self.most) if 2 * records >= self.most else self.most
        self.most = max(self._least, min(self._greatest, fitting))
