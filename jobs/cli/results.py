"""``outcross verdict``, ``report`` and ``sql``: read the results of studies and corpora."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.options import AsJson, Root, StudyName

if TYPE_CHECKING:
    import polars as pl

    from outcross.assets.artefacts import Artefacts
    from outcross.resources.errors import Damaged

_VERDICT_HELP = """Print the verdict of a study that has run.

For each ladder and endpoint, it states the safe share of synthetic data and the lower 95 % limit of that share. \
For each two arms and each endpoint, it says which arm loses less, by how much, and how sure that is.

For a pipeline, [bold]--fail-unless-decided[/bold] and [bold]--min-share[/bold] ask something of the primary \
endpoint's verdict on each ladder.

The exit status is 1 if the study has no verdict yet, or if it is not what was asked.

[bold]Examples[/bold]

  outcross verdict digits

  outcross verdict digits --json

  outcross verdict digits --min-share 0.2
"""
_REPORT_HELP = """Print the path of a study's report, or copy the report to a file.

The report is one HTML file with the verdict, the curves and a gallery; it opens without a network. \
[bold]--pdf[/bold] prints it to a file, with the Chromium of this machine.

With [bold]--docs[/bold] it writes Data Docs of Great Expectations instead: what every guard found, a page a guard, \
a line a vital and generation, the failed ones first. They are made from stored outcomes, also of a study that was \
stopped.

The exit status is 1 if the study has no report yet, or with --docs if some of it has not been checked.

[bold]Examples[/bold]

  outcross report digits

  outcross report digits -o digits.html

  outcross report digits --pdf

  outcross report digits --docs
"""
_SQL_HELP = """Query the store in SQL (DuckDB, read-only).

The statement is one query, or [bold]explain[/bold] with one. It reads the files of the store and no others, takes at \
most half of the memory, and ends after --timeout seconds. An answer has at most 256 MiB.

Views of all studies: datasets, models, evaluations, verdicts, comparisons, checks, parts.

Views of one study: STUDY.anchor, STUDY.holdout, STUDY.synthetic, STUDY.rows.

Views of all corpora: ledger, ledger_counts, ledger_parts, ledger_files, guard_results, accumulated,
batches, quarantine.

View of one corpus: corpus_NAME.rows.

The exit status is 1 if a damaged file is in no view; the answer lacks it, and it is named with the way back.

[bold]Examples[/bold]

  outcross sql "select * from verdicts"

  outcross sql "select lineage, avg(value) from evaluations where metric = 'recall' group by all"

  outcross sql "select label, count(*) from digits.rows where generation = 3 group by all"
"""


_OUTPUT = "file to write, or folder of the Data Docs; default of these: in the home, .outcross"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("verdict", help=_VERDICT_HELP)(verdict)
    app.command("report", help=_REPORT_HELP)(report)
    app.command("sql", help=_SQL_HELP)(sql)


def verdict(
    study: StudyName,
    fail_unless_decided: Annotated[
        bool, typer.Option("--fail-unless-decided", help="exit with 1 where the primary endpoint is not decided")
    ] = False,
    min_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="exit with 1 where less is shown to be safe")
    ] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Print a study's verdict."""
    artefacts = _artefacts(study, root)

    from outcross.assets.corpus.renewal.old_anchor import find_renewed_since
    from outcross.assets.corpus.withdrawal.studies import find_withdrawn_from
    from outcross.assets.verdict.make import refuse_outdated
    from outcross.jobs.cli.exit_codes import ExitCode
    from outcross.jobs.cli.tables import comparisons_json, print_verdicts, verdicts_json
    from outcross.jobs.cli.verdict_gate import unmet

    refuse_outdated(artefacts)
    verdicts = verdicts_json(artefacts)
    renewed = list(find_renewed_since(artefacts.store, artefacts.study.study))
    withdrawn = list(find_withdrawn_from(artefacts.store, artefacts.study.study))
    if as_json:
        found = {"verdicts": verdicts, "comparisons": comparisons_json(artefacts), "renewed_anchors": renewed}
        found["withdrawn_rows"] = withdrawn
        say(json.dumps({"study": artefacts.study.study, **found}))
    else:
        print_verdicts(artefacts)
        for line in (*renewed, *withdrawn):
            say(line)
    lacking = unmet(verdicts, decided=fail_unless_decided, min_share=min_share)
    for line in lacking:
        say(f"Not met: {line}", err=True)
    if lacking:
        raise typer.Exit(ExitCode.PROBLEM)


