import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.table_features import FARTHEST
from outcross.assets.metrics import marginal_wasserstein
from outcross.assets.metrics.marginal_wasserstein import wasserstein
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.tables import census, compare, levels, named, numbers


def test_values_are_those_of_scipy_in_units_of_the_anchors_deviation() -> None:
    from scipy.stats import wasserstein_distance

    anchor, x, y = census(3, 500), census(1, 400), census(2, 300).with_columns(pl.col("age") + 3)
    found = named(marginal_wasserstein.measure(compare(x, y, anchor=anchor)))
    for name in ("age", "pay"):
        apart = wasserstein_distance(x[name].drop_nulls().to_numpy(), y[name].drop_nulls().to_numpy())
        assert found[f"marginal_wasserstein {name}"] == pytest.approx(apart / anchor[name].std(ddof=0))
    assert found["marginal_wasserstein"] == pytest.approx(
        (found["marginal_wasserstein age"] + found["marginal_wasserstein pay"]) / 2
    )


def test_the_distance_of_shifted_values_is_the_shift() -> None:
    cloud = gaussian(1, 500, 1)[:, 0]
    assert wasserstein(cloud + 2.5, cloud).value == pytest.approx(2.5)
    assert wasserstein(cloud, cloud).value == 0.0


def test_repetition_and_order_of_the_values_do_not_matter() -> None:
    x, schema = numbers(a=[1, 2, 3, None])
    y, _ = numbers(a=[3, 3, 2, 2, 1, 1])
    assert named(marginal_wasserstein.measure(compare(x, y, schema=schema)))["marginal_wasserstein"] == 0.0


def test_an_empty_column_and_a_diverging_one_have_the_largest_distance() -> None:
    x, schema = numbers(a=[1.0, 2.0, 3.0])
    for lost in ([None, None], [float("inf"), float("inf")]):
        found = named(marginal_wasserstein.measure(compare(numbers(a=lost)[0], x, schema=schema)))
        assert found["marginal_wasserstein a"] == pytest.approx(FARTHEST)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    found = []
    for seed in range(300):
        x = np.where(np.arange(500) % 5 == 0, np.nan, gaussian(2 * seed, 500, 1)[:, 0])
        found.append(wasserstein(x, gaussian(2 * seed + 1, 200, 1)[:, 0] * 1.8 + 0.5).value_and_error)
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)


def test_tables_without_numbers_have_none() -> None:
    x, schema = levels(a=["r", "b", "b"])
    assert marginal_wasserstein.measure(compare(x, x, schema=schema)) == []
