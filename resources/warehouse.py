"""SQL views of the store: DuckDB views over the Parquet parts, without data of their own.

``warehouse.duckdb`` is stored at the store's root. Its main schema has the views that cover all studies and corpora.
The rows of a study, which has its own columns, are in a schema of the study's name (``study_NAME`` for the names that
DuckDB has itself: ``main``, ``temp``, ``system``):

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
``ledger_files``       the other files that a version rests on, such as originals, each with its sha256
``guard_results``      a line per number that a guard measured on a batch
``protected``          the rows of a batch that are held for each protected set, and those that were in before
``marks``              what others have marked of the rows of batches: in pictures, or in files beside them
``batches``            a line per batch, whose status is admitted, partly admitted, held or refused
``quarantine``         every quarantined row as it arrived, with its reasons and the decision
``corpus_NAME.rows``   the rows of every ``version`` of a corpus
=====================  ================================================================================
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from outcross.resources.corpus_views import refresh_corpora
from outcross.resources.errors import BadInput, Damaged, first_line, reason_of
from outcross.resources.reading_files import ReadingFiles
from outcross.resources.schema import Schema
from outcross.resources.sql_answer import MEMORY, Bounds, fetch_answer, no_such_view
from outcross.resources.sql_statement import refuse_writing
from outcross.resources.sql_text import quote, quote_name, quote_path, quote_pattern, schema_of
from outcross.resources.store import Address, MissingArtefact, Store
from outcross.resources.stored_columns import select_stored
from outcross.resources.typed_rows import shown_names
from outcross.resources.viewed_files import ViewedFiles, find_cut, find_unreadable, made_again

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
_OF_THE_QUERY = (
    duckdb.ParserException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
    duckdb.PermissionException,
)
"""Errors that no damaged file is behind."""


def refresh(store: Store, connection: duckdb.DuckDBPyConnection, damaged: Iterable[Damaged] = ()) -> list[Damaged]:
    """Redefine every view over the parts that exist now; return the files that are in no view, each with the reason.

    A damaged part, or a study whose views cannot be defined, breaks no other view.

    Args:
        store: the store.
        connection: to the database that has the views.
        damaged: files that are known to be damaged.
    """
    if not store.is_local:
        connection.register_filesystem(ReadingFiles(store))
    every = [path for pattern in _EVERY_PART for path in store.glob(pattern)]
    files = ViewedFiles(store, connection, [*damaged, *find_cut(store, every)])
    for view, pattern in _SHARED.items():
        _view(files, connection, view, pattern)
    _parts(files, connection)
    for anchor in store.glob("*/anchor/part.parquet"):
        study = anchor.split("/")[-3]
        try:
            _study_views(files, connection, study)
        except (duckdb.Error, MissingArtefact, ValueError, LookupError, TypeError) as error:
            if anchor not in files.damaged:
                fault = f"gives study '{study}' no views of its own ({reason_of(error)})"
                files.leave_out([anchor], fault, "the other views are whole; rename what DuckDB refuses")
    refresh_corpora(files, connection)
    return list(files.damaged.values())


def query(
    store: Store,
    sql: str,
    damaged: list[Damaged] | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 - it is frozen
) -> pl.DataFrame:
    """Run one read-only query over the store, wherever its root is.

    The views are made in memory and the warehouse file is not opened, so that a query needs no lock. DuckDB is confined
    to the files below the root, its configuration is locked, and it writes no rows to disk where memory runs out.

    Args:
        store: the store.
        sql: the statement.
        damaged: gets the files that could not be read, which the answer therefore lacks.
        bounds: what it may take.

    Raises:
        BadInput: the statement is not a query, DuckDB refuses it, or it takes more than its bounds.
        KeyboardInterrupt: Ctrl-C ended the query.
    """
    found = [] if damaged is None else damaged
    with duckdb.connect() as connection:
        try:
            refuse_writing(connection, sql)
        except duckdb.Error as error:
            raise BadInput(f"the query failed: {error}") from None
        found[:] = refresh(store, connection, found)
        for setting in (
            f"memory_limit = {quote(MEMORY)}",
            "temp_directory = ''",
            "python_enable_replacements = false",
            f"allowed_directories = [{quote_path(store, '')}, {quote_pattern(store, '')}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        try:
            return fetch_answer(connection, sql, bounds)
        except duckdb.Error as error:
            if found and isinstance(error, duckdb.CatalogException):
                first = found[0]
                fault = f"{first.fault}, and the query failed, perhaps for want of it ({first_line(_said(error))})"
                raise Damaged(first.path, fault, first.remedy) from None
            known = {each.path for each in found}
            more = [] if isinstance(error, _OF_THE_QUERY) else find_unreadable(store)
            if not {each.path for each in more} - known:
                raise BadInput(f"the query failed: {no_such_view(connection, error) or _said(error)}") from None
            found[:] = [*{each.path: each for each in (*found, *more)}.values()]
    return query(store, sql, found, bounds)


def _said(error: duckdb.Error) -> str:
    """Return the message of an error; of one that a file system raised within DuckDB, without its traceback."""
    text = str(error).strip()
    return text.rpartition("\n")[2] if "Traceback (most recent call last)" in text else text


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
    except duckdb.IOException as error:
        if "lock" in str(error).lower() or not path.exists():
            return path if path.exists() else None
        path.unlink()  # it is no database any more, and holds nothing but views
        with duckdb.connect(str(path)) as connection:
            refresh(store, connection)
    return path


def _view(files: ViewedFiles, connection: duckdb.DuckDBPyConnection, name: str, pattern: str) -> None:
    """Define one shared view, if any part matches; study, generation and lineage come from the path.

    Where the parts are whole and no view fits them all, it is defined for as many studies as one fits.
    """
    own = _OWN_COLUMNS.get(name, "* EXCLUDE (filename)")

    def select(listed: str) -> str:
        options = "union_by_name = true, filename = true, hive_partitioning = false"
        return f"SELECT {_where()}, {own} FROM read_parquet({listed}, {options})"

    def statement() -> str:
        return f'CREATE OR REPLACE VIEW "{name}" AS {select(files.sql(pattern))}'

    try:
        files.define(statement, pattern)
    except duckdb.Error:
        fitting: list[str] = []
        for study in dict.fromkeys(path.split("/")[-pattern.count("/") - 1] for path in files.matching(pattern)):
            own_pattern = f"{study}/{pattern.partition('/')[2]}"
            try:
                connection.execute(f"DESCRIBE {select(files.sql(*fitting, own_pattern))}")
            except duckdb.Error as error:
                fault = f"does not fit the view '{name}' beside other studies ({reason_of(error)})"
                files.leave_out(files.matching(own_pattern), fault, made_again(files.matching(own_pattern)[0]))
            else:
                fitting.append(own_pattern)
        if fitting:
            connection.execute(statement())


def _where() -> str:
    """Return the columns study, thing, generation and lineage, read from a part's path."""
    thing = "'([^/]+)/([^/]+)/(gen=[0-9]+/)?(lineage=[^/]+/)?part[.]parquet$'"
    return f"""
        regexp_extract(filename, {thing}, 1) AS study,
        regexp_extract(filename, {thing}, 2) AS thing,
        try_cast(regexp_extract(filename, 'gen=([0-9]+)/', 1) AS INTEGER) AS generation,
        nullif(regexp_extract(filename, 'lineage=([^/]+)/', 1), '') AS lineage
    """


