"""What a verdict and a report are made from: whether they are those of now, and the study file that made them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from outcross.assets.artefacts import COMPARISON, REPORT, VERDICT, Artefacts
from outcross.assets.stored_comparisons import load_comparisons
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict import make, make_report
from outcross.jobs.cli.tables import comparisons_json
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from outcross.resources.warehouse import query

STUDY: dict[str, Any] = {
    "study": "concluded",
    "source": {"kind": "population", "rows": 40, "of": {"family": "gaussian", "dimensions": 2}},
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 3,
    "metrics": ["loss"],
    "arms": {"replace": {"policy": "replace"}, "accumulate": {"policy": "accumulate"}},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0.5]}},
    "endpoints": {"loss": {"absolute": 0.5}},
}


@pytest.fixture(scope="module")
def concluded(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    study = Study.model_validate(STUDY)
    artefacts = Artefacts(study, Store(tmp_path_factory.mktemp("concluded")))
    run_plainly(artefacts, study.lineages, checks=True)
    make.make_verdict(artefacts)
    make_report.make_report(artefacts)
    return artefacts


@pytest.mark.parametrize("thing", [VERDICT, REPORT])
def test_a_verdict_of_another_analysis_is_outdated_and_the_report_with_it(
    concluded: Artefacts, thing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make.outdated_parts(concluded, thing) == []
    assert make.verdict_is_current(concluded)
    monkeypatch.setattr(make, "_ANALYSIS", make._ANALYSIS + 1)
    assert make.outdated_parts(concluded, thing) == [str(concluded.address(VERDICT))]
    assert not make.verdict_is_current(concluded)


def test_a_verdict_of_one_size_says_that_others_may_differ(concluded: Artefacts) -> None:
    (verdict,) = load_verdicts(concluded).to_dicts()
    assert verdict["sentence"].endswith(f"for these very {concluded.rows} rows.")
    said = " ".join(verdict["details"])
    assert "'real_rows: own' makes it one for rows like these." in said
    assert f"{concluded.rows} a generation" in said
    assert said.endswith("With another number of rows the share may differ; a list in 'rows' shows whether it does.")


def test_the_report_has_the_study_file_in_the_order_of_its_keys(concluded: Artefacts, tmp_path: Path) -> None:
    (report,) = [path for path in concluded.store.glob("concluded/report/*") if path.endswith("html")]
    with concluded.store.filesystem.open(report, "rt") as file:
        page = file.read()
    text = make_report._reproduce(concluded)["study file"]
    assert list(yaml.safe_load(text)) == [name for name in Study.model_fields if name != "webhook"]
    assert f"study: {STUDY['study']}\n" in page


def test_the_arms_that_the_file_names_are_compared_in_a_view_of_their_own(concluded: Artefacts) -> None:
    counts = "first_real_rows, first_synthetic_rows, second_real_rows, second_synthetic_rows"
    told = query(concluded.store, f"select study, first, second, endpoint, {counts} from comparisons")
    n = concluded.rows
    assert told.rows() == [("concluded", "replace", "accumulate", "loss", 0, n, n, n)]
    stored = load_comparisons(concluded)
    assert stored.select("family", "primary").rows() == [(1, True)]
    assert stored["p_holm"].to_list() == stored["p"].to_list()
    last = make.load_evaluations(concluded).filter(metric="loss", generation=1, reference="holdout", about="")
    values = {arm: last.filter(arm=arm)["value"] for arm in ("replace", "accumulate")}
    assert stored["difference"].item() == pytest.approx((values["accumulate"] - values["replace"]).mean())
    assert "a generation" in stored["sentence"].item()


def test_a_rung_knows_the_dose_by_number_of_rows(concluded: Artefacts) -> None:
    (verdict,), n = make.reach_verdicts(concluded), concluded.rows
    counted = [(rung.share, rung.real_rows, rung.synthetic_rows) for rung in verdict.curve]
    assert counted == [(0, n, 0), (0.5, n // 2, n - n // 2)]


def test_a_verdict_is_outdated_where_other_arms_are_to_be_compared(concluded: Artefacts) -> None:
    changed = Study.model_validate({**STUDY, "compare": [["replace", "fixed-0.5"]]})
    assert not make.verdict_is_current(Artefacts(changed, concluded.store))
    assert make.verdict_is_current(concluded)


def test_a_store_of_an_earlier_version_has_no_comparisons(concluded: Artefacts, tmp_path: Path) -> None:
    store = Store(tmp_path)
    verdict = concluded.address(VERDICT)
    store.write(verdict, concluded.load(verdict), provenance=concluded.provenance(verdict))
    assert load_comparisons(Artefacts(concluded.study, store)).is_empty()
    assert load_comparisons(Artefacts(concluded.study, store)).schema == load_comparisons(concluded).schema


def test_what_json_cannot_hold_of_a_comparison_is_null(concluded: Artefacts, tmp_path: Path) -> None:
    copy = Artefacts(concluded.study, Store(tmp_path))
    address, stored = concluded.address(COMPARISON), load_comparisons(concluded)
    lost = stored.with_columns(first_mean=float("inf"), lower_95=float("nan"))
    copy.store.write(address, lost, provenance=concluded.provenance(address))
    (told,) = comparisons_json(copy)
    assert (told["first_mean"], told["lower_95"]) == (None, None)
    assert told["second_mean"] == stored["second_mean"].item()
    assert told["difference"] == stored["difference"].item()
