"""``outcross study`` and ``outcross studies``: run a study to its verdict, and list the known studies."""

import json
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.dry_run import tell_dry_run
from outcross.jobs.cli.options import AsJson, Root, StudyName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outcross.assets.artefacts import Artefacts
    from outcross.assets.study.study import Study
    from outcross.resources.sources.contract import RealData

_STUDY_HELP = """Run a study to its verdict, and write the report.

Run the same command again to resume an interrupted study: stored results are reused. What an earlier version of a \
metric, guard, step or generator made, or other settings, is named with the reason, and made again.

Before anything runs, it says which columns were left out, renamed or read against their type, and what was guessed
of the files, such as a separator;
[bold]outcross columns[/bold] shows every column.

Where a ladder says refine, further shares are added one after the other, each where it decides; before the run it \
says how many at most, and for each one why.

If the study lists several numbers of rows, each size runs, the smallest first.

Every generation runs as a Dagster job; [bold]outcross ui[/bold] shows the jobs and their results. A run that is \
terminated there ends the study.

The exit status is 1 if a run failed or was terminated.

[bold]--dry-run[/bold] says what would run, how long it takes here as a small trial measures it, and what a study of \
that size can show; nothing is stored.

Finished results that were made under other settings of source, generator, seed, rows or replicates are not replaced
in silence: give the changed study another name, or say [bold]--replace[/bold].

--generations and --replicates are recorded in the home, in studies/NAME.yaml, where the UI and the other commands
read them. Run the study without them to return to its own settings.

[bold]Examples[/bold]

  outcross study digits

  outcross study my.yaml --dry-run

  outcross study my.yaml --generations 8 --replicates 10

  outcross study digits --arms replace,accumulate --json
"""
_STUDIES_HELP = """List the known studies.

They are the bundled studies, those in the files and folders named by OUTCROSS_STUDIES, and those run before by path. \
Files that cannot be used are listed as broken, each with its fault.

[bold]Examples[/bold]

  outcross studies

  outcross studies --json
"""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("study", help=_STUDY_HELP)(run)
    app.command("studies", help=_STUDIES_HELP)(list_studies)


