"""``outcross init``: from a file of real rows to a study of them, with every choice and its reason."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import AsJson

if TYPE_CHECKING:
    from outcross.jobs.start.prepare import Prepared

_HELP = """Write a study of your own real rows: how much synthetic data they tolerate, for a generator you choose.

REAL is a file, a folder, a glob or a URL: a table, texts or pictures. It writes NAME.yaml, a study file with a \
comment at each choice: what the columns are for and what is left out, the generator, rows, replicates, the mixes \
that are tried, and the damage that is still accepted. It says how long the study will take, as a small trial \
measured it, and what a study of that size can show. Nothing runs.

To compare real rows with rows that somebody's model has made already, use [bold]outcross mix[/bold].

[bold]Examples[/bold]

  outcross init people.parquet --label income --group sex

  outcross init people.csv --generator autoregressive --dry-run

  outcross init essays.jsonl --read template=chatml
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("init", help=_HELP)(init)


def init(
    real: Annotated[str, typer.Argument(help="real rows: a file, folder, glob or URL")],
    label: Annotated[str | None, typer.Option(help="column that a model predicts: classes, or a number")] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="column whose groups are looked at one by one; may be repeated")
    ] = None,
    generator: Annotated[str | None, typer.Option(help="kind of the generator; default: the fastest that fits")] = None,
    read: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE: how files are read, such as template=chatml; may be repeated")
    ] = None,
    replicates: Annotated[int | None, typer.Option(min=3, help="independent repeats; default: 5 or 10")] = None,
    generations: Annotated[int, typer.Option(min=2, help="generations per lineage, generation 0 included")] = 6,
    name: Annotated[str | None, typer.Option(help="of the study and its file; default: REAL's")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the study file; write nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Infer a study, say what was inferred, and write it."""
    from outcross.jobs.cli.pairs import read_pairs, read_value

    reading = {key: read_value(key, value) for key, value in read_pairs(read, "--read", "KEY=VALUE").items()}

    from outcross.jobs.start.prepare import prepare
    from outcross.jobs.start.request import InitRequest
    from outcross.resources.atomic_file import replace_file

    request = InitRequest(
        real=real,
        label=label,
        groups=tuple(group or ()),
        generator=generator,
        reading=reading,
        replicates=replicates,
        generations=generations,
        name=name,
    )
    if not as_json:
        say("Reading the rows, and trying the study's steps on a few replicates …", err=True)
    prepared = prepare(request, Path.cwd())
    if not dry_run:
        replace_file(prepared.path, prepared.text.encode())
    if as_json:
        told = {"inferred": list(prepared.said), **prepared.expectation.to_json()}
        found = {"study": prepared.study.study, "file": str(prepared.path), **told, "text": prepared.text}
        say(json.dumps(found))
    else:
        _tell(prepared, written=not dry_run)


def _tell(prepared: "Prepared", *, written: bool) -> None:
    from outcross.jobs.cli.console import unbroken
    from outcross.jobs.cli.terminal_text import clean_text
    from outcross.jobs.cli.told_columns import notes_on_files, print_told

    data, file = prepared.data, prepared.path.name
    print_told(data.columns, notes_on_files(prepared.study.source, data.notes, data.columns, data.schema))
    console = unbroken()
    for line in (*prepared.said, *prepared.expectation.said):
        console.print(clean_text(line, 1_000), highlight=False)
    say(f"\n{prepared.text}")
    if written:
        say(f"Written: {file}. Read it, change what is not as you mean it, then run: outcross study {file}")
    else:
        say(f"Nothing was written. Without --dry-run, this is {file}.")
