"""SQL views of corpora: DuckDB views over the ledgers and the files of the batches, without data of their own.

``ledger``, ``ledger_counts``, ``ledger_parts``, ``guard_results``, ``accumulated``, ``batches`` and ``quarantine``
cover all corpora. The rows of a corpus, which has its own columns, are in ``corpus_NAME.rows``; its column ``version``
selects the rows of any version.
"""

import json

import duckdb

from outcross.resources.corpus_store import FOLDER, CorpusStore
from outcross.resources.schema import Schema
from outcross.resources.sql_text import quote, quote_path
from outcross.resources.store import Store
from outcross.resources.stored_columns import select_stored
from outcross.resources.typed_rows import shown_names

_COUNT = "STRUCT(origin VARCHAR, depth INTEGER, generator VARCHAR, licence VARCHAR, rows BIGINT)"
_PART = "STRUCT(path VARCHAR, sha256 VARCHAR, rows BIGINT, batch VARCHAR)"
_ESTIMATE = 'STRUCT(share DOUBLE, "lower" DOUBLE, "upper" DOUBLE, auc DOUBLE, decided BOOLEAN, how VARCHAR)'
_GUARD = (
    'STRUCT(guard VARCHAR, metric VARCHAR, "group" VARCHAR, value DOUBLE, "lower" DOUBLE, "upper" DOUBLE, '
    "passed BOOLEAN, blocking BOOLEAN, why VARCHAR)"
)
_TALLY = 'STRUCT("rows" BIGINT, certain DOUBLE)'
_RISE = f'STRUCT(generator VARCHAR, value DOUBLE, batch VARCHAR, "at" VARCHAR, since {_TALLY})'
_EVIDENCE = f"STRUCT(since_anchor {_TALLY}, unfit BIGINT, rises {_RISE}[])"
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
    "held": _PART,
    "decided": f"{_PART}[]",
    "counts": f"{_COUNT}[]",
    "declared_share": "DOUBLE",
    "estimated": _ESTIMATE,
    "bound": "DOUBLE",
    "bound_from": "VARCHAR",
    "guards": f"{_GUARD}[]",
    "recent": _ESTIMATE,
    "evidence": _EVIDENCE,
}
"""Field of a version's JSON → DuckDB type."""
_REFUSED = {"file": "VARCHAR", "reason": "VARCHAR", "at": "VARCHAR", "bytes": "BIGINT", "sha256": "VARCHAR"}
_ABOUT = "anchor/about.json"
_LARGEST_VERSION = 2**28
"""Most bytes of a version's JSON that DuckDB reads; a part takes about 150."""

_LEDGER = """
    SELECT corpus, number AS version, parent, "at" AS made_at, "by" AS made_by, action, reason, batch, rows_in,
        rows_admitted, rows_quarantined, coalesce(list_sum([each.rows FOR each IN counts]), 0)::BIGINT AS rows,
        declared_share, estimated.share AS estimated_share, estimated."lower" AS estimated_lower,
        estimated."upper" AS estimated_upper, estimated.decided AS estimate_decided, bound, bound_from,
        recent.share AS recent_share, recent."lower" AS recent_lower, recent."upper" AS recent_upper,
        evidence.since_anchor."rows" AS rows_pooled, evidence.unfit AS rows_not_pooled
    FROM versions
"""
_RISES = """
    SELECT corpus, version, generator, value AS rise, batch AS since_batch, "at" AS since, since."rows" AS rows_since
    FROM (SELECT corpus, number AS version, unnest(evidence.rises, max_depth := 2) FROM versions)
"""
_BATCHES = """
    SELECT corpus, batch, version, regexp_replace(reason, '^file ', '') AS file, made_at, made_by,
        CASE WHEN rows_admitted = 0 THEN 'held' WHEN rows_quarantined = 0 THEN 'admitted' ELSE 'partly admitted' END
            AS status,
        rows_in, rows_admitted, rows_quarantined, NULL::VARCHAR AS reason
    FROM ledger WHERE action = 'ingest'
"""


