"""What a study still has to run: what was not made or not checked, was stopped, or was decided on other numbers."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from outcross.assets import code_versions
from outcross.assets.artefacts import DATASET, EVALUATION, MODEL, REPORT, SYNTHETIC, VERDICT, Artefacts, Slot
from outcross.assets.checks import checks_address
from outcross.assets.graph.keys import asset_key, check_keys, code_version
from outcross.assets.outdated import tell_outdated
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.assets.verdict.make import make_verdict, outdated_parts, reach_verdicts, verdict_is_current
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.event_log import open_pooled
from outcross.jobs.running.plan import Plan
from outcross.resources.store import Address, Store
from tests.jobs.workplace import SMALL, Workplace

NAME = "fixed-0.5"


class Place:
    """A copy of the finished study's store, with an instance."""

    def __init__(self, root: Path, instance: dg.DagsterInstance) -> None:
        self.artefacts = Artefacts(Study.model_validate(SMALL), Store(str(root)))
        self.instance = instance
        self.slot = Slot(self.artefacts, 1, NAME)

    def change(self, address: Address, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Write other rows under the provenance that is there."""
        store = self.artefacts.store
        store.write(address, change(store.read(address)), provenance=store.provenance(address))

    def planned(self, **settings: object) -> list[str]:
        """The runs that the plan has, for the study with other settings."""
        study = Study.model_validate({**SMALL, **settings})
        plan = Plan(Artefacts(study, self.artefacts.store), self.instance)
        runs = [plan.start(), *(plan.lineage(name) for name in study.lineages), plan.conclusion()]
        return [run.label for run in runs if run]


@contextmanager
def opened(folder: Path) -> Iterator[dg.DagsterInstance]:
    """Open the instance of a workplace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OUTCROSS_INSTANCE", str(folder / "home" / "dagster"))
        with open_pooled(str(PACKAGE)) as instance:
            yield instance


@pytest.fixture(scope="module")
def instance(done: Workplace) -> Iterator[dg.DagsterInstance]:
    with opened(done.folder) as instance:
        yield instance


@pytest.fixture
def place(done: Workplace, instance: dg.DagsterInstance, tmp_path: Path) -> Place:
    return Place(shutil.copytree(done.data, tmp_path / "data"), instance)


def test_nothing_is_planned_for_a_finished_study(place: Place) -> None:
    assert place.planned() == []


@pytest.mark.parametrize("thing", [DATASET, MODEL, SYNTHETIC])
def test_a_blocking_check_that_failed_is_not_done_by_the_store(place: Place, thing: str) -> None:
    address = checks_address(place.slot, thing)
    place.change(address, lambda outcome: outcome.with_columns(passed=pl.int_range(pl.len()) > 0))
    assert place.planned() == [NAME]


def test_a_blocking_check_that_failed_is_not_done_by_the_history(done: Workplace, tmp_path: Path) -> None:
    copy = done.copy_to(tmp_path / "copy")
    failed: list[str] = []
    with opened(copy.folder) as instance:
        place = Place(copy.data, instance)
        for lineage, thing in {"accumulate": DATASET, "fixed-0.5": MODEL, "replace": SYNTHETIC}.items():
            fail(place, lineage, thing)
            failed.append(lineage)
            assert place.planned() == failed


def fail(place: Place, lineage: str, thing: str) -> None:
    """Report the first check of a thing as failed, on the materialisation that there is."""
    (step,) = [each for each in STEPS if each.thing == thing]
    check = check_keys(place.artefacts.study, step, 1)[0]
    records = place.instance.event_log_storage.get_asset_check_execution_history(check, limit=100)
    found = [record.evaluation for record in records if record.evaluation]
    (passed,) = [each for each in found if each.partition == lineage]
    assert passed.passed
    place.instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=False,
            target_materialization_data=passed.target_materialization_data,
            partition=lineage,
        )
    )


def test_a_check_that_blocks_nothing_is_done_where_it_failed(place: Place) -> None:
    """Otherwise a study with a warning would never be finished."""
    outcome = place.artefacts.store.read(checks_address(place.slot, EVALUATION))
    assert not outcome["passed"].all(), "the study has such a warning"
    assert place.planned() == []


@pytest.mark.parametrize("thing", [DATASET, MODEL, SYNTHETIC, EVALUATION])
def test_a_check_whose_outcome_is_gone_is_run_again(place: Place, thing: str) -> None:
    folder = Path(place.artefacts.store.path) / str(checks_address(place.slot, thing))
    (folder / "part.parquet").unlink()
    assert place.planned() == [NAME]


