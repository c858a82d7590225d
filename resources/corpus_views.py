"""Corpora, read with SQL: DuckDB views over the ledgers and the batches' files, and no data of their own.

``ledger``, ``ledger_counts``, ``ledger_parts``, ``guard_results``, ``batches`` and ``quarantine`` are shared by all
corpora; rows, whose columns differ from corpus to corpus, are in ``corpus_NAME.rows``, where ``version`` says of which
version: any earlier one is read back by its number.
"""

import re

import duckdb

from resources.corpus_store import FOLDER
from resources.sql_text import located, quoted
from resources.store import Store

_COUNT = "STRUCT(origin VARCHAR, depth INTEGER, generator VARCHAR, licence VARCHAR, rows BIGINT)"
_PART = "STRUCT(path VARCHAR, sha256 VARCHAR, rows BIGINT, batch VARCHAR)"
_ESTIMATE = 'STRUCT(share DOUBLE, "lower" DOUBLE, "upper" DOUBLE, auc DOUBLE, decided BOOLEAN, how VARCHAR)'
_GUARD = (
    'STRUCT(guard VARCHAR, metric VARCHAR, "group" VARCHAR, value DOUBLE, "lower" DOUBLE, "upper" DOUBLE, '
    "passed BOOLEAN, blocking BOOLEAN, why VARCHAR)"
)
_VERSION = {
    "corpus": "VARCHAR",
    "number": "INTEGER",
    "parent": "INTEGER",
    "at": "VARCHAR",
    "by": "VARCHAR",
    "action": "VARCHAR",
    "reason": "VARCHAR",
    "batch": "VARCHAR",
    "rows_in": "BIGINT",
    "rows_admitted": "BIGINT",
    "rows_quarantined": "BIGINT",
    "parts": f"{_PART}[]",
    "left_out": f"{_PART}[]",
    "counts": f"{_COUNT}[]",
    "declared_share": "DOUBLE",
    "estimated": _ESTIMATE,
    "bound": "DOUBLE",
    "bound_from": "VARCHAR",
    "guards": f"{_GUARD}[]",
}
"""Fields of a version's JSON, as DuckDB types."""
_REFUSED = {"file": "VARCHAR", "reason": "VARCHAR", "at": "VARCHAR", "bytes": "BIGINT", "sha256": "VARCHAR"}
_LARGEST_VERSION = 2**28
"""Bytes of a version's JSON that DuckDB reads at most; 150 bytes a part."""

_LEDGER = """
    SELECT corpus, number AS version, parent, "at" AS made_at, "by" AS made_by, action, reason, batch, rows_in,
        rows_admitted, rows_quarantined, coalesce(list_sum([each.rows FOR each IN counts]), 0)::BIGINT AS rows,
        declared_share, estimated.share AS estimated_share, estimated."lower" AS estimated_lower,
        estimated."upper" AS estimated_upper, estimated.decided AS estimate_decided, bound, bound_from
    FROM versions
"""
_BATCHES = """
    SELECT corpus, batch, version, regexp_replace(reason, '^file ', '') AS file, made_at, made_by,
        CASE WHEN rows_admitted = 0 THEN 'held' WHEN rows_quarantined = 0 THEN 'admitted' ELSE 'partly admitted' END
            AS status,
        rows_in, rows_admitted, rows_quarantined, NULL::VARCHAR AS reason
    FROM ledger WHERE action = 'ingest'
"""


def refresh_corpora(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Define every view of the corpora anew, over what exists now; none where there is no corpus."""
    found = store.glob(f"{FOLDER}/*/versions/*.json")
    if not found:
        return
    _view(connection, "versions", _json(store, f"{FOLDER}/*/versions/*.json", _VERSION))
    _view(connection, "ledger", _LEDGER)
    for view, field in (("ledger_counts", "counts"), ("ledger_parts", "parts"), ("guard_results", "guards")):
        about = "corpus, number AS version" + (", batch, action" if field == "guards" else "")
        _view(connection, view, f"SELECT {about}, unnest({field}, recursive := true) FROM versions")
    _batches(store, connection)
    _quarantine(store, connection)
    for corpus in sorted({path.split("/")[-3] for path in found}):
        _rows(store, connection, corpus)


def _batches(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    select = _BATCHES
    pattern = f"{FOLDER}/*/batches/*/refused.json"
    if store.glob(pattern):
        refused = _json(store, pattern, _REFUSED, filename=True)
        select += f"""
            UNION ALL
            SELECT {_place()}, NULL, file, "at", NULL, 'refused', NULL, NULL, NULL, reason FROM ({refused})
        """
    _view(connection, "batches", select)


def _quarantine(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Define ``quarantine``: rows held back when their batch came, which a later version may have decided about."""
    pattern = f"{FOLDER}/*/batches/*/quarantined.parquet"
    if store.glob(pattern):
        held = f"SELECT {_place()}, position, raw, reasons FROM {_parquet(store, pattern)}"
        _view(connection, "quarantine", f"SELECT held.* FROM ({held}) AS held SEMI JOIN batches USING (corpus, batch)")


def _rows(store: Store, connection: duckdb.DuckDBPyConnection, corpus: str) -> None:
    schema = f'"corpus_{corpus}"'
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    path = rf"regexp_extract(filename, '/{FOLDER}/{re.escape(corpus)}/(.+)$', 1)"
    patterns = [f"{FOLDER}/{corpus}/anchor/rows.parquet", f"{FOLDER}/{corpus}/batches/*/admitted.parquet"]
    files = ", ".join(located(store, pattern) for pattern in patterns if store.glob(pattern))
    read = f"read_parquet([{files}], union_by_name = true, filename = true, hive_partitioning = false)"
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW {schema}.rows AS
        SELECT part.version, part.batch, every.* EXCLUDE (filename, part_path)
        FROM ledger_parts AS part JOIN (SELECT {path} AS part_path, * FROM {read}) AS every ON part.path = part_path
        WHERE part.corpus = {quoted(corpus)}
        """
    )


def _place() -> str:
    """Read corpus and batch off a file's path."""
    pattern = f"'/{FOLDER}/([^/]+)/batches/([^/]+)/[^/]+$'"
    return ", ".join(f"regexp_extract(filename, {pattern}, {n}) AS {name}" for n, name in ((1, "corpus"), (2, "batch")))


def _view(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {select}')


def _json(store: Store, pattern: str, fields: dict[str, str], *, filename: bool = False) -> str:
    columns = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in fields.items())
    options = f"columns = {{{columns}}}, format = 'auto', maximum_object_size = {_LARGEST_VERSION}"
    return f"SELECT * FROM read_json({located(store, pattern)}, {options}, filename = {str(filename).lower()})"


def _parquet(store: Store, pattern: str) -> str:
    return f"read_parquet({located(store, pattern)}, filename = true, hive_partitioning = false)"
