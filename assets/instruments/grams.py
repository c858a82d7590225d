"""The n-grams of rows of text as numbers, counted once for all metrics of n-grams."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

LONGEST = 4


@dataclass(frozen=True)
class Grams:
    """The n-grams of one length.

    Attributes:
        codes: (grams,) int64 which n-gram stands at each place, from 0.
        row: (grams,) int64 ascending, the row it stands in.
        rows: how many rows there are.
    """

    codes: np.ndarray
    row: np.ndarray
    rows: int

    @cached_property
    def counts(self) -> np.ndarray:
        """(codes,) how often each n-gram stands anywhere; 0 for a code that is not there."""
        return np.bincount(self.codes)

    @cached_property
    def types(self) -> int:
        """Distinct n-grams."""
        return int(np.count_nonzero(self.counts))

    @cached_property
    def in_row(self) -> np.ndarray:
        """(rows,) n-grams in each row."""
        return np.bincount(self.row, minlength=self.rows)

    @cached_property
    def only_row(self) -> np.ndarray:
        """(codes,) the row of an n-gram that stands in that row alone, −1 for any other."""
        first, last = np.full((2, len(self.counts)), -1, dtype=np.int64)
        last[self.codes] = self.row  # of equal codes the last one counts
        first[self.codes[::-1]] = self.row[::-1]
        return np.where(first == last, last, -1)

    def count_lost_without(self, counted: np.ndarray | None = None) -> np.ndarray:
        """(rows,) how many distinct n-grams would be gone without a row.

        Args:
            counted: (codes,) bool, which of them count; all by default.
        """
        alone = self.only_row >= 0
        if counted is not None:
            alone = alone & counted
        return np.bincount(self.only_row[alone], minlength=self.rows)


def find_grams(ids: np.ndarray, row: np.ndarray, *, types: int, rows: int) -> tuple[Grams, ...]:
    """The n-grams of n = 1..``LONGEST``, none across rows.

    Args:
        ids: (tokens,) int64 of the words.
        row: (tokens,) ascending, their rows.
        types: more than every id.
        rows: how many there are.
    """
    found, codes = [Grams(ids, row, rows)], ids
    for n in range(2, LONGEST + 1):
        # A gram is the code of its first n − 1 words, at each place, paired with its last word.
        whole = np.flatnonzero(row[: max(len(row) - n + 1, 0)] == row[n - 1 :])
        _, coded = np.unique(codes[whole] * types + ids[whole + n - 1], return_inverse=True)
        found.append(Grams(coded, row[whole], rows))
        codes = np.zeros(len(ids), dtype=np.int64)
        codes[whole] = coded
    return tuple(found)
