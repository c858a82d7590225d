"""Batches are measured by streaming counts, generations in memory: both on the same rows, statistic by statistic.

The streaming measures keep counts of the anchor, so that memory does not grow with a batch; the metrics have both sides
whole. Where a statistic is the same, so are the numbers; where the definitions differ, a tolerance says by what.
"""

from functools import cache

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.fitting import STEPS, fit_profile
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.metrics import (
    entropy,
    groups,
    pairs,
    privacy,
    rare_mass,
    rare_survival,
    shapes,
    tail_mass,
    two_sample,
)
from outcross.assets.metrics.contract import Comparison
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.batches import TABLE, measure, profile_and_anchor, table, value, with_provenance
from tests.assets.evaluation.tables import compare, errors, named

ROWS = 4_000
EXACT = 1e-12
WITHOUT_LUMPS = Schema(tuple(column for column in TABLE.columns if column.name != "n"))
PAIR = Schema(tuple(Column(name=name, role=Role.NUMERIC) for name in ("x", "z")))
CASES = ("clean", "spoilt", "with new levels")


@cache
def rows_of(case: str) -> pl.DataFrame:
    """Rows beside the anchor, a hundred of them copies of it: the others clean, spoilt, or with levels it never had."""
    rows = table(ROWS, 11)
    if case == "spoilt":
        kept = (pl.col("c").is_null() | ~pl.col("c").is_in(["z"])) & ((pl.col("sex") == "f") | (pl.col("y") == "yes"))
        rows = table(3 * ROWS, 12).filter(kept)[:ROWS].with_columns(pl.col("x") * 0.8 + 2.5, pl.col("n") // 2)
    if case == "with new levels":
        rows = rows.with_columns(pl.when(pl.int_range(pl.len()) < 200).then(pl.lit("new")).otherwise("c").alias("c"))
    copies = profile_and_anchor()[1].filter(pl.col("c").ne_missing("z"))[:100]
    return pl.concat([rows[: ROWS - 100], copies])


@cache
def both(case: str) -> tuple[list[Reading], Comparison]:
    """The readings of the rows as a batch that says it is synthetic, and the comparison of them with the anchor."""
    profile, anchor = profile_and_anchor()
    rows = rows_of(case)
    return measure(with_provenance(rows, "synthetic"), profile, anchor), compare(rows, anchor, schema=TABLE)


@cache
def pair_of_columns() -> tuple[Profile, pl.DataFrame]:
    """The profile and rows of two normal columns that correlate by .8."""
    x, z = np.random.default_rng(4).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], ROWS).T
    rows = pl.DataFrame({"x": x, "z": z})
    return fit_profile(rows, rows[:0], PAIR, seed=3), rows


@pytest.mark.parametrize("case", CASES)
def test_kolmogorov_smirnov_agrees_to_one_step_of_the_quantiles(case: str) -> None:
    """A batch's distribution function is known at a hundred quantiles of the anchor; between two, each moves by .01."""
    readings, comparison = both(case)
    exact = named(shapes.measure(comparison))
    for column in ("x", "n"):
        streamed = value(readings, "kolmogorov_smirnov", column)
        assert exact[f"ks {column}"] - 1 / STEPS <= streamed <= exact[f"ks {column}"] + EXACT


@pytest.mark.parametrize("case", CASES)
def test_total_variation_is_the_same_number_among_the_rows_with_a_value(case: str) -> None:
    """Null is a level to the metric, and has a guard of its own in a batch: they agree on the rows that have a value.

    Levels that the anchor lacks are one cell to a batch, and the anchor has none of them: the sum is the same.
    """
    readings, _ = both(case)
    for column in (column.name for column in TABLE.discrete):
        known = [rows.drop_nulls(column) for rows in (rows_of(case), profile_and_anchor()[1])]
        exact = named(shapes.measure(compare(*known, schema=TABLE)))
        streamed = value(readings, "total_variation", column)
        assert streamed == pytest.approx(exact[f"total_variation {column}"], abs=EXACT)


@pytest.mark.parametrize("case", CASES)
def test_tail_mass_of_the_metric_is_that_of_all_tails_of_a_batch(case: str) -> None:
    """Both are ratios of sums; the metric divides by one value more, which is nothing in an anchor of 4,000."""
    readings, comparison = both(case)
    (exact,) = named(tail_mass.measure(comparison)).values()
    assert value(readings, "tail_mass") == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("case", CASES)
def test_rare_mass_differs_by_the_levels_that_the_anchor_lacks(case: str) -> None:
    """A batch counts them as rare, since a flood of invented levels is to be seen; the metric counts the anchor's."""
    readings, comparison = both(case)
    profile, _ = profile_and_anchor()
    (exact,) = named(rare_mass.measure(comparison)).values()
    invented = (rows_of(case)["c"] == "new").sum() / ROWS / profile.rare.mean
    assert (invented > 0) == (case == "with new levels")
    assert value(readings, "rare_mass") == pytest.approx(exact + invented, rel=0.02)


