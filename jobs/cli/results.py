"""``outcross verdict``, ``report`` and ``sql``: read the results of studies and corpora."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.options import AsJson, Root, StudyName

if TYPE_CHECKING:
    from outcross.assets.artefacts import Artefacts

_VERDICT_HELP = """Print the verdict of a study that has run.

For each ladder and endpoint, it states the safe share of synthetic data and the lower 95 % limit of that share. \
For each two arms and each endpoint, it says which arm loses less, by how much, and how sure that is.

The exit status is 1 if the study has no verdict yet.

[bold]Examples[/bold]

  outcross verdict digits

  outcross verdict digits --json
"""
_REPORT_HELP = """Print the path of a study's report, or copy the report to a file.

The report is one HTML file with the verdict, the curves and a gallery; it opens without a network.

The exit status is 1 if the study has no report yet.

[bold]Examples[/bold]

  outcross report digits

  outcross report digits -o digits.html
"""
_SQL_HELP = """Query the store in SQL (DuckDB, read-only).

Views of all studies: datasets, models, evaluations, verdicts, comparisons, checks, parts.

Views of one study: STUDY.anchor, STUDY.holdout, STUDY.synthetic, STUDY.rows.

Views of all corpora: ledger, ledger_counts, ledger_parts, guard_results, accumulated, batches, quarantine.

View of one corpus: corpus_NAME.rows.

[bold]Examples[/bold]

  outcross sql "select * from verdicts"

  outcross sql "select lineage, avg(value) from evaluations where metric = 'recall' group by all"

  outcross sql "select label, count(*) from digits.rows where generation = 3 group by all"
"""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("verdict", help=_VERDICT_HELP)(verdict)
    app.command("report", help=_REPORT_HELP)(report)
    app.command("sql", help=_SQL_HELP)(sql)


def verdict(
    study: StudyName,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Print a study's verdict."""
    artefacts = _artefacts(study, root)

    from outcross.jobs.cli.tables import comparisons_json, print_verdicts, verdicts_json

    if as_json:
        found = {"verdicts": verdicts_json(artefacts), "comparisons": comparisons_json(artefacts)}
        typer.echo(json.dumps({"study": artefacts.study.study, **found}))
    else:
        print_verdicts(artefacts)


def report(
    study: StudyName,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="write the HTML file here")] = None,
    root: Root = None,
) -> None:
    """Print the path of a study's report, or copy the report."""
    artefacts = _artefacts(study, root)

    from outcross.assets.verdict.make import read_report, report_location
    from outcross.resources.errors import BadInput

    html = read_report(artefacts)
    if output is None:
        typer.echo(report_location(artefacts))
        return
    try:
        output.write_bytes(html)
    except OSError as error:
        raise BadInput(f"{output} cannot be written ({error.strerror}); choose another file") from None
    typer.echo(str(output))


def sql(
    query: Annotated[str, typer.Argument(help="a SELECT or another statement that only reads")],
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Run a SQL query."""
    import polars as pl

    from outcross.jobs.files.home import prepare
    from outcross.resources.store import Store, default_root
    from outcross.resources.warehouse import query as ask

    prepare()
    answer = ask(Store(root or default_root()), query)
    if as_json:
        typer.echo(json.dumps({"columns": answer.columns, "rows": [list(row) for row in answer.rows()]}, default=str))
        return
    with pl.Config(tbl_rows=200, tbl_cols=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=120, tbl_width_chars=200):
        typer.echo(str(answer))


def _artefacts(study: str, root: str | None) -> "Artefacts":
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_as_run, load_study

    settings = load_study(find_as_run(study, prepare()))

    from outcross.assets.artefacts import Artefacts
    from outcross.resources.store import Store, default_root

    return Artefacts(settings, Store(root or default_root()))
