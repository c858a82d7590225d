"""The learner in the graph: a step between dataset and evaluation that is seen, run and resumed by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from outcross.assets.artefacts import EVALUATION, LEARNER, Artefacts
from outcross.assets.graph.curves import curves_key
from outcross.assets.graph.keys import asset_key
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.plan import Plan
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.store import Store
from tests.jobs.workplace import own_instance

TINY: dict[str, Any] = {
    "study": "taught",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula", "draws": 4},
    "learner": {"kind": "classifier", "iterations": 2},
    "rows": 40,
    "generations": 2,
    "replicates": 1,
    "metrics": ["tail_mass"],
    "arms": {"replace": {"policy": "replace"}},
}
UNTAUGHT = {key: value for key, value in TINY.items() if key != "learner"}


@dataclass(frozen=True)
class Place:
    root: Path
    instance: dg.DagsterInstance

    def run(self, study: Study, job: str, **selection: Any) -> None:
        definitions = build_definitions([study], root=str(self.root))
        ran = definitions.resolve_job_def(job).execute_in_process(instance=self.instance, **selection)
        assert ran.success

    def planned(self, study: Study) -> list[list[str]]:
        """The assets of each run that a study lacks, without the study's name."""
        plan = Plan(Artefacts(study, Store(str(self.root))), self.instance)
        runs = [plan.start(), *(plan.lineage(name) for name in study.lineages)]
        return [["/".join(key.path[1:]) for key in run.keys] for run in runs if run]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("taught")
    with own_instance(folder) as instance:
        made, study = Place(folder / "data", instance), Study.model_validate(UNTAUGHT)
        made.run(study, job_names(study).start)
        made.run(study, job_names(study).lineages, partition_key="replace")
        yield made


def test_a_learner_that_is_added_is_all_that_runs_with_what_reads_it(place: Place) -> None:
    assert place.planned(Study.model_validate(UNTAUGHT)) == []
    study = Study.model_validate(TINY)
    assert place.planned(study) == [
        ["gen_00/learner", "gen_00/evaluation"],
        ["gen_01/learner", "gen_01/evaluation"],
    ]
    for generation, partition in ((0, None), (1, "replace")):
        keys = [asset_key(study, thing, generation) for thing in (LEARNER, EVALUATION)]
        names = job_names(study)
        place.run(study, names.lineages if partition else names.start, asset_selection=keys, partition_key=partition)
    assert place.planned(study) == []
    points = place.instance.fetch_materializations(curves_key(study), limit=10).records
    assert "learner_accuracy" in points[0].asset_materialization.metadata  # type: ignore[union-attr]
    other = Study.model_validate({**TINY, "learner": {"kind": "classifier", "iterations": 3}})
    assert [runs[0] for runs in place.planned(other)] == ["gen_00/learner", "gen_01/learner"]


def test_the_learner_is_between_the_dataset_and_the_evaluation(place: Place) -> None:
    graph = build_definitions([Study.model_validate(TINY)], root="nowhere").resolve_asset_graph()
    node = graph.get(dg.AssetKey(["taught", "gen_01", "learner"]))
    assert {"/".join(key.path[1:]) for key in node.parent_keys} == {"gen_01/dataset", "holdout"}
    assert {"/".join(key.path[1:]) for key in node.child_keys} == {"gen_01/evaluation"}
    assert node.pools == {"outcross_fit"}
    without = build_definitions([Study.model_validate(UNTAUGHT)], root="nowhere").resolve_asset_graph()
    assert not [key for key in without.get_all_asset_keys() if key.path[-1] == "learner"]
