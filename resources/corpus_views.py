"""SQL views of corpora: DuckDB views over the ledgers and the files of the batches, without data of their own.

``ledger``, ``ledger_counts``, ``ledger_parts``, ``guard_results``, ``accumulated``, ``accepted``, ``protected``,
``withdrawals``, ``declarations``, ``batches``, ``marks`` and ``quarantine`` cover all corpora. The rows of a corpus,
which has its own columns, are in ``corpus_NAME.rows``; its column ``version`` selects the rows of any version.
"""

import json

import duckdb

from outcross.resources.corpus_store import FOLDER, CorpusStore
from outcross.resources.declared_views import declare_anew
from outcross.resources.errors import RESTORE, reason_of
from outcross.resources.schema import Schema
from outcross.resources.sql_text import quote
from outcross.resources.store import MissingArtefact
from outcross.resources.stored_columns import select_stored
from outcross.resources.typed_rows import shown_names
from outcross.resources.viewed_files import ViewedFiles

_COUNT = "STRUCT(origin VARCHAR, depth INTEGER, generator VARCHAR, licence VARCHAR, rows BIGINT)"
_PART = "STRUCT(path VARCHAR, sha256 VARCHAR, rows BIGINT, batch VARCHAR)"
_ESTIMATE = 'STRUCT(share DOUBLE, "lower" DOUBLE, "upper" DOUBLE, auc DOUBLE, decided BOOLEAN, how VARCHAR)'
_EXPECTED = 'STRUCT(below DOUBLE, rows BIGINT, synthetic DOUBLE, "lower" DOUBLE, "upper" DOUBLE)'
_GUARD = (
    'STRUCT(guard VARCHAR, metric VARCHAR, "group" VARCHAR, value DOUBLE, "lower" DOUBLE, "upper" DOUBLE, '
    "passed BOOLEAN, blocking BOOLEAN, why VARCHAR)"
)
_FILE = "STRUCT(path VARCHAR, sha256 VARCHAR)"
_TALLY = 'STRUCT("rows" BIGINT, certain DOUBLE)'
_RISE = f'STRUCT(generator VARCHAR, value DOUBLE, batch VARCHAR, "at" VARCHAR, since {_TALLY})'
_WITHDRAWAL = (
    'STRUCT("version" INTEGER, what VARCHAR, reason VARCHAR, "rows" BIGINT, quarantined BIGINT, batches VARCHAR[], '
    "whole VARCHAR[], path VARCHAR, sha256 VARCHAR, lines BIGINT, erased BOOLEAN, decided INTEGER)"
)
_ERASED = 'STRUCT("version" INTEGER, path VARCHAR, was VARCHAR, now VARCHAR, "rows" BIGINT)'
_DECLARATION = 'STRUCT("version" INTEGER, batch VARCHAR, reason VARCHAR, claims JSON)'
_EVIDENCE = f"STRUCT(since_anchor {_TALLY}, unfit BIGINT, rises {_RISE}[])"
_ANCHOR = 'STRUCT(version INTEGER, sha256 VARCHAR, "rows" BIGINT, of_batches BIGINT, holdout BIGINT)'
_ACCEPTED = (
    'STRUCT(kind VARCHAR, "column" VARCHAR, level VARCHAR, low DOUBLE, high DOUBLE, factor DOUBLE, reason VARCHAR, '
    '"by" VARCHAR, "at" VARCHAR, source VARCHAR)'
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
    "held": _PART,
    "decided": f"{_PART}[]",
    "counts": f"{_COUNT}[]",
    "declared_share": "DOUBLE",
    "estimated": _ESTIMATE,
    "bound": "DOUBLE",
    "bound_from": "VARCHAR",
    "guards": f"{_GUARD}[]",
    "parent_sha256": "VARCHAR",
    "files": f"{_FILE}[]",
    "expected": _EXPECTED,
    "recent": _ESTIMATE,
    "evidence": _EVIDENCE,
    "anchor": _ANCHOR,
    "accepted": f"{_ACCEPTED}[]",
    "withdrawals": f"{_WITHDRAWAL}[]",
    "erased": f"{_ERASED}[]",
    "declarations": f"{_DECLARATION}[]",
}
"""Field of a version's JSON → DuckDB type."""
_POSTERIOR = ("synthetic_probability", "synthetic_lower", "synthetic_upper")
"""Columns of quarantined rows that earlier versions did not write."""
_REFUSED = {"file": "VARCHAR", "reason": "VARCHAR", "at": "VARCHAR", "bytes": "BIGINT", "sha256": "VARCHAR"}
_ABOUT = "anchor/about.json"
_QUARANTINED, _DECIDED, _MARKS = (
    f"{FOLDER}/*/batches/*/{name}-*.parquet" for name in ("quarantined", "decided", "marks")
)
_LARGEST_VERSION = 2**28
"""Most bytes of a version's JSON that DuckDB reads; a part takes about 150."""

