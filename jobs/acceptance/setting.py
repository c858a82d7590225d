"""The size of an acceptance result's studies."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Size of the studies of a result; its exact values are computed for the same size.

    Attributes:
        rows: rows per generation (M or T).
        generations: models in a lineage, including the first one, fitted on real data alone (n or k).
        replicates: independent repeats.
        seed: seed of the studies.
        text: text files, for results that read text; where empty, Python's own documentation is read.
    """

    rows: int
    generations: int
    replicates: int
    seed: int = 0
    text: tuple[str, ...] = ()

    def with_changes(self, **changes: Any) -> "Setting":
        """Return a copy in which every change that is not None is applied."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def __str__(self) -> str:
        size = f"{self.rows:,} rows, {self.generations} generations, {self.replicates:,} replicates, seed {self.seed}"
        return size + (f", {', '.join(self.text)}" if self.text else "")