def report(
    study: StudyName,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=_OUTPUT)] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="print it: to STUDY.pdf in this folder, or to --output")] = False,
    docs: Annotated[
        bool, typer.Option("--docs", help="write Data Docs of the guards, and print the path of their first page")
    ] = False,
    root: Root = None,
) -> None:
    """Print the path of a study's report, copy or print the report, or write Data Docs."""
    from outcross.resources.errors import BadInput

    if docs and pdf:
        raise BadInput("--docs and --pdf are two things to write; give one of them")
    artefacts = _artefacts(study, root)
    if docs:
        _write_docs(artefacts, output)
        return

    from outcross.assets.verdict.make import refuse_outdated
    from outcross.assets.verdict.written_report import read_report, report_location
    from outcross.resources.atomic_file import write_output
    from outcross.resources.system_faults import unwritable

    content = read_report(artefacts)
    refuse_outdated(artefacts)
    if pdf:
        from outcross.resources.browser import print_to_pdf

        output = output or Path(f"{artefacts.study.study}.pdf")
        if not output.parent.is_dir():  # asked before a browser works for nothing
            raise BadInput(f"{output} cannot be written (No such file or directory); choose another file")
        content = print_to_pdf(content)
    if output is None:
        say(report_location(artefacts))
        return
    try:
        write_output(output, content)
    except OSError as error:
        raise unwritable(output, error) from None
    say(str(output))


def _write_docs(artefacts: "Artefacts", output: Path | None) -> None:
    from outcross.assets.guard_docs.make import write_docs
    from outcross.jobs.files.study_pages import docs_folder

    written = write_docs(artefacts, output or docs_folder(artefacts.study.study))
    say(str(written.page))
    if written.lacking:
        count, first = len(written.lacking), written.lacking[0]
        remedy = f"run the rest: outcross study {artefacts.study.study}"
        say(f"Not checked yet, or out of date, and on no page: {count}, the first the {first}; {remedy}", err=True)
        raise typer.Exit(ExitCode.PROBLEM)


def sql(
    query: Annotated[str, typer.Argument(help="a SELECT or another statement that only reads")],
    root: Root = None,
    as_json: AsJson = False,
    timeout: Annotated[float, typer.Option(help="seconds after which the query is ended", min=0.1)] = 300,
) -> None:
    """Run a SQL query."""
    from outcross.jobs.cli.terminal_text import clean_text
    from outcross.jobs.files.home import prepare
    from outcross.resources.sql_answer import Bounds
    from outcross.resources.store import Store, default_root
    from outcross.resources.warehouse import query as ask

    prepare()
    damaged: list[Damaged] = []
    answer = ask(Store(root or default_root()), query, damaged, Bounds(seconds=timeout))
    if as_json:
        say(json.dumps({"columns": answer.columns, "rows": [list(row) for row in answer.rows()]}, default=str))
    else:
        _print_rows(answer)
    for each in damaged:
        say(clean_text(f"outcross: in no view: {each}", 1_000), err=True)
    if damaged:
        raise typer.Exit(ExitCode.PROBLEM)


def _print_rows(answer: "pl.DataFrame") -> None:
    import polars as pl

    with pl.Config(tbl_rows=200, tbl_cols=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=120, tbl_width_chars=200):
        say(str(answer))


def _artefacts(study: str, root: str | None) -> "Artefacts":
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_as_run, load_study

    settings = load_study(find_as_run(study, prepare()))

    from outcross.assets.artefacts import Artefacts
    from outcross.resources.store import Store, default_root

    return Artefacts(settings, Store(root or default_root()))
