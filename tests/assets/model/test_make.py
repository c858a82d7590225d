"""What is written with the models of a generation, and where their training starts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outcross.assets.artefacts import DATASET, MODEL, Artefacts, Slot
from outcross.assets.dataset.make import load_dataset
from outcross.assets.model.checkpoint import StoredCheckpoint
from outcross.assets.model.make import CARDS, fit_cohort, load_model, make_model, model_inputs, starting_generation
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.contract import Start
from outcross.resources.store import Store

SETTINGS: dict[str, Any] = {
    "study": "fitted",
    "source": {"kind": "population", "rows": 40, "of": {"family": "gaussian", "dimensions": 2}},
    "rows": 8,
    "generator": {"kind": "gaussian"},
    "metrics": ["loss"],
    "generations": 3,
    "replicates": 3,
    "arms": {"more": {"policy": "augment", "ratio": 0.5}},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    artefacts = Artefacts(Study.model_validate(SETTINGS), Store(str(tmp_path_factory.mktemp("fitted"))))
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    return artefacts


@pytest.mark.parametrize(
    ("start", "expected"),
    [("scratch", [None] * 4), ("base", [None, 0, 0, 0]), ("previous", [None, 0, 1, 2])],
)
def test_training_starts_afresh_from_generation_0_or_from_the_one_before(
    start: Start, expected: list[int | None]
) -> None:
    assert [starting_generation(start, generation) for generation in range(4)] == expected


def test_a_card_for_each_replicate_says_what_was_fitted_to_how_many_rows(made: Artefacts) -> None:
    slot = Slot(made, 1, "more")
    cards, said = slot.load(MODEL), made.provenance(slot.address(MODEL))
    assert dict(cards.schema) == CARDS
    assert cards["replicate"].to_list() == [0, 1, 2]
    assert cards["seed"].to_list() == [slot.seed(replicate, "fit") for replicate in range(3)]
    assert set(cards["generator"]) == {"gaussian"} and set(cards["generator_version"]) == {Gaussian().release}
    assert cards.select("rows", "tokens", "steps", "rows_seen").unique().rows() == [(12, 0, 1, 12)]
    assert set(cards["weights_sha256"]) == {said["weights_sha256"]}
    assert list(said["inputs"]) == [str(each) for each in model_inputs(slot)] == [str(slot.address(DATASET))]
    folder = Path(made.store.path) / slot.address(MODEL).folder
    assert [path.name for path in folder.glob("*.safetensors")] == [f"{said['weights_sha256']}.safetensors"]

    assert cards["fit_loss"].to_list() == load_model(slot).fit_loss


def test_the_numbers_of_a_fit_are_told_and_its_models_are_those_of_its_seeds(made: Artefacts) -> None:
    slot = Slot(made, 1, "more")
    before = slot.load(MODEL)
    told = make_model(slot).numbers
    assert slot.load(MODEL).equals(before)
    assert told == {
        "replicates": 3,
        "rows_each": 12,
        "optimiser_steps": 1,
        "rows_seen": 12,
        "fit_loss": pytest.approx(before["fit_loss"].mean()),
        "weights_sha256": before["weights_sha256"][0],
    }
    again = fit_cohort(slot, load_dataset(slot).drop("origin", "row_id"), stage="fit")
    for name, tensor in load_model(slot).tensors().items():
        np.testing.assert_array_equal(again.tensors()[name], tensor)


def test_a_checkpoint_is_of_one_fit_and_is_read_whole_or_not_at_all(made: Artefacts) -> None:
    slot, other = Slot(made, 2, "more"), Slot(made, 1, "more")
    address = slot.address(MODEL)
    checkpoint = StoredCheckpoint(made, address, model_inputs(slot))
    assert checkpoint.load() is None
    for value in (1.0, 2.0):
        checkpoint.save({"weights": np.full(3, value)})
    found = StoredCheckpoint(made, address, model_inputs(slot)).load()
    assert found is not None and found["weights"].tolist() == [2.0] * 3
    assert StoredCheckpoint(made, address, model_inputs(other)).load() is None, "made from other rows"
    reseeded = Artefacts(Study.model_validate(SETTINGS | {"seed": 9}), made.store)
    assert StoredCheckpoint(reseeded, address, model_inputs(slot)).load() is None, "made under other settings"
    (file,) = (Path(made.store.path) / address.folder).glob("checkpoint-*")
    file.write_bytes(file.read_bytes()[:20])
    assert checkpoint.load() is None
    StoredCheckpoint(made, address, model_inputs(other)).save({"weights": np.zeros(1)})
    kept = {path.name for path in file.parent.iterdir()} - {path.name for path in file.parent.glob("checkpoint-*")}
    checkpoint.remove()
    assert {path.name for path in file.parent.iterdir()} == kept


def test_a_fit_reports_its_progress(made: Artefacts) -> None:
    slot = Slot(made, 1, "more")
    seen: list[tuple[int, int]] = []
    make_model(slot, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]
