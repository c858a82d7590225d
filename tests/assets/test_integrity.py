"""Integrity of datasets, models and rows: a part passes as it was made, and one that is spoilt fails by one number."""

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.artefacts import DATASET, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.dataset.integrity import CHECKS as OF_DATASETS
from outcross.assets.dataset.integrity import _policy, dataset_vitals
from outcross.assets.model.integrity import CHECKS as OF_MODELS
from outcross.assets.model.integrity import model_vitals
from outcross.assets.study.study import Study
from outcross.assets.synthetic.integrity import CHECKS as OF_ROWS
from outcross.assets.synthetic.integrity import synthetic_vitals
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.store import Store
from tests.cases.study_faults import FAULTS, spoil

MEASURES = {
    DATASET: (dataset_vitals, OF_DATASETS),
    MODEL: (model_vitals, OF_MODELS),
    SYNTHETIC: (synthetic_vitals, OF_ROWS),
}
SETTINGS: dict[str, Any] = {
    "study": "sound",
    "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian"}},
    "holdout": 0.25,
    "rows": 20,
    "metrics": ["loss"],
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 2,
    "arms": {
        "half": {"policy": "fixed", "share": 0.5},
        "weighed": {"policy": "weighted", "weight": 0.3, "ratio": 0.5},
        "drawn": {"policy": "subsample"},
    },
}


class Stepped(Gaussian):
    """A generator whose fit takes one optimiser step, so that its steps are held to a number."""

    @property
    def optimiser_steps(self) -> int:
        return 1


@pytest.fixture(scope="module", params=[Gaussian, Stepped])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    every = SETTINGS["arms"]
    arms = every if request.param is Gaussian else {"half": every["half"]}  # whose fits all spend the same
    study = Study.model_validate(SETTINGS | {"arms": arms}).model_copy(update={"generator": request.param()})
    artefacts = Artefacts(study, Store(tmp_path_factory.mktemp("sound")))
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    return artefacts


def failures(slot: Slot, thing: str) -> set[tuple[str, str]]:
    """Check and metric of the vitals of a part that are outside their bounds, or that have no value."""
    vitals = MEASURES[thing][0](slot)
    assert {each.check for each in vitals} == set(MEASURES[thing][1])
    return {
        (each.check, each.metric)
        for each in vitals
        if each.value is None
        or (each.lower is not None and not each.value >= each.lower)
        or (each.upper is not None and not each.value <= each.upper)
    }


@pytest.mark.parametrize("thing", MEASURES)
def test_every_part_passes_as_it_was_made(made: Artefacts, thing: str) -> None:
    assert {(slot.lineage, slot.generation): failures(slot, thing) for slot in made.slots} == {
        (slot.lineage, slot.generation): set() for slot in made.slots
    }


@pytest.mark.parametrize(
    ("lineage", "rows", "generation", "expected", "slack"),
    [
        ("drawn", 20, 1, 10, 6 * 5**0.5),
        ("drawn", 20, 3, 15, 6 * 3.75**0.5),
        ("drawn", 2, 99, 1.98, 1.0),  # six standard deviations are 0.84, and a real row is drawn now and then
        ("half", 20, 1, 10, 0.5),
    ],
)
def test_a_share_that_is_drawn_may_stray_by_six_deviations_and_by_a_row(
    tmp_path: Path, lineage: str, rows: int, generation: int, expected: float, slack: float
) -> None:
    study = Study.model_validate(SETTINGS | {"rows": rows, "generations": 100})
    slot = Slot(Artefacts(study, Store(tmp_path)), generation, lineage)
    parts = {"origin": ["synthetic"], "depth": [1], "start": [0], "stop": [rows]}
    manifest = pl.DataFrame({"replicate": [0], "weight": [1.0], **parts})
    (found,) = (each for each in _policy(slot, manifest) if each.metric == "synthetic_rows")
    assert (found.lower, found.upper) == (pytest.approx(expected - slack), pytest.approx(expected + slack))


@pytest.mark.parametrize("name", FAULTS)
def test_a_spoilt_part_fails_by_exactly_one_number(made: Artefacts, tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    shutil.copytree(made.store.path, tmp_path / "data")
    slot = Slot(Artefacts(made.study, Store(tmp_path / "data")), 1, "half")
    spoil(slot, fault)
    held = fault.metric != "steps" or made.study.generator.optimiser_steps is not None
    assert failures(slot, fault.thing) == ({(fault.check, fault.metric)} if held else set())
