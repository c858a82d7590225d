"""Slots: a generation of a lineage, and what belongs to it."""

from pathlib import Path

import pytest

from outcross.assets.artefacts import MODEL, Artefacts, Slot
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.store import Store


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    settings = {
        "study": "slots",
        "source": {"kind": "population", "rows": 20, "of": {"family": "gaussian"}},
        "generator": {"kind": "gaussian"},
        "generations": 3,
        "replicates": 5,
        "arms": {"whole": {"policy": "replace"}, "split": {"policy": "accumulate", "lineages": 2}},
    }
    return Artefacts(Study.model_validate(settings), Store(str(tmp_path)))


def test_generation_0_is_of_the_shared_lineage_whoever_asks(artefacts: Artefacts) -> None:
    assert Slot(artefacts, 0, "whole") == Slot(artefacts, 0, SHARED)
    assert Slot(artefacts, 2, "split.1").at(0).lineage == SHARED
    assert Slot(artefacts, 1, "whole").lineage == Slot(artefacts, 2, "whole").at(1).lineage == "whole"


def test_a_lineage_has_the_replicates_that_its_arm_gives_it_and_the_shared_one_all(artefacts: Artefacts) -> None:
    found = {name: Slot(artefacts, 1, name).replicates for name in ("whole", "split.0", "split.1")}
    assert found == {"whole": (0, 1, 2, 3, 4), "split.0": (0, 1, 2), "split.1": (3, 4)}
    assert Slot(artefacts, 0, "split.1").replicates == (0, 1, 2, 3, 4)
    assert [Slot(artefacts, g, "split.1").arm for g in (0, 1)] == [SHARED, "split"]


def test_the_slots_of_a_study_are_each_generation_of_each_lineage_and_the_shared_one_once(artefacts: Artefacts) -> None:
    assert sorted((slot.generation, slot.lineage) for slot in artefacts.slots) == sorted(
        [(0, SHARED), *((g, name) for g in (1, 2) for name in ("whole", "split.0", "split.1"))]
    )


def test_a_thing_lies_at_the_address_of_its_generation_and_lineage(artefacts: Artefacts) -> None:
    assert Slot(artefacts, 2, "split.1").address(MODEL).folder == "slots/model/gen=02/lineage=split.1"
    assert Slot(artefacts, 0, "split.1").address(MODEL).folder == "slots/model/gen=00/lineage=shared"


def test_every_stage_replicate_generation_and_lineage_has_a_seed_of_its_own(artefacts: Artefacts) -> None:
    slots = [Slot(artefacts, g, name) for g in (0, 1, 2) for name in ("whole", "split.0")]
    seeds = {
        (slot.generation, slot.lineage, replicate, stage): slot.seed(replicate, stage)
        for slot in slots
        for replicate in (0, 1)
        for stage in ("fit", "sample")
    }
    assert len(set(seeds.values())) == len(seeds) == 20
