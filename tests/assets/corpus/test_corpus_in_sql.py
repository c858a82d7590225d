"""A corpus's ledger, batches, quarantine and rows, queried in SQL."""

import hashlib
import re
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import release
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.people import ROLES, start
from tests.assets.corpus.people import people as draw_people
from tests.assets.corpus.people import take as take_rows
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, take


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    """A corpus that has admitted, partly admitted, held and refused a batch."""
    folder = tmp_path_factory.mktemp("people")
    people = open_once(corpus_settings(folder), Store(folder / "data"), by="test", at=AT)
    new = ROWS[4_000:5_000].unique(maintain_order=True)
    take(people, folder / "clean.parquet", new[:400])
    take(people, folder / "twice.parquet", pl.concat([new[400:], new[400:420]]))
    take(people, folder / "shifted.parquet", ROWS[5_000:6_000].with_columns(pl.col("log_wage") + 1))
    folder.joinpath("empty.csv").touch()
    take(people, folder / "empty.csv")
    return people


def test_the_ledger_has_one_row_per_version(people: OpenCorpus) -> None:
    found = query(
        people.store, "select version, action, rows_in, rows_admitted, rows, bound from ledger order by version"
    )
    versions = [read_version(people.files, number) for number in (1, 2, 3, 4)]
    assert found.rows() == [
        (each.number, each.action, each.rows_in, each.rows_admitted, each.rows, 0.1) for each in versions
    ]


def test_every_batch_has_its_status_and_a_refused_one_its_reason(people: OpenCorpus) -> None:
    found = query(people.store, "select file, status, reason from batches order by file")
    assert found.drop("reason").rows() == [
        ("clean.parquet", "admitted"),
        ("empty.csv", "refused"),
        ("shifted.parquet", "held"),
        ("twice.parquet", "partly admitted"),
    ]
    assert "is empty" in found["reason"][1]
    ids = query(people.store, "select file, batch from batches order by file")["batch"].to_list()
    assert ids[1] == hashlib.sha256(b"").hexdigest()[:16] and all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)


def test_no_view_has_a_column_that_only_says_which_file_a_line_was_read_from(people: OpenCorpus) -> None:
    found = query(people.store, "select table_name, column_name from information_schema.columns")
    assert {"versions", "batches", "quarantine"} <= set(found["table_name"])
    assert found.filter(pl.col("column_name") == "filename").rows() == []


def test_columns_have_the_names_of_the_file_in_sql(tmp_path: Path) -> None:
    draw_people(400, 0).rename({"work": "Work-class"}).write_parquet(tmp_path / "anchor.parquet")
    anchor = {"kind": "files", "path": str(tmp_path / "anchor.parquet"), "columns": ROLES}
    corpus = start(tmp_path / "people", anchor=anchor)
    columns = query(corpus.store, "select * from corpus_people.rows limit 1").columns
    assert {"wage", "age", "Work-class", "sex", "y"} <= set(columns) and "work_class" not in map(str.lower, columns)


def test_quarantine_has_each_row_with_its_reasons(people: OpenCorpus) -> None:
    sql = """
        select file, count(*) as n, list_distinct(flatten(list(reasons))) as reasons
        from quarantine join batches using (corpus, batch) group by file order by file
    """
    found = query(people.store, sql)
    assert found.select("file", "n").rows() == [("shifted.parquet", 1_000), ("twice.parquet", 20)]
    assert found["reasons"][1].to_list() == ["duplicates: the batch has this row already"]


def test_the_rows_of_every_version_can_be_queried(people: OpenCorpus) -> None:
    found = query(
        people.store, "select version, count(*) as n, sum(log_wage) as w from corpus_people.rows group by 1 order by 1"
    )
    assert found["n"].to_list() == [read_version(people.files, number).rows for number in (1, 2, 3, 4)]
    assert found["w"][0] == pytest.approx(people.rows["log_wage"].sum())


def test_the_results_of_guards_can_be_queried(people: OpenCorpus) -> None:
    found = query(
        people.store, "select distinct guard from guard_results where version = 4 and not passed and blocking"
    )
    assert "drift" in found["guard"].to_list()
    assert query(people.store, "select rows from ledger_counts where version = 1").item() == people.rows.height


def test_decisions_and_rows_left_out_can_be_queried(tmp_path: Path) -> None:
    people = open_once(corpus_settings(tmp_path, bound={"share": 0.5}), Store(tmp_path / "data"), by="test", at=AT)
    new = ROWS[4_000:5_000].unique(maintain_order=True)
    twice = take(people, tmp_path / "twice.parquet", pl.concat([new[:600], new[:20]]))
    synthetic = {"origin": "synthetic", "generator": "g", "depth": 1}
    made = ROWS[5_000:5_300].unique(maintain_order=True).with_columns(pl.col("log_wage") + 0.0123)
    take(people, tmp_path / "made.parquet", made, **synthetic)
    waits = query(people.store, "select position from quarantine where decision is null order by 1")["position"]
    assert waits.to_list() == list(range(600, 620))
    version = release(people, twice.batch, positions=[600, 601], reason="twins", by="test", at=AT)
    found = query(people.store, "select decision, count(*) as n from quarantine group by 1 order by 1 nulls last")
    assert found.rows() == [("released", 2), (None, 18)]
    trimmed = apply(people, plan(people, share=0.01), reason="less", by="test", at=AT)
    counts = query(people.store, "select version, count(*) as n from corpus_people.rows group by 1 order by 1")
    assert dict(counts.rows())[version.number] == version.rows
    assert dict(counts.rows())[trimmed.number] == trimmed.rows < version.rows


def test_a_corpus_below_a_root_whose_name_looks_like_a_pattern_takes_batches_and_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "data [2024] a*b"
    corpus = start(folder)
    for seed in (1, 2):
        assert take_rows(corpus, tmp_path / f"{seed}.parquet", draw_people(20, seed)).rows_admitted == 20
    answer = query(corpus.store, "select count(*) as n from corpus_people.rows where version = 3")
    assert answer["n"].item() == corpus.rows.height + 40
    named = query(corpus.store, "select path from ledger_files where version = 3")["path"].to_list()
    assert any(path.endswith("/original.parquet") for path in named)
    assert audit(corpus, from_originals=True).problems == ()
