import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.verdict.bootstrap import resample
from outcross.assets.verdict.degradation import degradations
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.verdict import Verdict, verdict, verdict_frame
from outcross.resources.errors import BadInput
from outcross.resources.seeds import generator
from tests.assets.verdict.studies import (
    arm,
    evaluations,
    gaussian_mean,
    gaussian_mean_limit,
    ladder,
    noisy,
)

FINE = tuple(round(float(share), 2) for share in np.arange(0.04, 0.92, 0.02))
COARSE = (0.2, 0.5, 0.8)


def reach(study: pl.DataFrame, rungs: Ladder, *, tolerance: float = 0.25, endpoint: str = "frechet") -> Verdict:
    return verdict(study, rungs, endpoint=endpoint, tolerance=tolerance, seed=3)


@pytest.mark.parametrize("tolerance", [0.1, 0.25, 0.5, 1.0])
def test_the_safe_share_of_a_gaussian_mean_is_that_of_theory(tolerance: float) -> None:
    study = noisy({share: gaussian_mean(share) for share in FINE}, noise=0.02)
    found = reach(study, ladder(*FINE), tolerance=tolerance)
    theory = gaussian_mean_limit(tolerance)
    assert found.decided and found.reason == "" and found.replicates_needed is None
    assert found.safe_share is not None and found.lower_95 is not None
    assert found.safe_share == pytest.approx(theory, abs=0.02)
    assert theory - 0.05 < found.lower_95 <= min(theory, found.safe_share)


def test_a_verdict_says_what_it_is_about() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.2, 0.8: 0.9}, noise=0.02), ladder(*COARSE))
    assert (found.definition, found.replicates, found.generations, found.tolerance) == ("shape deforms", 10, 3, 0.25)
    assert [(rung.share, rung.arm) for rung in found.curve] == [(share, arm(share)) for share in COARSE]


def test_the_curve_holds_each_replicate_their_mean_and_a_band_around_the_fit() -> None:
    study = noisy({0.2: 0.1, 0.5: 0.0, 0.8: 0.9}, noise=0.02)
    found = reach(study, ladder(*COARSE))
    measured = study.filter(arm=arm(0.5), generation=2).sort("replicate")["value"] / 2 - 1
    middle = found.curve[1]
    assert list(middle.degradations) == list(range(10))
    assert list(middle.degradations.values()) == pytest.approx(measured.to_list())
    assert middle.mean == pytest.approx(measured.mean())
    assert middle.fitted == pytest.approx((found.curve[0].mean + middle.mean) / 2)
    assert all(rung.lower < rung.fitted < rung.upper for rung in found.curve)


def test_a_ladder_that_never_crosses_is_open_above() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.05, 0.8: 0.1}, noise=0.01), ladder(*COARSE))
    assert not found.decided
    assert found.safe_share == found.lower_95 == 0.8
    assert found.reason == "no share tried, up to 0.8, exceeds the tolerance, so the safe share has no upper bound"
    assert found.replicates_needed is None


def test_one_replicate_has_an_estimate_and_no_limit() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.35}, noise=0.0, replicates=1), ladder(*COARSE))
    assert found.safe_share == pytest.approx(0.65)
    assert found.lower_95 is None and not found.decided
    assert found.reason == "1 replicate cannot show the spread; a verdict takes 3 or more"
    assert found.replicates_needed == 3
    assert all(rung.lower == rung.fitted == rung.upper for rung in found.curve)


def test_one_replicate_that_never_crosses_needs_larger_shares_rather_than_more_replicates() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.05, 0.8: 0.1}, noise=0.0, replicates=1), ladder(*COARSE))
    assert "no share tried, up to 0.8, exceeds the tolerance" in found.reason
    assert (found.safe_share, found.lower_95, found.replicates_needed) == (0.8, None, None)


def test_a_limit_never_lies_above_its_estimate() -> None:
    """The lowest rung is beyond the tolerance without noise; in most resamples the noisy ones pull it within."""
    shares = tuple(step / 50 for step in range(1, 42))
    draws = generator(3).standard_normal((41, 10))
    centred = draws - draws.mean(axis=1, keepdims=True)
    centred[0] = 0
    last = {arm(share): (1.2501 + 1e-4 * step + centred[step] / 2).tolist() for step, share in enumerate(shares)}
    study = evaluations([1.0] * 10, last)
    resampled = resample(degradations(study, ladder(*shares), ENDPOINTS["frechet"]), shares, 0.25, seed=3)
    found = reach(study, ladder(*shares))
    assert resampled.lower_limit > 0
    assert found.safe_share == found.lower_95 == 0.0 and not found.decided


