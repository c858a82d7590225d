"""A guard that observes says what it would have held, and admits it; rows of the holdout are held in any mode."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.intake.row_findings import RowFindings
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.store import Store
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, take

OBSERVED = {"duplicates": 30, "range": 20}
HELD = {"holdout_overlap": 30, "provenance": 10}
"""In any mode."""


def open_mode(folder: Path, mode: str) -> OpenCorpus:
    folder.mkdir()
    return open_once(corpus_settings(folder, mode=mode), Store(folder / "data"), by="test", at=AT)


def troubled(corpus: OpenCorpus) -> pl.DataFrame:
    """Clean rows, and rows that the holdout, the anchor, a range and the provenance speak against."""
    clean = ROWS[4_000:6_000].unique(maintain_order=True)
    holdout, anchor = (each.select(ROWS.columns).head(30) for each in (corpus.holdout, corpus.rows))
    far = clean[:20].with_columns(pl.col("log_wage") + 1e6)
    odd = clean[20:30]
    depth = [0] * (clean.height - 30 + 80) + [3] * 10
    rows = pl.concat([clean[30:], holdout, anchor, far, odd], how="vertical_relaxed")
    return rows.with_columns(provenance_depth=pl.Series(depth, dtype=pl.Int32))


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Outcome, dict[tuple[str, str], GuardResult]]]:
    """The same batch, in either mode: its outcome, and the results in the ledger."""
    found = {}
    for mode in ("observe", "enforce"):
        folder = tmp_path_factory.mktemp(mode) / "here"
        corpus = open_mode(folder, mode)
        outcome = take(corpus, folder / "batch.parquet", troubled(corpus))
        results = {(each.guard, each.metric): each for each in read_version(corpus.files).guards}
        found[mode] = outcome, results
    return found


def test_what_would_have_been_held_is_told_and_admitted(
    taken: dict[str, tuple[Outcome, dict[tuple[str, str], GuardResult]]],
) -> None:
    outcome, results = taken["observe"]
    assert (outcome.status, outcome.reasons) == ("partly admitted", ())
    assert outcome.rows_quarantined == 40, "no training may see the holdout, and no ledger can count a contradiction"
    assert {guard: results[guard, "rows_held"].value for guard in HELD} == HELD
    assert outcome.held_rows[0].startswith("holdout_overlap: 30 rows, such as row ")
    for guard, rows in OBSERVED.items():
        result = results[guard, "rows_observed"]
        assert (result.value, result.passed, result.blocking) == (rows, False, False)
        assert f"{guard}: {result.why}" in outcome.observed
    assert "column 'log_wage' holds 10000" in results["range", "rows_observed"].why
    assert "check the column's unit" in results["range", "rows_observed"].why


def test_the_same_rows_are_held_where_the_guards_block(
    taken: dict[str, tuple[Outcome, dict[tuple[str, str], GuardResult]]],
) -> None:
    outcome, results = taken["enforce"]
    held = {guard: results[guard, "rows_held"].value for guard in (*HELD, *OBSERVED)}
    assert held == {**HELD, **OBSERVED}
    assert outcome.observed == ()
    assert outcome.held_rows[0].startswith("duplicates: 30 rows, such as row ")
    assert len(outcome.held_rows) == 4


def test_a_batch_guard_that_observes_is_told(tmp_path: Path) -> None:
    corpus = open_mode(tmp_path / "here", "observe")
    found = take(corpus, tmp_path / "batch.parquet", ROWS[4_000:5_000].with_columns(pl.col("log_wage") + 1))
    assert found.status == "admitted"
    assert any(each.startswith("drift: two_sample_auc is 0.") for each in found.observed)
    again = take(corpus, tmp_path / "batch.parquet")
    assert (again.status, again.observed) == ("known", found.observed), "the ledger has it"


def test_rows_are_counted_over_chunks_once_for_each_guard_and_the_first_is_the_example() -> None:
    found = RowFindings({"range", "duplicates"})
    found.add_reasons(
        pl.Series([7, 8, 9]),
        pl.Series([["range: b", "range: a", "other: x"], ["duplicates: d"], []], dtype=pl.List(pl.String)),
    )
    found.add_reasons(pl.Series([3]), pl.Series([["range: c"]]))
    assert [(each.guard, each.rows, each.position, each.reason) for each in found] == [
        ("range", 2, 3, "c"),
        ("duplicates", 1, 8, "d"),
    ]
