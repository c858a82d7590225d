"""A step runs only where every blocking check upstream has passed on what is there now: the gate never forgets."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import dagster as dg
import polars as pl
import pytest

from outcross.assets.artefacts import DATASET, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.checks import Standing, outcome_standing
from outcross.assets.graph.gate import gated_before
from outcross.assets.graph.keys import asset_key, settings_key
from outcross.assets.graph.study import study_graph
from outcross.assets.steps import STEPS, Step, run_checks
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.plan import Plan
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.store import Store
from outcross.resources.store_resource import STORE, shared_store
from tests.jobs.workplace import SMALL, own_instance


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.model_validate({**SMALL, "metrics": ["loss"]})


@pytest.fixture(scope="module")
def started(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance and the store ``data``, in which generation 0 is made; tests work on copies."""
    folder = tmp_path_factory.mktemp("started")
    with own_instance(folder) as instance:
        assert execute(study, instance, folder / "data", job_names(study).start).success
    return folder


@pytest.fixture
def instance(started: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    shutil.copytree(started, tmp_path, dirs_exist_ok=True)
    with own_instance(tmp_path) as instance:
        yield instance


def execute(study: Study, instance: dg.DagsterInstance, root: Path, job: str, **options: object):
    job_definition = build_definitions([study], root=str(root)).resolve_job_def(job)
    return job_definition.execute_in_process(instance=instance, raise_on_error=False, **options)  # type: ignore[arg-type]


def spoil(artefacts: Artefacts, lineage: str) -> None:
    """Put the id of a holdout row into the anchor, as a faulty split would."""
    address = artefacts.address("anchor")
    anchor, holdout = artefacts.store.read(address), artefacts.store.read(artefacts.address("holdout"))
    leaked = anchor.with_columns(
        row_id=pl.when(pl.col("row") < 50).then(pl.lit(holdout["row_id"][0])).otherwise(pl.col("row_id"))
    )
    artefacts.store.write(address, leaked, provenance=artefacts.store.provenance(address))


def test_changed_settings_are_not_mixed_with_earlier_artefacts(
    study: Study, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    root, names = tmp_path / "data", job_names(study)
    changed = study.model_copy(update={"seed": 99})
    ran = execute(changed, instance, root, names.lineages, partition_key="replace")
    assert not ran.success
    data = next(event for event in ran.all_events if event.is_step_failure).step_failure_data
    assert "rematerialize it" in data.user_failure_data.description
    assert "StaleArtefact" in str(data.error.cause)


def test_generation_0_which_lineages_share_records_the_settings_of_none(
    study: Study, instance: dg.DagsterInstance
) -> None:
    assert instance.fetch_materializations(asset_key(study, DATASET, 0), limit=1).records
    assert not instance.fetch_observations(settings_key(study), limit=1).records


class Lineage:
    """The lineage ``fixed-0.5`` of a study whose generation 0 is made: its dataset, its checks, and its model."""

    def __init__(self, study: Study, instance: dg.DagsterInstance, root: Path) -> None:
        self.study, self.instance, self.root, self.name = study, instance, root, "fixed-0.5"
        self.artefacts = Artefacts(study, Store(root))
        self.job = job_names(study).lineages

    def run(self, thing: str, generation: int = 1):
        keys = [asset_key(self.study, thing, generation)]
        return execute(self.study, self.instance, self.root, self.job, partition_key=self.name, asset_selection=keys)

    def run_without_checks(self, thing: str) -> None:
        """Materialise an asset as a run does that leaves its checks out, which the UI offers."""
        assets = [each for each in study_graph(self.study) if not isinstance(each, dg.AssetChecksDefinition)]
        ran = dg.materialize(
            assets,
            selection=[asset_key(self.study, thing, 1)],
            instance=self.instance,
            partition_key=self.name,
            resources={STORE: shared_store(str(self.root))},
        )
        assert ran.success

    def cancel_a_run(self, thing: str) -> None:
        """Queue a run over an asset and its checks, and cancel it before it starts."""
        job = build_definitions([self.study], root=str(self.root)).resolve_job_def(self.job)
        run = self.instance.create_run_for_job(
            job.get_subset(asset_selection={asset_key(self.study, thing, 1)}),
            asset_selection=frozenset({asset_key(self.study, thing, 1)}),
            tags={"dagster/partition": self.name},
        )
        self.instance.report_run_canceled(run)

    def refusal(self, thing: str = MODEL) -> str | None:
        """Run the next step, and return the reason why the gate refused it; None if it ran."""
        before = self.artefacts.store.exists(self.artefacts.address(thing, 1, self.name))
        ran = self.run(thing)
        if ran.success:
            return None
        assert self.artefacts.store.exists(self.artefacts.address(thing, 1, self.name)) == before
        failure = next(event for event in ran.all_events if event.is_step_failure).step_failure_data.user_failure_data
        return str(failure.description)

    def planned(self) -> list[str]:
        run = Plan(self.artefacts, self.instance).lineage(self.name)
        return [key.to_user_string() for key in run.keys] if run else []


@pytest.fixture
def lineage(study: Study, instance: dg.DagsterInstance, tmp_path: Path) -> Lineage:
    return Lineage(study, instance, tmp_path / "data")


def test_a_failed_check_is_not_forgotten_when_a_later_run_is_cancelled(lineage: Lineage) -> None:
    spoil(lineage.artefacts, lineage.name)
    assert not lineage.run(DATASET).success
    refused = lineage.refusal()
    assert refused and "small/gen_01/dataset: holdout_overlap failed" in refused
    lineage.cancel_a_run(DATASET)
    assert lineage.refusal() == refused


def test_a_failed_check_is_not_forgotten_when_a_later_run_dies_before_it(
    lineage: Lineage, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(lineage.artefacts, lineage.name)
    assert not lineage.run(DATASET).success
    refused = lineage.refusal()
    with monkeypatch.context() as broken:
        broken.setattr(Artefacts, "save", lambda *_, **__: 1 / 0)
        assert not lineage.run(DATASET).success
    assert lineage.refusal() == refused


def test_a_check_that_died_after_its_asset_was_made_never_finished(
    lineage: Lineage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lineage.run(DATASET).success
    with monkeypatch.context() as broken:
        broken.setattr("outcross.assets.graph.generation.run_checks", lambda *_: 1 / 0)
        assert not lineage.run(DATASET).success
    refused = lineage.refusal()
    assert refused and "small/gen_01/dataset: holdout_overlap never finished" in refused


def test_an_asset_that_was_never_checked_is_refused(lineage: Lineage) -> None:
    lineage.run_without_checks(DATASET)
    refused = lineage.refusal()
    assert refused and "small/gen_01/dataset: holdout_overlap never finished" in refused
    assert "rematerialize the asset together with its checks" in refused
    assert lineage.planned()[0] == "small/gen_01/dataset"
    assert lineage.run(DATASET).success
    assert lineage.refusal() is None, "the remedy works"


def test_a_check_that_is_older_than_its_asset_is_refused(lineage: Lineage) -> None:
    assert lineage.run(DATASET).success
    lineage.run_without_checks(DATASET)
    refused = lineage.refusal()
    assert refused and "small/gen_01/dataset: holdout_overlap is older than the asset" in refused
    assert lineage.planned()[0] == "small/gen_01/dataset"


def test_a_materialisation_that_was_only_reported_is_one_that_was_not_checked(lineage: Lineage) -> None:
    assert lineage.run(DATASET).success
    lineage.instance.report_runless_asset_event(
        dg.AssetMaterialization(asset_key(lineage.study, DATASET, 1), partition=lineage.name)
    )
    refused = lineage.refusal()
    assert refused and "is older than the asset" in refused


def test_bytes_that_changed_since_the_check_are_refused_though_the_history_says_passed(lineage: Lineage) -> None:
    assert lineage.run(DATASET).success
    address = lineage.artefacts.address(DATASET, 1, lineage.name)
    store = lineage.artefacts.store
    store.write(address, store.read(address).head(-1), provenance=store.provenance(address))
    refused = lineage.refusal()
    assert refused and "is older than the asset" in refused


def test_a_check_that_passed_still_counts_after_a_run_that_changed_nothing(lineage: Lineage) -> None:
    assert lineage.run(DATASET).success
    lineage.cancel_a_run(DATASET)
    assert lineage.refusal() is None


def test_a_step_waits_for_a_check_that_another_run_is_about_to_make(
    lineage: Lineage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two runs of a study at once would stop each other."""
    assert lineage.run(DATASET).success
    made, waited = Event(), Event()

    def check_late(step: Step, slot: Slot) -> pl.DataFrame:
        made.set()
        assert waited.wait(60)
        return run_checks(step, slot)

    def wait(seconds: float) -> None:
        waited.set()
        time.sleep(min(seconds, 0.1))

    monkeypatch.setattr("outcross.assets.graph.generation.run_checks", check_late)
    monkeypatch.setattr("outcross.assets.graph.gate.time", SimpleNamespace(sleep=wait, monotonic=time.monotonic))
    other = Thread(target=lineage.run, args=(DATASET,))
    other.start()
    assert made.wait(60)
    assert lineage.refusal() is None
    assert waited.is_set()
    other.join()


def test_a_check_of_an_earlier_generation_stops_every_step_of_a_later_one(lineage: Lineage) -> None:
    ran = execute(lineage.study, lineage.instance, lineage.root, lineage.job, partition_key=lineage.name)
    assert ran.success
    lineage.run_without_checks(SYNTHETIC)
    for thing in (DATASET, MODEL, SYNTHETIC, "evaluation"):
        again = lineage.run(thing, generation=2)
        failure = next(event for event in again.all_events if event.is_step_failure).step_failure_data
        assert "small/gen_01/synthetic: " in failure.user_failure_data.description, thing


def test_a_verdict_is_refused_while_a_lineage_is_stopped(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    two = {"arms": {}, "ladders": {"substitution": {"policy": "fixed", "shares": [0.5, 1]}}}
    study = Study.model_validate({**SMALL, **two, "metrics": ["loss"], "generations": 2})
    lineage = Lineage(study, instance, tmp_path / "data")
    assert execute(study, instance, lineage.root, job_names(study).start).success
    for name in study.lineages:
        assert execute(study, lineage.instance, lineage.root, lineage.job, partition_key=name).success
    lineage.run_without_checks(SYNTHETIC)
    ran = execute(study, lineage.instance, lineage.root, job_names(study).conclusion)
    failure = next(event for event in ran.all_events if event.is_step_failure).step_failure_data.user_failure_data
    assert "lineage 'fixed-0.5' is stopped" in failure.description
    assert "small/gen_01/synthetic: " in failure.description


def test_the_path_without_dagster_asks_the_same_of_the_store(lineage: Lineage) -> None:
    slot = Slot(lineage.artefacts, 1, lineage.name)
    lineage.run_without_checks(DATASET)
    assert outcome_standing(slot, DATASET) == Standing.UNFINISHED
    assert lineage.run(DATASET).success
    assert outcome_standing(slot, DATASET) == Standing.PASSED
    store, address = lineage.artefacts.store, slot.address(DATASET)
    store.write(address, store.read(address).head(-1), provenance=store.provenance(address))
    assert outcome_standing(slot, DATASET) == Standing.OUTDATED


def test_every_step_asks_of_all_earlier_generations_and_of_all_earlier_steps(study: Study, tmp_path: Path) -> None:
    slot = Slot(Artefacts(study, Store(tmp_path)), 3, "replace")
    for place, step in enumerate(STEPS):
        asked = {(each.generation, each.lineage, gated.thing) for each, gated in gated_before(slot, step)}
        earlier = {(g, "replace" if g else SHARED, thing) for g in range(3) for thing in (DATASET, MODEL, SYNTHETIC)}
        own = {(3, "replace", each.thing) for each in STEPS[:place] if each.blocking}
        assert asked == earlier | own, step.thing
