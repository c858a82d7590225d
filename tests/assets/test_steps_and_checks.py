"""The steps of a generation, what is known of a check as its thing is now, and evaluations as numbers."""

import math
import shutil
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.artefacts import DATASET, EVALUATION, HOLDOUT, MODEL, SYNTHETIC, THINGS, Artefacts, Slot
from outcross.assets.checks import Standing, checks_address, failed_checks, has_checks, outcome_standing
from outcross.assets.evaluation.make import EVALUATIONS, load_medians
from outcross.assets.steps import STEPS, run_checks
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import MissingArtefact, Store
from tests.cases.study_faults import at

SETTINGS = {
    "study": "checked",
    "source": {"kind": "population", "rows": 40, "of": {"family": "gaussian"}},
    "rows": 10,
    "generator": {"kind": "gaussian"},
    "metrics": ["loss"],
    "generations": 2,
    "replicates": 1,
    "arms": {"replace": {"policy": "replace"}},
    "guards": {"loss": {"upper": 1e9}},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    artefacts = Artefacts(Study.model_validate(SETTINGS), Store(tmp_path_factory.mktemp("checked")))
    run_plainly(artefacts, artefacts.study.lineages, checks=True)
    return artefacts


@pytest.fixture
def slot(finished: Artefacts, tmp_path: Path) -> Slot:
    shutil.copytree(finished.store.path, tmp_path / "data")
    return Slot(Artefacts(finished.study, Store(tmp_path / "data")), 1, "replace")


def write(slot: Slot, thing: str, change: pl.Expr) -> None:
    """Write a thing anew, other than it was, and nothing that depends on it."""
    store, address = slot.artefacts.store, slot.address(thing)
    store.write(address, store.read(address).with_columns(change), provenance=store.provenance(address))


def test_the_steps_are_the_things_in_their_order_and_all_but_the_evaluation_block() -> None:
    assert [step.thing for step in STEPS] == list(THINGS)
    assert {step.thing: step.blocking for step in STEPS} == {
        DATASET: True,
        MODEL: True,
        SYNTHETIC: True,
        EVALUATION: False,
    }
    assert [has_checks(thing, generation) for generation in (0, 1, 5) for thing in THINGS] == [True] * 3 + [False] + (
        [True] * 8
    )


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.thing)
def test_a_check_stands_as_its_outcome_says_of_the_thing_as_it_is(slot: Slot, step) -> None:  # type: ignore[no-untyped-def]
    names, store = list(step.checks), slot.artefacts.store
    measured = set(store.read(checks_address(slot, step.thing))["check"])
    assert measured <= set(names)
    assert outcome_standing(slot, step.thing) == Standing.PASSED
    outcome = store.read(checks_address(slot, step.thing))
    failing = outcome["check"][0]
    slot.artefacts.save(
        checks_address(slot, step.thing),
        at(0, "passed", False)(outcome),
        inputs=[slot.address(step.thing)],
        blocking=step.blocking,
    )
    assert outcome_standing(slot, step.thing) == Standing.FAILED
    for name in names:
        expected = Standing.FAILED if name == failing else Standing.PASSED
        assert outcome_standing(slot, step.thing, check=name) == expected
    (severity,) = failed_checks(slot.artefacts)["severity"]
    assert severity == ("error" if step.blocking else "warning")
    write(slot, step.thing, pl.all().reverse() if step.thing == SYNTHETIC else pl.col("replicate") + 7)
    assert outcome_standing(slot, step.thing) == Standing.OUTDATED
    Path(store.part_path(checks_address(slot, step.thing))).unlink()
    assert outcome_standing(slot, step.thing) == Standing.UNFINISHED


def test_a_thing_that_was_not_made_has_no_standing(slot: Slot) -> None:
    Path(slot.artefacts.store.part_path(slot.address(MODEL))).unlink()
    with pytest.raises(MissingArtefact):
        outcome_standing(slot, MODEL)
    Path(slot.artefacts.store.part_path(checks_address(slot, DATASET))).unlink()
    with pytest.raises(MissingArtefact):
        failed_checks(slot.artefacts)


def test_failed_checks_name_the_generation_the_lineage_and_the_number(slot: Slot) -> None:
    assert failed_checks(slot.artefacts).is_empty()
    write(slot, SYNTHETIC, pl.col("row_id").first())
    step = next(step for step in STEPS if step.thing == SYNTHETIC)
    validated = run_checks(step, slot)
    assert slot.artefacts.provenance(checks_address(slot, SYNTHETIC))["blocking"] is True
    (failed,) = failed_checks(slot.artefacts).rows(named=True)
    assert failed == {
        "generation": 1,
        "lineage": "replace",
        "check": "provenance",
        "metric": "rows_without_identity",
        "value": 10.0,
        "lower": None,
        "upper": 0.0,
        "severity": "error",
    }
    assert validated.filter(~pl.col("passed")).height == 1


def test_the_medians_are_of_all_rows_against_real_ones_over_some_replicates(slot: Slot) -> None:
    lines = [
        *[(place, "holdout", "loss", "", value) for place, value in enumerate([1.0, 5.0, 2.0, 100.0])],
        *[(place, "previous", "loss", "", -9.0) for place in range(4)],
        *[(place, "holdout", "loss", "sex=f", -9.0) for place in range(4)],
        *[(place, "population", "support", "", 0.5 + place) for place in range(3)],
        *[(place, "holdout", "vendi", "", [math.inf, math.inf, 1.0, 1.0][place]) for place in range(4)],
        *[(place, "holdout", "recall", "", math.nan) for place in range(4)],
        *[(place, "holdout", "empty", "", None) for place in range(4)],
    ]
    frame = pl.DataFrame(lines, schema=["replicate", "reference", "metric", "about", "value"], orient="row")
    filled = frame.with_columns(family=pl.lit(""), direction=pl.lit("lower"), standard_error=pl.lit(0.0))
    made = filled.select(pl.col(name).cast(dtype) for name, dtype in EVALUATIONS.items())
    slot.artefacts.save(slot.address(EVALUATION), made, inputs=[slot.artefacts.address(HOLDOUT)])
    assert load_medians(slot, (0, 1, 2)) == {"loss": 2.0, "support": 1.5}
    assert load_medians(slot, [2, 3]) == {"loss": 51.0, "support": 2.5, "vendi": 1.0}
    assert load_medians(slot, []) == {}