def test_two_replicates_do_not_decide_however_alike() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.9}, noise=1e-4, replicates=2), ladder(*COARSE))
    assert not found.decided and found.reason.startswith("2 replicates cannot show the spread")
    assert found.replicates_needed == 3
    assert found.lower_95 is not None and 0.5 < found.lower_95 <= 0.54


def test_three_replicates_decide_where_they_agree() -> None:
    assert reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.9}, noise=0.01, replicates=3), ladder(*COARSE)).decided


def test_a_crossing_within_the_noise_has_no_upper_bound() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.1, 0.8: 0.3}, noise=0.3, replicates=6, seed=4), ladder(*COARSE))
    assert not found.decided and found.safe_share is not None and 0.0 < found.safe_share < 0.8
    assert found.lower_95 is not None and found.lower_95 > 0
    assert "of the resampled studies never exceed the tolerance (at most 5% may)" in found.reason
    assert found.replicates_needed is not None and found.replicates_needed > 6


def test_without_a_forecast_only_the_number_of_replicates_that_would_decide_is_absent() -> None:
    study, rungs = noisy({0.2: 0.15, 0.5: 0.4, 0.8: 3.0}, noise=0.3, replicates=6), ladder(*COARSE)
    found = verdict(study, rungs, endpoint="frechet", tolerance=0.25, seed=3, forecast=False)
    assert not found.decided and found.replicates_needed is None
    assert found == replace(reach(study, rungs), replicates_needed=None)


def test_a_limit_at_zero_does_not_decide() -> None:
    found = reach(noisy({0.2: 0.15, 0.5: 0.4, 0.8: 3.0}, noise=0.3, replicates=6), ladder(*COARSE))
    assert found.safe_share is not None and found.safe_share > 0 and found.lower_95 == 0.0
    assert found.reason == "the lower limit is zero: the safe share cannot be distinguished from zero"
    assert found.replicates_needed is not None and found.replicates_needed > 6


def test_a_lowest_rung_that_surely_exceeds_the_tolerance_decides_that_nothing_is_safe() -> None:
    found = reach(noisy({0.2: 0.5, 0.5: 0.7, 0.8: 0.9}, noise=0.05), ladder(*COARSE))
    assert found.decided and found.safe_share == found.lower_95 == 0.0


def test_a_lowest_rung_that_may_exceed_the_tolerance_does_not_decide() -> None:
    found = reach(noisy({0.2: 0.28, 0.5: 0.7, 0.8: 0.9}, noise=0.1, seed=2), ladder(*COARSE))
    assert not found.decided and found.safe_share == found.lower_95 == 0.0
    assert found.reason == "the share 0.2, below which no share was found safe, exceeds the tolerance, but not surely"
    assert found.replicates_needed is not None and found.replicates_needed > 10


@pytest.mark.parametrize(
    ("first", "endpoint", "reason"),
    [
        ([0.0, 0.0, 0.0], "recall", "generation 0 is zero"),
        ([0.5, math.nan, 0.5], "recall", "no finite value in replicate 1"),
        ([0.5, 0.5, None], "frechet", "no finite value in replicate 2"),
        ([1.0, 1.0, 0.0], "variance_ratio", "no finite value in replicate 2"),
    ],
)
def test_a_first_generation_that_cannot_be_compared_with_leaves_no_curve(
    first: list[float | None], endpoint: str, reason: str
) -> None:
    study = evaluations(first, {arm(share): [0.5] * 3 for share in COARSE}, metric=endpoint)
    found = reach(study, ladder(*COARSE), endpoint=endpoint)
    assert reason in found.reason and not found.decided
    assert (found.safe_share, found.lower_95, found.replicates_needed, found.curve) == (None, None, None, ())


@pytest.mark.parametrize("gone", [math.nan, math.inf, None])
def test_a_collapsed_rung_is_unsafe_and_leaves_the_others_as_they_are(gone: float | None) -> None:
    degradation = {0.2: 0.0, 0.5: 0.1, 0.8: 9.0}
    finite = noisy(degradation, noise=0.02)
    top = (pl.col("arm") == arm(0.8)) & (pl.col("generation") == 2)
    collapsed = finite.with_columns(
        pl.when(top).then(pl.lit(gone, pl.Float64)).otherwise(pl.col("value")).alias("value")
    )
    whole, broken = (reach(study, ladder(*COARSE)) for study in (finite, collapsed))
    assert broken.curve[:2] == whole.curve[:2]
    assert broken.curve[2].mean == broken.curve[2].fitted == broken.curve[2].lower == math.inf
    assert broken.decided and broken.safe_share == broken.lower_95 == 0.5


