"""The sums of a corpus are those of its stored rows; an intake reads no earlier row for them."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import CELLS
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.quarantine.decisions import release
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.assets.corpus.undeclared.comparison import scan_declared
from outcross.assets.corpus.undeclared.pooled import corpus_evidence
from outcross.assets.corpus.undeclared.pooled.corpus_evidence import (
    MOST_CALIBRATION,
    _is_outdated,
    gather,
    read_groups,
)
from outcross.assets.corpus.undeclared.pooled.fixed_cells import FixedCells
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Address, Store
from outcross.resources.warehouse import query
from tests.assets.corpus.people import AT, CLAIMS, people

WEEK = 120


def generated(rows: int, seed: int) -> pl.DataFrame:
    """Rows of a generator that knows too few ages and too high wages."""
    drawn = people(rows, seed)
    return drawn.with_columns(wage=pl.col("wage") * 1.4, age=25 + pl.col("age") % 20)


def took(corpus: OpenCorpus, path: Path, rows: pl.DataFrame, claims: str = "real", **changes: Any) -> Outcome:
    rows.write_parquet(path)
    return ingest(corpus, path, Request(claims=CLAIMS[claims] | changes, by="test", at=AT))


def reopened(folder: Path) -> OpenCorpus:
    source = {
        "kind": "files",
        "path": str(folder / "anchor.parquet"),
        "columns": {"sex": "group", "y": "label"},
    }
    settings = {
        "corpus": "people",
        "anchor": source,
        "bound": {"share": 0.5},
        "known": ["census"],
        "mode": "observe",
        "guards": {"duplicates": {"mode": "enforce"}, "synthetic_share": {"mode": "enforce"}},
    }
    return open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="test", at=AT)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with a known study, and three batches: clean, mixed, and one with a row that is held."""
    folder = tmp_path_factory.mktemp("evidence")
    people(1_200, 0).write_parquet(folder / "anchor.parquet")
    corpus = reopened(folder)
    known = generated(300, 1).with_columns(replicate=pl.lit(0), depth=pl.lit(1))
    corpus.store.write(Address(study="census", thing="synthetic", generation=0, lineage="shared"), known, provenance={})
    took(corpus, folder / "1.parquet", people(WEEK, 2))
    took(corpus, folder / "2.parquet", pl.concat([people(WEEK - 30, 3), generated(30, 4)]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(corpus_evidence, "scan_rows", _refuse)
        rows = people(WEEK, 5)
        found = took(corpus, folder / "3.parquet", pl.concat([rows, rows[:1]]))
    assert (found.rows_admitted, found.rows_quarantined) == (WEEK, 1)
    return folder


def _refuse(*_: Any, **__: Any) -> pl.LazyFrame:
    raise AssertionError("an intake reads no earlier row")


@pytest.fixture
def corpus(started: Path, tmp_path: Path) -> OpenCorpus:
    """A copy that a test may change."""
    shutil.copytree(started, tmp_path / "copy")
    opened = reopened(started)
    store = Store(tmp_path / "copy" / "data")
    return open_corpus(opened.settings, store, by="test", at=AT)


def evidence_of(version: Version) -> ShareEvidence:
    assert version.evidence is not None
    return version.evidence


def test_the_sums_of_three_intakes_are_those_of_their_stored_rows(corpus: OpenCorpus) -> None:
    last = read_version(corpus.files)
    carried = evidence_of(last)
    assert (carried.rows, len(carried.last), carried.rises[0].generator) == (3 * WEEK, 3, "study census")
    content = last.to_json()
    earlier = Version.from_json({name: each for name, each in content.items() if name not in {"evidence", "recent"}})
    assert earlier.evidence is None, "as an earlier release wrote it"
    again = gather(corpus, earlier)
    assert again is not None and again.evidence == carried
    for path in corpus.files.list(CELLS):
        Path(corpus.files.location(path)).unlink()
    anew = gather(corpus, last)
    assert anew is not None and anew.evidence == carried


def test_the_estimate_is_of_all_batches_and_is_in_sql(corpus: OpenCorpus, tmp_path: Path) -> None:
    last = read_version(corpus.files)
    assert last.estimated is not None and last.recent is not None
    assert last.estimated.lower < 30 / last.rows < last.estimated.upper
    assert "for the 360 others since the anchor, all batches together" in last.estimated.how
    assert last.recent.how.startswith("360 rows declared real, of the last 3 batches")
    (row,) = query(
        corpus.store,
        "select recent_share, rows_pooled, rows_not_pooled, generator, rise, since_batch, rows_since "
        "from ledger join accumulated using (corpus, version) where version = 4",
    ).rows()
    rise = evidence_of(last).rises[0]
    assert row == (
        pytest.approx(last.recent.share),
        360,
        0,
        "study census",
        pytest.approx(rise.value),
        rise.batch,
        rise.since.rows,
    )


def test_a_generator_that_appears_renews_the_classifier_and_is_one_with_a_study_of_the_same(
    corpus: OpenCorpus, tmp_path: Path
) -> None:
    before = evidence_of(read_version(corpus.files))
    took(corpus, tmp_path / "same.parquet", generated(150, 7), "synthetic", generator="vendor")
    took(corpus, tmp_path / "4.parquet", people(WEEK, 8))
    last = read_version(corpus.files)
    after = evidence_of(last)
    assert [rise.generator for rise in after.rises] == ["study census and vendor"]
    assert read_groups(corpus, last) == (("study census", "vendor"),)
    assert (after.cells != before.cells, after.rows) == (True, before.rows + WEEK)
    assert [part.synthetic for part in last.parts] == [None, 0, 0, 0, 150, 0]
    earlier = replace(last, parts=tuple(replace(part, synthetic=None) for part in last.parts))
    for part in last.parts[1:]:
        if part.synthetic == 0:
            Path(corpus.files.location(part.path)).unlink()
    declared = scan_declared(corpus, last).collect()
    assert declared.height == 150, "parts without declared rows are not read"
    with pytest.raises(FileNotFoundError):
        scan_declared(corpus, earlier).collect()


def test_rows_released_are_added_and_rows_left_out_are_counted_again(corpus: OpenCorpus, tmp_path: Path) -> None:
    last = read_version(corpus.files)
    assert last.batch is not None
    released = release(corpus, last.batch, positions=None, reason="seen", by="test", at=AT)
    carried = evidence_of(released)
    assert (carried.rows, carried.last) == (3 * WEEK + 1, evidence_of(last).last)
    again = gather(corpus, replace(released, evidence=None))
    assert again is not None and again.evidence.since_anchor == carried.since_anchor
    took(corpus, tmp_path / "doubtful.parquet", people(WEEK, 10), origin="mixed", generator="census", depth=1)
    doubtful = evidence_of(read_version(corpus.files))
    assert (doubtful.rows, doubtful.rises) == (4 * WEEK + 1, carried.rises), "only rows declared real make it rise"
    trimmed = apply(corpus, plan(corpus, share=0.05), reason="less", by="test", at=AT)
    assert trimmed.evidence is None and trimmed.estimated is not None
    took(corpus, tmp_path / "5.parquet", people(WEEK, 11))
    assert evidence_of(read_version(corpus.files)).rows == 5 * WEEK + 1 - trimmed.left_out[0].rows


def test_a_file_of_cells_places_rows_as_the_classifier_did_that_it_was_made_of(corpus: OpenCorpus) -> None:
    gathered = gather(corpus, read_version(corpus.files))
    assert gathered is not None
    rows = corpus.holdout.select(corpus.schema.names)
    back = FixedCells.from_bytes(gathered.cells.content, corpus.schema)
    np.testing.assert_array_equal(back.place(rows), gathered.cells.place(rows))
    assert back.digest == gathered.cells.digest == evidence_of(read_version(corpus.files)).cells


def test_a_generator_that_equals_real_rows_counts_as_real() -> None:
    schema = Schema((Column(name="x", role=Role.NUMERIC), Column(name="y", role=Role.NUMERIC)))
    random = np.random.default_rng(0)
    anchor, holdout, same, other = (
        pl.DataFrame(random.normal(mean, size=(200, 2)), schema=["x", "y"]) for mean in (0, 0, 0, 1)
    )
    fitted = {
        name: FixedCells.fit(schema, anchor=anchor, holdout=holdout, known=known, seed=1)
        for name, known in (("both", {"same": same, "other": other}), ("same", {"same": same}))
    }
    assert (fitted["both"].groups, fitted["both"].merged) == ((("other",),), ("same",))
    assert (fitted["same"].groups, fitted["same"].cells, fitted["same"].known) == ((), 0, {"same": 200})
    assert json.loads(json.dumps(fitted["same"].names)) == []


@pytest.mark.parametrize(
    ("known", "counts", "outdated"),
    [
        ({"a": 100}, {"a": 199}, False),
        ({"a": 100}, {"a": 200}, True),
        ({"a": MOST_CALIBRATION}, {"a": 10 * MOST_CALIBRATION}, False),
        ({"a": MOST_CALIBRATION - 1}, {"a": 2 * MOST_CALIBRATION - 2}, True),
        ({"a": 100}, {"a": 100, "b": 1}, True),
        ({"a": 100, "b": 5}, {"a": 100}, False),
        ({}, {}, False),
    ],
)
def test_a_classifier_is_outdated_where_a_generator_came_or_its_few_rows_doubled(
    known: dict[str, int], counts: dict[str, int], outdated: bool
) -> None:
    cells: Any = SimpleNamespace(known=known)
    assert _is_outdated(cells, counts) is outdated
