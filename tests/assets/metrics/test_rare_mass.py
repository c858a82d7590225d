import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.rate_ratio import rate_ratio
from outcross.assets.metrics import rare_mass
from tests.assets.evaluation.tables import compare, levels, named

ANCHOR, SCHEMA = levels(a=["r"] * 94 + ["g"] * 4 + ["b"] * 2, b=["x"] * 3 + ["y"] * 97)
"""The rare levels are g, b and x: 0.04 + 0.02 + 0.03 of a row's values."""


REAL = (9 + 0.91) / 100
"""The reference's share: 9 rare levels in 100 rows, and about one more, since one over a small count is too large."""


def mass(synthetic: pl.DataFrame, reference: pl.DataFrame = ANCHOR) -> float:
    return named(rare_mass.measure(compare(synthetic, reference, anchor=ANCHOR, schema=SCHEMA)))["rare_mass"]


def test_mass_is_counted_over_all_columns() -> None:
    synthetic, _ = levels(a=["g", "b", "r", "r", None, "new"], b=["x", "y", "y", None, "y", "y"])
    assert mass(synthetic) == pytest.approx((3 / 6) / REAL)


def test_losing_one_rare_level_loses_its_share() -> None:
    assert mass(ANCHOR.filter(pl.col("a") != "g")) == pytest.approx((5 / 96) / REAL)


def test_the_order_of_rows_and_what_is_not_rare_do_not_matter() -> None:
    renamed = ANCHOR.with_columns(pl.col("a").replace({"r": "q"})).sample(fraction=1, shuffle=True, seed=1)
    assert mass(renamed) == pytest.approx(0.09 / REAL)


def test_a_side_without_rare_levels_counts_as_half_of_one_and_is_compared() -> None:
    common = ANCHOR.filter(pl.col("a") == "r", pl.col("b") == "y")
    assert mass(common) == pytest.approx(0.5 / 91 / REAL)
    assert mass(ANCHOR, common) == pytest.approx(0.09 * 91)


def test_an_anchor_without_rare_levels_has_no_rare_mass() -> None:
    x, schema = levels(a=["r", "b", "b"])
    assert rare_mass.measure(compare(x, x, schema=schema)) == []


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    draws = np.random.default_rng(1)
    found = [rate_ratio(draws.binomial(2, 0.05, 400), draws.binomial(2, 0.1, 300)) for _ in range(400)]
    values, claimed = np.array(found).T
    assert claimed.mean() == pytest.approx(values.std(), rel=0.15)
