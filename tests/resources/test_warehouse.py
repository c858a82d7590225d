"""The SQL views, over a local folder and over an object store."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from outcross.assets.dataset.manifest import first_manifest, next_manifest, resolve
from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.policies import Subsample
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.part_query import part_query
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sql_answer import Bounds
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


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("with x as (copy (select 1) to '{}/x.csv') select 1", "it has COPY"),
        ("select * from query('with x as (copy (select 1) to ''{}/x.csv'') select 1')", "the function query"),
        ("select * from json_execute_serialized_sql('{{}}')", "json_execute_serialized_sql"),
        ("with x as (insert into t values (1) returning *) select 1", "it has INSERT"),
        ("explain analyze copy (select 1) to '{}/x.csv'", "EXPLAIN ANALYZE runs"),
        ("explain /* */ (format json, analyze) select 1", "EXPLAIN ANALYZE runs"),
        ("select 1; copy (select 1) to '{}/x.csv'", "single 'select"),
        ("set enable_external_access = true", "is not a query"),
        ("select * from '/etc/hostname'", "query failed"),
        ("select * from read_text('{}/../secret.txt')", "query failed"),
        ("select * from 'https://example.org/x.csv'", "query failed"),
        ("select * from query_table('nothing')", "the function query_table"),
        ("select '\udcff'", "is not Unicode"),
    ],
)
def test_no_root_can_be_written_to_and_nothing_beyond_it_read(
    store: Store, tmp_path: Path, statement: str, refusal: str
) -> None:
    outside = store.path.rpartition("/")[0] + "/secret.txt"
    store.filesystem.pipe_file(outside, b"secret")
    before = store.filesystem.find(store.path)
    root = store.path if store.is_local else f"memory://{store.path}"
    with pytest.raises(BadInput, match=refusal):
        query(store, statement.format(root))
    assert store.filesystem.find(store.path) == before


def test_a_query_ends_where_its_time_or_its_memory_does(tmp_path: Path) -> None:
    pairs = "from range(400000) a, range(1000000) b"
    for statement, bounds, remedy in (
        (f"select sum(a.range + b.range) {pairs}", Bounds(seconds=0.2), "raise --timeout"),
        (f"select * {pairs}", Bounds(bytes=2**20), "more than 1 MiB; select fewer rows"),
    ):
        with pytest.raises(BadInput, match=remedy):
            query(Store(tmp_path), statement, bounds=bounds)


def test_an_evaluation_has_its_definition_of_collapse_under_the_present_and_the_former_name(store: Store) -> None:
    evaluation = pl.DataFrame({"replicate": [0], "metric": ["loss"], "family": ["loss grows"], "value": [1.5]})
    store.write(Address(study="my-study", thing="evaluation", generation=1, lineage="sub"), evaluation, provenance={})
    answer = query(store, "select metric, definition, family from evaluations")
    assert answer.rows() == [("loss", "loss grows", "loss grows")]


def a_study(store: Store, name: str, **columns: object) -> None:
    """A study of an anchor and a measurement."""
    rows = pl.DataFrame({"row": [0], "row_id": ["a0"], **{column: [value] for column, value in columns.items()}})
    schema = Schema(tuple(Column(name=column, role=Role.NUMERIC) for column in columns)).to_json()
    for thing in ("anchor", "holdout"):
        store.write(Address(study=name, thing=thing), rows, provenance={"schema": schema})
    measured = pl.DataFrame({"metric": ["loss"], "family": ["f"], "value": [1.0]})
    store.write(Address(study=name, thing="evaluation", generation=0, lineage="shared"), measured, provenance={})


@pytest.mark.parametrize("name", ["main", "temp", "system", "warehouse"])
def test_a_study_of_a_name_that_duckdb_has_breaks_no_view_and_has_its_own_schema(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path)
    for each in (name, "other"):
        a_study(store, each, x=1.0)
    damaged: list[Damaged] = []
    assert query(store, f"select x from study_{name}.anchor", damaged)["x"].to_list() == [1.0]
    assert query(store, part_query(Address(study=name, thing="anchor")) or "", damaged).height == 1
    assert sorted(query(store, "select study from evaluations", damaged)["study"]) == sorted([name, "other"])
    assert query(store, "select x from other.anchor", damaged).height == 1
    assert damaged == []
    assert write_warehouse(store) is not None


def test_a_study_without_a_dataset_has_no_view_of_its_rows(tmp_path: Path) -> None:
    store, damaged = Store(tmp_path), list[Damaged]()
    a_study(store, "begun", x=1.0)
    own = query(store, "select table_name from information_schema.tables where table_schema = 'begun'", damaged)
    assert sorted(own["table_name"]) == ["anchor", "holdout"] and damaged == []


def test_a_study_with_columns_that_sql_cannot_tell_apart_breaks_no_other_view(tmp_path: Path) -> None:
    store = Store(tmp_path)
    a_study(store, "twins", x=1.0, X=2.0)
    a_study(store, "other", x=1.0)
    damaged: list[Damaged] = []
    assert query(store, "select x from other.anchor", damaged).height == 1
    assert sorted(query(store, "select study from evaluations", damaged)["study"]) == ["other", "twins"]
    assert all("twins" in str(each) for each in damaged)


@pytest.mark.parametrize("damage", ["cut", "garbage", "footer", "pages", "folder"])
def test_a_damaged_part_is_named_and_every_other_is_shown(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    for each in ("bad", "good"):
        a_study(store, each, x=1.0)
    path = tmp_path / "bad/evaluation/gen=00/lineage=shared/part.parquet"
    content = path.read_bytes()
    at = {"footer": len(content) - 8 - int.from_bytes(content[-8:-4], "little"), "pages": 4}.get(damage, 0)
    flipped = content[:at] + bytes(each ^ 255 for each in content[at : at + 30]) + content[at + 30 :]
    path.write_bytes({"cut": content[:-20], "garbage": b"{"}.get(damage, flipped))
    if damage == "folder":
        path.unlink()
        path.mkdir()
    damaged: list[Damaged] = []
    found = query(store, "select study, metric from evaluations", damaged)
    assert found.rows() == [("good", "loss")]
    assert [each.path for each in damaged] == [str(path)]
    assert damaged[0].remedy == "run study 'bad' again, which makes it anew"
    assert write_warehouse(store) is not None


def test_a_root_whose_name_looks_like_a_pattern_is_a_path(tmp_path: Path) -> None:
    root = tmp_path / "data [2024] a*b wh?t {1,2} it's"
    a_study(Store(root), "mine", x=1.0)
    assert query(Store(root), "select x from mine.anchor").height == 1
    assert query(Store(root), "select study from evaluations")["study"].to_list() == ["mine"]
    assert query(Store(root), "select count(*) as n from parts")["n"].item() == 3


def test_a_warehouse_that_is_no_database_any_more_is_written_anew(tmp_path: Path) -> None:
    a_study(Store(tmp_path), "mine", x=1.0)
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database" * 500)
    path = write_warehouse(Store(tmp_path))
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select count(*) from mine.anchor").fetchone() == (1,)
