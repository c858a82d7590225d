"""Two finished studies in one store: they are compared, and one is removed without harm to the other."""

from pathlib import Path

import pytest
import yaml

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict
from outcross.jobs.running.plain_loop import run_plainly
from outcross.jobs.running.replaced_results import refuse_replacing
from outcross.resources.store import Store
from tests.jobs.cli.in_process import outcross

SETTINGS = {
    "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian", "dimensions": 2}},
    "generator": {"kind": "gaussian", "covariance": "known"},
    "generations": 2,
    "replicates": 3,
    "metrics": ["population"],
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
    "endpoints": {"wasserstein": {"absolute": 0.5}},
}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two studies of different seeds, both finished."""
    folder = tmp_path_factory.mktemp("two")
    for name, seed in (("first", 1), ("second", 2)):
        settings = {"study": name, "seed": seed, **SETTINGS}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings))
        artefacts = Artefacts(Study.model_validate(settings), Store(folder / "home" / "data"))
        run_plainly(artefacts, artefacts.study.required_lineages, checks=False)
        make_verdict(artefacts)
    return folder


def test_verdicts_stand_side_by_side_with_the_settings_in_which_the_studies_differ(two: Path) -> None:
    ran = outcross(two, "compare", "first.yaml", "second.yaml", "--json")
    assert ran.code == 0, ran.said
    (line,) = ran.json["verdicts"]
    assert (line["ladder"], line["endpoint"], set(line["found"])) == (
        "substitution",
        "wasserstein",
        {"first", "second"},
    )
    assert ran.json["settings"] == {"seed": {"first": 1, "second": 2}}
    shown = outcross(two, "compare", "first.yaml", "second.yaml").said
    assert "(within 0.5)" in shown and "seed: first: 1 second: 2" in shown
    said, caution = ran.json["sentences"]
    assert said.startswith("By wasserstein, first is ") and " and second is " in said and said in shown
    assert "whether two studies differ is not tested" in caution and caution in shown


def test_a_study_is_removed_only_once_it_is_confirmed_and_no_other_with_it(two: Path) -> None:
    asked = outcross(two, "delete", "first.yaml")
    assert asked.code == 2 and "of study 'first'" in asked.err and "confirm with --yes" in asked.err
    assert (two / "home/data/first/verdict/part.parquet").is_file()
    ran = outcross(two, "delete", "first.yaml", "--yes")
    assert ran.code == 0 and "first.yaml stays." in ran.said, ran.said
    assert not (two / "home/data/first").exists() and (two / "first.yaml").is_file()
    left = outcross(two, "sql", "select distinct study from evaluations", "--json")
    assert left.json["rows"] == [["second"]]
    again = outcross(two, "delete", "first.yaml", "--yes")
    assert again.code == 2 and "has nothing in the store" in again.err


def change(folder: Path, **changes: object) -> None:
    """Change keys of the second study's file."""
    file = folder / "second.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **changes}))


def test_another_tolerance_has_no_verdict_until_the_study_is_run_again(two: Path) -> None:
    change(two, endpoints={"wasserstein": {"absolute": 0.05}})
    for words in (["verdict", "second.yaml"], ["compare", "second.yaml", "digits"]):
        ran = outcross(two, *words)
        assert ran.code == 1, ran.said
        assert "was reached with other endpoints, ladders or generations than it has now" in ran.said
    change(two, endpoints={"wasserstein": {"absolute": 0.5}})
    assert outcross(two, "verdict", "second.yaml").code == 0


def test_finished_results_are_not_replaced_by_those_of_other_settings_unless_that_is_said(two: Path) -> None:
    ran = outcross(two, "study", "second.yaml", "--replicates", "4")
    assert ran.code == 2
    assert "under other settings (replicates 3, now 4), which this run would replace" in " ".join(ran.err.split())
    assert "'study: second-2'" in " ".join(ran.err.split()) and "--replace" in ran.err
    study = Study.model_validate(yaml.safe_load((two / "second.yaml").read_text()))
    artefacts = Artefacts(study, Store(two / "home/data"))
    refuse_replacing(artefacts)
    longer = artefacts.study.model_copy(update={"generations": 3, "endpoints": {}})
    refuse_replacing(Artefacts(longer, artefacts.store))
