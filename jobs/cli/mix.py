"""``outcross mix``: whether synthetic rows help a model, how much, and when they are too much."""

import json
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import AsJson, Root

if TYPE_CHECKING:
    from outcross.jobs.mix.prepare import Prepared
    from outcross.jobs.mix.request import MixRequest

_HELP = """Find out whether synthetic rows help a model: how much, from which share on they harm, and what one is worth.

REAL are real rows, SYNTHETIC is a pool of rows that somebody's model made once. Each is a file, a folder, a glob or a \
URL: a table, texts or pictures. A model is trained on several mixes and judged on real rows that were held out.

What is trained is a classifier or a regressor of --label, a language model where the rows are texts, or your own \
program (--learner), which is run as: PROGRAM train TRAIN.parquet MODEL_FOLDER SEED and \
PROGRAM judge MODEL_FOLDER TEST.parquet OUT.json, and writes {"accuracy": 0.93} to the last.

It says what it inferred, how many rows each mix takes, and how long it will take, as a small trial measured it. It \
writes NAME.yaml, a study file with a comment at each choice, and runs it. Run the same command again to resume it, \
also with a file that you changed.

The exit status is 1 if a run failed or was terminated; what was made until then is kept.

[bold]Examples[/bold]

  outcross mix people.csv bought.csv --label income --dry-run

  outcross mix people.csv bought.csv --label income --test later=2025.csv

  outcross mix chats.jsonl made.jsonl --read template=chatml

  outcross mix people.csv bought.csv --learner "python train.py" --metric f1=higher
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("mix", help=_HELP)(mix)


def mix(
    real: Annotated[str, typer.Argument(help="real rows: a file, folder, glob or URL")],
    synthetic: Annotated[str, typer.Argument(help="rows that somebody's model made: the same")],
    label: Annotated[str | None, typer.Option(help="column to predict: classes, or a number")] = None,
    learner: Annotated[str | None, typer.Option(help="your own program, which trains and judges")] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="NAME=higher or NAME=lower: a score that it writes; may be repeated")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.01, help="seconds until a run of it is killed; default: 3600")
    ] = None,
    shares: Annotated[str | None, typer.Option(help="synthetic shares to try, such as 0.1,0.25,0.5")] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="NAME=PATH: real rows that nothing may learn from; may be repeated")
    ] = None,
    read: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE: how files are read, such as template=chatml; may be repeated")
    ] = None,
    replicates: Annotated[int, typer.Option(min=3, help="independent repeats of each mix")] = 8,
    name: Annotated[str | None, typer.Option(help="of the study and its file; default: mix- and REAL's")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="lineages run in parallel; default: one per core")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the plan and the study file; write nothing")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Infer a study, write it, run it, and print the three answers."""
    from outcross.jobs.cli.pairs import read_pairs

    started = time.monotonic()
    request = _request(
        real=real,
        synthetic=synthetic,
        label=label,
        learner=learner,
        metrics=read_pairs(metric, "--metric", "NAME=higher", alone=True),
        time_limit=time_limit,
        shares=shares,
        tests=read_pairs(test, "--test", "NAME=PATH"),
        reading=read_pairs(read, "--read", "KEY=VALUE"),
        replicates=replicates,
        name=name,
    )

    from outcross.jobs.files.home import prepare as prepare_home
    from outcross.jobs.mix.prepare import prepare

    home = prepare_home()
    prepared = prepare(request, Path.cwd(), workers=workers)
    if not as_json:
        _print_plan(prepared)
    if dry_run:
        _tell_dry_run(prepared, as_json=as_json)
        return
    result = _run(prepared, home, root=root, workers=workers, as_json=as_json)
    if as_json:
        say(json.dumps({**_plan_json(prepared), **result, "seconds": round(time.monotonic() - started, 1)}))


def _request(
    *,
    learner: str | None,
    shares: str | None,
    metrics: dict[str, str],
    reading: dict[str, str],
    **given: Any,
) -> "MixRequest":
    """Return what was asked; ``BadInput`` where options contradict one another or cannot be read."""
    from outcross.jobs.cli.pairs import read_value
    from outcross.jobs.mix.directions import better_of
    from outcross.jobs.mix.request import MixRequest
    from outcross.resources.errors import BadInput

    if learner is not None and given["label"] is not None:
        raise BadInput("--learner and --label name two models; give --label to train a shipped one, or --learner alone")
    if learner is None and (metrics or given["time_limit"] is not None):
        option = "--metric" if metrics else "--time-limit"
        raise BadInput(f"{option} is about your own program; name it with --learner, or remove {option}")
    for each, better in metrics.items():
        if (better or better_of(each)) not in ("higher", "lower"):
            raise BadInput(f"--metric {each}: say which way is better, --metric {each}=higher or {each}=lower")
    return MixRequest(
        learner=_words(learner),
        shares=_shares(shares),
        metrics={each: better or str(better_of(each)) for each, better in metrics.items()},
        reading={key: read_value(key, value) for key, value in reading.items()},
        **given,
    )


