"""Which endpoints of a table a unit cannot move, and which no strictly increasing recoding of a column can."""

import numpy as np
import polars as pl
import pytest

import outcross as oc

RANKS = (
    "column_shapes",
    "ks",
    "total_variation",
    "entropy_ratio",
    "tail_mass",
    "rare_mass",
    "rare_survival",
    "class_survival",
    "two_sample_auc",
)
"""Endpoints that read the order of numbers, or no number at all."""
DISTANCES = (
    "frechet",
    "marginal_wasserstein",
    "coverage",
    "density",
    "authenticity",
    "record_distance",
    "vendi_ratio",
    "variance_ratio",
    "correlation_drift",
    "association_drift",
    "pair_trends",
    "utility",
)
"""Endpoints that read differences of numbers, in deviations of the anchor."""
METRICS = ("shapes", "entropy_ratio", "tail_mass", "rare_mass", "rare_survival", "class_survival", "two_sample")
METRICS += ("frechet", "marginal_wasserstein", "neighbours", "privacy", "vendi", "variance_ratio", "pairs", "utility")


def table(seed: int, *, spread: float = 1.0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    wage = spread * random.normal(size=100)
    kind = np.where(random.random(100) < 0.04, "rare", np.where(wage > 0, "b", "c"))
    answer = np.where(wage + random.normal(size=100) > 0, "yes", "no")
    return pl.DataFrame({"wage": wage, "rent": wage + random.normal(size=100), "kind": kind, "answer": answer})


def measured(wage: pl.Expr) -> dict[str, float]:
    synthetic, real, anchor = (each.with_columns(wage) for each in (table(2, spread=1.4), table(1), table(0)))
    columns = {"answer": "label", "kind": "categorical"}
    found = oc.measure(synthetic, real, anchor=anchor, metrics=METRICS, columns=columns).filter(about="")
    return dict(found.select("metric", "value").iter_rows())


@pytest.fixture(scope="module")
def base() -> dict[str, float]:
    return measured(pl.col("wage"))


@pytest.mark.parametrize(
    ("held", "within"), [(pl.col("wage") / 128, 1e-14), (pl.col("wage") * 1_000 + 7, 1e-6)], ids=["binary", "decimal"]
)
def test_no_endpoint_knows_the_unit_of_a_column(base: dict[str, float], held: pl.Expr, within: float) -> None:
    found = measured(held)
    assert {*RANKS, *DISTANCES} <= found.keys()
    assert found == pytest.approx(base, rel=within)
    assert within > 1e-14 or {name for name in base if found[name] != base[name]} <= {"variance_ratio"}


@pytest.mark.parametrize("recoded", [pl.col("wage").exp(), pl.col("wage") ** 3], ids=["exp", "cube"])
def test_a_recoding_that_keeps_the_order_moves_no_endpoint_of_ranks(base: dict[str, float], recoded: pl.Expr) -> None:
    found = measured(recoded)
    assert {name: found[name] for name in RANKS} == {name: base[name] for name in RANKS}
    # Two that count nearest rows may by chance count the same.
    assert {name for name in DISTANCES if found[name] == base[name]} <= {"authenticity", "coverage"}
