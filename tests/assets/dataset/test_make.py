"""A study's datasets: the parts that they are made from, and the checks that each is held to."""

import numpy as np
import pytest

from outcross.assets.artefacts import ANCHOR, DATASET, SYNTHETIC, Artefacts, Slot
from outcross.assets.dataset.integrity import dataset_vitals
from outcross.assets.dataset.make import load_dataset, make_dataset
from outcross.assets.dataset.manifest import summarise
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.guard_engine import Vital
from outcross.resources.store import Store

GENERATIONS, REPLICATES, ROWS = 3, 2, 12


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """Three generations under policies that keep everything, draw at random, and take fixed shares."""
    settings = {
        "study": "datasets",
        "source": {"kind": "population", "rows": 15, "seed": 1, "of": {"family": "gaussian", "dimensions": 1}},
        "generator": {"kind": "gaussian"},
        "generations": GENERATIONS,
        "replicates": REPLICATES,
        "rows": ROWS,
        "holdout": 0.1,
        "metrics": ["loss"],
        "arms": {
            "all": {"policy": "accumulate"},
            "drawn": {"policy": "subsample"},
            "half": {"policy": "fixed", "share": 0.5},
            "uneven": {"policy": "fixed", "share": 0.4},
        },
    }
    found = Artefacts(Study.model_validate(settings), Store(str(tmp_path_factory.mktemp("datasets"))))
    run_plainly(found, list(found.study.lineages), checks=False)
    return found


def policy_vital(artefacts: Artefacts, lineage: str, generation: int, metric: str) -> Vital:
    slot = slot_of(artefacts, lineage, generation)
    return next(each for each in dataset_vitals(slot) if (each.check, each.metric) == ("policy", metric))


def slot_of(artefacts: Artefacts, lineage: str, generation: int) -> Slot:
    return next(each for each in artefacts.slots if (each.lineage, each.generation) == (lineage, generation))


def holds(found: Vital) -> bool:
    assert found.value is not None
    above = found.lower is None or found.value >= found.lower
    return above and (found.upper is None or found.value <= found.upper)


@pytest.mark.parametrize(
    ("lineage", "generation", "read"),
    [("all", 2, [(0, "shared"), (1, "all")]), ("drawn", 2, [(0, "shared"), (1, "drawn")]), ("half", 2, [(1, "half")])],
)
def test_a_dataset_is_made_from_the_parts_that_its_policy_reads(
    artefacts: Artefacts, lineage: str, generation: int, read: list[tuple[int, str]]
) -> None:
    slot = slot_of(artefacts, lineage, generation)
    parts = [artefacts.address(ANCHOR), *(artefacts.address(SYNTHETIC, *each) for each in read)]
    assert set(artefacts.provenance(slot.address(DATASET))["inputs"]) == {str(each) for each in parts}
    assert slot.load(DATASET)["depth"].null_count() == 0
    rows = load_dataset(slot)
    assert rows.group_by("replicate").len().sort("replicate")["len"].to_list() == (
        [slot.settings.mixing.dataset_rows(ROWS, generation)] * REPLICATES
    )


def test_every_dataset_passes_its_own_checks(artefacts: Artefacts) -> None:
    failed = [
        (slot.lineage, slot.generation, each)
        for slot in artefacts.slots
        for each in dataset_vitals(slot)
        if not holds(each)
    ]
    assert failed == []


@pytest.mark.parametrize(
    ("lineage", "generation", "metric", "bounds"),
    [
        ("shared", 0, "rows", (12, 12)),
        ("shared", 0, "synthetic_rows", (-0.5, 0.5)),
        ("all", 2, "rows", (36, 36)),
        ("all", 2, "synthetic_rows", (23.5, 24.5)),
        ("uneven", 1, "synthetic_rows", (4.3, 5.3)),
        ("drawn", 1, "synthetic_rows", (6 - 6 * np.sqrt(3), 6 + 6 * np.sqrt(3))),
        ("drawn", 2, "synthetic_rows", (8 - 6 * np.sqrt(12 * 2 / 9), 8 + 6 * np.sqrt(12 * 2 / 9))),
        ("drawn", 1, "replicates", (2, 2)),
        ("half", 1, "mean_weight", (1 - 1e-9, 1 + 1e-9)),
    ],
)
def test_the_bounds_of_a_dataset_are_what_its_policy_prescribes(
    artefacts: Artefacts, lineage: str, generation: int, metric: str, bounds: tuple[float, float]
) -> None:
    found = policy_vital(artefacts, lineage, generation, metric)
    assert (found.lower, found.upper) == pytest.approx(bounds, rel=1e-12)


def test_the_numbers_that_are_told_are_those_of_the_first_replicate(artefacts: Artefacts) -> None:
    slots = [slot_of(artefacts, "drawn", generation) for generation in (1, 2)]
    summaries = [summarise(slot.load(DATASET)).rows(named=True) for slot in slots]
    assert any(first["synthetic"] != last["synthetic"] for first, last in summaries), "so that they can be told apart"
    for slot, (first, _) in zip(slots, summaries, strict=True):
        told = make_dataset(slot).numbers
        assert told == {
            **{name: first[name] for name in ("rows", "weight_share", "depth", "mean_depth")},
            "synthetic_rows": first["synthetic"],
            "synthetic_share": first["share"],
            "replicates": REPLICATES,
        }
