"""N-grams of rows of text as numbers, counted once for all metrics that use them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

LONGEST = 4


@dataclass(frozen=True)
class Grams:
    """The n-grams of one length.

    Attributes:
        codes: (grams,) int64 code of the n-gram at each place, from 0.
        row: (grams,) int64 row of each place, ascending.
        rows: number of rows.
    """

    codes: np.ndarray
    row: np.ndarray
    rows: int

    @cached_property
    def counts(self) -> np.ndarray:
        """(codes,) frequency of each n-gram; 0 for an unused code."""
        return np.bincount(self.codes)

    @cached_property
    def types(self) -> int:
        """Number of distinct n-grams."""
        return int(np.count_nonzero(self.counts))

    @cached_property
    def in_row(self) -> np.ndarray:
        """(rows,) number of n-grams in each row."""
        return np.bincount(self.row, minlength=self.rows)

    @cached_property
    def only_row(self) -> np.ndarray:
        """(codes,) the row of an n-gram that occurs in one row only, −1 for any other."""
        first, last = np.full((2, len(self.counts)), -1, dtype=np.int64)
        last[self.codes] = self.row  # among equal codes, the last assignment wins
        first[self.codes[::-1]] = self.row[::-1]
        return np.where(first == last, last, -1)

    def count_lost_without(self, counted: np.ndarray | None = None) -> np.ndarray:
        """Return (rows,) the number of distinct n-grams that would be lost without each row.

        Args:
            counted: (codes,) bool, the n-grams that count; default: all.
        """
        alone = self.only_row >= 0
        if counted is not None:
            alone = alone & counted
        return np.bincount(self.only_row[alone], minlength=self.rows)


def find_grams(ids: np.ndarray, row: np.ndarray, *, types: int, rows: int) -> tuple[Grams, ...]:
    """Return the n-grams for n = 1..``LONGEST``, within rows.

    Args:
        ids: (tokens,) int64 ids of the words.
        row: (tokens,) their rows, ascending.
        types: number of word types; every id is below it.
        rows: number of rows.
    """
    found, codes = [Grams(ids, row, rows)], ids
    for n in range(2, LONGEST + 1):
        # An n-gram is the code of its first n − 1 words paired with its last word.
        whole = np.flatnonzero(row[: max(len(row) - n + 1, 0)] == row[n - 1 :])
        _, coded = np.unique(codes[whole] * types + ids[whole + n - 1], return_inverse=True)
        found.append(Grams(coded, row[whole], rows))
        codes = np.zeros(len(ids), dtype=np.int64)
        codes[whole] = coded
    return tuple(found)