def _parts(files: ViewedFiles, connection: duckdb.DuckDBPyConnection) -> None:
    """Define ``parts``: the provenance of every part, from its key-value metadata."""
    if files.matching(*_EVERY_PART):
        connection.execute(
            f"""
            CREATE OR REPLACE VIEW parts AS
            SELECT {_where().replace("filename", "file_name")}, file_name AS path, decode(value) AS provenance
            FROM parquet_kv_metadata({files.sql(*_EVERY_PART)}) WHERE decode(key) = 'outcross'
            """
        )


def _study_views(files: ViewedFiles, connection: duckdb.DuckDBPyConnection, study: str) -> None:
    schema, of_source = schema_of(study), _schema(files.store, study)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    shown = shown_names(of_source, _OF_ANCHOR)
    for thing in ("anchor", "holdout", "pool", "tests"):
        pattern = f"{study}/{thing}/part.parquet"
        files.define(partial(_view_of_thing, files, f"{schema}.{thing}", of_source, shown, pattern), pattern)
    pattern = f"{study}/synthetic/*/*/part.parquet"
    if not files.matching(pattern):
        return
    made = shown_names(of_source, [*_OF_SYNTHETIC, *_FROM_PATH, "filename"])

    def define_synthetic() -> str:
        options = "filename = true, hive_partitioning = false"
        rows = f"(SELECT {_where()}, * FROM read_parquet({files.sql(pattern)}, {options}))"
        selected = select_stored(of_source, made, rows)
        return (
            f"CREATE OR REPLACE VIEW {schema}.synthetic AS SELECT * EXCLUDE (study, thing, filename) FROM ({selected})"
        )

    files.define(define_synthetic, pattern)
    if not files.matching(f"{study}/anchor/part.parquet") or not files.matching("*/dataset/*/*/part.parquet"):
        return
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


def _view_of_thing(files: ViewedFiles, view: str, schema: Schema, shown: Mapping[str, str], pattern: str) -> str:
    """Return the statement that defines the view of one thing of a study."""
    rows = f"read_parquet({files.sql(pattern)})"
    return f"CREATE OR REPLACE VIEW {view} AS {select_stored(schema, shown, rows)}"


def _select_rows(schema: Schema, there: Mapping[str, str]) -> str:
    """Return the beginning of the query for rows of datasets, whose part has the columns under the names ``there``."""
    shown = shown_names(schema, [*_OF_LINE, "row_id"])
    columns = [f"line.{name}" for name in _OF_LINE] + ["part.row_id"]
    columns += [f"part.{quote_name(there[name])} AS {quote_name(other)}" for name, other in shown.items()]
    return f"SELECT {', '.join(columns)} FROM datasets AS line"


def _schema(store: Store, study: str) -> Schema:
    return Schema.from_json(store.provenance(Address(study=study, thing="anchor"))["schema"])
