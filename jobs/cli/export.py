"""``outcross export``: write the provenance of a dataset in a standard format."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.assets.export import FORMATS
from outcross.jobs.cli.console import hand_over, say
from outcross.jobs.cli.find_corpus import view_corpus
from outcross.jobs.cli.options import Root

if TYPE_CHECKING:
    from outcross.assets.export import Description

_FORMATS = "\n\n".join(f"  {each.name}: {each.about}" for each in FORMATS.values())
_HELP = f"""Write the provenance of a corpus version, or of a study's generation, in a standard format.

Use it to publish a dataset, or to record it in a catalogue. Nothing is sent over the network.

The exit status is 1 if the version or the generation has not been made.

[bold]Formats[/bold]

{_FORMATS}

[bold]Examples[/bold]

  outcross export college --format croissant

  outcross export college --format card --version 3 -o README.md

  outcross export college --format expectations -o expectations.json

  outcross export college --format statement -o statement.md

  outcross export digits --format openlineage --generation 2 --lineage replace
"""
_OUTPUT = "file to write, or folder for a file with the format's own name; default: print it"


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("export", help=_HELP)(export)


def export(
    name: Annotated[str, typer.Argument(help="a corpus or, with --generation, a study: its name, or path of its file")],
    form: Annotated[str, typer.Option("--format", help=" | ".join(FORMATS))],
    version: Annotated[int | None, typer.Option(min=1, help="version of the corpus; default: the last")] = None,
    generation: Annotated[int | None, typer.Option(help="generation of the study", min=0)] = None,
    lineage: Annotated[str | None, typer.Option(help="lineage of the study; generation 0 needs none")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=_OUTPUT)] = None,
    root: Root = None,
) -> None:
    """Describe a corpus version or a study's generation, and write the description."""
    from outcross.resources.atomic_file import write_output
    from outcross.resources.errors import BadInput
    from outcross.resources.system_faults import unwritable

    if form not in FORMATS:
        raise BadInput(f"no format is named '{form}'; choose one of {', '.join(FORMATS)}")
    if generation is None and lineage is not None:
        raise BadInput("--lineage belongs to a study's --generation; give both, or leave it out for a corpus")
    if generation is not None and version is not None:
        raise BadInput("--version is for a corpus and --generation for a study; give one of them")
    dataset = (
        _version(name, version, root, form) if generation is None else _generation(name, generation, lineage, root)
    )
    text = FORMATS[form].write(dataset)
    if output is None:
        hand_over(text)
        return
    path = output / FORMATS[form].file_name if output.is_dir() else output
    try:
        write_output(path, text.encode())
    except OSError as error:
        raise unwritable(path, error) from None
    say(str(path))


def _version(name: str, number: int | None, root: str | None, form: str) -> "Description":
    anchored = view_corpus(name, root)

    from outcross.assets.export.batches import describe_corpus

    return describe_corpus(
        anchored, number, with_suite=form == "expectations", with_statement=form.startswith("statement")
    )


def _generation(name: str, generation: int, lineage: str | None, root: str | None) -> "Description":
    from outcross.assets.study.lineage import SHARED
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_as_run, load_study
    from outcross.resources.errors import BadInput

    study = load_study(find_as_run(name, prepare()))
    if generation >= study.generations:
        raise BadInput(f"study '{study.study}' has generations 0 to {study.generations - 1}; choose one of them")
    if lineage not in ([*study.lineages] if generation else [None, SHARED, *study.lineages]):
        fault = "needs a lineage" if lineage is None else f"has no lineage '{lineage}'"
        raise BadInput(f"study '{study.study}' {fault}; give --lineage {' | '.join(study.lineages)}")

    from outcross.assets.artefacts import Artefacts, Slot
    from outcross.assets.export.generation import describe_generation
    from outcross.resources.store import Store, default_root

    return describe_generation(Slot(Artefacts(study, Store(root or default_root())), generation, lineage or ""))