def run(
    study: StudyName,
    arms: Annotated[str | None, typer.Option(help="run only these arms, separated by commas")] = None,
    generations: Annotated[
        int | None, typer.Option(min=2, help="generations per lineage, generation 0 included")
    ] = None,
    replicates: Annotated[int | None, typer.Option(min=1, help="independent repeats per arm")] = None,
    root: Root = None,
    workers: Annotated[int | None, typer.Option(min=1, help="lineages run in parallel; default: one per core")] = None,
    replace_results: Annotated[
        bool, typer.Option("--replace", help="replace finished results that were made under other settings")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would run and how long; store nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a study and print its verdict."""
    from outcross.jobs.files.given_rows import refuse_rows
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.replaced_keys import refuse_extending, replace_keys
    from outcross.jobs.files.study_files import find_study, load_study, register

    refuse_rows(study)
    home, started = prepare(), time.monotonic()
    path = find_study(study, home)
    refuse_extending(path, home)
    replaced = {"generations": generations, "replicates": replicates}
    loaded = load_study(path, **replaced)

    from outcross.assets.artefacts import VERDICT, Artefacts  # what is slow to import follows what a slip is refused by
    from outcross.assets.outdated import tell_outdated
    from outcross.assets.verdict.written_report import report_location
    from outcross.jobs.cli.progress import study_progress
    from outcross.jobs.cli.tables import comparisons_json, verdicts_json
    from outcross.jobs.running.engine import StudyFile, choose_lineages, run_study
    from outcross.jobs.running.replaced_results import refuse_replacing
    from outcross.jobs.running.study_definitions import refuse_undefinable
    from outcross.resources.sources.read_once import reading_once
    from outcross.resources.store import Store, default_root
    from outcross.resources.warehouse import write_warehouse

    wanted = None if arms is None else [arm.strip() for arm in arms.split(",")]
    choose_lineages(loaded, wanted)
    artefacts = Artefacts(loaded, Store(root or default_root()))
    if not (replace_results or dry_run):
        refuse_replacing(artefacts)
    with reading_once() if dry_run else nullcontext():
        data, notes, told, anchor_rows = _check_before_running(loaded, quiet=as_json)
        refuse_undefinable(loaded, where=str(path))
        if dry_run:
            tell_dry_run(loaded, anchor_rows=anchor_rows, workers=workers, notes=[*notes, *told], as_json=as_json)
            return
    register(path, home)
    file = StudyFile(path=replace_keys(path, replaced, home).resolve(), root=root or default_root())
    outdated = [line for size in loaded.sizes for line in tell_outdated(Artefacts(size, Store(file.root)))]
    _say_all([] if as_json else outdated)
    with study_progress(loaded, quiet=as_json) as watch:
        runs = run_study(file, arms=wanted, workers=workers, watch=watch)
    if file.path != path.resolve() and not as_json:
        say(f"The options are recorded in {file.path}; the UI shows them after 'Reload definitions'.")
    artefacts = Artefacts(loaded, Store(file.root))
    write_warehouse(artefacts.store)
    decided = artefacts.is_current(artefacts.address(VERDICT))
    if not as_json:
        _print_end(artefacts, decided=decided)
        return
    result = {
        "study": loaded.study,
        "columns": [record.to_json() for record in data.columns],
        "notes": [*notes, *told],
        "outdated": outdated,
        "runs": [run.label for run in runs],
        "added": [{"lineage": run.label, "reason": run.reason} for run in runs if run.reason],
        "seconds": round(time.monotonic() - started, 1),
        "verdicts": verdicts_json(artefacts) if decided else [],
        "comparisons": comparisons_json(artefacts) if decided else [],
        "report": report_location(artefacts) if decided else None,
    }
    say(json.dumps(result))


def _say_all(lines: "Iterable[str]") -> None:
    for line in lines:
        say(line)


def _print_end(artefacts: "Artefacts", *, decided: bool) -> None:
    """Print the verdict and what comes next, or what it waits for."""
    from outcross.assets.verdict.written_report import report_location
    from outcross.jobs.cli.tables import next_steps, print_verdicts

    if not decided:
        say("The chosen arms are finished. The verdict needs every arm: run the same command without --arms.")
        return
    print_verdicts(artefacts)
    say(f"Report: {report_location(artefacts)}")
    say(next_steps(artefacts))


def list_studies(
    as_json: AsJson = False,
) -> None:
    """List the known studies."""
    from rich.table import Column, Table

    from outcross.jobs.cli.console import SafeConsole
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import STUDIES

    loaded = STUDIES.load_all(prepare())
    studies = loaded.usable.values()
    if as_json:
        known = [{"study": each.study, "description": each.description} for each in studies]
        broken = [{"file": str(each.path), "error": each.message} for each in loaded.broken]
        say(json.dumps({"studies": known, "broken": broken}))
        return
    table = Table(Column("study", overflow="fold"), "source, generator", "size", "about")
    for each in studies:
        more = f" + {each.most_added}" if each.most_added else ""
        size = f"{len(each.required_lineages)}{more} × {each.generations} × {each.replicates}"
        table.add_row(each.study, f"{each.source.kind}, {each.generator.kind}", size, each.description)
    table.caption = "size: lineages × generations × replicates"
    SafeConsole().print(table)
    for file in loaded.broken:
        say(f"Broken: {file.message}")


def _check_before_running(study: "Study", *, quiet: bool) -> "tuple[RealData, list[str], list[str], int]":
    """Check the study before a worker process starts, and say what became of its columns.

    Returns the source without its rows, notes on its files, what is said of the rows, and the rows of the anchor.

    The run reads the source again: it is another process, which the UI, a schedule or another machine may start without
    this one, and it stores the rows that it has read and checked itself.
    """
    from outcross.assets.anchor.make import read_study_rows
    from outcross.assets.anchor.named_tests import tell_left_out
    from outcross.assets.pool.read import describe_pool, read_pool
    from outcross.assets.study.requests import describe_requests
    from outcross.jobs.cli.told_columns import notes_on_files, print_told

    read = read_study_rows(study)
    rows = read.parts.anchor.height
    pool = read_pool(study, read.data.schema, read.parts, read.tests)
    said = tell_left_out(read.left_out, of="the anchor")
    said += [] if pool is None else describe_pool(study, pool, anchor_rows=rows)
    requests = describe_requests(study, anchor_rows=rows)
    _say_all([] if quiet else [*([] if requests is None else [requests]), *said])
    data = replace(read.data, rows=read.data.rows.clear(), entity=None, time=None)  # the run is in other processes
    notes = notes_on_files(study.source, data.notes, data.columns, data.schema)
    if not quiet:
        print_told(data.columns, notes)
    return data, notes, said, rows
