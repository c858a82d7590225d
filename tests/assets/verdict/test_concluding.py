"""What a verdict and a report are made from: whether they are those of now, and the study file that made them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from outcross.assets.artefacts import REPORT, VERDICT, Artefacts
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict import make
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

STUDY: dict[str, Any] = {
    "study": "concluded",
    "source": {"kind": "population", "rows": 40, "of": {"family": "gaussian", "dimensions": 2}},
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 3,
    "metrics": ["loss"],
    "ladders": {"substitution": {"policy": "fixed", "shares": [0.5]}},
    "endpoints": {"loss": {"absolute": 0.5}},
}


@pytest.fixture(scope="module")
def concluded(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    study = Study.model_validate(STUDY)
    artefacts = Artefacts(study, Store(tmp_path_factory.mktemp("concluded")))
    run_plainly(artefacts, study.lineages, checks=True)
    make.make_verdict(artefacts)
    make.make_report(artefacts)
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
    (said,) = load_verdicts(concluded)["sentence"]
    assert f"{concluded.rows} a generation" in said
    assert said.endswith("With another number of rows the share may differ; a list in 'rows' shows whether it does.")


def test_the_report_has_the_study_file_in_the_order_of_its_keys(concluded: Artefacts, tmp_path: Path) -> None:
    (report,) = [path for path in concluded.store.glob("concluded/report/*") if path.endswith("html")]
    with concluded.store.filesystem.open(report, "rt") as file:
        page = file.read()
    text = make._reproduce(concluded)["study file"]
    assert list(yaml.safe_load(text)) == [name for name in Study.model_fields if name != "webhook"]
    assert f"study: {STUDY['study']}\n" in page
