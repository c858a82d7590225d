"""SQL views of the store: DuckDB views over the Parquet parts, without data of their own.

``warehouse.duckdb`` is stored at the store's root. Its main schema has the views that cover all studies and corpora.
The rows of a study, which has its own columns, are in a schema of the study's name:

=====================  ================================================================================
``datasets``           a line per range of rows in a manifest: study, generation, lineage, replicate, origin …
``models``             a line per replicate and generation: seed, budget, training loss, weights' sha256
``evaluations``        a line per measurement; ``about`` is empty for all rows, else a column or group;
                       ``definition`` is the definition of collapse (formerly ``family``, which is kept for
                       one version)
``verdicts``           a line per ladder and endpoint
``comparisons``        a line per pair of arms and endpoint: difference, interval, p-value, effect size, rows
``checks``             a line per vital that a check compared with its bound
``parts``              a line per part: path, bytes, rows and provenance
``STUDY.anchor``       the real rows that generations may see; ``STUDY.holdout`` those that they never see
``STUDY.pool``         the rows made elsewhere that generations draw from, by ``pool_row``; ``STUDY.tests``
                       those of the named test sets, where a study has such
``STUDY.synthetic``    every synthetic row with its generation, lineage, replicate, depth
``STUDY.rows``         the rows of every dataset, with its manifest resolved
``ledger``             a line per version of a corpus: action, rows, synthetic share, bound
``ledger_counts``      the rows of a version by origin, depth, generator and licence
``accumulated``        the cumulative sum of each known generator in a version, and the batch since which it rises
``ledger_parts``       the Parquet files of a version, by kind: rows, left out, decided
``guard_results``      a line per number that a guard measured on a batch
``batches``            a line per batch, whose status is admitted, partly admitted, held or refused
``quarantine``         every quarantined row as it arrived, with its reasons and the decision
``corpus_NAME.rows``   the rows of every ``version`` of a corpus
=====================  ================================================================================
"""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import duckdb
import polars as pl

from outcross.resources.corpus_views import refresh_corpora
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sql_text import quote, quote_name, quote_path
from outcross.resources.store import Address, Store
from outcross.resources.stored_columns import select_stored
from outcross.resources.typed_rows import shown_names

FILE = "warehouse.duckdb"
_SHARED = {
    "datasets": "*/dataset/*/*/part.parquet",
    "models": "*/model/*/*/part.parquet",
    "evaluations": "*/evaluation/*/*/part.parquet",
    "checks": "*/*_checks/*/*/part.parquet",
    "verdicts": "*/verdict/part.parquet",
    "comparisons": "*/comparison/part.parquet",
}
_OWN_COLUMNS = {
    "datasets": "replicate, origin, generation AS made_in, lineage AS made_by, depth, start, stop, weight",
    "evaluations": "* EXCLUDE (filename), family AS definition",
}
"""Shared view → the columns that it selects from a part, where these are not all."""
_FROM_PATH = ("study", "thing", "generation", "lineage")
_OF_ANCHOR = ("row", "row_id")
_OF_SYNTHETIC = ("replicate", "row", "row_id", "depth")
_OF_LINE = ("generation", "lineage", "replicate", "origin", "made_in", "made_by", "depth", "weight")
"""Columns of the rows of a study beside those of its source."""
_EVERY_PART = ("*/*/part.parquet", "*/*/*/*/part.parquet")
_READS_DATA = re.compile(r"^\s*(select|with|from|show|describe|summarize|explain|values|table)\b", re.IGNORECASE)

_EXPLAIN = re.compile(r"^\s*explain\b(\s+analyze\b|\s*\(\s*(format|analyze)\b[^)]*\))?", re.IGNORECASE)

_AGAIN = 0.1
"""Seconds after which it is asked again whether a query goes on."""


