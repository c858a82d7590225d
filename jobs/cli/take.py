"""``outcross take``: write the rows of a study's mix, or of a corpus, as they came."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import AsJson, Root

if TYPE_CHECKING:
    from outcross.assets.take.put import Put
    from outcross.assets.take.taken import Taken

_HELP = """Write the rows of a study's mix, or of a version of a corpus, to train on.

Rows are written in the format, columns and types that they came in: lines of JSON, columns of Parquet and image files \
byte for byte.

Of a study, --share says which mix: [bold]best[/bold] is the share that helps most, [bold]safe[/bold] the largest that \
is safe, by its verdict; a number is a share that it ran.

Into a folder go a file for each origin and generator, each with its provenance, a dataset card, and mixture.json \
with the weights for a trainer's mixer. A path with the rows' extension is one file.

The exit status is 1 if the corpus has no such version.

[bold]Examples[/bold]

  outcross take bought --share best --to mix

  outcross take bought --share 0.25 --replicate 1 --to mix.jsonl --columns

  outcross take people --version 3 --to people.parquet
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("take", help=_HELP)(take)


def take(
    name: Annotated[str, typer.Argument(help="a study, with --share, or a corpus: its name, or path of its file")],
    to: Annotated[Path, typer.Option("--to", help="folder or file to write; it must not be there")],
    share: Annotated[str | None, typer.Option(help="of a study: best, safe, or a share that it ran")] = None,
    ladder: Annotated[str | None, typer.Option(help="ladder of the study, where it has several")] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="endpoint that says what is best or safe; default: the primary one")
    ] = None,
    replicate: Annotated[int | None, typer.Option(help="replicate of the study; default: 0", min=0)] = None,
    version: Annotated[int | None, typer.Option(help="version of the corpus; default: the last", min=1)] = None,
    columns: Annotated[bool, typer.Option("--columns", help="state provenance and weight in columns as well")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Take rows and write them."""
    from outcross.resources.errors import BadInput

    of_study = {"--ladder": ladder, "--endpoint": endpoint, "--replicate": replicate}
    if share is None and (given := next((key for key, value in of_study.items() if value is not None), None)):
        raise BadInput(f"{given} belongs to a study's --share; give both, or leave it out for a corpus")
    if share is not None and version is not None:
        raise BadInput("--version is for a corpus and --share for a study; give one of them")
    if share is None:
        taken = _of_corpus(name, version, root)
    else:
        taken = _of_study(name, share, ladder, endpoint, replicate or 0, root)

    from outcross.assets.take.put import put

    written = put(taken, to, columns=columns)
    if as_json:
        say(json.dumps(_as_json(taken, written)))
    else:
        _tell(taken, written)


def _of_study(
    name: str, share: str, ladder: str | None, endpoint: str | None, replicate: int, root: str | None
) -> "Taken":
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_as_run, load_study

    study = load_study(find_as_run(name, prepare()))

    from outcross.assets.artefacts import Artefacts
    from outcross.assets.take.choice import choose
    from outcross.assets.take.of_study import take_study
    from outcross.resources.store import Store, default_root

    artefacts = Artefacts(study, Store(root or default_root()))
    choice = choose(artefacts, share, ladder=ladder, endpoint=endpoint)
    return take_study(artefacts, choice, replicate=replicate)


def _of_corpus(name: str, version: int | None, root: str | None) -> "Taken":
    from outcross.jobs.cli.find_corpus import view_corpus
    from outcross.resources.errors import BadInput

    try:
        anchored = view_corpus(name, root)
    except BadInput:
        if _is_study(name):
            raise BadInput(f"'{name}' is a study; give --share best, --share safe, or a share that it ran") from None
        raise

    from outcross.assets.take.of_corpus import take_corpus

    return take_corpus(anchored, version)


def _is_study(name: str) -> bool:
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_as_run, load_study
    from outcross.resources.errors import BadInput

    try:
        load_study(find_as_run(name, prepare()))
    except BadInput:
        return False
    return True


def _as_json(taken: "Taken", written: "Put") -> dict[str, object]:
    return {
        **taken.about,
        "to": str(written.path),
        "sha256": written.sha256,
        "format": taken.form,
        "files": [asdict(source) for source in written.sources],
        "notes": list(written.notes),
    }


def _tell(taken: "Taken", written: "Put") -> None:
    for source in written.sources:
        by = f", made by {source.generator}" if source.generator else ""
        say(f"{source.path}: {source.rows:,} rows, {source.origin}{by}")
    for note in written.notes:
        say(f"Note: {note}.")
    if (chosen := taken.about.get("chosen")) not in (None, "asked for"):
        say(f"Share {taken.about['share']:g}: {chosen}.")
    say(f"{written.path} sha256 {written.sha256}")
