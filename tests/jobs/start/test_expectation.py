"""What a study is expected to take: the arithmetic from a trial, and the trial itself."""

import pytest

from outcross.assets.study.study import Study
from outcross.jobs.start.expectation import _seconds, expect_study
from outcross.jobs.trial.machine import START_SECONDS, STEP_SECONDS
from outcross.jobs.trial.of_steps import StepsTrial
from tests.jobs.workplace import SMALL

THINGS = ("dataset", "model", "synthetic", "evaluation")
STUDY = Study.model_validate(SMALL)
TRIAL = StepsTrial(
    first=dict.fromkeys(THINGS, 2.0),
    larger=dict.fromkeys(THINGS, 4.0),
    later=dict.fromkeys(THINGS, 8.0),
    replicates=3,
)


def test_a_step_grows_with_its_replicates_by_a_straight_line_through_both_trials() -> None:
    assert [TRIAL.of_first("model", count) for count in (1, 3, 9)] == [2.0, 4.0, 10.0]
    assert [TRIAL.of_later("model", count) for count in (3, 9)] == [8.0, 20.0]


def test_a_single_trial_counts_each_replicate_as_much_as_the_first() -> None:
    trial = StepsTrial(first={"model": 2.0}, larger={"model": 2.0}, later={"model": 3.0}, replicates=1)
    assert (trial.of_first("model", 5), trial.of_later("model", 5)) == (10.0, 15.0)


def test_the_lineages_share_the_processes_and_generation_0_does_not() -> None:
    rows = 400
    lineages, later = len(STUDY.required_lineages), STUDY.generations - 1
    made = {name: STUDY.lineages[name].mixing.dataset_rows(rows, 1) / rows for name in STUDY.required_lineages}
    longer = {"model": sum(made.values()), "synthetic": lineages, "dataset": lineages, "evaluation": lineages}
    first = 4 * (4.0 + STEP_SECONDS)
    rest = sum(8.0 * later * longer[thing] for thing in THINGS) + 4 * lineages * later * STEP_SECONDS
    assert max(made.values()) > 1, "an arm that accumulates is fitted to more rows"
    assert _seconds(STUDY, TRIAL, rows, 1) == pytest.approx(first + rest)
    assert _seconds(STUDY, TRIAL, rows, 2) == pytest.approx(first + rest / 2)
    assert _seconds(STUDY, TRIAL, rows, 99) == pytest.approx(first + rest / lineages)


def test_a_study_is_tried_in_memory_and_says_what_it_asks_for_and_can_show() -> None:
    study = Study.model_validate(
        {
            **SMALL,
            "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian", "dimensions": 2}},
            "generator": {"kind": "gaussian", "covariance": "known"},
            "metrics": ["population"],
            "endpoints": {"wasserstein": {"absolute": 0.5}},
        }
    )
    expected = expect_study(study, anchor_rows=48, workers=1)
    assert expected.models == 3 + len(study.required_lineages) * 2 * 3
    assert expected.seconds is not None and expected.seconds > START_SECONDS
    assert expected.disk is not None and 1_000 < expected.disk < 10_000_000
    assert "(substitution: 0, 50 %, 100 %)" in expected.said[1]
    assert "Damage that befalls up to 63 % of runs may be missed by 3 replicates" in expected.said[2]
