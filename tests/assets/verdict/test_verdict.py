import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.stored_verdicts import Outcome
from outcross.assets.study.tolerance import Tolerance
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.assets.verdict.verdict_frame import verdict_frame
from outcross.resources.errors import BadInput
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


def reach(
    study: pl.DataFrame, rungs: Ladder, *, tolerance: float | Tolerance = 0.25, endpoint: str = "frechet"
) -> Verdict:
    return verdict(study, rungs, endpoint=endpoint, tolerance=tolerance, seed=3)


@pytest.mark.parametrize("tolerance", [0.1, 0.25, 0.5, 1.0])
def test_the_safe_share_of_a_gaussian_mean_is_that_of_theory(tolerance: float) -> None:
    study = noisy({share: gaussian_mean(share) for share in FINE}, noise=0.02)
    found = reach(study, ladder(*FINE), tolerance=tolerance)
    theory = gaussian_mean_limit(tolerance)
    assert found.decided and found.reason == "" and found.replicates_needed is None
    assert found.safe_share is not None and found.lower_95 is not None
    assert found.safe_share == pytest.approx(theory, abs=0.02)
    assert theory - 0.05 < found.lower_95 <= min(theory, found.safe_share) + 1e-9
    assert found.upper_95 in FINE and found.lower_95 < found.upper_95 < theory + 0.06


def test_a_verdict_says_what_it_is_about() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.2, 0.8: 0.9}, noise=0.02), ladder(*COARSE))
    assert (found.definition, found.replicates, found.generations, found.tolerance.size) == (
        "shape deforms",
        10,
        3,
        0.25,
    )
    assert [(rung.share, rung.arm) for rung in found.curve] == [(share, arm(share)) for share in (0, *COARSE)]
    assert found.primary and found.tolerance.scale == "relative"


def test_the_curve_holds_each_replicate_their_mean_and_a_band_around_the_fit() -> None:
    study = noisy({0.2: 0.1, 0.5: 0.0, 0.8: 0.9}, noise=0.02)
    found = reach(study, ladder(*COARSE))
    measured = study.filter(arm=arm(0.5), generation=2).sort("replicate")["value"] / 2 - 1
    middle = found.curve[2]
    assert list(middle.degradations) == list(range(10))
    assert list(middle.degradations.values()) == pytest.approx(measured.to_list())
    assert middle.mean == pytest.approx(measured.mean())
    assert middle.fitted == pytest.approx((found.curve[1].mean + middle.mean) / 2)
    assert all(rung.lower < rung.mean < rung.upper for rung in found.curve[1:])
    control = found.curve[0]
    assert (control.mean, control.fitted, control.lower, control.upper) == (0, 0, 0, 0)


def test_a_ladder_that_keeps_within_the_tolerance_is_a_decision() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.05, 0.8: 0.1}, noise=0.01), ladder(*COARSE))
    assert found.decided and found.outcome == Outcome.SAFE_THROUGHOUT
    assert found.safe_share == found.lower_95 == 0.8
    assert (found.upper_95, found.reason, found.replicates_needed) == (None, "", None)


@pytest.mark.parametrize("replicates", [1, 2])
def test_too_few_replicates_have_an_estimate_and_no_limit(replicates: int) -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.35}, noise=0.0, replicates=replicates), ladder(*COARSE))
    assert found.safe_share == pytest.approx(0.65)
    assert found.lower_95 is None and found.upper_95 is None and not found.decided
    assert found.reason.startswith(f"{replicates} replicate") and found.reason.endswith("a verdict takes 3 or more")
    assert found.replicates_needed == 3
    assert all(rung.lower == rung.fitted == rung.upper for rung in found.curve)


def test_three_replicates_decide_where_they_agree() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.9}, noise=0.01, replicates=3), ladder(*COARSE))
    assert (found.outcome, found.lower_95, found.upper_95) == (Outcome.LIMIT, 0.5, 0.8)


def test_no_line_is_drawn_through_a_curve_that_bends_downwards() -> None:
    """A concave curve crosses at 0.028: a straight line from 0 to the first rung would say 0.12."""
    concave = {0.25: 0.15, 0.5: 0.212, 1.0: 0.3}
    found = reach(noisy(concave, noise=0.02), ladder(*concave), tolerance=0.05)
    assert found.safe_share == pytest.approx(0.083, abs=0.01)
    assert (found.outcome, found.lower_95, found.upper_95) == (Outcome.NONE_SAFE, 0.0, 0.25)


