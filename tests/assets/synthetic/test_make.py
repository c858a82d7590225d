"""What is written with synthetic rows: who drew each one, how deep it is, and what the generator printed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, DATASET, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.pictures import picture
from outcross.assets.study.study import Study
from outcross.assets.synthetic.make import LOG_LENGTH, SIGNATURE, make_synthetic
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.generators.closed_form.gaussian import Gaussian, GaussianModel
from outcross.resources.generators.contract import Tensors
from outcross.resources.store import Store

SETTINGS: dict[str, Any] = {
    "study": "signed",
    "source": {"kind": "population", "rows": 30, "of": {"family": "gaussian", "dimensions": 2}},
    "generator": {"kind": "gaussian"},
    "metrics": ["loss"],
    "rows": 6,
    "generations": 3,
    "replicates": 2,
    "arms": {
        "all": {"policy": "accumulate"},
        "more": {"policy": "augment", "ratio": 1.5},
        "fewer": {"policy": "augment", "ratio": 0.5},
    },
}
PRINTED = {0: "begin" + "x" * LOG_LENGTH, 1: "short"}


@dataclass(frozen=True)
class Talkative(GaussianModel):
    """A model that prints while it samples: of one replicate more than is kept."""

    @property
    def log(self) -> Mapping[int, str]:
        return PRINTED


class Printing(Gaussian):
    def load(self, tensors: Tensors, card: dict[str, Any]) -> Talkative:
        model = super().load(tensors, card)
        return Talkative(**{field.name: getattr(model, field.name) for field in fields(model)})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    artefacts = Artefacts(Study.model_validate(SETTINGS), Store(str(tmp_path_factory.mktemp("signed"))))
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    return artefacts


@pytest.mark.parametrize(
    ("lineage", "generation", "count"),
    [("shared", 0, 9), ("all", 1, 6), ("all", 2, 6), ("more", 1, 9), ("fewer", 2, 6)],
)
def test_every_row_has_its_number_its_name_and_one_model_more_than_what_it_was_learned_from(
    made: Artefacts, lineage: str, generation: int, count: int
) -> None:
    slot = Slot(made, generation, lineage)
    rows = slot.load(SYNTHETIC)
    assert rows.columns == [*SIGNATURE, "x1", "x2"] and dict(rows.schema).items() >= SIGNATURE.items()
    assert rows["replicate"].to_list() == [0] * count + [1] * count
    assert rows["row"].to_list() == list(range(count)) * 2
    names = [f"g{generation}.r{replicate}.{row}" for replicate in (0, 1) for row in range(count)]
    assert rows["row_id"].to_list() == names
    assert set(rows["depth"]) == {generation + 1}


def test_a_replicate_is_as_deep_as_its_own_dataset(made: Artefacts) -> None:
    slot = Slot(made, 2, "all")
    before = slot.load(DATASET)
    deeper = before.with_columns(depth=pl.col("depth") + pl.col("replicate") * 4)
    made.save(slot.address(DATASET), deeper, inputs=[])
    try:
        numbers = make_synthetic(slot).numbers
        depths = dict(slot.load(SYNTHETIC).group_by("replicate").agg(pl.col("depth").unique()).iter_rows())
    finally:
        made.save(slot.address(DATASET), before, inputs=[])
    assert depths == {0: [3], 1: [7]}
    assert numbers == {"rows_each": 6, "depth": 7}


def test_provenance_names_the_models_the_seeds_and_the_generator(made: Artefacts) -> None:
    slot = Slot(made, 1, "more")
    said = made.provenance(slot.address(SYNTHETIC))
    assert list(said["inputs"]) == [str(slot.address(MODEL))]
    assert said["weights_sha256"] == made.provenance(slot.address(MODEL))["weights_sha256"]
    assert said["seeds"] == {str(replicate): slot.seed(replicate, "sample") for replicate in (0, 1)}
    assert (said["generator"]["kind"], said["generator_version"]) == ("gaussian", Gaussian().release)
    assert said["curation"] is None and "generator_log" not in said


def test_the_end_of_what_a_generator_printed_is_kept_for_each_replicate(made: Artefacts) -> None:
    printing = made.study.model_copy(update={"generator": Printing()})
    slot = Slot(Artefacts(printing, made.store), 0, "shared")
    make_synthetic(slot)
    said = made.store.provenance(slot.address(SYNTHETIC))
    assert said["generator_log"] == {"0": "x" * LOG_LENGTH, "1": "short"}
    assert PRINTED[0].startswith("begin")


def test_the_picture_shows_the_rows_of_the_first_replicate_beside_real_ones(made: Artefacts) -> None:
    slot = Slot(made, 1, "more")
    look = make_synthetic(slot).look
    rows, real = slot.load(SYNTHETIC), made.load(made.address(ANCHOR))
    drawn = [
        picture({"real": real, "synthetic": rows.filter(pl.col("replicate") == replicate)}, made.schema)
        for replicate in (0, 1)
    ]
    assert look is not None and look() == drawn[0] != drawn[1]
