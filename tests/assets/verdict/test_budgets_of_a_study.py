"""Budgets as the fits of a study record them: unequal ones are refused with their figures, or told in the report."""

from pathlib import Path

import pytest

from outcross.assets.artefacts import REPORT, Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.budgets import BudgetMismatch
from outcross.assets.verdict.make import make_verdict, reach_verdicts
from outcross.assets.verdict.make_report import make_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store


def study(reason: str | None) -> Study:
    ladder = {"policy": "augment", "ratios": [0, 1], **({"unequal_budget": reason} if reason else {})}
    return Study.model_validate(
        {
            "study": "budgets",
            "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian"}},
            "holdout": 0,
            "metrics": ["population"],
            "generator": {"kind": "gaussian"},
            "generations": 3,
            "replicates": 3,
            "ladders": {"more": ladder},
            "endpoints": {"excess_risk": {"tolerance": 1.0}},
        }
    )


def test_what_fits_spent_is_recorded_and_arms_that_spent_more_are_not_compared_unless_it_is_declared(
    tmp_path: Path,
) -> None:
    declared = study("synthetic rows come on top, as teams add them")
    artefacts = Artefacts(declared, Store(str(tmp_path)))
    run_plainly(artefacts, declared.lineages, checks=True)
    make_verdict(artefacts)
    make_report(artefacts)
    (report,) = tmp_path.rglob("report.html")
    assert "as teams add them (rows seen of a replicate: fixed-0 120, augment-1 240)" in report.read_text()
    assert artefacts.is_current(artefacts.address(REPORT))
    with pytest.raises(BudgetMismatch, match="rows seen of a replicate: fixed-0 120, augment-1 240"):
        reach_verdicts(Artefacts(study(None), Store(str(tmp_path))))
