"""Generation g + 1 is started once g has passed its checks: for each lineage by itself, and once."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.generations import check_keys
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.jobs.definitions import definitions_of
from outcross.jobs.running.study_jobs import job_names
from tests.jobs.workplace import SMALL, own_instance

ARMS = {name: {"policy": name} for name in ("accumulate", "replace", "subsample")}
STUDY = Study.model_validate({**SMALL, "arms": ARMS, "ladders": {}, "replicates": 1, "metrics": ["loss"]})
NAMES = job_names(STUDY)
LINEAGES = set(ARMS)


class Followed:
    """The study, and its sensor with the cursor that it keeps."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.definitions = definitions_of([STUDY], root=str(folder / "data"))
        self.sensor = self.definitions.resolve_sensor_def("small_generations")
        self.instance, self.cursor = instance, None

    def start(self) -> None:
        assert self.definitions.resolve_job_def(NAMES.start).execute_in_process(instance=self.instance).success

    def make(self, request: dg.RunRequest) -> None:
        """Do what the sensor asked for."""
        ran = self.definitions.resolve_job_def(NAMES.lineages).execute_in_process(
            instance=self.instance,
            partition_key=request.partition_key,
            asset_selection=list(request.asset_selection or ()),
        )
        assert ran.success and ran.get_asset_check_evaluations()

    def fail_a_check(self, lineage: str, generation: int) -> None:
        """Report that a check has been looked at again, and failed."""
        key = check_keys(STUDY, STEPS[0], generation)[0]
        self.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key.asset_key, check_name=key.name, passed=False, partition=lineage, metadata={}
            )
        )

    def look(self) -> dict[str, dg.RunRequest]:
        """Lineage → what is asked for."""
        context = dg.build_sensor_context(self.instance, cursor=self.cursor, definitions=self.definitions)
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return {request.partition_key: request for request in found.run_requests or ()}


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    with own_instance(tmp_path) as instance:
        yield Followed(tmp_path, instance)


def generations(requests: dict[str, dg.RunRequest]) -> dict[str, set[str]]:
    return {lineage: {key.path[1] for key in request.asset_selection} for lineage, request in requests.items()}


def test_lineages_go_on_each_by_itself_and_no_generation_is_started_twice(followed: Followed) -> None:
    assert followed.look() == {}
    followed.start()
    first = followed.look()
    assert generations(first) == {lineage: {"gen_01"} for lineage in LINEAGES}
    assert [len(each.asset_selection) for each in first.values()] == [4] * 3
    assert followed.look() == {}, "they have been asked for"

    followed.make(first["replace"])
    followed.make(first["subsample"])
    followed.fail_a_check("replace", 1)
    second = followed.look()
    assert generations(second) == {"subsample": {"gen_02"}}, "a lineage whose check failed is stopped"

    followed.make(second["subsample"])
    assert followed.look() == {}, "there is no generation 3"
    followed.make(first["replace"])
    mended = followed.look()
    assert generations(mended) == {"replace": {"gen_02"}}

    followed.cursor = None
    again = followed.look()
    keys = {lineage: request.run_key for lineage, request in again.items()}
    assert keys == {"accumulate": first["accumulate"].run_key, "replace": mended["replace"].run_key}

    followed.start()
    anew = followed.look()
    assert generations(anew) == {lineage: {"gen_01"} for lineage in LINEAGES}
    assert not {each.run_key for each in anew.values()} & {each.run_key for each in first.values()}


def test_a_lineage_that_a_run_is_at_is_left_alone(followed: Followed) -> None:
    followed.start()
    job = followed.definitions.resolve_job_def(NAMES.lineages)
    run = followed.instance.create_run_for_job(
        job, tags={"dagster/partition": "replace"}, status=dg.DagsterRunStatus.STARTED
    )
    assert set(followed.look()) == LINEAGES - {"replace"}
    followed.instance.report_run_canceled(run)
    assert set(followed.look()) == {"replace"}


def test_it_is_off_until_it_is_turned_on(followed: Followed) -> None:
    assert followed.sensor.default_status == dg.DefaultSensorStatus.STOPPED
