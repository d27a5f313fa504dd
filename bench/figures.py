"""A measured figure: name, value, unit, and the bar it is held to, if any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """``least`` and ``most`` are bars; a figure without one is for information."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        if self.least is not None:
            return self.value >= self.least
        return self.value <= self.most if self.most is not None else None

    def __str__(self) -> str:
        text = f"{self.name:44} {number(self.value):>10} {self.unit:14}"
        if self.holds is not None:
            bar = f"at least {number(self.least)}" if self.least is not None else f"at most {number(self.most or 0)}"
            text += f" {'ok    ' if self.holds else 'MISSED'} ({bar})"
        return f"{text} {self.note}".rstrip()


#: A job: gives figures as they are measured. Its argument says whether a short form is asked for.
Job = Callable[[bool], Iterator[Figure]]


def number(value: float) -> str:
    """Without digits that mean nothing."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def median(values: Sequence[float]) -> float:
    """The middle one; the lower of the two in the middle."""
    return sorted(values)[(len(values) - 1) // 2]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
