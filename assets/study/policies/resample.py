"""Resample: real rows alone, with the label shares of a mix and as many rows: what its synthetic rows may add to."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, Labels, Policy, Pool, Selection


class Resample(Policy):
    """(1 + k)·n real rows, of each label as many as in the mix of as many rows that has m·n rows of S_{g−1}.

    Rows of a label are repeated as often as they fit, and others of them are drawn once more. A label that no real row
    has is left out, and the others keep their proportions.
    """

    draws_at_random: ClassVar[bool] = True
    policy: Literal["resample"]
    ratio: float = Field(ge=0, le=1000, description="rows beyond the anchor's per real row, k")
    made: float = Field(gt=0, le=1000, description="synthetic rows of the mix per real row, m")

    def select(self, pool: Pool) -> list[Selection]:
        """Select real rows by their labels; raises ``ValueError`` where no labels are given."""
        if pool.labels is None:
            raise ValueError("real rows are resampled by their labels, and there are none")
        rows = self.dataset_rows(pool.rows, pool.generation)
        wanted = _rows_a_label(pool.labels, rows=rows, made=min(rows, self.labelled_rows(pool.rows)))
        chosen = [
            _draw(np.flatnonzero(pool.labels.real == label), int(count), pool.rng)
            for label, count in enumerate(wanted)
            if count
        ]
        return [Selection(part=BASE, rows=np.sort(np.concatenate(chosen)))]

    def share(self, generation: int) -> float:
        """Return 0: no row is synthetic."""
        return 0.0

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return (1 + k)·n."""
        return rows + round(self.ratio * rows)

    def labelled_rows(self, rows: int) -> int:
        """Return m·n, but at least one row."""
        return max(1, round(self.made * rows))


def _rows_a_label(labels: Labels, *, rows: int, made: int) -> np.ndarray:
    """Return (labels,) rows of each, as the mix has them, by largest remainder; 0 of a label that no real row has."""
    count = 1 + max(labels.real.max(initial=0), labels.synthetic.max(initial=0))
    there = np.bincount(labels.real, minlength=count)
    mixed = np.bincount(labels.real[: rows - made], minlength=count)
    mixed += np.bincount(labels.synthetic[:made], minlength=count)
    mixed[there == 0] = 0
    if not mixed.sum():
        mixed = there
    exact = rows * mixed / mixed.sum()
    whole: np.ndarray = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: rows - whole.sum()]] += 1
    return whole


def _draw(places: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    times, rest = divmod(count, len(places))
    drawn: np.ndarray = np.concatenate([np.tile(places, times), rng.permutation(places)[:rest]])
    return drawn