def refresh(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Redefine every view over the parts that exist now."""
    if not store.is_local:
        connection.register_filesystem(store.filesystem)
    for view, pattern in _SHARED.items():
        _view(store, connection, view, pattern)
    _parts(store, connection)
    for anchor in store.glob("*/anchor/part.parquet"):
        _study_views(store, connection, anchor.split("/")[-3])
    refresh_corpora(store, connection)


def query(store: Store, sql: str) -> pl.DataFrame:
    """Run one read-only query over the store.

    The views are made in memory and the warehouse file is not opened, so that a query needs no lock.

    Raises:
        BadInput: the statement is not a query, or DuckDB refuses it.
        KeyboardInterrupt: Ctrl-C ended the query.
    """
    if not _READS_DATA.match(sql):
        raise BadInput(f"'{sql:.60}' is not a query; write a statement that only reads, such as 'select …'")
    with duckdb.connect() as connection:
        refresh(store, connection)
        if store.is_local:
            connection.execute(f"SET allowed_directories = [{quote(store.path)}]")
            connection.execute("SET enable_external_access = false")
        try:
            if not _only_reads(connection, sql):
                raise BadInput(f"'{sql:.60}' is not one statement that only reads; write a single 'select …'")
            return _fetch_unless_interrupted(connection, sql)
        except duckdb.Error as error:
            raise BadInput(f"the query failed: {error}") from None


def _fetch_unless_interrupted(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """Run a query in a thread, so that Ctrl-C reaches this one: DuckDB loses it within a callback of its own."""
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(lambda: _fetch(connection.sql(sql)))
        try:
            while not running.done():  # a signal may wake another thread than this one
                wait([running], timeout=_AGAIN)
        except KeyboardInterrupt:
            while not running.done():  # again, for a query that has not begun yet
                connection.interrupt()
                wait([running], timeout=_AGAIN)
            raise
        return running.result()


def _fetch(answer: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Fetch the rows of an answer; intervals are durations, with months of 30 days: Polars has no calendar ones."""
    spans = [name for name, kind in zip(answer.columns, answer.types, strict=True) if str(kind) == "INTERVAL"]
    if not spans:
        rows: pl.DataFrame = answer.pl()
        return rows
    chosen = [f"epoch_us({quote_name(n)}) AS {quote_name(n)}" if n in spans else quote_name(n) for n in answer.columns]
    counted: pl.DataFrame = answer.project(", ".join(chosen)).pl()
    return counted.with_columns(pl.col(spans).cast(pl.Duration("us")))


def _only_reads(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Check that a text is one statement, and that it writes nothing: COPY could write into the store.

    A statement that is explained is checked as well, because EXPLAIN ANALYZE runs it.
    """
    kinds = [each.type for each in connection.extract_statements(sql)]
    if kinds == [duckdb.StatementType.EXPLAIN]:
        explained = _EXPLAIN.sub("", sql, count=1)
        return explained != sql and _only_reads(connection, explained)
    return kinds == [duckdb.StatementType.SELECT]


def write_warehouse(store: Store) -> Path | None:
    """Write ``warehouse.duckdb`` at a local root, for any DuckDB client; return its path.

    If another process has the file open, its earlier views stay: they name parts by pattern or path and remain valid.
    """
    if not store.is_local or not Path(store.path).is_dir():
        return None
    path = Path(store.path) / FILE
    try:
        with duckdb.connect(str(path)) as connection:
            refresh(store, connection)
    except duckdb.IOException:
        return path if path.exists() else None
    return path


def _view(store: Store, connection: duckdb.DuckDBPyConnection, name: str, pattern: str) -> None:
    """Define one shared view, if any part matches; study, generation and lineage come from the path."""
    if not store.glob(pattern):
        return
    own = _OWN_COLUMNS.get(name, "* EXCLUDE (filename)")
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW "{name}" AS SELECT {_where()}, {own} FROM read_parquet(
            {quote_path(store, pattern)}, union_by_name = true, filename = true, hive_partitioning = false)
        """
    )


def _where() -> str:
    """Return the columns study, thing, generation and lineage, read from a part's path."""
    thing = "'([^/]+)/([^/]+)/(gen=[0-9]+/)?(lineage=[^/]+/)?part[.]parquet$'"
    return f"""
        regexp_extract(filename, {thing}, 1) AS study,
        regexp_extract(filename, {thing}, 2) AS thing,
        try_cast(regexp_extract(filename, 'gen=([0-9]+)/', 1) AS INTEGER) AS generation,
        nullif(regexp_extract(filename, 'lineage=([^/]+)/', 1), '') AS lineage
    """


def _parts(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Define ``parts``: the provenance of every part, from its key-value metadata."""
    patterns = [pattern for pattern in _EVERY_PART if store.glob(pattern)]
    if patterns:
        files = ", ".join(quote_path(store, pattern) for pattern in patterns)
        connection.execute(
            f"""
            CREATE OR REPLACE VIEW parts AS
            SELECT {_where().replace("filename", "file_name")}, file_name AS path, decode(value) AS provenance
            FROM parquet_kv_metadata([{files}]) WHERE decode(key) = 'outcross'
            """
        )


def _study_views(store: Store, connection: duckdb.DuckDBPyConnection, study: str) -> None:
    schema, of_source = f'"{study}"', _schema(store, study)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    shown = shown_names(of_source, _OF_ANCHOR)
    others = [thing for thing in ("pool", "tests") if store.glob(f"{study}/{thing}/part.parquet")]
    for thing in ("anchor", "holdout", *others):
        rows = f"read_parquet({quote_path(store, f'{study}/{thing}/part.parquet')})"
        connection.execute(f"CREATE OR REPLACE VIEW {schema}.{thing} AS {select_stored(of_source, shown, rows)}")
    pattern = f"{study}/synthetic/*/*/part.parquet"
    if not store.glob(pattern):
        return
    made = shown_names(of_source, [*_OF_SYNTHETIC, *_FROM_PATH, "filename"])
    rows = f"""(
        SELECT {_where()}, * FROM read_parquet(
            {quote_path(store, pattern)}, filename = true, hive_partitioning = false))
    """
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW {schema}.synthetic AS
        SELECT * EXCLUDE (study, thing, filename) FROM ({select_stored(of_source, made, rows)})
        """
    )
    real, synthetic = (_select_rows(of_source, there) for there in (shown, made))
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW {schema}.rows AS
        {real} JOIN {schema}.anchor AS part
            ON line.study = {quote(study)} AND line.origin = 'real'
            AND part.row >= line.start AND part.row < line.stop
        UNION ALL
        {synthetic} JOIN {schema}.synthetic AS part
            ON line.study = {quote(study)} AND line.origin = 'synthetic' AND part.generation = line.made_in
            AND part.lineage = line.made_by AND part.replicate = line.replicate
            AND part.row >= line.start AND part.row < line.stop
        """
    )


def _select_rows(schema: Schema, there: Mapping[str, str]) -> str:
    """Return the beginning of the query for rows of datasets, whose part has the columns under the names ``there``."""
    shown = shown_names(schema, [*_OF_LINE, "row_id"])
    columns = [f"line.{name}" for name in _OF_LINE] + ["part.row_id"]
    columns += [f"part.{quote_name(there[name])} AS {quote_name(other)}" for name, other in shown.items()]
    return f"SELECT {', '.join(columns)} FROM datasets AS line"


def _schema(store: Store, study: str) -> Schema:
    return Schema.from_json(store.provenance(Address(study=study, thing="anchor"))["schema"])
