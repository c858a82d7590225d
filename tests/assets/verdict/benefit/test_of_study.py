"""A study that asks for the benefit, from its arms to the stored verdict, the sentence and the report."""

import polars as pl
import pytest

from outcross.assets.artefacts import Artefacts
from outcross.assets.checks import failed_checks
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict, verdict_is_current
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.verdict.reports import Page

SETTINGS = {
    "study": "mix",
    "source": {"kind": "population", "rows": 400, "seed": 5, "of": {"family": "gaussian", "dimensions": 2}},
    "holdout": 0,
    "real_rows": "own",
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 8,
    "metrics": ["population"],
    "benefit": True,
    "costs": {"real": 4, "synthetic": 0.02},
    "ladders": {"added": {"policy": "augment", "ratios": [0.5, 1], "unequal_budget": "rows are added"}},
    "endpoints": {"excess_risk": {"tolerance": 0.1}},
}


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    study = Study.model_validate(SETTINGS)
    artefacts = Artefacts(study, Store(tmp_path_factory.mktemp("benefit")))
    run_plainly(artefacts, study.lineages, checks=True)
    make_verdict(artefacts)
    make_report(artefacts)
    return artefacts


def test_the_stored_verdict_answers_all_three_questions(artefacts: Artefacts) -> None:
    (found,) = load_verdicts(artefacts).to_dicts()
    assert found["best_share"] in (pytest.approx(1 / 3), 0.5)
    assert found["helps"] == (found["gain_lower_95"] > 0) and found["gain_lower_95"] < found["gain"]
    assert found["gain_over"] in ("real rows alone", "real rows repeated")
    assert len(found["worth_interval"]) == 2
    assert "help" in found["sentence"] and len(found["sentence"].split()) <= 35
    bought, limit = found["details"][:2]
    assert "real ones there" in bought and "where a real row costs 4 and a synthetic one 0.02" in bought
    assert "real_rows" not in " ".join(found["details"]), "its replicates have real rows of their own"
    assert "help" not in limit and "excess risk" in limit and len(limit.split()) <= 35
    shown = query(artefacts.store, "select helps, best_share, worth, worth_interval from verdicts")
    assert shown.row(0, named=True)["best_share"] == found["best_share"]


def test_every_check_passes_on_repeated_and_fewer_real_rows(artefacts: Artefacts) -> None:
    failed = failed_checks(artefacts)
    assert failed.filter(pl.col("severity") == "error").is_empty()


def test_the_report_has_a_section_with_every_share(artefacts: Artefacts) -> None:
    page = Page(read_report(artefacts).decode())
    assert page.by_id("benefit").tag == "section"
    rows = page.rows()
    head = next(index for index, row in enumerate(rows) if "gain over the best alternative" in row)
    shares = [row[0] for row in rows[head + 1 : head + 3]]
    assert [each.split(" %")[0] for each in shares] == ["33.33", "50"]
    assert sum("(best)" in each for each in shares) == 1


def test_a_change_of_the_costs_makes_the_verdict_stale(artefacts: Artefacts) -> None:
    assert verdict_is_current(artefacts)
    dearer = Study.model_validate({**SETTINGS, "costs": {"real": 9, "synthetic": 0.02}})
    assert not verdict_is_current(Artefacts(dearer, artefacts.store))
