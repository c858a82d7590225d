"""Rungs that a study adds, by the sensors of the UI: only those that are chosen, and the verdict waits for no other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from outcross.assets.artefacts import Artefacts
from outcross.assets.graph.candidate_rungs import BACKFILL_TAG
from outcross.assets.graph.settings import changed_settings
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import outdated_parts, verdict_is_current
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.guard_docs import docs_key
from outcross.jobs.running.study_jobs import conclusion_keys, job_names, lineage_keys
from outcross.resources.store import Store
from outcross.resources.store_resource import STORE, shared_store
from tests.jobs.refining import REFINING
from tests.jobs.workplace import own_instance

STUDY = Study.model_validate(REFINING)
NAMES = job_names(STUDY)


class Ui:
    """The study in a code location, with the cursors of its sensors."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.root, self.instance = str(folder / "data"), instance
        self.definitions = build_definitions([STUDY], root=self.root)
        self.artefacts = Artefacts(STUDY, Store(self.root))
        self.cursor: Any = None
        self.seen: str | None = None

    def run(self, job: str, lineage: str | None = None, *keys: dg.AssetKey) -> None:
        ran = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=lineage, asset_selection=list(keys) or None
        )
        assert ran.success

    def conditions(self) -> set[str | None]:
        """Lineages, or None for what has none, that the conditions request."""
        found = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = found.cursor
        subsets = [each.true_subset for each in found.results if not each.true_subset.is_empty]
        return {
            key
            for subset in subsets
            for key in (subset.expensively_compute_partition_keys() if subset.is_partitioned else [None])
        }

    def sensor(self) -> list[dg.RunRequest]:
        """What the sensor of the rungs requests."""
        sensor = self.definitions.resolve_sensor_def(f"{STUDY.study}_refinement")
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.seen,
            definitions=self.definitions,
            resources={STORE: shared_store(self.root)},
        ) as context:
            found = sensor.evaluate_tick(context)
        self.seen = found.cursor
        return list(found.run_requests or [])

    def launch(self, request: dg.RunRequest) -> None:
        """Run a request of the sensor, in the job that Dagster makes of all assets."""
        made = self.definitions.resolve_implicit_global_asset_job_def()
        keys = [key for key in request.asset_selection or () if key != docs_key(STUDY)]
        ran = made.execute_in_process(instance=self.instance, partition_key=request.partition_key, asset_selection=keys)
        assert ran.success
        if len(keys) < len(request.asset_selection or ()):
            self.write_docs()

    def write_docs(self) -> None:
        """Report the Data Docs as written, which takes seconds and which other tests do."""
        self.instance.report_runless_asset_event(dg.AssetMaterialization(docs_key(STUDY)))


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    with own_instance(folder) as instance:
        yield Ui(folder, instance)


def test_the_sensors_add_the_rungs_that_decide_and_request_no_other(ui: Ui) -> None:
    for event in changed_settings(ui.instance, STUDY):
        ui.instance.report_runless_asset_event(event)
    assert ui.sensor() == [], "nothing is evaluated"
    ui.run(NAMES.start)
    assert ui.conditions() == set(STUDY.required_lineages)
    assert ui.sensor() == []
    for lineage in STUDY.required_lineages:
        ui.run(NAMES.lineages, lineage)
    assert ui.conditions() == {None}, "the verdict waits for no rung that may be added"
    ui.run(NAMES.conclusion, None, *conclusion_keys(STUDY))
    ui.write_docs()
    assert verdict_is_current(ui.artefacts) and outdated_parts(ui.artefacts, "verdict") == []
    assert load_verdicts(ui.artefacts)["added_shares"].to_list() == [[]]

    added = []
    while (requests := ui.sensor()) and requests[0].partition_key:
        (request,) = requests
        assert request.partition_key not in STUDY.required_lineages and request.tags["outcross/reason"]
        assert ui.sensor() == [], "it was requested already"
        ui.launch(request)
        added.append(request.partition_key)
        assert ui.conditions() == set()
    assert added == ["fixed-0.125", "fixed-0.25"]
    assert not verdict_is_current(ui.artefacts), "a rung was added since"
    (request,) = requests
    assert request.partition_key is None and docs_key(STUDY) in (request.asset_selection or ())
    ui.launch(request)
    assert load_verdicts(ui.artefacts)["added_shares"].to_list() == [[0.125, 0.25]]
    assert verdict_is_current(ui.artefacts)
    assert ui.sensor() == [] and ui.conditions() == set()
    ui.run(NAMES.start)
    assert ui.conditions() == set(STUDY.required_lineages), "the source was read again, and may ask for other rungs"


@pytest.mark.parametrize(
    ("lineage", "backfill", "is_made"),
    [("fixed-0.375", True, False), ("fixed-0.25", True, True), ("fixed-0.375", False, True)],
)
def test_a_backfill_leaves_the_rungs_that_no_ladder_asked_for(
    ui: Ui, lineage: str, backfill: bool, is_made: bool
) -> None:
    job = ui.definitions.resolve_job_def(NAMES.lineages)
    tags = {BACKFILL_TAG: "every-partition"} if backfill else {}
    ran = job.execute_in_process(instance=ui.instance, partition_key=lineage, tags=tags)
    made = [event.asset_key for event in ran.all_events if event.is_step_materialization]
    assert ran.success
    assert set(made) >= set(lineage_keys(STUDY)) if is_made else made == []
