"""Say on the terminal how a source was read, and what became of columns that no setting names, before anything runs."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcross.resources.schema import Schema
    from outcross.resources.sources.column_record import ColumnRecord
    from outcross.resources.sources.contract import Source

LONGEST = 1_000


def print_told(columns: "Sequence[ColumnRecord]", notes: Iterable[str] = ()) -> None:
    """Print on standard error each note, and each column that was left out, renamed or read against its type."""
    from outcross.jobs.cli.console import unbroken
    from outcross.jobs.cli.terminal_text import clean_text
    from outcross.resources.sources.column_record import told

    console = unbroken(err=True)
    for line in [*notes, *(record.line for record in told(columns))]:
        console.print(clean_text(line, LONGEST))


def notes_on_files(
    source: "Source", notes: Iterable[str], columns: "Sequence[ColumnRecord]", schema: "Schema"
) -> list[str]:
    """Return what was guessed or changed where files were read, as separators: not the roles, nor what columns say.

    Args:
        source: a source that reads no files has no such notes.
        notes: of the source.
        columns: what became of each column.
        schema: the columns.
    """
    from outcross.resources.sources.column_record import other_notes
    from outcross.resources.sources.columns import say_roles
    from outcross.resources.sources.file_source import FileSource

    if not isinstance(source, FileSource):
        return []
    return [note for note in other_notes(notes, columns) if note != say_roles(schema)]