_LEDGER = """
    SELECT corpus, number AS version, parent, "at" AS made_at, "by" AS made_by, action, reason, batch, rows_in,
        rows_admitted, rows_quarantined, coalesce(list_sum([each.rows FOR each IN counts]), 0)::BIGINT AS rows,
        declared_share, estimated.share AS estimated_share, estimated."lower" AS estimated_lower,
        estimated."upper" AS estimated_upper, estimated.decided AS estimate_decided, bound, bound_from,
        expected.below AS released_below, expected.synthetic AS expected_synthetic,
        expected."lower" AS expected_lower, expected."upper" AS expected_upper, parent_sha256,
        recent.share AS recent_share, recent."lower" AS recent_lower, recent."upper" AS recent_upper,
        evidence.since_anchor."rows" AS rows_pooled, evidence.unfit AS rows_not_pooled,
        coalesce(anchor.version, 1) AS anchor_version, anchor."rows" AS renewed_anchor_rows,
        anchor.of_batches AS anchor_rows_of_batches
    FROM versions
"""
_RISES = """
    SELECT corpus, version, generator, value AS rise, batch AS since_batch, "at" AS since, since."rows" AS rows_since
    FROM (SELECT corpus, number AS version, unnest(evidence.rises, max_depth := 2) FROM versions)
"""
_CHANGES = """
    SELECT corpus, version, kind, "column", level, low, high, factor, reason, "by" AS accepted_by, "at" AS accepted_at,
        source
    FROM (SELECT corpus, number AS version, unnest(accepted, max_depth := 2) FROM versions)
"""
_NEWEST = "(SELECT * FROM versions QUALIFY number = max(number) OVER (PARTITION BY corpus))"
_WITHDRAWALS = f"""
    SELECT corpus, each."version" AS version, each.what AS what, each.reason AS reason, each."rows" AS rows_withdrawn,
        each.quarantined AS quarantined_withdrawn, each.batches AS batches, each.erased AS erased,
        each.decided AS decided_by_version
    FROM (SELECT corpus, unnest(withdrawals) AS each FROM {_NEWEST})
"""
_DECLARATIONS = f"""
    SELECT corpus, each."version" AS version, each.batch AS batch, each.reason AS reason, each.claims AS claims
    FROM (SELECT corpus, unnest(declarations) AS each FROM {_NEWEST})
"""
_PROTECTED = """
    SELECT corpus, version, batch, regexp_replace("group", '@[0-9a-f]+$', '') AS protected_set,
        regexp_extract("group", '@([0-9a-f]+)$', 1) AS content,
        CASE metric WHEN 'rows_of_set' THEN value::BIGINT END AS rows_held,
        CASE metric WHEN 'admitted_before' THEN value::BIGINT END AS rows_admitted_before
    FROM guard_results WHERE guard = 'protected' AND metric IN ('rows_of_set', 'admitted_before')
"""
_NO_MARKS = """
    SELECT NULL::VARCHAR AS corpus, NULL::VARCHAR AS batch, NULL::INTEGER AS version, NULL::BIGINT AS first_row,
        NULL::BIGINT AS last_row, NULL::VARCHAR AS kind, NULL::VARCHAR AS says, NULL::VARCHAR AS statement,
        NULL::VARCHAR AS generator, NULL::VARCHAR AS doubt WHERE false
"""
_BATCHES = """
    SELECT corpus, batch, version, regexp_replace(reason, '^file ', '') AS file, made_at, made_by,
        CASE WHEN rows_admitted = 0 THEN 'held' WHEN rows_quarantined = 0 THEN 'admitted' ELSE 'partly admitted' END
            AS status,
        rows_in, rows_admitted, rows_quarantined, NULL::VARCHAR AS reason
    FROM ledger WHERE action = 'ingest'
"""


