"""The check of images: a pixel brighter than the data can be fails it, and the brightest that they can be does not."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.study.study import Study
from outcross.assets.synthetic.integrity import synthetic_vitals
from outcross.resources.guard_engine import validate, vitals_frame
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store

IMAGE = Schema((Column(name="image", role=Role.IMAGE, shape=(2, 2), levels=16),))
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
    artefacts = Artefacts(Study.model_validate(STUDY), Store(tmp_path))
    slot = Slot(artefacts, 1, "replace")
    images = pl.DataFrame({"image": [[0, 1, 2, 3], [0, 0, brightest, 0]]}, schema=IMAGE.polars)
    signed = pl.DataFrame({"replicate": [0, 0], "row": [0, 1], "row_id": ["a", "b"], "depth": [1, 1]}).with_columns(
        pl.col("replicate", "depth").cast(pl.Int32)
    )
    artefacts.save(artefacts.address(ANCHOR), images, inputs=(), schema=IMAGE.to_json())
    artefacts.save(slot.address(MODEL), signed, inputs=(), weights_sha256="0")
    artefacts.save(slot.address(SYNTHETIC), signed.hstack(images), inputs=(), weights_sha256="0")
    outcome = validate(vitals_frame(synthetic_vitals(slot))).filter(~pl.col("passed"))
    assert outcome.select("check", "metric").rows() == failed