def test_one_collapse_among_ten_makes_the_rung_infinitely_worse() -> None:
    study = noisy({0.2: 0.0, 0.5: 0.1, 0.8: 0.2}, noise=0.02)
    top = (pl.col("arm") == arm(0.8)) & (pl.col("generation") == 2) & (pl.col("replicate") == 7)
    collapsed = study.with_columns(pl.when(top).then(math.inf).otherwise(pl.col("value")).alias("value"))
    found = reach(collapsed, ladder(*COARSE))
    assert found.curve[2].fitted == math.inf and found.safe_share == 0.5
    assert [rung for rung, each in found.curve[2].degradations.items() if each == math.inf] == [7]
    assert not found.decided, "a third of the resamples miss the one that collapsed"


def test_a_collapse_below_makes_every_larger_share_unsafe() -> None:
    study = evaluations(
        [2.0] * 4, {arm(0.2): [2.01, 2.0, 2.02, 2.0], arm(0.5): [math.inf] * 4, arm(0.8): [2.1, 2.0, 2.1, 2.0]}
    )
    found = reach(study, ladder(*COARSE))
    assert [math.isinf(rung.fitted) for rung in found.curve] == [False, True, True]
    assert found.decided and found.safe_share == found.lower_95 == 0.2


def test_nothing_but_the_figures_and_the_seed_counts() -> None:
    study = noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.2)
    first = reach(study, ladder(*COARSE))
    assert reach(study, ladder(*COARSE)) == first
    for shuffled in range(3):
        assert reach(study.sample(fraction=1, shuffle=True, seed=shuffled), ladder(*COARSE)) == first
    backwards = Ladder("freshness", "fresh", tuple(reversed(ladder(*COARSE).rungs)))
    assert replace(reach(study, backwards), ladder=first.ladder) == first
    other = verdict(study, ladder(*COARSE), endpoint="frechet", tolerance=0.25, seed=4)
    assert other.safe_share == first.safe_share and other.lower_95 != first.lower_95


def test_a_larger_tolerance_never_makes_less_safe() -> None:
    study = noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.1)
    found = [reach(study, ladder(*COARSE), tolerance=tolerance) for tolerance in (0.05, 0.1, 0.2, 0.4, 0.8)]
    for smaller, larger in pairwise(found):
        assert (smaller.safe_share or 0) <= (larger.safe_share or 0)
        assert (smaller.lower_95 or 0) <= (larger.lower_95 or 0)


@pytest.mark.parametrize("tolerance", [0.0, -0.1, math.nan])
def test_a_tolerance_of_nothing_is_refused(tolerance: float) -> None:
    with pytest.raises(BadInput, match="it must be above zero"):
        reach(noisy({0.2: 0.0, 0.5: 1.0}, noise=0.1), ladder(0.2, 0.5), tolerance=tolerance)


def test_an_unknown_endpoint_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"endpoint 'fid': there is no such metric; choose one of .*frechet"):
        reach(noisy({0.2: 0.0, 0.5: 1.0}, noise=0.1), ladder(0.2, 0.5), endpoint="fid")


def test_a_frame_of_verdicts_has_a_line_for_each_with_gaps_where_nothing_is_known() -> None:
    decided = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.9}, noise=0.01), ladder(*COARSE))
    undefined = reach(evaluations([0.0] * 3, {arm(share): [0.0] * 3 for share in COARSE}), ladder(*COARSE))
    frame = verdict_frame([decided, undefined], sentences=["one", "two"])
    assert frame["sentence"].to_list() == ["one", "two"]
    assert frame["decided"].to_list() == [True, False]
    assert frame["lower_95"].to_list() == [decided.lower_95, None]
    assert frame.select("ladder", "endpoint", "replicates").rows() == [("freshness", "frechet", n) for n in (10, 3)]
    assert frame.schema == verdict_frame([], sentences=[]).schema


def test_utility_that_is_no_better_than_a_constant_at_first_has_no_verdict() -> None:
    study = evaluations([0.9, 0.94, 0.92], {arm(share): [0.9, 0.9, 0.9] for share in COARSE}, metric="utility")
    found = verdict(study, ladder(*COARSE), endpoint="utility", tolerance=0.05, seed=3, constant=0.92)
    assert (found.safe_share, found.decided, found.curve) == (None, False, ())
    assert found.reason == (
        "a model trained on generation 0 has 0.92 and a constant prediction 0.92, so that a fall cannot show"
    )
    for constant in (0.91, None):
        assert verdict(study, ladder(*COARSE), endpoint="utility", tolerance=0.05, seed=3, constant=constant).curve