@pytest.mark.parametrize("case", CASES)
def test_rare_survival_is_of_the_levels_that_a_batch_can_be_expected_to_have(case: str) -> None:
    """The metric divides by all rare levels, a batch by how many so many rows should show: of 4,000, nearly all."""
    readings, comparison = both(case)
    (exact,) = named(rare_survival.measure(comparison)).values()
    assert exact == (0.5 if case == "spoilt" else 1.0)
    assert value(readings, "rare_survival") == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("case", CASES)
def test_entropy_ratio_agrees_but_for_miller_s_correction(case: str) -> None:
    """A batch corrects each side by (levels − 1) ÷ 2n, the metric draws equally many rows: less than .005 apart."""
    rows, anchor = (each.select(WITHOUT_LUMPS.names) for each in (rows_of(case), profile_and_anchor()[1]))
    profile = fit_profile(anchor, anchor[:0], WITHOUT_LUMPS, seed=3)
    (exact,) = named(entropy.measure(compare(rows, anchor, schema=WITHOUT_LUMPS))).values()
    assert value(measure(with_provenance(rows), profile, anchor), "entropy_ratio") == pytest.approx(exact, abs=0.005)


def test_entropy_ratio_differs_where_many_equal_values_are_an_edge_between_tenths() -> None:
    """A batch cuts above an edge, the metric below it: to the metric zeros are one bin with the numbers just above."""
    readings, comparison = both("spoilt")  # where all numbers that are not zero lie below the anchor's next edge
    (exact,) = named(entropy.measure(comparison)).values()
    assert exact + 0.04 < value(readings, "entropy_ratio") < exact + 0.06


@pytest.mark.parametrize("case", CASES)
def test_two_sample_auc_agrees_within_its_errors(case: str) -> None:
    """Each draws rows and deals them to halves by seeds of its own, so that the trees differ: four standard errors."""
    readings, comparison = both(case)
    found = two_sample.measure(comparison)
    (exact,), (error,) = named(found).values(), errors(found).values()
    low, high = (value(readings, f"two_sample_auc_{end}_95", "synthetic_drift") for end in ("lower", "upper"))
    streamed = value(readings, "two_sample_auc")
    assert abs(streamed - exact) < 4 * np.hypot(error, (high - low) / 2 / 1.96)
    assert (streamed > 0.6) == (exact > 0.6) == (case == "spoilt")


@pytest.mark.parametrize("case", CASES)
def test_copies_are_the_same_rows(case: str) -> None:
    readings, comparison = both(case)
    exact = named(privacy.measure(comparison))["copies"]
    assert exact >= 100 / ROWS
    assert value(readings, "copied_share") == pytest.approx(exact, abs=EXACT)


@pytest.mark.parametrize("case", CASES)
def test_the_gaps_of_groups_are_the_largest_of_a_batch_s_lines(case: str) -> None:
    """A batch has a ratio a level and a change a label and level; the metric takes the largest of each."""
    readings, comparison = both(case)
    _, anchor = profile_and_anchor()
    exact = named(groups.measure(comparison))
    gaps, rates = [], []
    for column in TABLE.groups:
        for level, share in anchor[column.name].value_counts(normalize=True).iter_rows():
            name = f"{column.name}={level}"
            gaps.append(abs(value(readings, "share_ratio", name) - 1) * share)
            changes = [each.value for each in readings if each.guard == "label_rates" and each.group.startswith(name)]
            assert len(changes) == 1, "of two labels one line says it all"
            rates += [abs(each) for each in changes]
    assert max(gaps) == pytest.approx(exact["group_share_gap"], abs=EXACT)
    assert max(rates) == pytest.approx(exact["label_rate_gap"], abs=EXACT)


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_correlations_of_ranks_move_as_those_of_values_do(kept: float) -> None:
    """A batch has the largest change of a rank correlation, the metric the mean change of Pearson's: here of one pair.

    Of normal columns with correlation r, that of ranks is 6/π arcsin(r/2), up to .018 less. A batch draws 5,000 rows
    and ranks them in the anchor: columns have to keep their distribution, as they do here where pairs are shuffled.
    """
    profile, anchor = pair_of_columns()
    drawn = np.random.default_rng(5).random(anchor.height) < kept
    shuffled = anchor.with_columns(
        pl.when(pl.Series(drawn)).then("x").otherwise(pl.col("x").shuffle(seed=1)).alias("x")
    )
    exact = named(pairs.measure(compare(shuffled, anchor, schema=PAIR)))["correlation_drift"]
    assert exact == pytest.approx(0.8 * (1 - kept), abs=0.05)
    streamed = value(measure(with_provenance(shuffled), profile, anchor), "rank_correlation_gap")
    assert streamed == pytest.approx(exact, abs=0.03)
