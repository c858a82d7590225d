"""Checks that are run again without making their asset anew: what is right goes on, what is wrong stays refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from outcross.assets.artefacts import ANCHOR, DATASET, HOLDOUT, MODEL, Artefacts
from outcross.assets.graph.keys import asset_key, recheck_job_name
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.store import Store
from tests.jobs.workplace import SMALL, own_instance

LINEAGE = "fixed-0.5"


@dataclass(frozen=True)
class Place:
    """A study whose holdout is spoilt, so that the dataset of one lineage failed its check."""

    study: Study
    instance: dg.DagsterInstance
    root: Path

    @property
    def artefacts(self) -> Artefacts:
        return Artefacts(self.study, Store(self.root))

    def run(self, job: str, **options: Any) -> dg.ExecuteInProcessResult:
        definition = build_definitions([self.study], root=str(self.root)).resolve_job_def(job)
        return definition.execute_in_process(instance=self.instance, raise_on_error=False, **options)

    def make(self, thing: str) -> dg.ExecuteInProcessResult:
        keys = [asset_key(self.study, thing, 1)]
        return self.run(job_names(self.study).lineages, partition_key=LINEAGE, asset_selection=keys)

    def recheck(self, **config: Any) -> dg.ExecuteInProcessResult:
        config = {"thing": DATASET, "generation": 1, "lineages": [LINEAGE], **config}
        job = recheck_job_name(self.study)
        return self.run(job, run_config={"ops": {"small_check_again": {"config": config}}})

    def put_into_holdout(self, row_id: str) -> None:
        artefacts, address = self.artefacts, self.artefacts.address(HOLDOUT)
        holdout = artefacts.store.read(address)
        spoilt = holdout.with_columns(
            row_id=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(row_id)).otherwise("row_id")
        )
        artefacts.store.write(address, spoilt, provenance=artefacts.store.provenance(address))


def failure(ran: dg.ExecuteInProcessResult) -> Any:
    assert not ran.success
    return next(event for event in ran.all_events if event.is_step_failure).step_failure_data.user_failure_data


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("recheck")
    with own_instance(folder) as instance:
        place = Place(Study.model_validate({**SMALL, "generations": 2}), instance, folder / "data")
        assert place.run(job_names(place.study).start).success
        yield place


def test_a_check_that_failed_for_a_reason_outside_its_asset_is_run_again_and_the_next_step_runs(place: Place) -> None:
    holdout = place.artefacts.store.read(place.artefacts.address(HOLDOUT))
    place.put_into_holdout(place.artefacts.store.read(place.artefacts.address(ANCHOR))["row_id"][0])
    assert not place.make(DATASET).success
    made = place.artefacts.store.digest(place.artefacts.address(DATASET, 1, LINEAGE))

    refused = failure(place.make(MODEL))
    assert "run the job small_recheck" in refused.description
    config = yaml.safe_load(refused.metadata["recheck_config"].value.removeprefix("```yaml").removesuffix("```"))

    again = failure(place.run("small_recheck", run_config=config))
    assert "small/gen_01/dataset of 'fixed-0.5': holdout_overlap" in again.description, "it is still wrong"
    assert "holdout_overlap failed" in failure(place.make(MODEL)).description

    place.put_into_holdout(holdout["row_id"][0])
    assert place.run("small_recheck", run_config=config).success, "the configuration that the refusal shows works"
    assert place.make(MODEL).success
    assert place.artefacts.store.digest(place.artefacts.address(DATASET, 1, LINEAGE)) == made, "it was not made anew"


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"generation": -1}, "study 'small' has no generation -1; choose one from 0 to 1"),
        ({"generation": 2}, "study 'small' has no generation 2; choose one from 0 to 1"),
        ({"thing": "anchor"}, "has no checks of 'anchor'; choose from dataset, model, synthetic, evaluation"),
        ({"thing": "evaluation", "generation": 0}, "has no checks of 'evaluation'; choose from dataset, model, synth"),
        ({"lineages": ["elsewhere"]}, "study 'small' has no lineage 'elsewhere'; choose from "),
        ({"lineages": ["accumulate"]}, "small/dataset/gen=01/lineage=accumulate is not in the store"),
    ],
)
def test_what_cannot_be_checked_is_named_with_a_remedy(place: Place, config: dict[str, Any], fault: str) -> None:
    assert fault in failure(place.recheck(**config)).description


def test_without_lineages_every_one_that_has_the_thing_is_checked(place: Place) -> None:
    ran = place.recheck(generation=0, thing=MODEL, lineages=[])
    assert ran.success
    key = dg.AssetCheckKey(asset_key(place.study, MODEL, 0), "weights")
    latest = place.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)[0]
    assert latest.evaluation is not None and latest.evaluation.passed and latest.evaluation.blocking
    assert latest.run_id == ran.run_id


def test_a_thing_that_no_run_of_this_instance_made_is_made_again_instead(place: Place, tmp_path: Path) -> None:
    with own_instance(tmp_path) as other:
        elsewhere = Place(place.study, other, place.root)
        told = failure(elsewhere.recheck(generation=0, thing=MODEL, lineages=[])).description
    assert "small/gen_00/model of lineage 'shared' was never materialised by a run of this instance" in told