def test_an_evaluation_that_was_made_from_other_rows_enters_no_verdict(place: Place) -> None:
    before = [each.lower_95 for each in reach_verdicts(place.artefacts)]
    place.change(place.slot.address(SYNTHETIC), lambda rows: rows.reverse())
    assert not place.artefacts.is_current(place.slot.address(EVALUATION))
    with pytest.raises(IncompleteStudy, match=rf"evaluation is missing or out of date for {NAME} generation 1"):
        make_verdict(place.artefacts)
    assert len(before) == 1
    assert NAME in place.planned()


def test_a_verdict_on_an_evaluation_that_has_changed_is_decided_again(place: Place) -> None:
    assert verdict_is_current(place.artefacts) and outdated_parts(place.artefacts, REPORT) == []
    place.change(place.slot.address(EVALUATION), lambda rows: rows.reverse())
    assert not verdict_is_current(place.artefacts)
    assert str(place.artefacts.address(VERDICT)) in outdated_parts(place.artefacts, VERDICT)
    assert place.planned()[-1] == "verdict"


@pytest.mark.parametrize(
    "settings",
    [
        {"endpoints": {"loss": {"gain": 0.06}}},
        {"endpoints": {"loss": {"gain": 0.05}, "recall": {"tolerance": 0.1}}},
        {"generations": 2},
    ],
)
def test_a_verdict_under_other_settings_is_decided_again_and_nothing_else_is(
    place: Place, settings: dict[str, object]
) -> None:
    assert place.planned(**settings) == ["verdict"]


@pytest.mark.parametrize("thing", [VERDICT, REPORT])
def test_a_verdict_without_its_report_and_a_report_without_its_verdict_are_made_again(place: Place, thing: str) -> None:
    (Path(place.artefacts.store.path) / str(place.artefacts.address(thing)) / "part.parquet").unlink()
    assert place.planned() == ["verdict"]


def raise_metric(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    metrics = [replace(each, version="2") if each.name == name else each for each in code_versions.METRICS]
    monkeypatch.setattr(code_versions, "METRICS", metrics)


def test_a_raised_version_of_a_metric_makes_the_evaluations_stale_that_have_it_and_nothing_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = asset_key(place.artefacts.study, EVALUATION, 1)
    step = next(each for each in STEPS if each.thing == EVALUATION)
    before = code_version(place.artefacts.study, step, 1)
    raise_metric(monkeypatch, "shapes")
    assert place.planned() == [] and tell_outdated(place.artefacts) == [], "the study does not measure it"
    assert code_version(place.artefacts.study, step, 1) == before
    raise_metric(monkeypatch, "loss")
    study = place.artefacts.study
    assert place.planned() == ["generation 0", *study.lineages]
    run = Plan(place.artefacts, place.instance).lineage(NAME)
    assert run is not None and run.keys == [asset_key(study, EVALUATION, each) for each in (1, 2)] and key in run.keys
    assert code_version(study, step, 1) == f"{before}-metric 'loss' 2"
    assert code_version(study, STEPS[2], 1) == code_version(Study.model_validate(SMALL), STEPS[2], 1)
    said = "since metric 'loss' has version 2, and it was made with 1; made again"
    assert tell_outdated(place.artefacts) == [
        f"Out of date: 9 × evaluation (shared, {', '.join(list(study.lineages)[:3])} and 1 more), {said}"
    ]


def test_a_raised_version_of_a_guard_makes_the_outcomes_of_its_checks_stale(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = [replace(each, version="2") if each.vital == "recall" else each for each in code_versions.GUARDS]
    monkeypatch.setattr(code_versions, "GUARDS", raised)
    assert place.planned() == list(place.artefacts.study.lineages)
    (said,) = tell_outdated(place.artefacts)
    assert said.startswith("Out of date: 8 × checks of evaluation (") and "guard 'recall' has version 2" in said


@pytest.mark.parametrize(("thing", "first"), [(DATASET, "gen_00"), (SYNTHETIC, "gen_00"), (EVALUATION, None)])
def test_a_raised_version_of_a_step_makes_what_it_made_stale(
    place: Place, monkeypatch: pytest.MonkeyPatch, thing: str, first: str | None
) -> None:
    monkeypatch.setitem(code_versions.STEPS, thing, "9")
    start = Plan(place.artefacts, place.instance).start()
    assert start is not None
    things = {key.path[-1] for key in start.keys}
    assert things == {EVALUATION} if first is None else {"anchor", DATASET} < things
    assert f"the step '{thing}' has version 9" in tell_outdated(place.artefacts)[0]
