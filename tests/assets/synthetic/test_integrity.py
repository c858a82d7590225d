"""The checks of images and texts: impossible pixels fail, and a replicate without a word does."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.study.study import Study
from outcross.assets.synthetic.integrity import synthetic_vitals
from outcross.resources.guard_engine import Vital, validate, vitals_frame
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store

IMAGE = Schema((Column(name="image", role=Role.IMAGE, shape=(2, 2), levels=16),))
TEXT = Schema((Column(name="text", role=Role.TEXT),))
STUDY = {
    "study": "images",
    "source": {"kind": "digits"},
    "generator": {"kind": "gaussian"},
    "rows": 2,
    "generations": 2,
    "replicates": 1,
    "arms": {"replace": {"policy": "replace"}},
}


@pytest.mark.parametrize(("brightest", "failed"), [(16, []), (17, [("schema", "brightest_pixel")])])
def test_a_pixel_above_the_levels_of_the_data_fails(
    tmp_path: Path, brightest: int, failed: list[tuple[str, str]]
) -> None:
    images = pl.DataFrame({"image": [[0, 1, 2, 3], [0, 0, brightest, 0]]}, schema=IMAGE.polars)
    assert failures(tmp_path, images, IMAGE) == failed


@pytest.mark.parametrize(
    ("texts", "failed"),
    [(["", "a word"], []), (["", "\u200b\n "], [("schema", "replicates_without_words")])],
)
def test_texts_without_any_word_fail(tmp_path: Path, texts: list[str], failed: list[tuple[str, str]]) -> None:
    assert failures(tmp_path, pl.DataFrame({"text": texts}), TEXT) == failed


def failures(folder: Path, rows: pl.DataFrame, schema: Schema) -> list[tuple[str, str]]:
    """Return check and metric of the vitals that two synthetic rows fail."""
    outcome = validate(vitals_frame(vitals(folder, rows, schema))).filter(~pl.col("passed"))
    return [(check, metric) for check, metric in outcome.select("check", "metric").iter_rows()]


def vitals(folder: Path, rows: pl.DataFrame, schema: Schema, **changes: object) -> list[Vital]:
    """Compute the vitals of two synthetic rows of the first replicate."""
    artefacts = Artefacts(Study.model_validate(STUDY | changes), Store(folder))
    slot = Slot(artefacts, 1, "replace")
    signed = pl.DataFrame({"replicate": [0, 0], "row": [0, 1], "row_id": ["a", "b"], "depth": [1, 1]}).with_columns(
        pl.col("replicate", "depth").cast(pl.Int32)
    )
    artefacts.save(artefacts.address(ANCHOR), rows, inputs=(), schema=schema.to_json())
    artefacts.save(slot.address(MODEL), signed, inputs=(), weights_sha256="0")
    artefacts.save(slot.address(SYNTHETIC), signed.hstack(rows), inputs=(), weights_sha256="0")
    return synthetic_vitals(slot)


def test_a_replicate_without_a_row_is_told_to_have_none(tmp_path: Path) -> None:
    rows = pl.DataFrame({"image": [[0, 1, 2, 3], [0, 0, 1, 0]]}, schema=IMAGE.polars)
    found = [vital for vital in vitals(tmp_path, rows, IMAGE, replicates=2) if vital.check == "counts"]
    assert [(each.group, each.value) for each in found] == [("replicate 0", 2), ("replicate 1", 0)]