def refresh_corpora(files: ViewedFiles, connection: duckdb.DuckDBPyConnection) -> None:
    """Redefine every view of the corpora over the files that exist now; without a corpus there is no view."""
    found = files.matching(f"{FOLDER}/*/versions/*.json")
    if not found:
        return
    _view(connection, "versions", _json(files, f"{FOLDER}/*/versions/*.json", _VERSION))
    _view(connection, "ledger", _LEDGER)
    _view(connection, "accumulated", _RISES)
    _view(connection, "accepted", _CHANGES)
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
    _view(
        connection,
        "ledger_files",
        "SELECT corpus, number AS version, unnest(files, recursive := true) FROM versions",
    )
    _view(connection, "withdrawals", _WITHDRAWALS)
    _view(connection, "declarations", _DECLARATIONS)
    _view(connection, "protected", _PROTECTED)
    _batches(files, connection)
    _view(connection, "marks", _NO_MARKS)
    files.define(lambda: _marks(files), _MARKS)
    files.define(lambda: _quarantine(files, connection), _QUARANTINED, _DECIDED)
    for corpus in sorted({path.split("/")[-3] for path in found}):
        _rows(files, connection, corpus)


def _batches(files: ViewedFiles, connection: duckdb.DuckDBPyConnection) -> None:
    """Define ``batches``: batches in the ledger, and refused files; a refused file has an id only if it was copied."""
    select = _BATCHES
    patterns = [f"{FOLDER}/*/batches/*/refused.json", f"{FOLDER}/*/refused/*.json"]
    for pattern in filter(files.matching, patterns):
        place = f"'/{FOLDER}/([^/]+)/(?:batches/([^/]+)/)?'"
        corpus, batch = (f"regexp_extract(filename, {place}, {number})" for number in (1, 2))
        select += f"""
            UNION ALL
            SELECT {corpus}, nullif({batch}, ''), NULL, file, "at", NULL, 'refused', NULL, NULL, NULL, reason
            FROM ({_json(files, pattern, _REFUSED, filename=True)})
        """
    _view(connection, "batches", select)


def _marks(files: ViewedFiles) -> str:
    """Return the statement for ``marks``: what others have marked of the rows of each batch."""
    if not files.matching(_MARKS):
        return "SELECT 1"
    return f"""
        CREATE OR REPLACE VIEW marks AS
        SELECT corpus, batch, version, "first" AS first_row, "last" AS last_row, kind, says, statement, generator, doubt
        FROM (SELECT corpus, batch, number AS version, unnest(files).path AS path FROM versions WHERE action = 'ingest')
        JOIN ({_select_rows(files, _MARKS)}) AS kept USING (corpus, path)
    """


def _quarantine(files: ViewedFiles, connection: duckdb.DuckDBPyConnection) -> str:
    """Return the statement for ``quarantine``: every row ever quarantined, with the decision of a later version."""
    if not files.matching(_QUARANTINED):
        return "SELECT 1"
    kept = _select_rows(files, _QUARANTINED)
    there = {name for name, *_ in connection.execute(f"DESCRIBE {kept}").fetchall()}
    posterior = ", ".join(each if each in there else f"NULL::DOUBLE AS {each}" for each in _POSTERIOR)
    select = f"""
        SELECT corpus, entered.batch, position, raw, reasons, {posterior}
        FROM (SELECT corpus, batch, held.path AS path FROM versions WHERE held IS NOT NULL) AS entered
        JOIN ({kept}) AS kept USING (corpus, path)
    """
    if files.matching(_DECIDED):
        select = f"""
            SELECT held.*, decision FROM ({select}) AS held LEFT JOIN (
                SELECT part.corpus, part.batch, position, decision
                FROM (SELECT corpus, max(version) AS version FROM ledger GROUP BY corpus) AS newest
                JOIN ledger_parts AS part USING (corpus, version)
                JOIN ({_select_rows(files, _DECIDED)}) AS listed USING (corpus, path)
                WHERE part.kind = 'decided'
            ) USING (corpus, batch, position)
        """
    else:
        select = f"SELECT *, NULL::VARCHAR AS decision FROM ({select})"
    return f"CREATE OR REPLACE VIEW quarantine AS {select}"


