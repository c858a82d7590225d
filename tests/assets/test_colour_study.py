"""A study of pictures in colour, from files on disk to the report."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.artefacts import SYNTHETIC, Artefacts, Slot
from outcross.assets.export.generation import describe_generation
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.picture_pixels import LUMINANCE, luminance_of
from outcross.assets.pictures import picture
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.assets.verdict.exhibits import image_exhibit, real_images
from outcross.assets.verdict.make import load_evaluations, make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.sources.files import Files
from outcross.resources.store import Store
from tests.assets.corpus.colours import write_pictures


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """Two generations of a tiny diffusion model of 60 PNG files, a class a folder."""
    folder = tmp_path_factory.mktemp("colour")
    settings = {
        "study": "colour",
        "source": {"kind": "files", "path": str(write_pictures(folder / "imgs", 60, seed=1))},
        "generator": {"kind": "diffusion", "width": 8, "patch": 2, "steps": 20, "sample_steps": 4, "loss_samples": 2},
        "generations": 2,
        "replicates": 1,
        "metrics": ["neighbours", "frechet", "spectrum", "entropy_ratio", "class_recall", "loss"],
        "ladders": {"s": {"policy": "fixed", "shares": [0, 1]}},
        "endpoints": {"frechet": {"tolerance": 0.5}},
    }
    found = Artefacts(Study.model_validate(settings), Store(str(folder / "data")))
    run_plainly(found, found.study.lineages, checks=True)
    make_verdict(found)
    make_report(found)
    return found


def test_synthetic_pictures_are_of_three_channels_and_keep_the_colour_of_their_class(artefacts: Artefacts) -> None:
    column = artefacts.schema.image
    assert column is not None and column.axes == (8, 8, 3)
    rows = Slot(artefacts, 0, SHARED).load(SYNTHETIC)
    assert rows.schema["image"] == column.dtype == pl.Array(pl.UInt8, 192)
    for place, name in enumerate(("red", "green", "blue")):
        own = rows.filter(label=name)["image"].to_numpy().reshape(-1, 64, 3).mean(axis=(0, 1))
        assert own.argmax() == place


def test_every_metric_of_pictures_measures_colour(artefacts: Artefacts) -> None:
    measured = load_evaluations(artefacts).filter(reference="holdout", about="", generation=1)
    assert {"frechet", "precision", "recall", "spectral_tilt", "entropy_ratio", "loss"} <= set(measured["metric"])
    assert measured["value"].is_finite().all()


def test_the_report_and_the_pictures_of_steps_show_colour(artefacts: Artefacts) -> None:
    from PIL import Image

    assert b"data:image/png;base64," in read_report(artefacts)
    rows = Slot(artefacts, 0, SHARED).load(SYNTHETIC)
    exhibit = image_exhibit({0: rows.head(6)}, artefacts.schema, arm="s", replicate=0)
    real = real_images(rows, artefacts.schema, classes=exhibit.classes)
    shown = [exhibit.image, real.image, picture({"a": rows}, artefacts.schema).png]
    for png in shown:
        assert png is not None
        values = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
        assert np.ptp(values.astype(int), axis=1).max() > 80


def test_an_export_describes_the_channels(artefacts: Artefacts) -> None:
    tables = describe_generation(Slot(artefacts, 0, "")).tables
    fields = {field.name: field for table in tables for field in table.fields}
    assert fields["image"].shape == (8, 8, 3)
    assert fields["image"].about == "colour image of 8 × 8 pixels, row by row, red, green and blue of each, 0 to 255"


def test_pictures_that_differ_in_colour_alone_are_apart_in_the_embedding_and_not_in_luminance(tmp_path: Path) -> None:
    data = Files(path=str(write_pictures(tmp_path / "imgs", 30, seed=2))).load()
    column = data.schema.image
    assert column is not None
    red, blue = np.zeros((1, 8, 8, 3)), np.zeros((1, 8, 8, 3))
    red[..., 0], blue[..., 2] = 60, 60 * LUMINANCE[0] / LUMINANCE[2]
    both = [pl.Series("image", each.astype(np.uint8).reshape(1, -1), dtype=column.dtype) for each in (red, blue)]
    grey = [luminance_of(each, column) for each in both]
    assert np.abs(grey[0] - grey[1]).max() < 0.2
    points = [Embedding.fit(data.rows, data.schema).transform(pl.DataFrame({"image": each})) for each in both]
    assert np.linalg.norm(points[0] - points[1]) > 0.5
