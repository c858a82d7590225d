"""The files that SQL views read: patterns below a root whose name is no pattern, and which of them are damaged.

A view over many files fails as a whole where one of them is cut. So where DuckDB refuses a view, each of its files is
looked at alone, and the damaged ones are left out and named.
"""

import json
from collections.abc import Callable, Iterable

import duckdb
import polars as pl

from outcross.resources.errors import RESTORE, Damaged, reason_of
from outcross.resources.sql_text import quote_file, quote_pattern
from outcross.resources.store import Store
from outcross.resources.system_faults import refuse_to_blame

CORPORA = "corpora"
"""The folder of corpora below the root; what lies beside it is made by studies."""
_EVERY_FILE = (
    "*/*/part.parquet",
    "*/*/*/*/part.parquet",
    f"{CORPORA}/*/anchor/rows.parquet",
    f"{CORPORA}/*/batches/*/*.parquet",
    f"{CORPORA}/*/left_out/*",
    f"{CORPORA}/*/versions/*.json",
    f"{CORPORA}/*/batches/*/refused.json",
    f"{CORPORA}/*/refused/*.json",
)
_MAGIC, _TAIL = b"PAR1", 12
"""First and last bytes of a Parquet file, and the fewest bytes that one has."""


class ViewedFiles:
    """The files below a store's root that views read.

    Attributes:
        store: the store.
        damaged: path → what is wrong with it; these files are in no view.
    """

    def __init__(self, store: Store, connection: duckdb.DuckDBPyConnection, damaged: Iterable[Damaged] = ()) -> None:
        self.store, self._connection = store, connection
        self.damaged: dict[str, Damaged] = {each.path: each for each in damaged}

    def matching(self, *patterns: str) -> list[str]:
        """List the files of some patterns, without the damaged ones."""
        return [path for pattern in patterns for path in self.store.glob(pattern) if path not in self.damaged]

    def sql(self, *patterns: str) -> str:
        """Return the SQL list of the files of some patterns: the patterns, unless one matches a damaged file."""
        found = [path for pattern in patterns for path in self.store.glob(pattern)]
        if any(path in self.damaged for path in found):
            return f"[{', '.join(quote_file(self.store, path) for path in found if path not in self.damaged)}]"
        there = [pattern for pattern in patterns if self.store.glob(pattern)]
        return f"[{', '.join(quote_pattern(self.store, pattern) for pattern in there)}]"

    def define(self, statement: Callable[[], str], *patterns: str) -> None:
        """Run a statement that defines a view over the files of some patterns; again, without those that are damaged.

        Args:
            statement: builds the statement from what is known of damaged files.
            patterns: of the files that it reads; it is not run where none is left.

        Raises:
            duckdb.Error: the view cannot be defined, and no file of it is damaged.
        """
        if not self.matching(*patterns):
            return
        try:
            self._connection.execute(statement())
        except duckdb.Error:
            known = len(self.damaged)
            self.look_at(self.matching(*patterns))
            if len(self.damaged) == known:
                raise
            if self.matching(*patterns):
                self._connection.execute(statement())

    def look_at(self, paths: Iterable[str]) -> None:
        """Read the columns of each file, and remember those that cannot be read."""
        for path in paths:
            fault = _json_fault(self.store, path) if path.endswith(".json") else self._parquet_fault(path)
            if fault is not None:
                self.damaged[path] = as_damaged(path, fault)

    def leave_out(self, paths: Iterable[str], fault: str, remedy: str) -> None:
        """Leave files out of every view for another reason than damage."""
        self.damaged |= {path: Damaged(path, fault, remedy) for path in paths}

    def _parquet_fault(self, path: str) -> str | None:
        try:
            self._connection.execute(f"DESCRIBE FROM read_parquet({quote_file(self.store, path)})")
        except duckdb.Error as error:
            return reason_of(error)
        return None


def find_unreadable(store: Store) -> list[Damaged]:
    """Read every file that a view may read, whole, and return those that are damaged; for when a query has failed."""
    found = []
    for path in dict.fromkeys(path for pattern in _EVERY_FILE for path in store.glob(pattern)):
        fault = _json_fault(store, path) if path.endswith(".json") else _fault_of_rows(store, path)
        if fault is not None:
            found.append(as_damaged(path, fault))
    return found


def find_cut(store: Store, paths: Iterable[str]) -> list[Damaged]:
    """Return the Parquet files that do not begin and end as one does: by a few bytes of each."""
    found = []
    for path in paths:
        try:
            with store.filesystem.open(path, "rb") as file:
                begin = file.read(len(_MAGIC))
                size = file.seek(0, 2)
                file.seek(max(size - len(_MAGIC), 0))
                whole = size >= _TAIL and begin == file.read(len(_MAGIC)) == _MAGIC
        except OSError as error:
            refuse_to_blame(error)
            found.append(as_damaged(path, str(error.strerror or error)))
            continue
        if not whole:
            found.append(as_damaged(path, "it does not begin and end as Parquet does"))
    return found


def as_damaged(path: str, fault: str) -> Damaged:
    """Name a damaged file with its way back: a study makes its parts again, a corpus has only copies."""
    return Damaged(path, f"cannot be read ({fault})", RESTORE if f"/{CORPORA}/" in path else made_again(path))


def made_again(path: str) -> str:
    """Return the way back for a part of a study."""
    steps = path.split("/")
    things = [place for place, step in enumerate(steps) if step.startswith(("gen=", "part.parquet"))]
    study = steps[things[0] - 2] if things and things[0] >= 2 else "it"
    return f"run study '{study}' again, which makes it anew"


def _fault_of_rows(store: Store, path: str) -> str | None:
    try:
        with store.filesystem.open(path, "rb") as file:
            pl.read_parquet(file)
    except (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        refuse_to_blame(error)
        return reason_of(error)
    return None


def _json_fault(store: Store, path: str) -> str | None:
    try:
        found = json.loads(store.filesystem.cat_file(path))
    except (OSError, ValueError, RecursionError) as error:
        refuse_to_blame(error)
        return reason_of(error)
    return None if isinstance(found, dict) else "it is no object"