def test_a_hump_ends_the_limit_at_its_first_crossing() -> None:
    found = reach(noisy({0.2: 0.4, 0.5: 0.0, 0.8: 0.0}, noise=0.02), ladder(*COARSE))
    assert (found.outcome, found.lower_95, found.upper_95) == (Outcome.NONE_SAFE, 0.0, None)


def test_a_rung_within_the_noise_of_the_tolerance_leaves_the_limit_below_it() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.24, 0.8: 0.9}, noise=0.05, seed=2), ladder(*COARSE))
    assert (found.outcome, found.upper_95) == (Outcome.LIMIT, 0.8)
    assert found.lower_95 is not None and 0.2 < found.lower_95 < (found.safe_share or 0) < 0.5


def test_a_smallest_share_that_may_exceed_the_tolerance_does_not_decide() -> None:
    found = reach(noisy({0.2: 0.28, 0.5: 0.7, 0.8: 0.9}, noise=0.1, seed=2), ladder(*COARSE))
    assert (found.outcome, found.lower_95, found.upper_95) == (Outcome.NOT_DECIDED, 0.0, 0.5)
    assert (
        found.reason == "the smallest share tried, 0.2, is shown neither to keep within the tolerance nor to exceed it"
    )
    assert found.replicates_needed is not None and found.replicates_needed > 10


def test_without_a_forecast_only_the_number_of_replicates_that_would_decide_is_absent() -> None:
    study, rungs = noisy({0.2: 0.28, 0.5: 0.7, 0.8: 0.9}, noise=0.1, seed=2), ladder(*COARSE)
    found = verdict(study, rungs, endpoint="frechet", tolerance=0.25, seed=3, forecast=False)
    assert not found.decided and found.replicates_needed is None
    assert found == replace(reach(study, rungs), replicates_needed=None)


def test_a_smallest_share_that_surely_exceeds_the_tolerance_decides_that_nothing_is_safe() -> None:
    found = reach(noisy({0.2: 0.5, 0.5: 0.7, 0.8: 0.9}, noise=0.05), ladder(*COARSE))
    assert (found.outcome, found.lower_95, found.upper_95) == (Outcome.NONE_SAFE, 0.0, 0.2)
    assert found.safe_share == pytest.approx(0.1, abs=0.01)
    assert found.replicates_needed is None


def test_what_counts_is_the_distance_to_real_rows_alone_of_the_same_generation() -> None:
    """Everything drifts by a half; the share of 0.5 adds a fifth to that."""
    drifted = {arm(0): [3.0] * 4, arm(0.2): [3.0] * 4, arm(0.5): [3.59, 3.6, 3.61, 3.6], arm(0.8): [6.0] * 4}
    found = reach(evaluations([2.0] * 4, drifted), ladder(*COARSE))
    assert (found.lower_95, found.upper_95) == (0.5, 0.8)
    assert [rung.mean for rung in found.curve] == pytest.approx([0, 0, 0.2, 1.0])
    assert found.drift == pytest.approx((1 / 3, 0.0))


def test_improved_real_rows_make_standing_still_a_loss() -> None:
    improved = {arm(0): [1.0] * 4, arm(0.2): [1.0, 1.01, 1.0, 1.01], arm(0.5): [2.0] * 4, arm(0.8): [2.0] * 4}
    found = reach(evaluations([2.0] * 4, improved), ladder(*COARSE))
    assert (found.lower_95, found.upper_95) == (0.2, 0.5)
    assert found.drift is not None and found.drift[0] == pytest.approx(-1.0)


def losses(share: float, *, unit: float = 0.0, independent: bool = True) -> pl.DataFrame:
    """Losses around 4 nats and a unit's, of a model that gains 10 nats: 0.5 of them are lost at a share of 0.5."""
    draws = np.random.default_rng(5).normal(0, 0.02, (3, 6))
    last = {arm(s): (4 + unit + s + draws[i]).tolist() for i, s in enumerate((0.2, share, 0.8))}
    first = [4.0 + unit] * 6
    measured = evaluations(first, last, metric="loss")
    if not independent:
        return measured
    alone = measured.filter(generation=0).with_columns(value=pl.lit(14.0 + unit), about=pl.lit(INDEPENDENT))
    return pl.concat([measured, alone])


