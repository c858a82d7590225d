"""Bins of any range that floats can have."""

import numpy as np
import pytest

from outcross.assets.instruments.bin_edges import bin_edges


def test_edges_of_an_ordinary_range_are_those_of_numpy() -> None:
    values = np.array([0.5, 3.0, np.nan, np.inf, 10.0])
    assert bin_edges(values, 10).tolist() == np.histogram_bin_edges(values[[0, 1, 4]], bins=10).tolist()
    assert bin_edges(np.array([5.5, 5.5]), 2).tolist() == [5.0, 5.5, 6.0]


@pytest.mark.parametrize(
    "values",
    [[1e16, 1e16 + 2], [1.0, 1 + 2**-52], [-1e308, 1e308], [1e18, 1e18], [5e-324, 0.0], [1.7e18, 1.7e18 + 256]],
)
def test_a_range_that_floats_cannot_divide_is_one_bin_that_holds_every_value(values: list[float]) -> None:
    edges = bin_edges(np.array(values), 10)
    assert len(edges) == 2
    assert np.histogram(values, edges)[0].tolist() == [2]


def test_no_finite_value_has_bins_all_the_same() -> None:
    assert len(bin_edges(np.array([np.nan]), 4)) == 5


def test_a_range_that_is_wide_enough_for_its_bins_has_all_of_them() -> None:
    assert len(bin_edges(np.array([1e16, 1e16 + 40]), 10)) == 11
    assert len(bin_edges(np.array([1e16, 1e16 + 4]), 10)) == 2, "a tenth of it is lost beside the values"
