"""Slots: a generation of a lineage, and what belongs to it."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.artefacts import (
    ANCHOR,
    DATASET,
    EVALUATION,
    FIRST_TOKENS,
    MODEL,
    VERDICT,
    Artefacts,
    Slot,
    StaleArtefact,
    _parse,
)
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.store import Address, Store
from outcross.resources.tokens import VERSION as TOKENS


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


SOURCE = {"schema": Schema((Column(name="x", role=Role.NUMERIC),)).to_json()}
ROWS = pl.DataFrame(
    {"row": range(20), "row_id": [f"a{place}" for place in range(20)], "x": [float(n) for n in range(20)]}
)


@pytest.fixture
def filled(artefacts: Artefacts) -> Artefacts:
    """The anchor, a dataset made from it, and an evaluation made from nothing."""
    artefacts.save(artefacts.address(ANCHOR), ROWS, inputs=[], **SOURCE)
    dataset = artefacts.address(DATASET, 1, "whole")
    artefacts.save(dataset, pl.DataFrame({"start": [0]}), inputs=[artefacts.address(ANCHOR)])
    artefacts.save(artefacts.address(EVALUATION, 1, "whole"), pl.DataFrame({"value": [1.0]}), inputs=[dataset])
    return artefacts


def test_a_part_says_what_it_is_and_what_it_was_made_from(filled: Artefacts) -> None:
    anchor, dataset = filled.address(ANCHOR), filled.address(DATASET, 1, "whole")
    assert filled.provenance(dataset) == {
        "study": "slots",
        "thing": DATASET,
        "generation": 1,
        "lineage": "whole",
        "seed": filled.study.seed,
        "fingerprint": filled.study.fingerprint("whole"),
        "inputs": {str(anchor): filled.store.digest(anchor)},
    }
    assert filled.provenance(anchor)["fingerprint"] == filled.study.fingerprint(SHARED)
    assert filled.provenance(anchor)["schema"] == SOURCE["schema"]


def test_a_part_is_current_until_its_input_is_another_or_gone(filled: Artefacts) -> None:
    anchor, dataset = filled.address(ANCHOR), filled.address(DATASET, 1, "whole")
    evaluation = filled.address(EVALUATION, 1, "whole")
    assert all(filled.is_current(address) for address in (anchor, dataset, evaluation))
    assert not filled.is_current(filled.address(MODEL, 1, "whole")), "it was never made"
    filled.save(anchor, ROWS.reverse(), inputs=[], **SOURCE)
    assert [filled.is_current(address) for address in (anchor, dataset, evaluation)] == [True, False, True]
    Path(filled.store.part_path(dataset)).unlink()
    assert not filled.is_current(evaluation)


def test_a_part_of_two_inputs_is_current_only_while_both_are_as_they_were(filled: Artefacts) -> None:
    anchor, dataset = filled.address(ANCHOR), filled.address(DATASET, 1, "whole")
    verdict = filled.address(VERDICT)
    for changed in (anchor, dataset):
        filled.save(verdict, pl.DataFrame({"a": [1]}), inputs=[anchor, dataset])
        assert filled.is_current(verdict)
        filled.store.write(changed, filled.store.read(changed).clear(), provenance=filled.store.provenance(changed))
        assert not filled.is_current(verdict)


def test_a_part_of_other_settings_is_refused_with_both_and_is_not_current(filled: Artefacts) -> None:
    other = Artefacts(filled.study.model_copy(update={"seed": 99}), filled.store)
    address = other.address(DATASET, 1, "whole")
    before, now = (each.study.fingerprint("whole") for each in (filled, other))
    for read in (other.load, other.provenance):
        with pytest.raises(StaleArtefact) as raised:
            read(address)
        told = (
            f"{address} was made under settings {before}, the study now has {now}; rematerialize it, or run the study"
        )
        assert str(raised.value) == told
    assert not other.is_current(address)


def test_rows_are_those_of_the_study_or_of_the_anchor_dealt_to_its_replicates(filled: Artefacts) -> None:
    assert filled.rows == 20
    assert Artefacts(filled.study.model_copy(update={"rows": 7}), filled.store).rows == 7
    own = Artefacts(filled.study.model_copy(update={"real_rows": "own"}), filled.store)
    own.save(own.address(ANCHOR), ROWS, inputs=[], **SOURCE)
    assert own.rows == 4


def test_columns_are_those_that_the_anchor_recorded_and_none_where_it_recorded_none(filled: Artefacts) -> None:
    assert filled.columns == []
    record = ColumnRecord(name="x", called="x", type="Float64", role="numeric", nulls=0, why="it has digits")
    filled.save(filled.address(ANCHOR), ROWS, inputs=[], **SOURCE, columns=[record.to_json()])
    assert filled.columns == [record]
    assert filled.schema == Schema.from_json(SOURCE["schema"])


@pytest.mark.parametrize(
    ("thing", "modality", "counted", "current"),
    [
        (EVALUATION, "text", TOKENS, True),
        (EVALUATION, "text", "0", False),
        (EVALUATION, "text", None, FIRST_TOKENS == TOKENS),
        (EVALUATION, "table", "0", True),
        (DATASET, "text", "0", True),
    ],
)
def test_an_evaluation_of_texts_is_current_where_it_counts_the_tokens_of_now(
    thing: str, modality: str, counted: str | None, current: bool, artefacts: Artefacts
) -> None:
    column = Column(name="x", role=Role.TEXT if modality == "text" else Role.NUMERIC)
    artefacts.save(artefacts.address(ANCHOR), ROWS, inputs=[], schema=Schema((column,)).to_json())
    address = artefacts.address(thing, 1, "whole")
    told = {} if counted is None else {"tokens": counted}
    artefacts.save(address, pl.DataFrame({"a": [1]}), inputs=[], **told)
    assert artefacts.schema.modality == modality
    assert artefacts.is_current(address) is current


def test_a_folder_is_read_back_as_the_address_that_it_is_of() -> None:
    for generation in (None, 0, 12):
        for lineage in (None, "a-0.5"):
            address = Address(study="s", thing="t", generation=generation, lineage=lineage)
            assert _parse(address.folder) == address
