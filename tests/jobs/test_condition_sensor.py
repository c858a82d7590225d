"""A study's sensor requests what each lineage lacks, once, where the blocking checks upstream have passed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.artefacts import DATASET, EVALUATION, MODEL, SYNTHETIC, Artefacts
from outcross.assets.graph.keys import asset_key, check_keys
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.study_pages import docs_address
from outcross.jobs.running.study_jobs import job_names
from tests.jobs.workplace import own_instance

pytestmark = pytest.mark.long(seconds=30)

ARMS = {name: {"policy": name} for name in ("accumulate", "replace")}
STUDY = Study.model_validate(
    {
        "study": "small",
        "source": {"kind": "population", "rows": 100, "of": {"family": "gaussian", "dimensions": 2}},
        "generator": {"kind": "gaussian"},
        "holdout": 0,
        "metrics": ["population"],
        "generations": 2,
        "replicates": 1,
        "rows": 20,
        "arms": ARMS,
    }
)
NAMES = job_names(STUDY)
LONGER = STUDY.model_copy(update={"generations": 3})
WHOLE = {f"gen_01/{step.thing}" for step in STEPS}
CONCLUSION = {"verdict", "report", "data_docs"}


class Automation:
    """The study and its conditions, with their cursor kept from tick to tick."""

    def __init__(self, study: Study, folder: Path, instance: dg.DagsterInstance) -> None:
        self.definitions = build_definitions([study], root=str(folder / "data"))
        self.instance, self.cursor = instance, None

    def run(self, job: str, lineage: str | None = None, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=lineage, asset_selection=list(keys) or None, raise_on_error=False
        )

    def start(self) -> None:
        assert self.run(NAMES.start).success

    def make(self, lineage: str, *things: str, generation: int = 1) -> None:
        """Make a lineage whole, or only some things of a generation."""
        keys = [asset_key(STUDY, thing, generation) for thing in things]
        assert self.run(NAMES.lineages, lineage, *keys).success

    def fail_a_check(self, lineage: str, thing: str) -> None:
        """Report that a check on a thing of generation 1 was executed again and failed."""
        key = check_keys(STUDY, next(step for step in STEPS if step.thing == thing), 1)[0]
        self.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key.asset_key, check_name=key.name, passed=False, partition=lineage, metadata={}
            )
        )

    def tick(self) -> dict[str | None, set[str]]:
        """Return lineage → the assets that are requested; each comes with all of its checks, or the test fails."""
        found = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = found.cursor
        assets: dict[str | None, set[str]] = {}
        checks: dict[str | None, set[dg.AssetCheckKey]] = {}
        for result in found.results:
            subset = result.true_subset
            if not subset.is_empty:
                for lineage in subset.expensively_compute_partition_keys() if subset.is_partitioned else [None]:
                    if isinstance(result.key, dg.AssetCheckKey):
                        checks.setdefault(lineage, set()).add(result.key)
                    else:
                        assets.setdefault(lineage, set()).add("/".join(result.key.path[1:]))
        graph = self.definitions.resolve_asset_graph()
        for lineage in assets.keys() | checks.keys():
            keys = {dg.AssetKey(["small", *each.split("/")]) for each in assets.get(lineage, ())}
            assert checks.get(lineage, set()) == graph.get_check_keys_for_assets(keys)
        return assets


@pytest.fixture
def automation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Automation]:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    with own_instance(tmp_path) as instance:
        yield Automation(STUDY, tmp_path, instance)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the study was started, which no test may change."""
    folder = tmp_path_factory.mktemp("begun")
    with own_instance(folder) as instance:
        Automation(STUDY, folder, instance).start()
    return folder


@pytest.fixture
def started(begun: Path, tmp_path: Path) -> Iterator[Automation]:
    folder = shutil.copytree(begun, tmp_path / "started")
    with own_instance(folder) as instance:
        yield Automation(STUDY, folder, instance)