def test_a_share_of_the_gain_does_not_depend_on_the_unit_of_a_column() -> None:
    rungs, gain = ladder(*COARSE), Tolerance(0.06, "gain")
    found = [reach(losses(0.5, unit=unit), rungs, tolerance=gain, endpoint="loss") for unit in (0.0, 8.0, -512.0)]
    assert {(each.outcome, each.lower_95, each.upper_95) for each in found} == {(Outcome.LIMIT, 0.5, 0.8)}
    assert [each.safe_share for each in found] == pytest.approx([0.6] * 3, abs=0.02)
    assert found[0].curve[2].mean == pytest.approx(0.05, abs=0.005)


def test_an_amount_is_in_the_unit_of_the_endpoint() -> None:
    nats = Tolerance(0.6, "absolute")
    found = reach(losses(0.5, independent=False), ladder(*COARSE), tolerance=nats, endpoint="loss")
    assert (found.lower_95, found.upper_95) == (0.5, 0.8)
    assert found.curve[2].mean == pytest.approx(0.5, abs=0.05)


def test_a_share_of_an_entropy_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadInput, match=r"'loss' has no true zero.*'gain: 0.05'.*'absolute: …' \(in nats"):
        reach(losses(0.5), ladder(*COARSE), tolerance=0.05, endpoint="loss")


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (losses(0.5, independent=False), "the loss of independent columns was not measured"),
        (losses(0.5).with_columns(pl.col("value") * -1), "the model gains nothing over independent columns"),
    ],
)
def test_without_a_gain_no_share_of_it_is_defined(measured: pl.DataFrame, reason: str) -> None:
    found = reach(measured, ladder(*COARSE), tolerance=Tolerance(0.05, "gain"), endpoint="loss")
    assert reason in found.reason and "state 'absolute: …'" in found.reason and found.curve == ()


def test_the_share_of_damaged_runs_can_be_asked_for() -> None:
    """At 0.5 three runs of forty fall far; the mean stays within the tolerance."""
    runs = {arm(0.2): [1.0] * 40, arm(0.5): [0.99] * 37 + [0.5] * 3, arm(0.8): [0.5] * 40}
    measured = evaluations([1.0] * 40, runs, metric="coverage")
    on_average = reach(measured, ladder(*COARSE), tolerance=0.1, endpoint="coverage")
    one_in_ten = reach(measured, ladder(*COARSE), tolerance=Tolerance(0.1, runs=0.1), endpoint="coverage")
    one_in_five = reach(measured, ladder(*COARSE), tolerance=Tolerance(0.1, runs=0.2), endpoint="coverage")
    assert (one_in_ten.lower_95, one_in_five.lower_95) == (0.2, 0.5)
    assert on_average.upper_95 == one_in_ten.upper_95 == 0.8


@pytest.mark.parametrize(("replicates", "decided"), [(20, False), (29, True)])
def test_what_may_be_lost_all_at_once_takes_as_many_runs_as_would_show_it(replicates: int, decided: bool) -> None:
    """A loss of everything in a tenth of runs is a tenth on average: 29 runs would have shown it."""
    kept = evaluations([1.0] * replicates, {arm(s): [1.0] * replicates for s in COARSE}, metric="class_survival")
    found = reach(kept, ladder(*COARSE), tolerance=0.1, endpoint="class_survival")
    assert found.decided == decided
    if not decided:
        assert found.reason.startswith(
            "a run may lose all at once, and with 20 replicates that could stay unseen in 14 %"
        )
        assert found.replicates_needed == 29


def test_a_collapse_that_was_seen_makes_others_possible_at_every_share() -> None:
    """Coverage of one run in ten is gone at 0.8, none at 0.2: with ten runs that may happen there too."""
    kept = evaluations(
        [1.0] * 10, {arm(0.2): [1.0] * 10, arm(0.5): [1.0] * 10, arm(0.8): [1.0] * 9 + [0.2]}, metric="coverage"
    )
    calm = kept.with_columns(value=pl.when(pl.col("value") == 0.2).then(0.98).otherwise(pl.col("value")))
    found, without = (reach(each, ladder(*COARSE), endpoint="coverage", tolerance=0.1) for each in (kept, calm))
    assert (found.outcome, found.lower_95) == (Outcome.NOT_DECIDED, 0.0)
    assert (without.outcome, without.lower_95) == (Outcome.SAFE_THROUGHOUT, 0.8)
    assert found.unseen == pytest.approx(1 - 0.05**0.1)


