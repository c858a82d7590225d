"""What a statement of ``outcross sql`` may be: one query that only reads, as DuckDB's own parser understands it.

DuckDB has queries that write: ``with x as (copy (select 1) to 'file') select * from x`` is a SELECT to it. The parsed
tree is therefore searched, and what is not known to read is refused: a kind of node or a table function that a later
DuckDB adds is no exception.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from outcross.resources.errors import BadInput

_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
"""Kinds of queries, and of parts of queries, that read and nothing else."""
_NODE = re.compile(r"_NODE$")
_FUNCTIONS = {
    "duckdb_columns",
    "duckdb_functions",
    "duckdb_schemas",
    "duckdb_settings",
    "duckdb_tables",
    "duckdb_types",
    "duckdb_views",
    "generate_series",
    "glob",
    "histogram",
    "histogram_values",
    "json_each",
    "json_tree",
    "parquet_bloom_probe",
    "parquet_file_metadata",
    "parquet_full_metadata",
    "parquet_kv_metadata",
    "parquet_metadata",
    "parquet_scan",
    "parquet_schema",
    "pg_timezone_names",
    "pragma_show",
    "pragma_table_info",
    "pragma_version",
    "range",
    "read_blob",
    "read_csv",
    "read_csv_auto",
    "read_json",
    "read_json_auto",
    "read_json_objects",
    "read_json_objects_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_ndjson_objects",
    "read_parquet",
    "read_text",
    "repeat",
    "repeat_row",
    "sniff_csv",
    "summary",
    "unnest",
}
"""Functions that a query may select from. ``query`` is none: it runs a statement that is no part of the tree."""
_EXPLAIN = re.compile(r"explain(\(format[a-z]+\))?", re.IGNORECASE)
_QUOTED = 60


def refuse_writing(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Check that a text is one query that only reads.

    That is SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW or SUMMARIZE, and EXPLAIN of one of them: EXPLAIN ANALYZE is
    refused, because it runs what it explains.

    Raises:
        BadInput: it is another statement, several, none, or no SQL.
    """
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{sql[:_QUOTED]!a} is not Unicode text; write the query in UTF-8") from None
    kinds = [each.type for each in connection.extract_statements(sql)]
    if kinds == [duckdb.StatementType.EXPLAIN]:
        refuse_writing(connection, _explained(sql))
        return
    if len(kinds) > 1:
        raise BadInput(f"'{sql:.{_QUOTED}}' is not one statement that only reads; write a single 'select …'")
    if kinds != [duckdb.StatementType.SELECT]:
        raise BadInput(f"'{sql:.{_QUOTED}}' is not a query; write a statement that only reads, such as 'select …'")
    for fault in _writing(_parsed(connection, sql)):
        raise BadInput(
            f"'{sql:.{_QUOTED}}' is not one statement that only reads: it has {fault}; read views and files of the "
            "store by a single query"
        )


def _explained(sql: str) -> str:
    """Return the statement that an EXPLAIN explains."""
    text, skipped = sql.encode(), ""
    starts = [start for start, kind in duckdb.tokenize(sql) if kind is not duckdb.token_type.comment]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if _EXPLAIN.fullmatch(skipped) and text[start:end].strip() != b"(":
            break
        skipped += text[start:end].decode().split("--")[0].split("/*")[0].strip()
    rest = text[start:].decode()
    if not _EXPLAIN.fullmatch(skipped) or re.match(r"analy[sz]e\b", rest, re.IGNORECASE):
        raise BadInput(
            f"'{sql:.{_QUOTED}}' is not one statement that only reads: EXPLAIN ANALYZE runs what it explains; "
            "write 'explain select …'"
        )
    return rest


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """Return the tree of a SELECT as DuckDB's parser sees it."""
    row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    if tree["error"]:
        raise BadInput(f"the query failed: {tree['error_message']}")
    return tree["statements"]


def _writing(tree: Any) -> Iterator[str]:
    """Name whatever in a tree is not known to read."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            kind = node.get("type")
            if isinstance(kind, str) and (_NODE.search(kind) or "cte_map" in node) and kind not in _QUERIES:
                yield kind.removesuffix("_NODE").removesuffix("_QUERY")
            if kind == "TABLE_FUNCTION" and (name := node["function"]["function_name"].lower()) not in _FUNCTIONS:
                yield f"the function {name}"