def _rows(files: ViewedFiles, connection: duckdb.DuckDBPyConnection, corpus: str) -> None:
    """Define the rows of every version: the rows of its parts without those that it leaves out."""
    folder = f"{FOLDER}/{corpus}"
    about = CorpusStore(files.store, corpus).location(_ABOUT)
    patterns = [
        f"{folder}/anchor/rows.parquet", f"{folder}/batches/*/admitted-*", f"{folder}/batches/*/released-*"
    ]  # fmt: skip
    try:
        schema = Schema.from_json(json.loads(CorpusStore(files.store, corpus).get(_ABOUT))["schema"])
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "corpus_{corpus}"')
        versions = f"{FOLDER}/{corpus}/versions/*.json"
        files.define(lambda: _statement(files, connection, corpus, schema, patterns), *patterns, versions)
    except (MissingArtefact, ValueError, LookupError, TypeError, AttributeError) as error:
        files.leave_out([about], f"cannot be read ({type(error).__name__}: {error!s:.100})", RESTORE)
    except duckdb.Error as error:
        fault = f"gives corpus '{corpus}' no rows ({reason_of(error)})"
        files.leave_out([about], fault, "the other views are whole; audit the corpus")


def _statement(
    files: ViewedFiles, connection: duckdb.DuckDBPyConnection, corpus: str, schema: Schema, patterns: list[str]
) -> str:
    every, shown = _select_rows(files, *patterns), {}
    if any(column.source for column in schema.columns):
        there = [str(name) for name, *_ in connection.execute(f"DESCRIBE {every}").fetchall()]
        shown = shown_names(schema, {*there, "version", "batch"} - set(schema.names))
    every = select_stored(schema, shown, f"({every})")
    select = f"""
        SELECT part.version, part.batch, every.* EXCLUDE (corpus, path)
        FROM ledger_parts AS part JOIN ({every}) AS every USING (corpus, path) WHERE part.kind = 'rows'
    """
    left_out = f"{FOLDER}/{corpus}/left_out/*"
    if files.matching(left_out):
        select = f"""
            SELECT * FROM ({select}) AS rows ANTI JOIN (
                SELECT part.version, listed.batch_id AS batch, listed.position
                FROM ledger_parts AS part
                JOIN ({_select_rows(files, left_out)}) AS listed USING (corpus, path)
                WHERE part.kind = 'left out'
            ) USING (version, batch, position)
        """
    if connection.execute("SELECT count(*) FROM declarations WHERE corpus = ?", [corpus]).fetchall()[0][0]:
        select = declare_anew(select, corpus)
    return f'CREATE OR REPLACE VIEW "corpus_{corpus}".rows AS {select}'


def _select_rows(files: ViewedFiles, *patterns: str) -> str:
    """Return the query for the rows of all matching files, with ``corpus`` and the file's ``path`` in the corpus."""
    place = f"'/{FOLDER}/([^/]+)/(.+)$'"
    names = ", ".join(f"regexp_extract(filename, {place}, {n}) AS {name}" for n, name in ((1, "corpus"), (2, "path")))
    options = "union_by_name = true, filename = true, hive_partitioning = false"
    return f"SELECT {names}, * EXCLUDE (filename) FROM read_parquet({files.sql(*patterns)}, {options})"


def _view(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {select}')


def _json(files: ViewedFiles, pattern: str, fields: dict[str, str], *, filename: bool = False) -> str:
    columns = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in fields.items())
    options = f"columns = {{{columns}}}, format = 'auto', maximum_object_size = {_LARGEST_VERSION}"
    return f"SELECT * FROM read_json({files.sql(pattern)}, {options}, filename = {str(filename).lower()})"