def _words(learner: str | None) -> list[str]:
    """Split a command line as a shell does."""
    from outcross.resources.errors import BadInput

    if learner is None:
        return []
    try:
        words = shlex.split(learner)
    except ValueError as error:
        raise BadInput(f"--learner {learner!r}: {error}; close it") from None
    if not words:
        raise BadInput("--learner is empty; name a program, such as --learner 'python train.py'")
    return words


def _shares(text: str | None) -> tuple[float, ...]:
    from outcross.resources.errors import BadInput

    if text is None:
        return ()
    try:
        shares = tuple(sorted({float(each) for each in text.split(",")}))
    except ValueError:
        shares = ()
    if not shares or not all(0.001 <= share <= 0.99 for share in shares):
        raise BadInput(
            f"--shares {text!r}: write numbers from 0.001 to 0.99, separated by commas, such as 0.1,0.25,0.5: each is "
            "the synthetic share of a dataset that has all real rows"
        )
    return shares


def _print_plan(prepared: "Prepared") -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import unbroken
    from outcross.jobs.cli.terminal_text import clean_text
    from outcross.jobs.cli.told_columns import notes_on_files, print_told

    console, data = unbroken(), prepared.rows.data
    print_told(data.columns, notes_on_files(prepared.study.source, data.notes, data.columns, data.schema))
    for line in prepared.said:
        console.print(clean_text(line, 1_000))
    table = Table("synthetic share", "real rows", "rows of the pool")
    for rung in prepared.rungs:
        table.add_row(f"{100 * rung.share:.3g} %", f"{rung.real:,}", f"{rung.synthetic:,}")
    console.print(table)
    if prepared.expectation is not None:
        console.print(clean_text(prepared.expectation.said))


def _plan_json(prepared: "Prepared") -> dict[str, Any]:
    expected = prepared.expectation
    return {
        "study": prepared.study.study,
        "file": str(prepared.path),
        "inferred": list(prepared.said),
        "rungs": [
            {"share": rung.share, "real_rows": rung.real, "pool_rows": rung.synthetic} for rung in prepared.rungs
        ],
        "trainings": None if expected is None else expected.trainings,
        "expected_seconds": None if expected is None else round(expected.seconds),
    }


def _tell_dry_run(prepared: "Prepared", *, as_json: bool) -> None:
    if as_json:
        say(json.dumps({**_plan_json(prepared), "text": prepared.text}))
        return
    say(f"\n{prepared.text}\nNothing was written. Without --dry-run, this is {prepared.path.name}, and it runs.")


def _run(prepared: "Prepared", home: Path, *, root: str | None, workers: int | None, as_json: bool) -> dict[str, Any]:
    """Write the study file, run it, and print its answers; return what it came to."""
    from outcross.assets.artefacts import Artefacts
    from outcross.assets.stored_verdicts import load_verdicts
    from outcross.assets.verdict.written_report import report_location
    from outcross.jobs.cli.progress import study_progress
    from outcross.jobs.files.study_files import register
    from outcross.jobs.mix.answers import answers_of, closing_lines
    from outcross.jobs.running.engine import StudyFile, run_study
    from outcross.resources.atomic_file import write_output
    from outcross.resources.store import Store, default_root
    from outcross.resources.warehouse import write_warehouse

    if not prepared.is_written:
        write_output(prepared.path, prepared.text.encode())
    register(prepared.path, home)
    if not as_json:
        say(f"Study file: {prepared.path.name}")
    file = StudyFile(path=prepared.path.resolve(), root=root or default_root())
    with study_progress(prepared.study, quiet=as_json) as watch:
        runs = run_study(file, workers=workers, watch=watch)
    artefacts = Artefacts(prepared.study, Store(file.root))
    write_warehouse(artefacts.store)
    answers = answers_of(prepared.study, load_verdicts(artefacts).to_dicts())
    location = report_location(artefacts)
    if not as_json:
        _print_answers(answers, closing_lines(artefacts), location)
    return {"runs": [run.label for run in runs], "answers": answers, "report": location}


def _print_answers(answers: list[dict[str, Any]], closing: list[str], report: str) -> None:
    from rich.text import Text

    from outcross.jobs.cli.console import SafeConsole
    from outcross.jobs.mix.answers import title_of

    console = SafeConsole()
    for answer in answers:
        console.print(Text(f"\n{title_of(answer)}", style="bold"))
        for heading, said in zip(("Helps", "Too much", "Worth"), answer["said"].values(), strict=True):
            console.print(Text(f"{heading + ':':<10}{said}"))
    console.print()
    for line in [*closing, f"Report: {report}"]:
        console.print(Text(line), soft_wrap=True)
