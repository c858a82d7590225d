"""``outcross corpus NAME --recheck``: rows that a corpus has already, compared with its protected sets."""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.terminal_text import clean_text

if TYPE_CHECKING:
    import polars as pl

    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.protected.recheck import Rechecked


def show_recheck(anchored: "OpenCorpus", output: Path | None, *, as_json: bool) -> None:
    """Print what is found, and write the rows of batches to a file for a withdrawal; exit with 1 if there are any.

    Args:
        anchored: the open corpus.
        output: the file; None is one in the home.
        as_json: whether to print one JSON object.

    Raises:
        BadInput: the corpus names no protected set, a set cannot be read, or the file cannot be written.
    """
    from outcross.assets.corpus.ledger.ledger import read_version
    from outcross.assets.corpus.protected.copies import load_protected
    from outcross.assets.corpus.protected.recheck import recheck, withdraw_command
    from outcross.resources.errors import BadInput

    protected = load_protected(anchored)
    if protected is None:
        raise BadInput(
            f"corpus '{anchored.name}' names no protected set; add 'protected: {{benchmark: FILE}}' to its file"
        )
    found = recheck(anchored, read_version(anchored.files), protected)
    rows = found.contents
    path = None if not rows.height else _write(anchored, output, rows)
    command = None if path is None else withdraw_command(anchored.name, str(path))
    if as_json:
        say(json.dumps({**found.to_json(), "file": None if path is None else str(path), "command": command}))
    else:
        _print(found, path, command)
    if found.rows.height:
        raise typer.Exit(ExitCode.PROBLEM)


def _print(found: "Rechecked", path: Path | None, command: str | None) -> None:
    from outcross.resources.counted import counted

    for each in found.sets:
        say(clean_text(found.describe(each)))
    for what in found.abstained:
        say(clean_text(f"• not looked into: {what}"))
    if found.of_anchor:
        say(
            f"{counted(found.of_anchor, 'of these rows is', 'of these rows are')} in the anchor: leave all such "
            "rows out of its file, and start the corpus under another name"
        )
    if command is not None:
        listed = counted(found.contents.height, "row of batches is", "rows of batches are")
        say(clean_text(f"{listed} listed in {path}; to withdraw: {command}"))


def _write(anchored: "OpenCorpus", output: Path | None, rows: "pl.DataFrame") -> Path:
    """Write rows as Parquet, which keeps numbers to their last bit: a withdrawal compares by content."""
    from outcross.jobs.files.home import home
    from outcross.resources.atomic_file import replace_file
    from outcross.resources.system_faults import unwritable

    path, buffer = output or home() / "rechecks" / f"{anchored.name}.parquet", io.BytesIO()
    rows.write_parquet(buffer)
    try:
        replace_file(path, buffer.getvalue())
    except OSError as error:
        raise unwritable(path, error) from None
    return path
