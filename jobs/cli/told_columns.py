"""Say on the terminal what became of columns that no setting names, before anything runs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcross.resources.sources.column_record import ColumnRecord

LONGEST = 1_000


def print_told(columns: "Iterable[ColumnRecord]") -> None:
    """Print one line on standard error for each column that was left out, renamed or read against its type."""
    from rich.console import Console

    from outcross.jobs.cli.terminal_text import clean_text
    from outcross.resources.sources.column_record import told

    console = Console(stderr=True, soft_wrap=True)
    for record in told(columns):
        console.print(clean_text(record.line, LONGEST))