def test_each_lineage_is_made_once_and_the_verdict_follows_the_last(automation: Automation) -> None:
    assert automation.tick() == {}, "a person starts a study"
    automation.start()
    assert automation.tick() == {"accumulate": WHOLE, "replace": WHOLE}
    assert automation.tick() == {}, "they were requested already"
    automation.make("accumulate")
    assert automation.tick() == {}, "the verdict waits for the other lineage"
    automation.make("replace")
    automation.fail_a_check("replace", MODEL)
    assert automation.tick() == {}, "the verdict would be refused"
    automation.make("replace")
    assert automation.tick() == {None: CONCLUSION}
    assert automation.tick() == {}
    concluded = automation.run(NAMES.conclusion)
    assert concluded.success
    made = concluded.asset_materializations_for_node("small__data_docs")[0].metadata
    assert made["data_docs"].value == docs_address("small") and Path(str(made["data_docs_file"].value)).is_file()
    assert int(str(made["expectations"].value)) > int(str(made["failed"].value)) >= 0 and "not_checked" not in made
    assert automation.tick() == {}, "the study is finished"
    automation.start()
    assert automation.tick() == {"accumulate": WHOLE, "replace": WHOLE}, "the source was read again"


def test_a_lineage_whose_check_failed_is_stopped_until_the_asset_is_made_again(tmp_path: Path) -> None:
    with own_instance(tmp_path) as instance:
        _stop_and_go_on(Automation(LONGER, tmp_path, instance))


def _stop_and_go_on(automation: Automation) -> None:
    later = {f"gen_02/{step.thing}" for step in STEPS}
    automation.start()
    assert automation.tick() == {"accumulate": WHOLE | later, "replace": WHOLE | later}
    assert automation.tick() == {}
    automation.make("replace", DATASET)
    automation.fail_a_check("replace", DATASET)
    assert automation.tick() == {}
    automation.make("replace", DATASET)
    assert automation.tick() == {"replace": WHOLE - {"gen_01/dataset"} | later}, "each lineage goes on by itself"
    assert automation.tick() == {}
    automation.make("replace", MODEL, SYNTHETIC, EVALUATION)
    automation.fail_a_check("replace", MODEL)
    assert automation.tick() == {}, "no asset of generation 2 reads the model, and the gate refuses all the same"


def test_a_failed_run_is_not_started_again_for_ever(started: Automation, monkeypatch: pytest.MonkeyPatch) -> None:
    automation = started
    assert automation.tick()["replace"] == WHOLE
    with monkeypatch.context() as broken:
        broken.setattr(Artefacts, "save", lambda *_, **__: 1 / 0)
        assert not automation.run(NAMES.lineages, "replace").success
    assert automation.tick() == {}
    assert automation.tick() == {}
    automation.start()
    assert automation.tick()["replace"] == WHOLE, "what it reads was made again"


def test_a_lineage_that_is_being_made_is_not_requested(started: Automation) -> None:
    automation = started
    keys = frozenset(asset_key(STUDY, step.thing, 1) for step in STEPS)
    job = automation.definitions.resolve_job_def(NAMES.lineages)
    automation.instance.create_run_for_job(
        job, asset_selection=keys, tags={"dagster/partition": "replace"}, status=dg.DagsterRunStatus.STARTED
    )
    assert automation.tick() == {"accumulate": WHOLE}


def test_the_sensor_is_off_by_default_and_evaluates_everything_that_has_a_condition(automation: Automation) -> None:
    repository = automation.definitions.get_repository_def()
    sensors = [each for each in repository.sensor_defs if isinstance(each, dg.AutomationConditionSensorDefinition)]
    assert [each.name for each in sensors] == ["small_automation"], "Dagster adds one of its own for what is left out"
    assert sensors[0].default_status == dg.DefaultSensorStatus.STOPPED
    assert sensors[0].run_tags["outcross/study"] == "small"
