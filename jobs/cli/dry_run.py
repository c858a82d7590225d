"""What ``outcross study --dry-run`` says of a study."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from outcross.jobs.cli.console import say

if TYPE_CHECKING:
    from outcross.assets.study.study import Study


def tell_dry_run(study: "Study", *, anchor_rows: int, workers: int | None, notes: Sequence[str], as_json: bool) -> None:
    """Try a study's steps on a few replicates in memory, and say what would run and what it can show."""
    from rich.table import Table

    from outcross.jobs.cli.console import unbroken
    from outcross.jobs.start.expectation import expect_study

    expected = expect_study(study, anchor_rows=anchor_rows, workers=workers)
    lineages = [_lineage(study, name, expected.rows) for name in study.lineages]
    if as_json:
        told = {"study": study.study, "notes": list(notes), "lineages": lineages, **expected.to_json()}
        say(json.dumps({**told, "said": list(expected.said)}))
        return
    console = unbroken()
    table = Table("lineage", "synthetic share", "rows of a dataset", "replicates", "runs")
    for each in lineages:
        share = f"{100 * each['share']:.3g} %"
        table.add_row(each["lineage"], share, f"{each['rows']:,}", str(each["replicates"]), each["runs"])
    console.print(table)
    for line in expected.said:
        console.print(line, highlight=False)
    console.print("Nothing was stored. What is stored already is not made again when the study runs.", highlight=False)


def _lineage(study: "Study", name: str, rows: int) -> dict[str, Any]:
    lineage = study.lineages[name]
    return {
        "lineage": name,
        "share": lineage.mixing.share(study.generations - 1),
        "rows": lineage.mixing.dataset_rows(rows, study.generations - 1),
        "replicates": len(lineage.replicates),
        "runs": "always" if name in study.required_lineages else "where it decides",
    }
