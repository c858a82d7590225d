"""Each blocking check of a study is seen to fail, and nothing is built on what it refused, on any path."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from outcross.assets.artefacts import EVALUATION, THINGS, VERDICT, Artefacts, Slot
from outcross.assets.checks import Standing, outcome_standing
from outcross.assets.graph.keys import asset_key
from outcross.assets.steps import STEPS, Step, run_checks
from outcross.assets.study.health_bounds import GUARDS, Guard, Guards
from outcross.assets.study.study import Study
from outcross.assets.verdict.facts import without_stamp
from outcross.assets.verdict.make import make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.failures import describe
from outcross.jobs.running.instance import open_worker_instance
from outcross.jobs.running.plain_loop import CheckFailed, run_plainly
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.cases.study_faults import (
    FAULT_OF,
    FAULTS,
    LINEAGE_OF,
    STUDY,
    WARNED,
    Check,
    Fault,
    spoil,
    spoil_what_is_written,
)
from tests.jobs.command_server import run_command, run_forked
from tests.jobs.workplace import Workplace

pytestmark = pytest.mark.long(seconds=40)

ONE_LINEAGE = {"replicates": 3, "arms": {"half": {"policy": "fixed", "share": 0.5}}, "ladders": {}, "endpoints": {}}
EACH_GUARD = pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.vital)
EACH_CHECK = pytest.mark.parametrize("check", FAULT_OF, ids=" ".join)


class Stepped(Gaussian):
    """A generator whose fit takes one optimiser step, so that its steps are held to a number."""

    @property
    def optimiser_steps(self) -> int:
        return 1


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """A store of one lineage, which no test may change."""
    study = Study.model_validate({**STUDY, **ONE_LINEAGE}).model_copy(update={"generator": Stepped()})
    artefacts = Artefacts(study, Store(tmp_path_factory.mktemp("finished")))
    run(artefacts)
    return artefacts


@pytest.fixture
def slot(finished: Artefacts, tmp_path: Path) -> Slot:
    """Generation 1 of a copy of that lineage."""
    shutil.copytree(finished.store.path, tmp_path / "data")
    return Slot(Artefacts(finished.study, Store(tmp_path / "data")), 1, "half")


def run(artefacts: Artefacts) -> None:
    run_plainly(artefacts, artefacts.study.lineages, checks=True, resume=True, gate=True)


def step_of(fault: Fault) -> Step:
    return next(step for step in STEPS if step.thing == fault.thing)


def failed_in_sql(artefacts: Artefacts) -> set[tuple[Any, ...]]:
    failed = query(artefacts.store, 'select thing, lineage, generation, "check", metric from checks where not passed')
    return set(failed.rows())


def parts(root: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): without_stamp(path.read_bytes())
        for path in Path(root).rglob("*")
        if path.is_file()
    }


def later_things(thing: str) -> tuple[str, ...]:
    return THINGS[THINGS.index(thing) + 1 :]


def test_without_a_gate_the_outcome_of_a_failed_check_is_stored_and_stops_nothing(slot: Slot) -> None:
    fault, artefacts = FAULTS["one row is synthetic in place of real"], slot.artefacts
    spoil(slot, fault)
    run_plainly(artefacts, artefacts.study.lineages, checks=True, resume=True)
    assert failed_in_sql(artefacts) == {(f"{fault.thing}_checks", "half", 1, fault.check, fault.metric)}
    assert all(artefacts.is_current(slot.address(thing)) for thing in later_things(fault.thing))


@pytest.mark.parametrize("name", FAULTS)
def test_a_spoilt_part_fails_exactly_its_check_and_stops_its_lineage_until_it_is_made_again(
    finished: Artefacts, slot: Slot, name: str
) -> None:
    fault, artefacts = FAULTS[name], slot.artefacts
    holdout = artefacts.store.read(artefacts.address("holdout"))
    spoil(slot, fault)
    for thing in later_things(fault.thing):
        shutil.rmtree(Path(artefacts.store.part_path(slot.address(thing))).parent)
    if fault.is_remade:
        run_checks(step_of(fault), slot)
    else:
        with pytest.raises(CheckFailed) as caught:
            run(artefacts)
        told = str(caught.value)
        assert "lineage 'half', generation 1" in told
        assert f"blocking checks on the {fault.thing} failed ({fault.check}: {fault.metric}" in told
        assert {other for each, other in FAULT_OF if each == fault.thing and f"{other}: " in told} == {fault.check}
        assert "Fix the cause, then run the study again" in told
        assert not any(artefacts.store.exists(slot.address(thing)) for thing in later_things(fault.thing))
    assert outcome_standing(slot, fault.thing) == Standing.FAILED
    assert failed_in_sql(artefacts) == {(f"{fault.thing}_checks", "half", 1, fault.check, fault.metric)}

    address = artefacts.address("holdout")
    artefacts.store.write(address, holdout, provenance=artefacts.store.provenance(address))
    run(artefacts)
    assert parts(artefacts.store.path) == parts(finished.store.path), "the remedy works"


def test_each_number_of_a_blocking_check_has_a_fault(finished: Artefacts) -> None:
    """Pixels have a case of their own: these rows have none."""
    measured = pl.concat(
        artefacts_checks.with_columns(thing=pl.lit(step.thing))
        for step in STEPS
        if step.blocking
        for artefacts_checks in [finished.store.read(Slot(finished, 1, "half").address(f"{step.thing}_checks"))]
    )
    spoilt = {(fault.thing, fault.check, fault.metric) for fault in FAULTS.values()}
    assert set(measured.select("thing", "check", "metric").rows()) == spoilt


@dataclass
class Plain:
    """A study on a faulty disk, run twice without Dagster, and then past its checks to the report."""

    artefacts: Artefacts
    told: list[str] = field(default_factory=list)
    made: dict[str, set[str]] = field(default_factory=dict)
    failed: set[tuple[Any, ...]] = field(default_factory=set)
    report: str = ""


@pytest.fixture(scope="module")
def faulty() -> Iterator[Study]:
    with pytest.MonkeyPatch.context() as disk:
        spoil_what_is_written(disk.setattr)
        yield Study.model_validate(STUDY)


def things_made(artefacts: Artefacts, lineage: str) -> set[str]:
    return {thing for thing in THINGS if artefacts.store.exists(artefacts.address(thing, 1, lineage))}


@pytest.fixture(scope="module")
def plain(faulty: Study, tmp_path_factory: pytest.TempPathFactory) -> Plain:
    plain = Plain(Artefacts(faulty, Store(tmp_path_factory.mktemp("plain"))))
    for _ in range(2):
        with pytest.raises(CheckFailed) as caught:
            run(plain.artefacts)
        plain.told.append(str(caught.value))
    plain.made = {lineage: things_made(plain.artefacts, lineage) for lineage in faulty.lineages}
    plain.failed = failed_in_sql(plain.artefacts)
    run_plainly(plain.artefacts, faulty.lineages, checks=True, resume=True)
    make_verdict(plain.artefacts)
    make_report(plain.artefacts)
    plain.report = read_report(plain.artefacts).decode()
    return plain


@EACH_CHECK
def test_without_dagster_a_check_that_fails_again_stops_its_lineage_again(plain: Plain, check: Check) -> None:
    lineage, fault = LINEAGE_OF[check], FAULT_OF[check]
    for told in plain.told:
        (line,) = [line for line in told.splitlines() if f"lineage '{lineage}'" in line]
        assert f"blocking checks on the {fault.thing} failed ({fault.check}: {fault.metric}" in line
        assert "Fix the cause, then run the study again" in line
    assert plain.made[lineage] == set(THINGS) - set(later_things(fault.thing))
    assert {each for each in plain.failed if each[1] == lineage} == {
        (f"{fault.thing}_checks", lineage, 1, fault.check, fault.metric)
    }


@EACH_CHECK
def test_a_report_that_was_made_past_a_failed_check_names_it(plain: Plain, check: Check) -> None:
    _, *rows = plain.report.split("<tr")
    named = [row for row in rows if LINEAGE_OF[check] in row and FAULT_OF[check].metric in row]
    assert any("error" in row and check[1] in row for row in named), named


@EACH_GUARD
def test_a_guard_warns_in_sql_and_on_the_report_and_stops_nothing(plain: Plain, guard: Guard) -> None:
    assert ("evaluation_checks", WARNED, 1, guard.check, guard.vital) in plain.failed
    _, *rows = plain.report.split("<tr")
    named = [row for row in rows if WARNED in row and guard.check in row and guard.vital in row]
    assert any("warning" in row for row in named), named


def test_lineages_that_no_check_refuses_are_made_to_the_end(plain: Plain) -> None:
    assert len(plain.told[0].splitlines()) == len(FAULT_OF)
    for lineage in ("fixed-0", "replace"):
        assert plain.made[lineage] == set(THINGS)


@dataclass
class Commanded:
    """The same study on the same disk, run by the command line; then its jobs, run as the UI runs them."""

    artefacts: Artefacts
    instance: dg.DagsterInstance
    definitions: dg.Definitions
    ran: subprocess.CompletedProcess[str]
    made: dict[str, set[str]]
    failed: set[tuple[Any, ...]]

    def run_in_the_ui(self, job: str, **options: Any) -> dg.ExecuteInProcessResult:
        definition = self.definitions.resolve_job_def(job)
        return definition.execute_in_process(instance=self.instance, raise_on_error=False, **options)


def run_on_faulty_disk() -> None:
    """Run a command in this process, on a disk that is faulty for it and for its workers."""
    spoil_what_is_written()
    run_command()


@pytest.fixture(scope="module")
def commanded(faulty: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commanded]:
    place = Workplace(tmp_path_factory.mktemp("commanded"))
    place.study.write_text(yaml.safe_dump(STUDY))
    root = place.folder / "home" / "data"
    words, program = ["study", "small.yaml", "--workers", "1"], f"{__name__}:{run_on_faulty_disk.__name__}"
    ran = run_forked(words, folder=place.folder, environment=place.environment, program=program)
    artefacts = Artefacts(faulty, Store(root))
    made = {lineage: things_made(artefacts, lineage) for lineage in faulty.lineages}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in place.environment.items():
            environment.setenv(name, value)
        with open_worker_instance() as instance:
            definitions = build_definitions([faulty], root=str(root))
            yield Commanded(artefacts, instance, definitions, ran, made, failed_in_sql(artefacts))


@EACH_CHECK
def test_on_the_command_line_a_check_that_fails_stops_its_lineage(commanded: Commanded, check: Check) -> None:
    lineage, fault = LINEAGE_OF[check], FAULT_OF[check]
    assert commanded.ran.returncode == 1
    (line,) = [line for line in commanded.ran.stderr.splitlines() if f"{lineage}: " in line]
    assert f"faulty/gen_01/{fault.thing}: blocking checks failed ({fault.check}: {fault.metric}" in line
    assert "Open the check, fix the cause, then run the study again" in line
    assert commanded.made[lineage] == set(THINGS) - set(later_things(fault.thing))
    assert {each for each in commanded.failed if each[1] == lineage} == {
        (f"{fault.thing}_checks", lineage, 1, fault.check, fault.metric)
    }


def test_on_the_command_line_other_lineages_are_made_to_the_end_and_there_is_no_verdict(commanded: Commanded) -> None:
    for lineage in ("fixed-0", "replace"):
        assert commanded.made[lineage] == set(THINGS)
        assert f"{lineage}: faulty/" not in commanded.ran.stderr
    assert not commanded.artefacts.store.exists(commanded.artefacts.address(VERDICT))


@EACH_CHECK
def test_in_the_ui_a_check_that_failed_stops_the_next_step_and_fails_again(commanded: Commanded, check: Check) -> None:
    lineage, fault, artefacts = LINEAGE_OF[check], FAULT_OF[check], commanded.artefacts
    job, later = job_names(artefacts.study).lineages, later_things(fault.thing)
    key, *others = (asset_key(artefacts.study, thing, 1) for thing in (fault.thing, *later))
    refused = reason(commanded.run_in_the_ui(job, partition_key=lineage, asset_selection=others))
    assert f"lineage '{lineage}' is stopped" in refused
    named = refused.partition("(")[2].partition(")")[0]
    assert named == f"{key.to_user_string()}: {fault.check} failed"
    assert "Open the check, fix the cause, then rematerialize the asset together with its checks" in refused

    again = commanded.run_in_the_ui(job, partition_key=lineage, asset_selection=[key, *others])
    failed = [each for each in again.get_asset_check_evaluations() if not each.passed]
    assert [(each.asset_key, each.check_name, each.severity, each.blocking) for each in failed] == [
        (key, fault.check, dg.AssetCheckSeverity.ERROR, True)
    ]
    assert fault.metric in (failed[0].description or "")
    assert not again.success
    assert things_made(artefacts, lineage) == set(THINGS) - set(later)


def test_on_the_command_line_every_guard_warns_and_stops_nothing(commanded: Commanded) -> None:
    warned = {(check, metric) for thing, lineage, _, check, metric in commanded.failed if lineage == WARNED}
    assert warned == {(guard.check, guard.vital) for guard in GUARDS}


def test_in_the_ui_every_guard_warns_and_its_run_succeeds(commanded: Commanded) -> None:
    study = commanded.artefacts.study
    keys = [asset_key(study, EVALUATION, 1)]
    ran = commanded.run_in_the_ui(job_names(study).lineages, partition_key=WARNED, asset_selection=keys)
    assert ran.success
    found = {each.check_name: each for each in ran.get_asset_check_evaluations()}
    assert set(found) == set(Guards.checks)
    for guard in GUARDS:
        evaluation = found[guard.check]
        assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
        assert guard.vital in str(evaluation.metadata)
        assert f"{guard.vital}: {guard.reason}" in Guards.checks[guard.check]


def test_in_the_ui_a_verdict_is_refused_while_lineages_are_stopped(commanded: Commanded) -> None:
    refused = reason(commanded.run_in_the_ui(job_names(commanded.artefacts.study).conclusion))
    assert all(f"'{lineage}'" in refused for lineage in LINEAGE_OF.values()), refused


def reason(ran: dg.ExecuteInProcessResult) -> str:
    assert not ran.success
    return describe(next(event for event in ran.all_events if event.is_step_failure))
