"""A corpus of pictures in colour: batches are read, compared by colour, and found by luminance."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.guards.measures.pictures import _diversity
from outcross.assets.corpus.guards.picture_profile import COLOURS, VALUES, PictureProfile, describe, is_blank
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.schema import Column, Role
from outcross.resources.sources.fitted_pictures import fit_pictures
from outcross.resources.store import Store
from tests.assets.corpus.colours import coloured, to_png, write_pictures
from tests.assets.corpus.pictures import AT, CLAIMS, reasons


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    """Its anchor is a folder of 400 PNG files."""
    folder = tmp_path_factory.mktemp("colour")
    settings = {
        "corpus": "colour",
        "anchor": {"kind": "files", "path": str(write_pictures(folder / "imgs", 400, seed=1))},
        "bound": {"share": 1.0},
    }
    return open_corpus(Corpus.model_validate(settings), Store(str(folder / "data")), by="test", at=AT)


def take(corpus: OpenCorpus, path: Path) -> Outcome:
    return ingest(corpus, path, Request(claims=CLAIMS, by="test", at=AT))


def take_bytes(corpus: OpenCorpus, folder: Path, pictures: Any, labels: list[str]) -> Outcome:
    images = [{"bytes": to_png(each), "path": None} for each in pictures]
    pl.DataFrame({"image": images, "label": labels}).write_parquet(folder / "new.parquet")
    return take(corpus, folder / "new.parquet")


def test_a_folder_of_pictures_in_colour_is_admitted(corpus: OpenCorpus, tmp_path: Path) -> None:
    found = take(corpus, write_pictures(tmp_path / "new", 60, seed=2))
    assert (found.status, found.rows_admitted, found.reasons) == ("admitted", 60, ())
    assert not audit(corpus).problems


def test_a_picture_of_the_anchor_with_another_pixel_is_a_near_copy(corpus: OpenCorpus, tmp_path: Path) -> None:
    pictures = corpus.rows["image"].to_numpy().reshape(-1, 8, 8, 3)[:20].copy()
    pictures[:, 2, 3, 1] ^= 9
    found = take_bytes(corpus, tmp_path, pictures, corpus.rows["label"].to_list()[:20])
    near = [why for (why, *_) in reasons(corpus, found).values() if "is nearly a row of the anchor" in why]
    assert len(near) >= 19


def test_pictures_that_lost_their_colour_are_drift(corpus: OpenCorpus, tmp_path: Path) -> None:
    pictures, labels = coloured(60, seed=3)
    grey = pictures.mean(axis=-1).astype(np.uint8)
    found = take_bytes(corpus, tmp_path, grey, labels)
    assert found.status == "held"
    assert any(reason.startswith("drift: ") for reason in found.reasons)
    assert any("of saturation of image" in reason for reason in found.reasons)


@pytest.mark.parametrize("levels", [None, 16, 255])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_described_from_0_to_1_whatever_their_highest_value(channels: int, levels: int | None) -> None:
    """Without a highest value it is 255."""
    column, most = Column(name="x", role=Role.IMAGE, shape=(1, 2), channels=channels, levels=levels), levels or 255
    rows = pl.Series("x", [[0] * channels + [most] * channels, [most] * 2 * channels], dtype=column.dtype)
    found = describe(rows, column)
    values = [[0.5, 0.5, 1.0], [1.0, 0.0, 0.0]]
    assert found.select(VALUES).to_numpy() == pytest.approx(np.array(values))
    if channels == 3:
        assert found.select(COLOURS).to_numpy() == pytest.approx(np.array([[0.5] * 3 + [0.0], [1.0] * 3 + [0.0]]))


@pytest.mark.parametrize(
    ("real", "rows", "readings"), [(41, 60, 2), (40, 60, 2), (39, 60, 0), (60, 20, 2), (60, 19, 0)]
)
def test_diversity_is_compared_with_halves_of_the_real_pictures(real: int, rows: int, readings: int) -> None:
    """A batch may have more pictures than a half; 20 are the fewest that are compared."""
    points = np.random.default_rng(1).normal(size=(real + rows, 3))
    profile: Any = SimpleNamespace(points=points[:real])
    found = list(_diversity(points[real:], profile, 1, group=""))
    assert len(found) == readings and all(0.6 < each.value < 1.6 for each in found)


@pytest.mark.parametrize("nested", [False, True])
def test_pictures_fit_a_column_by_their_channels(nested: bool) -> None:
    """Grey ones fit colour with three equal channels; those in colour do not fit grey, unless it is converted."""
    pictures, _ = coloured(2, seed=4)
    colour, grey = (Column(name="x", role=Role.IMAGE, shape=(8, 8), levels=255, channels=each) for each in (3, 1))
    kinds = {colour: pictures, grey: pictures[..., 0]}
    held = {
        column: pl.Series("x", [each.tolist() if nested else to_png(each) for each in values])
        for column, values in kinds.items()
    }
    found, why = fit_pictures(held[colour], colour)
    assert found.to_numpy().reshape(pictures.shape).tolist() == pictures.tolist() and why.null_count() == 2
    found, why = fit_pictures(held[grey], colour)
    assert (found.to_numpy().reshape(pictures.shape) == pictures[..., :1]).all() and why.null_count() == 2
    _, why = fit_pictures(held[colour], grey)
    assert set(why) == {"holds a picture that does not fit: it is in colour, and the anchor's are grey"}
    _, why = fit_pictures(held[colour], grey, grey=True)
    assert why.null_count() == 2


def test_flat_lists_fit_a_column_in_colour() -> None:
    pictures, _ = coloured(3, seed=4)
    column = Column(name="x", role=Role.IMAGE, shape=(8, 8), levels=255, channels=3)
    flat = pictures.reshape(3, -1)
    found, why = fit_pictures(pl.Series("x", [*flat.tolist(), flat[0, :64].tolist()]), column)
    assert found.to_numpy()[:3].tolist() == flat.tolist()
    assert why.null_count() == 3 and why[3] is not None


def test_one_colour_is_blank_and_a_profile_keeps_what_describes_colour(corpus: OpenCorpus) -> None:
    column = corpus.schema.image
    assert column is not None
    one, two = np.full((8, 8, 3), (200, 10, 10)), np.full((8, 8, 3), (200, 10, 10))
    two[0, 0] = (10, 10, 200)
    rows = pl.Series("image", np.stack([one, two]).astype(np.uint8).reshape(2, -1), dtype=column.dtype)
    assert is_blank(rows, column).to_list() == [True, False]
    profile = corpus.pictures
    read = PictureProfile.from_bytes(profile.to_bytes(), corpus.schema)
    assert set(COLOURS) <= set(read.values.columns) and read.values.equals(profile.values)
