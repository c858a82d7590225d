"""Dagster's history on this machine, where it is damaged: which file it is, and the way back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from outcross.jobs.files.home import home
from outcross.resources.errors import Damaged, OutcrossError, first_line, reason_of

_REMEDY = (
    "delete it, with the files beside it whose names begin with its own, and run the same command again: the history "
    "of runs in it is lost, and what the store holds is not"
)

_UNREADABLE = {"DeserializationError", "SerdeError"}
"""What Dagster raises where a stored event is none."""


@contextmanager
def named_event_log_damage() -> Iterator[None]:
    """Raise :class:`Damaged` with the file, where the block fails on a damaged database of Dagster's history."""
    folder = home() / "dagster"
    try:
        yield
    except OutcrossError:
        raise
    except Exception as error:
        damaged = find_damaged_log(folder)
        if damaged is None and type(error).__name__ in _UNREADABLE:
            fault = f"has an event that cannot be read ({reason_of(error)})"
            damaged = Damaged(str(folder / "history"), fault, _REMEDY)
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
            return Damaged(str(path), f"is no whole database ({first_line(said)})", _REMEDY)
    return None
