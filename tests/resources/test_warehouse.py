"""The SQL views, over a local folder and over an object store."""

from datetime import timedelta

import duckdb
import polars as pl
import pytest

from outcross.assets.dataset.manifest import first_manifest, next_manifest, resolve
from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.policies import Subsample
from outcross.resources import warehouse
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Address, Store
from outcross.resources.warehouse import query, write_warehouse

SCHEMA = {
    "schema": Schema(
        (Column(name="x", role=Role.NUMERIC), Column(name='a "quoted" name', role=Role.CATEGORICAL))
    ).to_json()
}


@pytest.fixture(params=["path", "memory"])
def store(request: pytest.FixtureRequest, tmp_path) -> Store:
    root = str(tmp_path) if request.param == "path" else f"memory://{tmp_path.name}"
    store = Store(root)
    values = {"x": [float(i) for i in range(8)], 'a "quoted" name': list("abcdefgh")}
    anchor = pl.DataFrame({"row": range(8), "row_id": [f"a{i}" for i in range(8)], **values})
    for thing in ("anchor", "holdout"):
        store.write(Address(study="my-study", thing=thing), anchor, provenance=SCHEMA)
    part = pl.DataFrame(
        {
            "replicate": pl.Series([0] * 8 + [1] * 8, dtype=pl.Int32),
            "row": [*range(8), *range(8)],
            "row_id": [f"g0.r{r}.{i}" for r in (0, 1) for i in range(8)],
            "depth": pl.Series([1] * 16, dtype=pl.Int32),
            "x": [100.0 * (r + 1) + i for r in (0, 1) for i in range(8)],
            'a "quoted" name': ["s"] * 16,
        }
    )
    real = RealRows(study="my-study", seed=1, lineage="sub", replicates=[0, 1], all_replicates=2, rows=8, anchor_rows=8)
    first = first_manifest(real)
    later = next_manifest(Subsample(policy="subsample"), real, generation=1)
    store.write(Address(study="my-study", thing="dataset", generation=0, lineage="shared"), first, provenance={})
    store.write(Address(study="my-study", thing="dataset", generation=1, lineage="sub"), later, provenance={"k": "v"})
    store.write(Address(study="my-study", thing="synthetic", generation=0, lineage="shared"), part, provenance={})
    return store


def test_the_rows_view_resolves_a_manifest_as_generations_do(store: Store) -> None:
    answer = query(store, 'select replicate, row_id, x from "my-study".rows where generation = 1 order by all')
    manifest = store.read(Address(study="my-study", thing="dataset", generation=1, lineage="sub"))
    resolved = resolve(
        manifest,
        anchor=store.read(Address(study="my-study", thing="anchor")),
        synthetic=lambda g, lineage: store.read(
            Address(study="my-study", thing="synthetic", generation=g, lineage=lineage)
        ),
    )
    assert answer.equals(resolved.select("replicate", "row_id", "x").sort("replicate", "row_id", "x"))


def test_the_parts_view_has_paths_and_provenance(store: Store) -> None:
    answer = query(store, "select study, generation, lineage, provenance from parts where thing = 'dataset' order by 2")
    assert answer.rows() == [("my-study", 0, "shared", "{}"), ("my-study", 1, "sub", '{"k": "v"}')]


def test_an_empty_store_has_no_views_and_still_answers(tmp_path) -> None:
    assert query(Store(tmp_path), "select 1 as one").rows() == [(1,)]
    with pytest.raises(BadInput, match="query failed"):
        query(Store(tmp_path), "select * from evaluations")


@pytest.mark.parametrize("statement", ["drop table x", "copy (select 1) to 'x.csv'", "attach 'x.db'", "install httpfs"])
def test_statements_that_do_not_read_are_refused(store: Store, statement: str) -> None:
    with pytest.raises(BadInput, match="is not a query"):
        query(store, statement)