def refresh_corpora(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Redefine every view of the corpora over the files that exist now; without a corpus there is no view."""
    found = store.glob(f"{FOLDER}/*/versions/*.json")
    if not found:
        return
    _view(connection, "versions", _json(store, f"{FOLDER}/*/versions/*.json", _VERSION))
    _view(connection, "ledger", _LEDGER)
    _view(connection, "accumulated", _RISES)
    for view, field in (("ledger_counts", "counts"), ("guard_results", "guards")):
        about = "corpus, number AS version" + (", batch, action" if field == "guards" else "")
        _view(connection, view, f"SELECT {about}, unnest({field}, recursive := true) FROM versions")
    kinds = {"rows": "parts", "left out": "left_out", "decided": "decided"}
    _view(
        connection,
        "ledger_parts",
        " UNION ALL ".join(
            f"SELECT corpus, number AS version, '{kind}' AS kind, unnest({field}, recursive := true) FROM versions"
            for kind, field in kinds.items()
        ),
    )
    _batches(store, connection)
    _quarantine(store, connection)
    for corpus in sorted({path.split("/")[-3] for path in found}):
        _rows(store, connection, corpus)


def _batches(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Define ``batches``: batches in the ledger, and refused files; a refused file has an id only if it was copied."""
    select = _BATCHES
    patterns = [f"{FOLDER}/*/batches/*/refused.json", f"{FOLDER}/*/refused/*.json"]
    for pattern in filter(store.glob, patterns):
        place = f"'/{FOLDER}/([^/]+)/(?:batches/([^/]+)/)?'"
        corpus, batch = (f"regexp_extract(filename, {place}, {number})" for number in (1, 2))
        select += f"""
            UNION ALL
            SELECT {corpus}, nullif({batch}, ''), NULL, file, "at", NULL, 'refused', NULL, NULL, NULL, reason
            FROM ({_json(store, pattern, _REFUSED, filename=True)})
        """
    _view(connection, "batches", select)


def _quarantine(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Define ``quarantine``: every row ever quarantined, with the decision of a later version, if any."""
    pattern = f"{FOLDER}/*/batches/*/quarantined-*.parquet"
    if not store.glob(pattern):
        return
    select = f"""
        SELECT corpus, entered.batch, position, raw, reasons
        FROM (SELECT corpus, batch, held.path AS path FROM versions WHERE held IS NOT NULL) AS entered
        JOIN ({_select_rows(store, pattern)}) AS kept USING (corpus, path)
    """
    if store.glob(f"{FOLDER}/*/batches/*/decided-*.parquet"):
        select = f"""
            SELECT held.*, decision FROM ({select}) AS held LEFT JOIN (
                SELECT part.corpus, part.batch, position, decision
                FROM (SELECT corpus, max(version) AS version FROM ledger GROUP BY corpus) AS newest
                JOIN ledger_parts AS part USING (corpus, version)
                JOIN ({_select_rows(store, f"{FOLDER}/*/batches/*/decided-*.parquet")}) AS listed USING (corpus, path)
                WHERE part.kind = 'decided'
            ) USING (corpus, batch, position)
        """
    else:
        select = f"SELECT *, NULL::VARCHAR AS decision FROM ({select})"
    _view(connection, "quarantine", select)


def _rows(store: Store, connection: duckdb.DuckDBPyConnection, corpus: str) -> None:
    """Define the rows of every version: the rows of its parts without those that it leaves out."""
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "corpus_{corpus}"')
    folder = f"{FOLDER}/{corpus}"
    every = _select_rows(
        store, f"{folder}/anchor/rows.parquet", f"{folder}/batches/*/admitted-*", f"{folder}/batches/*/released-*"
    )
    schema = Schema.from_json(json.loads(CorpusStore(store, corpus).get(_ABOUT))["schema"])
    shown = {}
    if any(column.source for column in schema.columns):
        there = [str(name) for name, *_ in connection.execute(f"DESCRIBE {every}").fetchall()]
        shown = shown_names(schema, {*there, "version", "batch"} - set(schema.names))
    every = select_stored(schema, shown, f"({every})")
    select = f"""
        SELECT part.version, part.batch, every.* EXCLUDE (corpus, path)
        FROM ledger_parts AS part JOIN ({every}) AS every USING (corpus, path) WHERE part.kind = 'rows'
    """
    if store.glob(f"{folder}/left_out/*"):
        select = f"""
            SELECT * FROM ({select}) AS rows ANTI JOIN (
                SELECT part.version, listed.batch_id AS batch, listed.position
                FROM ledger_parts AS part
                JOIN ({_select_rows(store, f"{folder}/left_out/*")}) AS listed USING (corpus, path)
                WHERE part.kind = 'left out'
            ) USING (version, batch, position)
        """
    connection.execute(f'CREATE OR REPLACE VIEW "corpus_{corpus}".rows AS {select}')


def _select_rows(store: Store, *patterns: str) -> str:
    """Return the query for the rows of all matching files, with ``corpus`` and the file's ``path`` in the corpus."""
    place = f"'/{FOLDER}/([^/]+)/(.+)$'"
    names = ", ".join(f"regexp_extract(filename, {place}, {n}) AS {name}" for n, name in ((1, "corpus"), (2, "path")))
    existing = [pattern for pattern in patterns if store.glob(pattern)]
    return f"SELECT {names}, * EXCLUDE (filename) FROM {_parquet(store, *existing)}"


def _view(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {select}')


def _json(store: Store, pattern: str, fields: dict[str, str], *, filename: bool = False) -> str:
    columns = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in fields.items())
    options = f"columns = {{{columns}}}, format = 'auto', maximum_object_size = {_LARGEST_VERSION}"
    return f"SELECT * FROM read_json({quote_path(store, pattern)}, {options}, filename = {str(filename).lower()})"


def _parquet(store: Store, *patterns: str) -> str:
    files = ", ".join(quote_path(store, pattern) for pattern in patterns)
    return f"read_parquet([{files}], union_by_name = true, filename = true, hive_partitioning = false)"
