"""Dagster's history on this machine, where it is damaged: which file it is, and the way back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from outcross.jobs.files.home import home
from outcross.resources.errors import Damaged

_REMEDY = (
    "delete it, with the files beside it whose names begin with its own, and run the same command again: the history "
    "of runs in it is lost, and what the store holds is not"
)


@contextmanager
def named_event_log_damage() -> Iterator[None]:
    """Raise :class:`Damaged` with the file, where the block fails on a damaged database of Dagster's history."""
    from sqlalchemy.exc import DatabaseError

    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        damaged = find_damaged_log(home() / "dagster")
        if damaged is None:
            raise
        raise damaged from error


def find_damaged_log(folder: Path) -> Damaged | None:
    """Check every SQLite database below a folder, and return the first that is damaged."""
    for path in sorted(folder.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError:
            continue  # locked, or being made
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            return Damaged(str(path), f"is no whole database ({said.splitlines()[0][:120]})", _REMEDY)
    return None
