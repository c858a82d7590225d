import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics import tail_mass
from tests.assets.evaluation.tables import census, compare, errors, levels, named, numbers

ANCHOR, SCHEMA = numbers(a=np.arange(1000.0), b=[0.0] * 990 + [1.0] * 10)
"""Column a has tails below 9.99 and above 989.01, ten values each; b has none below, and ties at 0.01 above."""


def mass(synthetic: pl.DataFrame, reference: pl.DataFrame = ANCHOR) -> float:
    return named(tail_mass.measure(compare(synthetic, reference, anchor=ANCHOR, schema=SCHEMA)))["tail_mass"]


def test_the_ratio_is_a_mean_over_the_tails_that_exist() -> None:
    synthetic, _ = numbers(a=[-1.0] * 5 + [500.0] * 95, b=[0.0] * 98 + [1.0, 1.0])
    # In a, 5 % instead of 1 % are below and none instead of 1 % above; in b, 2 % instead of 1 %.
    assert mass(synthetic) == pytest.approx((5 + 0 + 2) / 3)


def test_the_anchor_itself_has_a_tail_mass_of_one() -> None:
    assert mass(ANCHOR.sample(fraction=1, shuffle=True, seed=1)) == pytest.approx(1.0)


def test_rows_near_the_middle_have_none() -> None:
    synthetic, _ = numbers(a=[400.0, 500.0, None], b=[0.0, 0.0, 0.0])
    assert mass(synthetic) == 0.0


def test_nulls_are_left_out_of_the_shares() -> None:
    synthetic, _ = numbers(a=[-1.0, 2000.0, *[500.0] * 98, *[None] * 300], b=[None] * 399 + [1.0])
    assert mass(synthetic) == pytest.approx((1 + 1 + 100) / 3)


def test_a_column_without_values_has_nothing_in_its_tails() -> None:
    synthetic, _ = numbers(a=[-1.0] * 5 + [500.0] * 95, b=[None] * 100)
    assert mass(synthetic) == pytest.approx((5 + 0 + 0) / 3)
    middle, _ = numbers(a=[500.0] * 9, b=[None] * 9)
    assert tail_mass.measure(compare(ANCHOR, middle, anchor=ANCHOR, schema=SCHEMA)) == []


def test_a_tail_the_reference_lacks_does_not_count() -> None:
    reference = ANCHOR.filter(pl.col("a") < 985)
    synthetic, _ = numbers(a=[-1.0] * 5 + [2000.0] * 95, b=[0.0] * 100)
    assert mass(synthetic, reference) == pytest.approx(0.05 / (10 / 985))


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    anchor = census(1, 4000)
    comparisons = [
        compare(census(2 * seed, 1500), census(2 * seed + 1, 3000).with_columns(pl.col("pay") * 1.2), anchor=anchor)
        for seed in range(2, 160)
    ]
    runs = [tail_mass.measure(comparison) for comparison in comparisons]
    spread = np.std([named(found)["tail_mass"] for found in runs])
    assert np.mean([errors(found)["tail_mass"] for found in runs]) == pytest.approx(spread, rel=0.2)


def test_tables_without_numbers_have_none() -> None:
    x, schema = levels(a=["r", "b", "b"])
    assert tail_mass.measure(compare(x, x, schema=schema)) == []
