"""A corpus of pictures: clean batches are admitted, each fault is stopped by its guard, and near copies are found."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.files import PICTURES
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.spared import most_apart
from outcross.assets.corpus.intake.estimate_file import estimate_file
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.quarantine.quarantine import release
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.corpus.pictures import (
    AT,
    digits,
    fresh,
    open_pictures,
    pixels,
    reasons,
    settings,
    take,
    with_other_pixel,
    with_pixels,
)
from tests.cases.picture_batches import CASES

SYNTHETIC = {"origin": "synthetic", "generator": "cvae"}
UNSEEN = "personal_data: what a picture shows is not looked into: faces, number plates and writing go unnoticed"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def corpus(folder: Path) -> OpenCorpus:
    """A corpus of digits; tests may add to it parts of 60 rows of their own."""
    return open_pictures(folder)


def canonical(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("image", "label")


def test_clean_pictures_are_admitted_and_what_was_not_looked_into_is_told(corpus: OpenCorpus, folder: Path) -> None:
    found = take(corpus, folder, fresh(60, 0))
    assert (found.status, found.rows_admitted, found.reasons) == ("admitted", 60, ())
    assert [what.split(":")[0] for what in found.not_looked_into] == ["undeclared_share", "marks", "personal_data"]
    assert found.not_looked_into[2] == UNSEEN
    few = take(corpus, folder, fresh(4, 15))
    assert few.rows_admitted == 4
    assert (
        "picture_diversity, blank_pictures: fewer than 20 of its rows are pictures that it is for"
        in few.not_looked_into
    )


@pytest.mark.parametrize("name", CASES)
def test_each_fault_of_pictures_is_stopped_by_its_guard(name: str, folder: Path, corpus: OpenCorpus) -> None:
    case = CASES[name]
    enforcing = open_pictures(folder, mode="observe", guards={case.guard: {"mode": "enforce"}})
    batch = case.make(fresh(60, 2), canonical(corpus.rows), canonical(corpus.holdout))
    found = take(enforcing, folder, batch, **(SYNTHETIC if case.declared else {}))
    assert not any("far from the anchor" in each for each in found.explained), "by labels alone"
    if case.whole:
        assert found.status == "held" and found.rows_quarantined == batch.height
        assert {reason.split(": ")[0] for reason in found.reasons} == {case.guard}
        assert all(GUARDS[case.guard].remedy in reason for reason in found.reasons)
    else:
        assert found.status == "partly admitted"
        whys = reasons(enforcing, found)
        assert sorted(whys) == [0, 1, 2]
        assert {reason.split(": ")[0] for each in whys.values() for reason in each} == {case.guard}


def test_a_picture_is_compared_with_every_set_of_rows_and_may_be_released(tmp_path: Path) -> None:
    corpus = open_pictures(tmp_path, guards={"entropy": {"mode": "observe"}})
    real, made, new = fresh(20, 10), fresh(20, 11), fresh(20, 12)
    take(corpus, tmp_path, real)
    take(corpus, tmp_path, made, **SYNTHETIC)
    copied = [real[:1], made[:1], canonical(corpus.rows)[:1], canonical(corpus.holdout)[:1], new, new[:1]]
    batch = pl.concat([*map(with_other_pixel, copied[:4]), new, with_other_pixel(new[:1])])
    found = take(corpus, tmp_path, batch)
    nearly = "the row is nearly"
    expected = {
        0: f"near_duplicates: {nearly} another row of the corpus: ",
        1: f"near_duplicates: {nearly} a synthetic row of the corpus: ",
        2: f"near_duplicates: {nearly} a row of the anchor: ",
        3: f"holdout_overlap: {nearly} a row of the holdout, which no dataset may contain: ",
        24: f"near_duplicates: {nearly} an earlier row of the batch: ",
    }
    whys = reasons(corpus, found)
    assert {at: [why[: len(expected.get(at, ""))] for why in each] for at, each in whys.items()} == {
        at: [each] for at, each in expected.items()
    }
    release(corpus, found.batch, positions=[1], reason="they are alike", by="test", at=AT)
    released = pl.read_parquet(corpus.files.location(read_version(corpus.files).parts[-1].path))
    assert pixels(released).tolist() == pixels(batch[1:2]).tolist()
    assert not audit(corpus).problems


def test_encoded_pictures_fit_and_those_that_do_not_have_a_reason(tmp_path: Path) -> None:
    from PIL import Image

    def encode(values: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(values.astype(np.uint8)).save(buffer, format="PNG")
        return buffer.getvalue()

    corpus = open_pictures(tmp_path)
    rows = fresh(20, 13)
    contents: list[bytes | None] = [encode(each.reshape(8, 8)) for each in pixels(rows)]
    contents += [encode(np.zeros((9, 8))), encode(np.full((8, 8), 200)), b"\x89PNG\r\n broken", None]
    images = [{"bytes": each, "path": f"{place}.png"} for place, each in enumerate(contents)]
    labels = [*rows["label"], "1", "2", "3", "4"]
    found = take(corpus, tmp_path, pl.DataFrame({"image": images, "label": labels}))
    assert found.rows_admitted == 20
    admitted = pl.read_parquet(corpus.files.location(read_version(corpus.files).parts[-1].path))
    assert pixels(admitted).tolist() == pixels(rows).tolist()
    whys = {place: why for place, (why,) in reasons(corpus, found).items()}
    assert whys[20] == (
        "schema: column 'image' holds a picture that does not fit: it has 9 × 8 pixels, and the anchor's have 8 × 8"
    )
    assert whys[21].endswith("it has a pixel of 200, and the anchor's have at most 16")
    assert "the bytes are no PNG" in whys[22] or "cannot be decoded" in whys[22]
    assert whys[23] == "schema: column 'image' has no value, and the anchor's always has one"
    raw = pl.read_parquet(corpus.files.location(f"batches/{found.batch}") + "/quarantined-*.parquet")["raw"]
    assert json.loads(raw[2])["image"] == {"bytes": b"\x89PNG\r\n broken".hex(), "path": "22.png"}
    words = take(corpus, tmp_path, pl.DataFrame({"image": ["a.png.b", "b.png.b"], "label": ["1", "2"]}))
    assert words.status == "held" and "such as a path" in str(words.cause)


def test_the_profile_and_the_index_are_made_again_where_they_are_missing(tmp_path: Path) -> None:
    corpus = open_pictures(tmp_path)
    take(corpus, tmp_path, fresh(20, 14))
    before = {path: corpus.files.get(path) for path in corpus.files.list(PICTURES)}
    stored = PictureProfile.from_bytes(corpus.pictures.to_bytes(), corpus.schema)
    assert stored.to_bytes() == corpus.pictures.to_bytes()
    for path in before:
        Path(corpus.files.location(path)).unlink()
    again = open_corpus(settings(tmp_path), Store(tmp_path / "data"), by="test", at=AT)
    found = take(again, tmp_path, pl.concat([with_other_pixel(fresh(20, 14)[:1]), fresh(20, 15)]))
    assert list(reasons(again, found)) == [0]
    assert before and {path: again.files.get(path) for path in before} == before


def test_pictures_are_rows_in_sql_and_a_trim_leaves_some_out(tmp_path: Path) -> None:
    corpus = open_pictures(tmp_path)
    take(corpus, tmp_path, fresh(20, 16), **SYNTHETIC)
    sql = "select sum(list_sum(image)) from corpus_digits.rows where version = 2 and origin = 'synthetic'"
    assert int(query(corpus.store, sql).item()) == pixels(fresh(20, 16)).sum()
    trimmed = plan(corpus, share=0.02)
    apply(corpus, trimmed, reason="too much", by="test", at=AT)
    assert 0 < trimmed.leave_out < 20 and "closest" not in trimmed.how
    assert not audit(corpus).problems


def test_pictures_that_are_alike_by_chance_are_not_compared_and_that_is_told(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    flat = np.repeat(random.integers(17, size=(600, 8)), 8, axis=1) // 8 * 8
    unlike = with_pixels(digits()[:600], flat)
    corpus = open_pictures(tmp_path, unlike)
    assert most_apart(corpus.pictures, 100) is None
    found = take(corpus, tmp_path, fresh(20, 17))
    assert any(what.startswith("near_duplicates: pictures are not compared with") for what in found.not_looked_into)


def test_near_copies_of_known_synthetic_pictures_are_certain(tmp_path: Path) -> None:
    corpus = open_pictures(tmp_path)
    made = fresh(120, 1)
    take(corpus, tmp_path, made, **SYNTHETIC)
    path = tmp_path / "file.parquet"
    pl.concat([fresh(40, 24), with_other_pixel(made[:20])]).write_parquet(path)
    assert estimate_file(corpus, path).to_json()["certain"]["near copy"] >= 18
