"""No row of a protected set enters a corpus, exactly or nearly, in any mode; what was in before is found again."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import load_protected
from outcross.assets.corpus.protected.recheck import Rechecked, recheck
from outcross.assets.corpus.quarantine.quarantine import release
from outcross.assets.export.batches import describe_corpus
from outcross.resources.errors import BadInput
from outcross.resources.warehouse import query
from tests.assets.corpus import pictures
from tests.assets.corpus import texts as made_up
from tests.assets.corpus.people import AT, people, reopen, start, take
from tests.assets.corpus.pictures import reasons

BENCHMARK = people(60, 77)
RELEASE: dict[str, Any] = {"reason": "looked at", "by": "anna", "at": AT}
MODES = {"mode": "observe", "guards": {}}


def protect(folder: Path, **changes: Any) -> OpenCorpus:
    """Open a corpus whose file names the benchmark, beside the corpus file."""
    BENCHMARK.write_csv(folder / "benchmark.csv")
    return start(folder, protected={"benchmark": str(folder / "benchmark.csv")}, **MODES, **changes)


def copies() -> pl.DataFrame:
    """Twelve new rows, three rows of the benchmark, and three that differ from one within rounding."""
    return pl.concat([people(12, 5), BENCHMARK[:3], BENCHMARK[3:6].with_columns(pl.col("wage") + 1e-9)])


def recheck_now(corpus: OpenCorpus) -> Rechecked:
    protected = load_protected(corpus)
    assert protected is not None
    return recheck(corpus, read_version(corpus.files), protected)


def test_rows_of_a_table_are_held_with_the_name_of_the_set_although_every_guard_observes(tmp_path: Path) -> None:
    corpus = start(folder := tmp_path / "people", **MODES)
    before = take(corpus, tmp_path / "before.parquet", copies())
    assert before.rows_admitted == 18, "the set was not named yet"
    corpus = protect(folder)
    found = take(corpus, tmp_path / "batch.parquet", pl.concat([people(10, 6), BENCHMARK[20:22]]))
    said = "protected: the row equals a row of the protected set 'benchmark', which no training may see"
    assert reasons(corpus, found) == {10: [said], 11: [said]}
    (warning,) = found.warnings
    assert "3 rows of the corpus equal one of its rows, 3 nearly do" in warning
    assert "'outcross corpus people --recheck'" in warning
    with pytest.raises(BadInput, match="of a protected set, or nearly so: rows 10, 11"):
        release(corpus, found.batch, positions=None, **RELEASE)

    again = recheck_now(corpus)
    assert again.rows.select("batch_id", "position", "alike").rows() == [
        (before.batch, place, "equals" if place < 15 else "nearly equals") for place in range(12, 18)
    ]
    assert again.contents["wage"].to_list() == copies()["wage"][12:].to_list(), "to the last bit"
    assert take(corpus, tmp_path / "next.parquet", people(10, 8)).warnings == (), "it is told once"
    told = query(
        corpus.store, "select protected_set, rows_held, rows_admitted_before from protected order by all"
    ).rows()
    assert told == [("benchmark", 0, None), ("benchmark", 2, None), ("benchmark", None, 6)]
    assert any("protected set 'benchmark': 2 rows" in note for note in describe_corpus(corpus).notes)
    assert audit(corpus).problems == ()


def test_a_set_that_is_named_at_the_start_is_left_out_of_the_anchor(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    people(400, 0)[:30].write_csv(tmp_path / "set.csv")
    corpus = start(tmp_path / "people", protected={"benchmark": str(tmp_path / "set.csv")})
    wages = set(people(400, 0)["wage"][:30])
    assert not wages & set(corpus.rows["wage"]) and corpus.rows.height + corpus.holdout.height < 400
    assert any(
        "of the anchor are left out as copies of rows of the protected set 'benchmark'" in note for note in corpus.notes
    )


def test_a_set_that_cannot_be_read_stops_an_ingest_before_anything_is_read(tmp_path: Path) -> None:
    corpus = start(tmp_path / "people", **MODES)
    (tmp_path / "people" / "other.csv").write_text("a,b\n1,2\n3,4\n")
    settings = {"protected": {"benchmark": str(tmp_path / "people" / "other.csv")}}
    start(tmp_path / "people", **MODES, **settings)
    corpus = reopen(tmp_path / "people")
    with pytest.raises(BadInput, match=r"protected set 'benchmark': source '.*other\.csv' lacks the columns"):
        take(corpus, tmp_path / "batch.parquet", people(10, 1))


def test_pictures_are_compared_by_their_hashes_whatever_stands_beside_them(tmp_path: Path) -> None:
    benchmark = pictures.fresh(20, 10)
    benchmark.write_parquet(tmp_path / "benchmark.parquet")
    corpus = pictures.open_pictures(
        tmp_path, mode="observe", protected={"benchmark": str(tmp_path / "benchmark.parquet")}
    )
    relabelled = benchmark[:2].with_columns(label=pl.lit("0"))
    batch = pl.concat([pictures.fresh(30, 0), relabelled, pictures.with_other_pixel(benchmark[4:7])])
    found = pictures.take(corpus, tmp_path, batch)
    told = reasons(corpus, found)
    assert set(told) >= {30, 31} and len(set(told) & {32, 33, 34}) >= 2 and len(told) <= 6
    assert told[30] == ["protected: the row equals a row of the protected set 'benchmark', which no training may see"]


def test_texts_are_found_by_their_shingles_whatever_stands_beside_them(tmp_path: Path) -> None:
    benchmark = made_up.texts(30, 91)
    pl.DataFrame({"text": benchmark}).write_ndjson(tmp_path / "benchmark.jsonl")
    corpus = made_up.open_texts(tmp_path, protected={"benchmark": str(tmp_path / "benchmark.jsonl")})
    protected = load_protected(corpus)
    assert protected is not None
    rows = [*made_up.texts(20, 92), benchmark[0], *(made_up.reword(each, 1) for each in benchmark[1:4])]
    found = protected.find(pl.DataFrame({"position": range(24), "text": rows}))
    assert found.select("position", "alike").rows() == [
        (20, "equals"), (21, "nearly equals"), (22, "nearly equals"), (23, "nearly equals")
    ]  # fmt: skip
