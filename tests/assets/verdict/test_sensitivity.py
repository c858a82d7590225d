"""The limit as if a share of the holdout were synthetic."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import outcross
from outcross._api.study_run import StudyRun
from outcross.assets.artefacts import HOLDOUT, SYNTHETIC, Artefacts
from outcross.assets.evaluation.models import load_fitted_models
from outcross.assets.metrics.loss import loss_of
from outcross.assets.verdict import sensitivity
from outcross.assets.verdict.make import reach_verdicts
from outcross.assets.verdict.sensitivity import measure_sensitivity
from tests.assets.study.test_sizes import study

ENDPOINTS = {"loss": {"absolute": 0.4}, "marginal_wasserstein": {"absolute": 0.5}}


def run(root: Any, **changes: Any) -> StudyRun:
    settings: dict[str, Any] = {"metrics": list(ENDPOINTS), "replicates": 4, "rows": 20, "endpoints": ENDPOINTS}
    return outcross.run(study(**{**settings, **changes}), root=root, progress=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> StudyRun:
    return run(tmp_path_factory.mktemp("sensitivity"))


@pytest.fixture(scope="module")
def artefacts(measured: StudyRun) -> Artefacts:
    return Artefacts(measured.study, measured.store)


@pytest.fixture(scope="module")
def pool(artefacts: Artefacts) -> pl.DataFrame:
    found = sensitivity._pool(artefacts)
    assert found is not None
    return found


def test_the_primary_endpoint_has_a_limit_for_each_share_and_the_report_shows_it(measured: StudyRun) -> None:
    limits = measured.verdicts().select("primary", "limit_if_5", "limit_if_10", "limit_if_20").rows()
    assert [primary for primary, *_ in limits] == [True, False]
    assert all(0 <= each <= 1 for each in limits[0][1:]) and limits[1][1:] == (None,) * 3
    assert "Are the real rows real?" in measured.report().html


def test_with_no_row_replaced_every_value_is_that_of_the_evaluation(
    measured: StudyRun, artefacts: Artefacts, pool: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensitivity, "SHARES", (0.0, 0.2))
    keys = ["arm", "generation", "replicate", "reference", "metric", "about"]
    for reached, measure in zip(reach_verdicts(artefacts), (sensitivity._losses, sensitivity._rows), strict=True):
        values = measure(artefacts, reached, pool)
        pairs = values.join(measured.evaluations(), on=keys, suffix="_measured", how="left", maintain_order="left")
        assert pairs.height == 2 * 3 * 4
        same, moved = (pairs.filter(share=share) for share in (0.0, 0.2))
        assert same["value"].to_list() == pytest.approx(same["value_measured"].to_list(), rel=1e-12)
        assert (moved["value"] != moved["value_measured"]).all()


def test_the_loss_of_a_mixed_holdout_is_that_of_its_rows(artefacts: Artefacts, pool: pl.DataFrame) -> None:
    (reached, _) = reach_verdicts(artefacts)
    values = sensitivity._losses(artefacts, reached, pool).filter(arm="fixed-0.5", replicate=2, share=0.2)
    slot = next(each for each in artefacts.slots if each.arm == "fixed-0.5")
    models = load_fitted_models(slot)
    holdout, others = models.holdout(), sensitivity._others(pool, 2)

    def loss(rows: pl.DataFrame) -> float:
        scored = models.cohort.loss(rows, seeds=dict.fromkeys(range(4), 0))
        assert scored is not None
        return float(loss_of(scored).filter(replicate=2)["value"][0])

    assert values["value"][0] == pytest.approx(0.8 * loss(holdout) + 0.2 * loss(others), rel=1e-12)


def test_rows_are_those_of_other_replicates_and_larger_shares_replace_more(pool: pl.DataFrame) -> None:
    own = pool.filter(replicate=1).drop("replicate")
    theirs = sensitivity._others(pool, 1)
    assert own.height > 0 and theirs.height == 3 * own.height
    assert own.join(theirs, on=own.columns).is_empty()
    holdout = pl.DataFrame({"x0": np.arange(20.0)})
    others = pl.DataFrame({"x0": -1 - np.arange(6.0)})
    few, more = (set(sensitivity._mixed(holdout, others, share, 3)["x0"]) for share in (0.1, 0.2))
    assert (len(few), len(more)) == (20, 20)
    assert {each for each in few if each < 0} < {each for each in more if each < 0}
    assert {each for each in few if each >= 0} > {each for each in more if each >= 0}


def test_a_pool_that_is_too_small_and_few_replicates_have_no_sensitivity(
    measured: StudyRun, artefacts: Artefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    (reached, _) = reach_verdicts(artefacts)
    held, made = (artefacts.load(artefacts.address(*each)).height for each in ((HOLDOUT,), (SYNTHETIC, 0)))
    monkeypatch.setattr(sensitivity, "SHARES", (3 * made / 4 / held + 0.01,))
    assert sensitivity._pool(artefacts) is None
    assert measure_sensitivity(artefacts, reached, measured.evaluations()) == ()
