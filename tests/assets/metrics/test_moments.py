import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.moments import variance_ratio
from tests.assets.evaluation.data import gaussian, split, values


def test_scaled_columns_give_the_geometric_mean_of_the_squared_scales() -> None:
    cloud = gaussian(1, 100, 3)
    assert variance_ratio(cloud * [2, 1, 0.25], cloud)[0] == pytest.approx((4 * 1 / 16) ** (1 / 3))


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    mix = np.array([[1.0, 0.8], [0.0, 0.6]])
    found = [variance_ratio(gaussian(2 * s, 200, 2) @ mix, gaussian(2 * s + 1, 300, 2)) for s in range(300)]
    ratios, errors = np.array(found).T
    assert errors.mean() == pytest.approx(ratios.std(), rel=0.15)


def test_a_column_that_is_constant_in_both_counts_as_unchanged() -> None:
    still = gaussian(1, 100, 2) * [1, 0]
    assert variance_ratio(still * 2, still)[0] == pytest.approx(2.0)


def test_a_column_that_lost_its_spread_makes_the_ratio_zero_without_an_error() -> None:
    cloud = gaussian(1, 100, 2)
    ratio, error = variance_ratio(cloud * [1, 0] + 0.1, cloud)
    assert ratio == 0.0
    assert np.isnan(error)


def test_nulls_are_left_out_of_the_variance() -> None:
    cloud = gaussian(1, 100, 1)
    holes = np.concatenate([cloud, np.full((50, 1), np.nan)])
    assert variance_ratio(holes, cloud) == pytest.approx(variance_ratio(cloud, cloud), rel=1e-4)


def test_shrinking_a_table_halfway_to_its_mean_quarters_the_ratio() -> None:
    anchor, _, schema = split("breast_cancer")
    names = [column.name for column in schema.numeric]
    shrunk = anchor.with_columns((pl.col(name) + pl.col(name).mean()) / 2 for name in names)
    before, after = (values("breast_cancer", rows)["variance_ratio"] for rows in (anchor, shrunk))
    assert before == pytest.approx(1.0, abs=0.3)
    assert after == pytest.approx(before / 4)