def test_an_evaluation_has_its_definition_of_collapse_under_the_present_and_the_former_name(store: Store) -> None:
    evaluation = pl.DataFrame({"replicate": [0], "metric": ["loss"], "family": ["loss grows"], "value": [1.5]})
    store.write(Address(study="my-study", thing="evaluation", generation=1, lineage="sub"), evaluation, provenance={})
    answer = query(store, "select metric, definition, family from evaluations")
    assert answer.rows() == [("loss", "loss grows", "loss grows")]


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("select 1 as n", [(1,)]),
        ("  WITH a AS (select 2 as n) from a", [(2,)]),
        ("values (3)", [(3,)]),
        ("from range(1)", [(0,)]),
        ("explain select 1", None),
        ("explain analyze select 1", None),
        ("explain (format json) select 1", None),
        ("describe select 1 as n", None),
        ("show tables", None),
        ("summarize select 1 as n", None),
    ],
)
def test_every_statement_that_only_reads_is_answered(tmp_path, sql: str, answer: list[tuple[int]] | None) -> None:
    found = query(Store(tmp_path), sql)
    assert answer is None or found.rows() == answer


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "select 1; drop table x",
        "explain analyze copy (select 1) to 'x.csv'",
        "explain analyze explain analyze copy (select 1) to 'x.csv'",
        "explain create table x (a int)",
        "with a as (select 1) insert into b select * from a",
    ],
)
def test_a_text_that_begins_as_a_query_and_does_more_is_refused(tmp_path, sql: str) -> None:
    with pytest.raises(BadInput, match=r"^'.{1,60}' is not one statement that only reads; write a single|query failed"):
        query(Store(tmp_path), sql)
    assert list(tmp_path.iterdir()) == []


def test_a_query_reads_below_the_root_and_nowhere_else(tmp_path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "in.csv").write_text("a\n1\n")
    (tmp_path / "out.csv").write_text("a\n2\n")
    store = Store(tmp_path / "root")
    assert query(store, f"select a from '{tmp_path}/root/in.csv'").item() == 1
    with pytest.raises(BadInput, match="query failed"):
        query(store, f"select a from '{tmp_path}/out.csv'")


def test_an_interval_is_a_duration_and_other_columns_stay(tmp_path) -> None:
    sql = 'select interval 36 hours as "a""b", \'x\' as c, interval 1 month as d'
    assert query(Store(tmp_path), sql).rows() == [(timedelta(hours=36), "x", timedelta(days=30))]


def test_a_fault_that_is_not_of_the_query_is_told(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(answer: object) -> pl.DataFrame:
        raise RuntimeError("something else")

    monkeypatch.setattr(warehouse, "_fetch", fail)
    with pytest.raises(RuntimeError, match="something else"):
        query(Store(tmp_path), "select 1")


def test_the_warehouse_is_a_file_of_a_root_that_is_there_on_this_machine(tmp_path) -> None:
    assert write_warehouse(Store(tmp_path / "absent")) is None and not (tmp_path / "absent").exists()
    assert write_warehouse(Store("memory://bucket")) is None
    path = tmp_path / "warehouse.duckdb"
    assert write_warehouse(Store(tmp_path)) == path and path.exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_warehouse_that_another_process_has_open_stays(
    tmp_path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(name: str) -> None:
        raise duckdb.IOException("Could not set lock on file")

    if there:
        write_warehouse(Store(tmp_path))
    monkeypatch.setattr(duckdb, "connect", locked)
    assert write_warehouse(Store(tmp_path)) == (tmp_path / "warehouse.duckdb" if there else None)


def test_each_kind_of_part_has_its_view_with_generation_and_lineage_from_its_path(store: Store) -> None:
    for thing in ("model", "dataset_checks"):
        part = pl.DataFrame({"value": [1]})
        store.write(Address(study="my-study", thing=thing, generation=12, lineage="sub"), part, provenance={})
    store.write(Address(study="my-study", thing="verdict"), pl.DataFrame({"value": [2]}), provenance={})
    expected = [("my-study", 12, "sub", 1)]
    assert query(store, "select study, generation, lineage, value from models").rows() == expected
    assert query(store, "select study, generation, lineage, value from checks").rows() == expected
    assert query(store, "select thing from checks").item() == "dataset_checks"
    assert query(store, "select study, generation, lineage, value from verdicts").rows() == [
        ("my-study", None, None, 2)
    ]
    columns = query(store, "select * from datasets").columns
    assert columns[4:] == ["replicate", "origin", "made_in", "made_by", "depth", "start", "stop", "weight"]


def test_the_rows_of_a_study_are_queried_by_range_and_origin(store: Store) -> None:
    sql = 'select origin, made_in, made_by, count(*), count(distinct row_id) from "my-study".rows where generation = 1'
    found = query(store, f"{sql} group by all order by all")
    manifest = store.read(Address(study="my-study", thing="dataset", generation=1, lineage="sub"))
    counted = manifest.group_by("origin", "generation", "lineage").agg(n=(pl.col("stop") - pl.col("start")).sum())
    assert [row[:4] for row in found.rows()] == counted.sort("origin", "generation", "lineage").rows()
    synthetic = query(
        store, 'select generation, lineage, replicate, row, row_id, x from "my-study".synthetic order by 3, 4'
    )
    assert synthetic.rows()[9] == (0, "shared", 1, 1, "g0.r1.1", 201.0)
    assert query(store, 'select row, row_id, x from "my-study".holdout where row = 3').rows() == [(3, "a3", 3.0)]