@pytest.mark.parametrize(
    ("first", "endpoint", "reason"),
    [
        ([0.0, 0.0, 0.0], "recall", "real rows alone have the value zero"),
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
    assert (found.safe_share, found.lower_95, found.upper_95, found.replicates_needed) == (None, None, None, None)
    assert found.curve == ()


@pytest.mark.parametrize("gone", [math.nan, math.inf, None])
def test_a_collapsed_rung_is_unsafe_and_leaves_the_others_as_they_are(gone: float | None) -> None:
    degradation = {0.2: 0.0, 0.5: 0.1, 0.8: 9.0}
    finite = noisy(degradation, noise=0.02)
    top = (pl.col("arm") == arm(0.8)) & (pl.col("generation") == 2)
    collapsed = finite.with_columns(
        pl.when(top).then(pl.lit(gone, pl.Float64)).otherwise(pl.col("value")).alias("value")
    )
    whole, broken = (reach(study, ladder(*COARSE)) for study in (finite, collapsed))
    assert [rung.mean for rung in broken.curve[:3]] == [rung.mean for rung in whole.curve[:3]]
    assert broken.curve[3].mean == broken.curve[3].fitted == broken.curve[3].lower == math.inf
    assert (broken.outcome, broken.safe_share, broken.lower_95, broken.upper_95) == (Outcome.LIMIT, 0.5, 0.5, 0.8)


def test_one_collapse_among_ten_makes_the_rung_infinitely_worse() -> None:
    study = noisy({0.2: 0.0, 0.5: 0.1, 0.8: 0.2}, noise=0.02)
    top = (pl.col("arm") == arm(0.8)) & (pl.col("generation") == 2) & (pl.col("replicate") == 7)
    collapsed = study.with_columns(pl.when(top).then(math.inf).otherwise(pl.col("value")).alias("value"))
    found = reach(collapsed, ladder(*COARSE))
    assert found.curve[3].fitted == math.inf and found.safe_share == 0.5
    assert [rung for rung, each in found.curve[3].degradations.items() if each == math.inf] == [7]
    assert (found.lower_95, found.upper_95) == (0.5, 0.8)


def test_a_collapse_below_makes_every_larger_share_unsafe() -> None:
    study = evaluations(
        [2.0] * 4, {arm(0.2): [2.01, 2.0, 2.02, 2.0], arm(0.5): [math.inf] * 4, arm(0.8): [2.1, 2.0, 2.1, 2.0]}
    )
    found = reach(study, ladder(*COARSE))
    assert [math.isinf(rung.fitted) for rung in found.curve] == [False, False, True, True]
    assert found.decided and found.safe_share == found.lower_95 == 0.2


def test_nothing_but_the_figures_and_the_seed_counts() -> None:
    study = noisy({0.2: 0.2, 0.5: 0.3, 0.8: 0.6}, noise=0.2)
    first = reach(study, ladder(*COARSE))
    assert reach(study, ladder(*COARSE)) == first
    for shuffled in range(3):
        assert reach(study.sample(fraction=1, shuffle=True, seed=shuffled), ladder(*COARSE)) == first
    backwards = Ladder("freshness", "fresh", tuple(reversed(ladder(*COARSE).rungs)))
    assert replace(reach(study, backwards), ladder=first.ladder) == first


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
    assert frame["outcome"].to_list() == ["limit", "not decided"]
    assert frame.select("lower_95", "upper_95", "tolerance", "tolerance_of").rows() == [
        (0.5, 0.8, 0.25, "relative"),
        (None, None, 0.25, "relative"),
    ]
    assert frame.select("ladder", "endpoint", "replicates").rows() == [("freshness", "frechet", n) for n in (10, 3)]
    assert frame.schema == verdict_frame([], sentences=[]).schema


def test_utility_that_is_no_better_than_a_constant_has_no_verdict() -> None:
    study = evaluations([0.9, 0.94, 0.92], {arm(share): [0.9, 0.9, 0.9] for share in COARSE}, metric="utility")
    found = verdict(study, ladder(*COARSE), endpoint="utility", tolerance=0.05, seed=3, constant=0.92)
    assert (found.safe_share, found.decided, found.curve) == (None, False, ())
    assert found.reason == (
        "with real rows alone it is 0.92 and a constant prediction has 0.92, so that a fall cannot show"
    )
    for constant in (0.91, None):
        assert verdict(study, ladder(*COARSE), endpoint="utility", tolerance=0.05, seed=3, constant=constant).curve
