"""What something costs by a straight line through two trials of it."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Line:
    """A cost that grows with a count, such as of rows or replicates.

    Attributes:
        fixed: cost whatever the count, at least 0.
        each: cost of each, at least 0.
    """

    fixed: float
    each: float

    @classmethod
    def through(cls, smaller: tuple[int, float], larger: tuple[int, float]) -> Self:
        """Return the line through two trials, each (count, cost); of equal counts, the one through nought.

        A larger trial that costs less than the smaller one says that the count does not matter.
        """
        (few, low), (many, high) = smaller, larger
        each = max(0.0, (high - low) / (many - few)) if many > few else high / many
        return cls(fixed=max(0.0, high - each * many), each=each)

    def at(self, count: float) -> float:
        """Return the cost of so many."""
        return self.fixed + self.each * count
