"""Generation g + 1 of a lineage is started once, when generation g of that lineage has passed its checks."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.graph.keys import check_keys
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.study_jobs import job_names
from tests.jobs.workplace import SMALL, own_instance

ARMS = {name: {"policy": name} for name in ("accumulate", "replace", "subsample")}
STUDY = Study.model_validate({**SMALL, "arms": ARMS, "ladders": {}, "replicates": 1, "metrics": ["loss"]})
NAMES = job_names(STUDY)
LINEAGES = set(ARMS)


class GenerationSensor:
    """The study and its sensor, with its cursor kept from tick to tick."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.definitions = build_definitions([STUDY], root=str(folder / "data"))
        self.sensor = self.definitions.resolve_sensor_def("small_generations")
        self.instance, self.cursor = instance, None

    def start(self) -> None:
        assert self.definitions.resolve_job_def(NAMES.start).execute_in_process(instance=self.instance).success

    def make(self, request: dg.RunRequest) -> None:
        """Execute a run that the sensor requested."""
        ran = self.definitions.resolve_job_def(NAMES.lineages).execute_in_process(
            instance=self.instance,
            partition_key=request.partition_key,
            asset_selection=list(request.asset_selection or ()),
        )
        assert ran.success and ran.get_asset_check_evaluations()

    def fail_a_check(self, lineage: str, generation: int) -> None:
        """Report that a check was executed again and failed."""
        key = check_keys(STUDY, STEPS[0], generation)[0]
        self.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key.asset_key, check_name=key.name, passed=False, partition=lineage, metadata={}
            )
        )

    def tick(self) -> dict[str, dg.RunRequest]:
        """Return lineage → the requested run."""
        context = dg.build_sensor_context(self.instance, cursor=self.cursor, definitions=self.definitions)
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return {request.partition_key: request for request in found.run_requests or ()}


@pytest.fixture
def sensor(tmp_path: Path) -> Iterator[GenerationSensor]:
    with own_instance(tmp_path) as instance:
        yield GenerationSensor(tmp_path, instance)


def generations(requests: dict[str, dg.RunRequest]) -> dict[str, set[str]]:
    return {lineage: {key.path[1] for key in request.asset_selection} for lineage, request in requests.items()}


def test_each_lineage_advances_by_itself_and_no_generation_is_started_twice(sensor: GenerationSensor) -> None:
    assert sensor.tick() == {}
    sensor.start()
    first = sensor.tick()
    assert generations(first) == {lineage: {"gen_01"} for lineage in LINEAGES}
    assert [len(each.asset_selection) for each in first.values()] == [4] * 3
    assert sensor.tick() == {}, "they were requested already"

    sensor.make(first["replace"])
    sensor.make(first["subsample"])
    sensor.fail_a_check("replace", 1)
    second = sensor.tick()
    assert generations(second) == {"subsample": {"gen_02"}}, "a lineage whose check failed is stopped"

    sensor.make(second["subsample"])
    assert sensor.tick() == {}, "there is no generation 3"
    sensor.make(first["replace"])
    fixed = sensor.tick()
    assert generations(fixed) == {"replace": {"gen_02"}}

    sensor.cursor = None
    again = sensor.tick()
    keys = {lineage: request.run_key for lineage, request in again.items()}
    assert keys == {"accumulate": first["accumulate"].run_key, "replace": fixed["replace"].run_key}

    sensor.start()
    anew = sensor.tick()
    assert generations(anew) == {lineage: {"gen_01"} for lineage in LINEAGES}
    assert not {each.run_key for each in anew.values()} & {each.run_key for each in first.values()}


def test_a_lineage_with_an_unfinished_run_is_skipped(sensor: GenerationSensor) -> None:
    sensor.start()
    job = sensor.definitions.resolve_job_def(NAMES.lineages)
    run = sensor.instance.create_run_for_job(
        job, tags={"dagster/partition": "replace"}, status=dg.DagsterRunStatus.STARTED
    )
    assert set(sensor.tick()) == LINEAGES - {"replace"}
    sensor.instance.report_run_canceled(run)
    assert set(sensor.tick()) == {"replace"}


def test_the_sensor_is_off_by_default(sensor: GenerationSensor) -> None:
    assert sensor.sensor.default_status == dg.DefaultSensorStatus.STOPPED
