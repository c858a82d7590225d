"""The distribution of a number: cells and escapes share one unit of probability."""

import numpy as np
import polars as pl
import pytest

from outcross.resources.generators.cells.numeric_marginal import NumericMarginal

WIDE = 100_000


@pytest.mark.parametrize("values", [[1, 2, 2, 7], [1, None, 2, 7], [5, 5, 5], [0, 40, 41, 100, None, None]])
def test_the_masses_of_all_whole_numbers_and_of_null_and_of_escapes_sum_to_one(values: list[int | None]) -> None:
    """The escape is half for a null and half by Cauchy; what either would give to values in cells is left out."""
    column = pl.Series(values, dtype=pl.Int64)
    marginal = NumericMarginal.fit(column, np.ones(len(values)), bins=4)
    every = pl.Series([None, *range(-WIDE, WIDE)], dtype=pl.Int64)
    cells = marginal.cells(every)
    given_cell = np.exp(marginal.log_density(every, cells))
    masses = np.where(cells >= 0, marginal.mass[cells], 1.0) * given_cell
    as_unseen = np.exp(marginal.log_density(every, np.full(len(every), -1)))
    assert marginal.escape == pytest.approx(1 / (len(values) + 1))
    assert as_unseen.sum() == pytest.approx(marginal.escape, abs=1e-4)
    left_out = as_unseen[cells >= 0].sum()
    assert left_out > 0
    assert masses.sum() + left_out == pytest.approx(1.0, abs=1e-4)


def test_the_masses_of_floats_and_of_escapes_sum_to_one() -> None:
    column = pl.Series([1.0, 1.5, 3.0, 5.5, 9.0], dtype=pl.Float64)
    marginal = NumericMarginal.fit(column, np.ones(5), bins=1)
    assert marginal.mass.sum() == pytest.approx(1.0)
    fine = pl.Series(np.linspace(-5_000, 5_000, 2_000_001))
    cells = marginal.cells(fine)
    density = np.where(cells >= 0, marginal.mass[cells], 1.0) * np.exp(marginal.log_density(fine, cells))
    unseen = np.exp(marginal.log_density(fine, np.full(len(fine), -1)))
    step = fine[1] - fine[0]
    assert density[cells >= 0].sum() * step == pytest.approx(1 - marginal.escape, rel=1e-2)
    assert unseen.sum() * step == pytest.approx(marginal.escape / 2, rel=1e-2), "the other half is for a null"
