"""ShareEvidence of many batches: the share of all rows together, and sums that rise while a generator's rows come."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from outcross.assets.corpus.guards.bounds import is_within_bounds
from outcross.assets.corpus.ledger.share_evidence import LAST, Rise, ShareEvidence, Tally
from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share, estimate_recent
from outcross.assets.corpus.undeclared.pooled.accumulated_guards import ACCUMULATED, RECENT, Accumulated
from outcross.assets.corpus.undeclared.pooled.accumulating import add_batch, is_beyond_calibration
from outcross.assets.corpus.undeclared.pooled.pooled_share import PooledShare, estimate_pooled, fits
from tests.assets.corpus.test_undeclared import following
from tests.assets.corpus.versions import FIRST

REAL = np.array([30, 25, 18, 12, 8, 4, 2, 1]) / 100
MADE = REAL[::-1]
CALIBRATION = tuple(tuple(int(each) for each in 1_000 * cells) for cells in (REAL, MADE))
WEEK = 300
NOTHING = Tally.empty(len(REAL))
Rates = np.ndarray


def tally(counts: Sequence[float] | np.ndarray, *, certain: float = 0.0, weight: float = 1.0) -> Tally:
    """Rows of which each stands for ``weight`` rows, all folds agreeing."""
    looked_at = float(np.sum(counts))
    return Tally(
        rows=round(looked_at * weight + certain),
        certain=certain,
        certain_variance=0.0,
        cells=tuple(float(each) * FOLDS * weight for each in counts),
        squares=looked_at * weight**2,
    )


def drawn(share: float, *, seed: int, rows: int = WEEK, real: Rates = REAL) -> Tally:
    return tally(np.random.default_rng(seed).multinomial(rows, (1 - share) * real + share * MADE))


def evidence(calibration: Sequence[Sequence[int]] = CALIBRATION) -> ShareEvidence:
    return ShareEvidence(
        cells="0",
        merged=False,
        calibration=tuple(tuple(each) for each in calibration),
        since_anchor=NOTHING,
        unfit=0,
        last=(),
        rises=tuple(
            Rise(generator=f"g{kind}", value=0.0, batch=None, at=None, since=NOTHING)
            for kind in range(1, len(calibration))
        ),
    )


def weeks(shares: Sequence[float], *, seed: int, real: Rates = REAL) -> tuple[ShareEvidence, list[int]]:
    """Take a batch a week; return the evidence after the last, and the weeks that the guard alarms in."""
    found, alarms = evidence(), []
    for week, share in enumerate(shares):
        one = drawn(share, seed=1_000 * seed + week, real=real)
        asked = Accumulated(before=found, real=one, others=NOTHING, batch=f"b{week}", at=f"t{week}", bound=1.0)
        alarms += [week] if any(not is_within_bounds(vital) for vital in asked.vitals({})) else []
        found = asked.after({})
    return found, alarms


def width(found: PooledShare) -> float:
    return found.upper - found.lower


def test_the_interval_of_all_rows_holds_the_truth_and_shrinks_until_only_the_error_of_the_calibration_is_left() -> None:
    expected = 0.95 * REAL + 0.05 * MADE
    few, many, most = (estimate_pooled(tally(rows * expected), CALIBRATION) for rows in (300, 10_000, 1_000_000))
    for found in (few, many, most):
        assert found.decided and found.lower < 0.05 < found.upper and found.least <= found.lower
    assert width(many) < width(few) / 2
    assert width(most) > width(many) / 3, "a hundred times as many rows"


def test_a_misfit_that_all_batches_share_leaves_the_interval_as_wide_as_it_is() -> None:
    season = REAL * np.array([1, 1, 1.6, 1, 1, 1, 1, 1])
    season /= season.sum()
    clean, other = (estimate_pooled(tally(20_000 * (0.9 * each + 0.1 * MADE)), CALIBRATION) for each in (REAL, season))
    assert width(other) > 1.5 * width(clean)


def test_rows_that_stand_for_others_weigh_as_many_and_tell_as_much_as_were_looked_at() -> None:
    counts = 1_000 * (0.8 * REAL + 0.2 * MADE)
    whole, sample = (estimate_pooled(tally(counts, weight=weight), CALIBRATION) for weight in (1.0, 50.0))
    assert sample.share == pytest.approx(whole.share) and width(sample) == pytest.approx(width(whole))
    certain = estimate_pooled(tally(counts, certain=1_000), CALIBRATION)
    assert certain.share == pytest.approx(0.5 + whole.share / 2)
    assert certain.lower == pytest.approx(0.5 + whole.lower / 2)


def test_few_rows_are_not_decided() -> None:
    found = estimate_pooled(tally(40 * REAL, certain=10), CALIBRATION)
    assert (found.share, found.lower, found.upper, found.decided) == (0.2, 0.2, 1.0, False)
    assert estimate_pooled(NOTHING, CALIBRATION).upper == 0


def test_a_share_of_one_in_twenty_alarms_within_three_batches_and_names_the_first() -> None:
    found, alarms = weeks([0.0] * 20 + [0.05] * 3, seed=1)
    assert alarms and min(alarms) in {20, 21, 22}
    one = drawn(0.2, seed=9)
    before = dataclasses.replace(found, rises=(dataclasses.replace(found.rises[0], value=0.0, batch=None),))
    asked = Accumulated(before=before, real=one, others=NOTHING, batch="new", at="now", bound=0.1)
    rise, recent = asked.vitals({})
    assert (rise.check, rise.group, recent.check) == (ACCUMULATED, "g1", RECENT)
    assert "rows of g1 come among the rows declared real in this batch: an estimated " in asked.explain(rise)
    assert asked.after({}).rises[0].value == 0, "it starts again once it has told"
    none = dataclasses.replace(asked, real=NOTHING)
    assert none.doubt == "" and list(none.vitals({})) == [], "a batch without rows declared real is no evidence"


def test_clean_years_do_not_alarm() -> None:
    alarms = [weeks([0.0] * 52, seed=seed)[1] for seed in range(2, 5)]
    assert alarms == [[]] * 3


def test_the_error_of_the_calibration_that_all_weeks_share_raises_no_alarm() -> None:
    """Real rows have three in two hundred more in the last cell than the small holdout happened to have."""
    shifted = REAL + np.array([-1.5, 0, 0, 0, 0, 0, 0, 1.5]) / 100
    small = tuple(tuple(each // 8 for each in row) for row in CALIBRATION)
    found = evidence(small)
    for week in range(30):
        one = drawn(0.0, seed=week, real=shifted)
        found = add_batch(found, batch=f"b{week}", at="t", real=one, others=NOTHING, threshold=1e9)
    assert found.rises[0].value > 14, "taken for the truth, the calibration would have alarmed twice"
    assert not is_beyond_calibration(found, 0)


def test_a_batch_that_fits_no_mixture_is_left_out_and_the_corpus_stays_decided() -> None:
    found, _ = weeks([0.05] * 12, seed=3)
    strange = tally([0, 0, 0, 0, 290, 0, 0, 10])
    assert not fits(strange, CALIBRATION)
    asked = Accumulated(before=found, real=strange, others=NOTHING, batch="odd", at="t", bound=0.5)
    assert list(asked.vitals({})) == []
    assert "no mixture of real rows and rows of g1 fits" in asked.doubt
    after = asked.after({})
    assert (after.unfit, after.since_anchor, after.last, after.rises) == (
        300,
        found.since_anchor,
        found.last,
        found.rises,
    )
    counts = following(FIRST, None, real=100 + 13 * WEEK).counts
    told = estimate_corpus_share(FIRST, counts, None, evidence=after)
    assert told is not None and told.decided
    assert "300 rows of batches that fit no such mixture are not estimated" in told.how
    without = estimate_corpus_share(FIRST, following(FIRST, None, real=100 + 12 * WEEK).counts, None, evidence=found)
    assert without is not None and told.upper > without.upper + 0.05


def test_the_last_batches_are_estimated_by_themselves() -> None:
    found, _ = weeks([0.0] * 20 + [0.3] * LAST, seed=4)
    recent = estimate_recent(found)
    assert recent is not None and recent.lower < 0.3 < recent.upper
    assert recent.how.startswith(f"{LAST * WEEK:,} rows declared real, of the last {LAST} batches: ")
    every = estimate_pooled(found.since_anchor, CALIBRATION)
    assert every.share == pytest.approx(0.3 * LAST / (20 + LAST), abs=0.03)
    assert estimate_recent(None) is None and estimate_recent(evidence()) is None


def test_the_last_batches_may_go_past_the_bound_where_the_next_one_brings_them_back() -> None:
    found, _ = weeks([0.3] * LAST, seed=5)
    for share, within in ((0.0, True), (0.6, False)):
        one = drawn(share, seed=6)
        asked = Accumulated(before=found, real=one, others=NOTHING, batch="b", at="t", bound=0.05)
        (recent,) = (vital for vital in asked.vitals({}) if vital.check == RECENT)
        assert is_within_bounds(recent) == within and recent.value > 0.05


def test_a_corpus_without_undeclared_rows_has_no_pooled_estimate() -> None:
    assert estimate_corpus_share(FIRST, FIRST.counts, None, evidence=evidence()) is None


def test_of_two_generators_the_one_that_comes_is_named_and_both_are_in_the_share() -> None:
    bump = np.array([4, 4, 4, 4, 40, 40, 2, 2]) / 100
    found = evidence([*CALIBRATION, [int(each) for each in 1_000 * bump]])
    for week in range(6):
        rows = np.random.default_rng(week).multinomial(WEEK, 0.9 * REAL + 0.1 * bump)
        found = add_batch(found, batch=f"b{week}", at="t", real=tally(rows), others=NOTHING, threshold=1e9)
    assert found.rises[1].value > 7 > found.rises[0].value
    told = estimate_pooled(found.since_anchor, found.calibration)
    assert told.lower < 0.1 < told.upper
