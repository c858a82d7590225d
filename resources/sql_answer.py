"""The answer to a query, fetched within bounds of time and memory, and ended by Ctrl-C."""

import re
import time
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

import duckdb
import polars as pl

from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.sql_text import quote_name

SECONDS = 300.0
"""Seconds that a query may take, unless it is asked for more."""
MEMORY = "50%"
"""Share of this machine's memory that a query may take."""
MOST_BYTES = 2**28
"""Most bytes of an answer."""

_AGAIN = 0.1
"""Seconds after which it is asked again whether a query goes on."""
_ROWS = 10_000
"""Rows that are fetched at a time."""


_UNKNOWN = re.compile(r"Table with name (\S+) does not exist")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a query may take: seconds, and bytes of its answer; its working memory is half of this machine's."""

    seconds: float = SECONDS
    bytes: int = MOST_BYTES


def fetch_answer(connection: duckdb.DuckDBPyConnection, sql: str, bounds: Bounds) -> pl.DataFrame:
    """Run a query and return its rows.

    It runs in a thread, so that Ctrl-C reaches this one: DuckDB loses it within a callback of its own.

    Raises:
        BadInput: it took longer, or its answer is larger, than allowed.
        duckdb.Error: DuckDB refuses it.
        KeyboardInterrupt: Ctrl-C ended it.
    """
    deadline = time.monotonic() + bounds.seconds
    running: Future[pl.DataFrame] = Future()
    thread = Thread(target=_run, args=(running, connection, sql, bounds), name="outcross-sql")
    try:
        thread.start()
        while not running.done():  # a signal may wake another thread than this one
            wait([running], timeout=_AGAIN)
            if time.monotonic() > deadline and not running.done():
                _end(connection, running)
                raise BadInput(
                    f"the query was ended after {bounds.seconds:g} seconds; ask for less, or raise --timeout"
                )
    except KeyboardInterrupt:  # also before the thread has told that it started
        _end(connection, running)
        raise
    return running.result()


def no_such_view(connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> str:
    """Return what is wrong with a query that names no view, with the views that there are; empty for another error.

    DuckDB itself would propose tables of its own catalogue.
    """
    if not (named := _UNKNOWN.search(str(error))):
        return ""
    views = connection.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL")
    known = [name if schema == "main" else f"{schema}.{name}" for schema, name in views.fetchall()]
    return f"there is no view {named[1]!r}{did_you_mean(named[1], known)}; there are {', '.join(known)}"


def _run(running: "Future[pl.DataFrame]", connection: duckdb.DuckDBPyConnection, sql: str, bounds: Bounds) -> None:
    """Run a query unless it was cancelled before."""
    if running.set_running_or_notify_cancel():
        try:
            running.set_result(_fetch(connection.sql(sql), bounds))
        except BaseException as error:  # the thread that waits raises it
            running.set_exception(error)


def _end(connection: duckdb.DuckDBPyConnection, running: "Future[pl.DataFrame]") -> None:
    """End a query for good: its connection cannot be closed before. One that has not begun never begins.

    It is interrupted again and again, since DuckDB forgets an interruption that comes before the query; a second Ctrl-C
    changes nothing.
    """
    running.cancel()
    while not running.done():
        with suppress(KeyboardInterrupt):
            connection.interrupt()
            wait([running], timeout=_AGAIN)


def _fetch(answer: duckdb.DuckDBPyRelation, bounds: Bounds) -> pl.DataFrame:
    """Fetch the rows of an answer; intervals are durations, with months of 30 days: Polars has no calendar ones."""
    spans = [name for name, kind in zip(answer.columns, answer.types, strict=True) if str(kind) == "INTERVAL"]
    if not spans:
        return _rows(answer, bounds)
    chosen = [f"epoch_us({quote_name(n)}) AS {quote_name(n)}" if n in spans else quote_name(n) for n in answer.columns]
    counted = _rows(answer.project(", ".join(chosen)), bounds)
    return counted.with_columns(pl.col(spans).cast(pl.Duration("us")))


def _rows(answer: duckdb.DuckDBPyRelation, bounds: Bounds) -> pl.DataFrame:
    import pyarrow as pa

    reader, batches, size = answer.to_arrow_reader(_ROWS), [], 0
    for batch in reader:
        batches.append(batch)
        size += batch.nbytes
        if size > bounds.bytes:
            raise BadInput(
                f"the answer has more than {bounds.bytes / 2**20:,.0f} MiB; select fewer rows or columns, count them "
                "in the query, or ask warehouse.duckdb in the store with a DuckDB client of your own"
            )
    rows = pl.from_arrow(pa.Table.from_batches(batches, schema=reader.schema))
    assert isinstance(rows, pl.DataFrame)
    return rows
