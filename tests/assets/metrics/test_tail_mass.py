import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.rate_ratio import rate_ratio
from outcross.assets.metrics import tail_mass
from tests.assets.evaluation.tables import compare, levels, named, numbers

ANCHOR, SCHEMA = numbers(a=np.arange(1000.0), b=[0.0] * 990 + [1.0] * 10)
"""Column a has tails below 9.99 and above 989.01, ten values each; b has none below, and ties at 0.01 above."""


def mass(synthetic: pl.DataFrame, reference: pl.DataFrame = ANCHOR) -> float:
    return named(tail_mass.measure(compare(synthetic, reference, anchor=ANCHOR, schema=SCHEMA)))["tail_mass"]


BELOW = (30 + 1.637) / 3000
"""The reference's share: 30 of 3,000 values, and their variance ÷ 30 more: ten rows are in two tails."""


def test_counts_are_added_up_over_the_tails_that_exist() -> None:
    synthetic, _ = numbers(a=[-1.0] * 5 + [500.0] * 95, b=[0.0] * 98 + [1.0, 1.0])
    # In a, 5 are below and none above; in b, 2; of 100 values that could be in each of three tails.
    assert mass(synthetic) == pytest.approx((5 + 0 + 2) / 300 / BELOW, rel=1e-3)


def test_the_anchor_itself_has_a_tail_mass_of_about_one() -> None:
    assert mass(ANCHOR.sample(fraction=1, shuffle=True, seed=1)) == pytest.approx(30 / 31.637, rel=1e-3)


def test_an_empty_tail_counts_as_half_a_value_so_that_its_logarithm_is_finite() -> None:
    synthetic, _ = numbers(a=[400.0, 500.0, 600.0], b=[0.0, 0.0, 0.0])
    assert mass(synthetic) == pytest.approx(0.5 / 9 / BELOW, rel=1e-3)


def test_nulls_are_left_out_of_the_shares() -> None:
    synthetic, _ = numbers(a=[-1.0, 2000.0, *[500.0] * 98, *[None] * 300], b=[None] * 399 + [1.0])
    assert mass(synthetic) == pytest.approx((1 + 1 + 1) / 201 / BELOW, rel=1e-3)


def test_without_values_where_a_tail_could_be_there_is_nothing_to_compare() -> None:
    nothing, _ = numbers(a=[None] * 9, b=[None] * 9)
    assert tail_mass.measure(compare(ANCHOR, nothing, anchor=ANCHOR, schema=SCHEMA)) == []
    assert np.isnan(mass(nothing))


def test_equal_populations_average_one_although_tails_have_a_handful_of_rows() -> None:
    draws = np.random.default_rng(1)
    # 300 and 250 rows with four tails of 1 % each: about ten values below, and twelve above.
    pairs = [[(draws.random((rows, 4)) < 0.01).sum(axis=1) for rows in (300, 250)] for _ in range(3000)]
    assert np.mean([rate_ratio(*pair)[0] for pair in pairs]) == pytest.approx(1.0, abs=0.02)
    naive = [x.mean() / y.mean() for x, y in pairs if y.any()]
    assert np.mean(naive) > 1.07


def test_tables_without_numbers_have_none() -> None:
    x, schema = levels(a=["r", "b", "b"])
    assert tail_mass.measure(compare(x, x, schema=schema)) == []
