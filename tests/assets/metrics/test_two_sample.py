import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.classifier_two_sample import area_under_curve, two_sample_auc
from outcross.assets.metrics import two_sample
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.tables import census, compare, named


def in_words_of_the_paper(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """DeLong et al. 1988: the mean of ψ over all pairs, and the variances of its means over each side."""
    psi = np.array([[float(p > n) + 0.5 * float(p == n) for n in negative] for p in positive])
    s10, s01 = psi.mean(axis=1).var(ddof=1), psi.mean(axis=0).var(ddof=1)
    return float(psi.mean()), float(np.sqrt(s10 / len(positive) + s01 / len(negative)))


def test_the_area_and_its_error_equal_those_of_the_paper_with_ties() -> None:
    draws = np.random.default_rng(1)
    positive, negative = np.round(draws.normal(0.7, 1, 60), 1), np.round(draws.normal(0, 1, 45), 1)
    assert area_under_curve(positive, negative) == pytest.approx(in_words_of_the_paper(positive, negative))
    assert area_under_curve(np.ones(3), np.zeros(4)) == (1.0, 0.0)
    assert area_under_curve(np.ones(3), np.ones(4))[0] == 0.5


def test_rows_of_one_distribution_cannot_be_separated() -> None:
    found = [two_sample_auc(gaussian(2 * s, 200, 3), gaussian(2 * s + 1, 300, 3), seed=s) for s in range(12)]
    areas, claimed = np.array(found).T
    assert areas.mean() == pytest.approx(0.5, abs=0.025)
    assert claimed.mean() == pytest.approx(areas.std(), rel=0.6)


def test_the_area_approaches_that_of_the_best_classifier() -> None:
    from scipy.stats import norm

    area, error = two_sample_auc(gaussian(1, 4000, 1) + 1.5, gaussian(2, 4000, 1), seed=1)
    assert area == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=4 * error + 0.01)


def test_columns_that_lost_their_dependence_are_separated_although_each_is_unchanged() -> None:
    real, other = census(1, 1200), census(2, 1200)
    torn = other.with_columns(pl.col("pay").shuffle(seed=3))
    same, found = (named(two_sample.measure(compare(rows, real)))["two_sample_auc"] for rows in (other, torn))
    assert same == pytest.approx(0.5, abs=0.05)
    assert found > 0.65


def test_nulls_and_levels_that_the_anchor_lacks_separate_rows() -> None:
    real, other = census(1, 400), census(2, 400)
    gone = other.with_columns(age=pl.lit(None, pl.Float64))
    invented = other.with_columns(town=pl.when(pl.col("sex") == "f").then(pl.lit("z")).otherwise("town"))
    for rows, least in ((gone, 0.85), (invented, 0.65)):
        assert named(two_sample.measure(compare(rows, real)))["two_sample_auc"] > least


def test_the_names_and_order_of_levels_do_not_matter_and_the_seed_fixes_the_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(two_sample, "MOST_ROWS", 150)
    real, other = census(1, 400), census(2, 300)
    names = {"a": "w", "b": "z", "c": "y", "d": "x"}
    one, again, another = (
        named(two_sample.measure(compare(x, y, seed=seed)))["two_sample_auc"]
        for x, y, seed in (
            (other, real, 1),
            (*(rows.with_columns(pl.col("town").replace(names)) for rows in (other, real)), 1),
            (other, real, 2),
        )
    )
    assert one == again != another
