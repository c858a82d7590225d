"""Pictures that lie in files of their own are a batch: a folder, or a table of paths."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.estimate_file import estimate_file
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.intake.packed_pictures import pack_pictures
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.sources.formats.contract import ReadOptions
from tests.assets.corpus.pictures import AT, CLAIMS, fresh, open_pictures, pixels


def write_images(rows: pl.DataFrame, folder: Path) -> list[str]:
    """Write each picture into the folder of its class; return the paths."""
    from PIL import Image

    paths = [f"{label}/{place}.png" for place, label in enumerate(rows["label"])]
    for path, each in zip(paths, pixels(rows), strict=True):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(each.reshape(8, 8).astype(np.uint8)).save(folder / path)
    return paths


def a_folder(rows: pl.DataFrame, folder: Path) -> Path:
    write_images(rows, folder / "new")
    return folder / "new"


def a_described_folder(rows: pl.DataFrame, folder: Path) -> Path:
    paths = write_images(rows, folder / "new")
    pl.DataFrame({"file_name": paths, "label": rows["label"]}).write_csv(folder / "new" / "metadata.csv")
    return folder / "new"


def a_table_of_paths(rows: pl.DataFrame, folder: Path) -> Path:
    paths = write_images(rows, folder / "imgs")
    pl.DataFrame({"image": [f"imgs/{path}" for path in paths], "label": rows["label"]}).write_csv(folder / "new.csv")
    return folder / "new.csv"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    return open_pictures(tmp_path_factory.mktemp("pictures"), mode="observe")


def take(corpus: OpenCorpus, path: Path) -> Outcome:
    return ingest(corpus, path, Request(claims=CLAIMS, by="test", at=AT))


@pytest.mark.parametrize(("part", "write"), enumerate([a_folder, a_described_folder, a_table_of_paths], start=20))
def test_pictures_in_files_of_their_own_are_a_batch(
    corpus: OpenCorpus, tmp_path: Path, part: int, write: Callable[[pl.DataFrame, Path], Path]
) -> None:
    rows = fresh(20, part)
    path = write(rows, tmp_path)
    assert estimate_file(corpus, path).rows == 20
    found = take(corpus, path)
    assert (found.status, found.rows_admitted, found.file) == ("admitted", 20, "new.parquet")
    admitted = pl.read_parquet(corpus.files.location(read_version(corpus.files).parts[-1].path))
    as_read = {(*values, label) for values, label in zip(pixels(admitted).tolist(), admitted["label"], strict=True)}
    assert as_read == {(*values, label) for values, label in zip(pixels(rows).tolist(), rows["label"], strict=True)}
    assert take(corpus, path).status == "known"


def test_the_provenance_next_to_a_folder_is_its_own(corpus: OpenCorpus, tmp_path: Path) -> None:
    path = a_folder(fresh(20, 24), tmp_path)
    (tmp_path / "new.provenance.json").write_text('{"origin": "synthetic", "generator": "gan"}')
    found = ingest(corpus, path, Request(claims={"licence": "CC0-1.0"}, by="test", at=AT))
    assert found.status == "admitted"
    assert "gan" in [count.generator for count in read_version(corpus.files).counts]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("../secret.png", "column 'image', row 1: '../secret.png' lies outside the folder of the batch; copy the"),
        ("/etc/secret.png", "lies outside the folder of the batch"),
        ("lost.png", "the image file 'lost.png' does not exist"),
        ("https://example.com/a.png", "is the address of an image on the web; download the images"),
    ],
)
def test_a_table_reads_no_file_but_those_next_to_it(
    corpus: OpenCorpus, tmp_path: Path, value: str, reason: str
) -> None:
    (tmp_path / "secret.png").write_bytes(io.BytesIO(b"secret").getvalue())
    (tmp_path / "in").mkdir()
    pl.DataFrame({"image": [value, value], "label": ["1", "2"]}).write_csv(tmp_path / "in" / "new.csv")
    found = take(corpus, tmp_path / "in" / "new.csv")
    assert found.status == "refused"
    assert reason in found.reasons[0]


def test_what_names_no_pictures_is_taken_as_it_is(corpus: OpenCorpus, tmp_path: Path) -> None:
    """It is read later, and refused then for what is wrong with it."""
    flat = pl.DataFrame({"image": [[0] * 64], "label": ["1"]})
    flat.write_parquet(tmp_path / "flat.parquet")
    flat.drop("image").write_csv(tmp_path / "lacking.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    (tmp_path / "notes.txt").write_text("x")
    for name in ("flat.parquet", "lacking.csv", "broken.parquet", "notes.txt", "absent.csv"):
        path = tmp_path / name
        assert pack_pictures(path, corpus.schema, ReadOptions(), Limits(), tmp_path) == path, name


def test_a_folder_with_other_files_is_refused_by_its_name(corpus: OpenCorpus, tmp_path: Path) -> None:
    path = a_folder(fresh(20, 25), tmp_path)
    (path / "notes.txt").write_text("x")
    assert "folder 'new' holds files that are no pictures" in take(corpus, path).reasons[0]
