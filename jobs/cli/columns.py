"""``outcross columns``: what each column of a file, study or corpus is read as, and why."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import AsJson
from outcross.jobs.cli.terminal_text import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outcross.resources.sources.column_record import ColumnRecord
    from outcross.resources.sources.contract import RealData

_HELP = """Show what each column is read as, and why: its type in the file, its role, its nulls.

It also prints a [bold]columns:[/bold] block to paste below [bold]source:[/bold] of a study or [bold]anchor:[/bold] \
of a corpus, and to correct there. Nothing runs, and nothing is written.

[bold]Examples[/bold]

  outcross columns people.csv

  outcross columns census.yaml

  outcross columns college --json
"""


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """The columns of a thing, and the other notes on how it was read."""

    columns: "Sequence[ColumnRecord]"
    notes: "Sequence[str]"


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("columns", help=_HELP)(columns)


def columns(
    thing: Annotated[str, typer.Argument(help="path or URL of a data file, or a study or corpus by name or path")],
    as_json: AsJson = False,
) -> None:
    """Print the columns of a file, study or corpus."""
    shown = _of_settings(thing) if _names_settings(thing) else _of_file(thing)

    from outcross.resources.sources.column_record import to_block

    block = to_block(shown.columns)
    if as_json:
        told = [record.to_json() for record in shown.columns]
        say(json.dumps({"of": thing, "columns": told, "notes": list(shown.notes), "block": block}))
        return
    _print(shown)
    say(block)


def _names_settings(thing: str) -> bool:
    path = Path(thing)
    if path.suffix in (".yaml", ".yml"):
        return True
    return not path.suffix and not path.exists() and "://" not in thing and "*" not in thing


def _of_file(path: str) -> _Shown:
    from outcross.resources.sources.files import Files

    return _of_data(Files(path=path).load())


def _of_settings(thing: str) -> _Shown:
    """Find a study or a corpus; a name that both have is the study's."""
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import STUDIES
    from outcross.resources.errors import BadInput

    home = prepare()
    for kind in (STUDIES, CORPORA):
        try:
            path = kind.find(thing, home)
        except BadInput:
            continue
        if kind is CORPORA and kind.is_of_this_kind(path):
            return _of_corpus(thing)
        if kind is STUDIES and not CORPORA.is_of_this_kind(path):
            from outcross.assets.anchor.make import load_study_rows

            return _of_data(load_study_rows(STUDIES.load(STUDIES.as_run(path, home))))
    raise BadInput(
        f"{thing!r} is no data file, and no study or corpus is known by that name; give the path of a file, or a name "
        "that 'outcross studies' lists"
    )


def _of_corpus(corpus: str) -> _Shown:
    from outcross.jobs.cli.find_corpus import find_corpus

    found = find_corpus(corpus, None)
    if found.is_started and (stored := found.columns):
        return _Shown(columns=stored, notes=())
    return _of_data(found.settings.anchor.load())


def _of_data(data: "RealData") -> _Shown:
    from outcross.resources.sources.column_record import other_notes, records_of

    notes = other_notes(data.notes, data.columns)
    return _Shown(columns=data.columns or records_of(data.schema, data.rows), notes=notes)


def _print(shown: _Shown) -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole

    console = SafeConsole()
    table = Table("column", "type in the file", "role", "nulls", "why")
    for record in shown.columns:
        why = record.why + (f"; {record.remedy}" if record.remedy else "")
        table.add_row(*map(clean_text, (record.name, record.type, record.role)), f"{record.nulls:,}", clean_text(why))
    console.print(table)
    for note in shown.notes:
        console.print(clean_text(f"• {note}", 1_000))
