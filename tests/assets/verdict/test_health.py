"""Each guard of a study warns of its own metric, from its bound on, and none warns where nothing got worse."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, DATASET, EVALUATION, VERDICT, Artefacts, Slot
from outcross.assets.dataset.manifest import MANIFEST
from outcross.assets.evaluation.make import EVALUATIONS
from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.study.health_bounds import GUARDS, SHARE
from outcross.assets.study.study import Study
from outcross.assets.verdict.health import health_vitals
from outcross.resources.guard_engine import Vital
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store
from tests.cases.guard_faults import WATCHED, with_guarded_metrics
from tests.cases.study_faults import STUDY

ARMS = {"arms": {"half": {"policy": "fixed", "share": 0.5}}, "ladders": {}, "endpoints": {}, "guards": {}}


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    """Generation 1 of a lineage half of whose dataset is synthetic, in a store with all that a guard reads."""
    slot = slot_with(tmp_path)
    write_anchor(slot)
    for generation in (0, 1):
        write_evaluation(slot.at(generation))
    line = {"replicate": 0, "depth": 0, "start": 0, "stop": 5, "weight": 1.0, "generation": None, "lineage": None}
    lines = [line | {"origin": "real"}, line | {"origin": "synthetic", "generation": 0, "lineage": "shared"}]
    slot.artefacts.save(slot.address(DATASET), pl.DataFrame(lines, schema=MANIFEST), inputs=())
    return slot


def write_anchor(slot: Slot) -> None:
    """Write an anchor of one number, whose columns say which metrics an evaluation has."""
    schema = Schema(columns=(Column(name="x", role=Role.NUMERIC),))
    rows = pl.DataFrame({"row": [0], "row_id": ["a"], "x": [1.0]})
    slot.artefacts.save(slot.artefacts.address(ANCHOR), rows, inputs=(), schema=schema.to_json())


def slot_with(root: Path, **guards: Any) -> Slot:
    study = Study.model_validate(STUDY | ARMS | {"guards": guards})
    return Slot(Artefacts(study, Store(root)), 1, "half")


def write_evaluation(slot: Slot, **worse: Any) -> None:
    replicates = pl.DataFrame({"replicate": range(3)}, schema={"replicate": EVALUATIONS["replicate"]})
    empty = pl.concat([replicates, pl.DataFrame(schema=EVALUATIONS)], how="diagonal")
    measured = with_guarded_metrics(empty, **worse)
    slot.artefacts.save(slot.address(EVALUATION), measured, inputs=())


def write_losses(slot: Slot, values: dict[str, float]) -> None:
    lines = [
        {"replicate": replicate, "reference": "holdout", "metric": "loss", "about": about, "value": value}
        for about, value in values.items()
        for replicate in range(3)
    ]
    empty = pl.DataFrame(schema=EVALUATIONS)
    measured = pl.concat([empty, pl.DataFrame(lines).cast({"replicate": EVALUATIONS["replicate"]})], how="diagonal")
    slot.artefacts.save(slot.address(EVALUATION), measured, inputs=())


def write_verdicts(slot: Slot, *limits: tuple[float | None, bool]) -> None:
    frame = pl.DataFrame({"lower_95": [limit for limit, _ in limits], "decided": [decided for _, decided in limits]})
    slot.artefacts.save(slot.artefacts.address(VERDICT), frame.cast({"lower_95": pl.Float64}), inputs=())


def failed(slot: Slot) -> set[tuple[str, str]]:
    return {
        (vital.check, vital.metric) for vital in health_vitals(slot) if vital.upper is not None and not passes(vital)
    }


def passes(vital: Vital) -> bool:
    return vital.value <= (vital.upper if vital.upper is not None else float("inf"))


def share_bound(slot: Slot) -> float | None:
    (vital,) = [vital for vital in health_vitals(slot) if vital.metric == SHARE]
    assert vital.value == 0.5
    return vital.upper


@pytest.mark.parametrize("metric", WATCHED)
def test_a_metric_past_its_bound_fails_its_guard_and_no_other(slot: Slot, metric: str) -> None:
    write_evaluation(slot, worse=[metric], by=1.1)
    assert failed(slot) == {(WATCHED[metric].check, metric)}
    write_evaluation(slot, worse=[metric], by=0.9)
    assert failed(slot) == set()


@pytest.mark.parametrize(("origin", "growth", "held"), [(3.0, 0.09, True), (3.0, 0.11, False), (-50.0, 0.11, False)])
def test_the_loss_is_a_share_of_the_gain_over_independent_columns_in_every_unit(
    slot: Slot, origin: float, growth: float, held: bool
) -> None:
    write_losses(slot.at(0), {"": origin, INDEPENDENT: origin + 2.0})
    write_losses(slot, {"": origin + growth})
    assert (failed(slot) == set()) is held


def test_the_loss_grows_in_nats_where_no_gain_is_measured(slot: Slot) -> None:
    for growth, held in ((0.04, True), (0.06, False)):
        write_losses(slot.at(0), {"": 30.0})
        write_losses(slot, {"": 30.0 + growth})
        assert (failed(slot) == set()) is held


def test_every_guard_is_measured(slot: Slot) -> None:
    assert {(vital.check, vital.metric) for vital in health_vitals(slot)} == {
        (guard.check, guard.vital) for guard in GUARDS
    }


@pytest.mark.parametrize("metric", WATCHED)
def test_a_bound_of_the_study_replaces_the_default_also_where_it_is_0(slot: Slot, tmp_path: Path, metric: str) -> None:
    write_evaluation(slot, worse=[metric], by=0.1)
    assert failed(slot_with(tmp_path, **{metric: {"upper": 0}})) == {(WATCHED[metric].check, metric)}
    write_evaluation(slot, worse=[metric], by=5)
    assert failed(slot_with(tmp_path, **{metric: {"upper": 1_000}})) == set()


def test_the_share_is_held_to_the_lowest_limit_that_a_verdict_decided(slot: Slot) -> None:
    write_verdicts(slot, (0.7, True), (0.4, True), (0.1, False))
    assert share_bound(slot) == 0.4
    assert failed(slot) == {("safe_share", SHARE)}


@pytest.mark.parametrize("verdicts", [[], [(0.1, False), (None, False)]])
def test_without_a_decided_limit_the_share_is_open(slot: Slot, verdicts: list[tuple[float | None, bool]]) -> None:
    if verdicts:
        write_verdicts(slot, *verdicts)
    assert share_bound(slot) is None
    assert failed(slot) == set()


def test_a_bound_of_the_share_goes_before_the_verdicts_also_where_it_is_0(slot: Slot, tmp_path: Path) -> None:
    write_verdicts(slot, (0.7, True))
    assert share_bound(slot_with(tmp_path, share={"upper": 0})) == 0
    assert share_bound(slot_with(tmp_path, share={"upper": 0.9})) == 0.9
