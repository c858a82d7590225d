"""What the gate answers in each case: which checks it refuses, how long it waits, and what it says."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from outcross.assets.artefacts import DATASET, EVALUATION, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.checks import Standing, checks_address
from outcross.assets.graph import gate
from outcross.assets.graph.gate import _Refused, gated_before_verdict, refuse_if_blocked
from outcross.assets.graph.keys import asset_key, check_keys
from outcross.assets.steps import STEPS
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.dagster_checks import CheckRecord
from outcross.resources.store import Store
from tests.jobs.workplace import SMALL

STUDY = Study.model_validate(SMALL)
OF = {step.thing: step for step in STEPS}
PASSED = CheckRecord(passed=True, on_latest=True, begun_since=False)


@pytest.mark.parametrize(
    ("passed", "on_latest", "begun_since", "standing"),
    [
        (None, False, True, Standing.UNFINISHED),
        (None, False, False, Standing.UNFINISHED),
        (True, True, False, Standing.PASSED),
        (True, True, True, Standing.PASSED),
        (False, True, False, Standing.FAILED),
        (False, True, True, Standing.FAILED),
        (True, False, True, Standing.UNFINISHED),
        (True, False, False, Standing.OUTDATED),
        (False, False, True, Standing.UNFINISHED),
        (False, False, False, Standing.OUTDATED),
    ],
)
def test_a_record_is_an_outcome_only_on_the_latest_materialisation(
    passed: bool | None, on_latest: bool, begun_since: bool, standing: Standing
) -> None:
    assert gate._standing(CheckRecord(passed=passed, on_latest=on_latest, begun_since=begun_since)) == standing


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    """Generation 1 of a lineage, of which nothing has been made."""
    return Slot(Artefacts(STUDY, Store(tmp_path)), 1, "replace")


def write(slot: Slot, thing: str, *, passed: dict[str, bool] | None = None) -> None:
    """Write a part, and the outcome of each of its checks."""
    part = pl.DataFrame({"a": [1]})
    slot.artefacts.save(slot.address(thing), part, inputs=[])
    outcomes = dict.fromkeys(OF[thing].checks, True) | (passed or {})
    outcome = pl.DataFrame({"check": list(outcomes), "passed": list(outcomes.values())})
    slot.artefacts.save(checks_address(slot, thing), outcome, inputs=[slot.address(thing)])


def refused(
    slot: Slot, thing: str, monkeypatch: pytest.MonkeyPatch, **records: CheckRecord | None
) -> list[tuple[str, Standing]]:
    """The checks of a thing that are refused, where Dagster has these records, and of the others that they passed."""
    keys = check_keys(STUDY, OF[thing], slot.generation)
    partition = slot.lineage if slot.generation else None
    found = {(key, partition): records.get(key.name, PASSED) for key in keys}
    known = {key: record for key, record in found.items() if record is not None}
    monkeypatch.setattr(gate, "_records", lambda instance, gated: known)
    instance: Any = None  # only its records are asked for
    return [(each.check.name, each.standing) for each in gate._find_refused(instance, [(slot, OF[thing])])]


@pytest.mark.parametrize("generation", [0, 1])
@pytest.mark.parametrize("thing", [DATASET, MODEL, SYNTHETIC])
def test_a_check_is_refused_by_the_history_and_by_the_store_each_alone(
    slot: Slot, thing: str, generation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, first = slot.at(generation), next(iter(OF[thing].checks))
    assert refused(slot, thing, monkeypatch, **{first: None}) == [], "what is not there is the step's own to say"
    write(slot, thing)
    assert refused(slot, thing, monkeypatch) == []
    failed = CheckRecord(passed=False, on_latest=True, begun_since=False)
    assert refused(slot, thing, monkeypatch, **{first: failed}) == [(first, Standing.FAILED)]
    assert refused(slot, thing, monkeypatch, **{first: None}) == [(first, Standing.UNFINISHED)]
    write(slot, thing, passed={first: False})
    assert refused(slot, thing, monkeypatch) == [(first, Standing.FAILED)], "the others passed, and are not named"
    outdated = CheckRecord(passed=True, on_latest=False, begun_since=False)
    assert refused(slot, thing, monkeypatch, **{first: outdated}) == [(first, Standing.OUTDATED)]


def test_a_store_whose_outcome_is_gone_or_older_refuses_every_check(
    slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(slot, MODEL)
    names = list(OF[MODEL].checks)
    slot.artefacts.save(slot.address(MODEL), pl.DataFrame({"a": [2]}), inputs=[])
    assert refused(slot, MODEL, monkeypatch) == [(name, Standing.OUTDATED) for name in names]
    Path(slot.artefacts.store.part_path(checks_address(slot, MODEL))).unlink()
    assert refused(slot, MODEL, monkeypatch) == [(name, Standing.UNFINISHED) for name in names]


def test_records_are_asked_of_one_partition_where_only_one_is_read(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[set[str], str | None]] = []

    def records(instance: object, checks: list[dg.AssetCheckKey], *, partition: str | None = None) -> dict[Any, Any]:
        asked.append(({key.asset_key.path[1] for key in checks}, partition))
        return {(partition, len(asked)): PASSED}

    monkeypatch.setattr(gate, "check_records", records)
    instance: Any = None
    first, other = Slot(slot.artefacts, 0, SHARED), Slot(slot.artefacts, 2, "accumulate")
    found = gate._records(instance, [(first, OF[MODEL]), (slot, OF[MODEL]), (slot.at(2), OF[DATASET])])
    assert asked == [({"gen_00"}, None), ({"gen_01", "gen_02"}, "replace")]
    assert len(found) == 2
    asked.clear()
    gate._records(instance, [(slot, OF[MODEL]), (other, OF[MODEL])])
    assert asked == [(set(), None), ({"gen_01", "gen_02"}, None)]


def test_a_verdict_reads_every_blocking_step_of_every_generation_of_every_lineage(slot: Slot) -> None:
    gated = [(each.generation, each.lineage, step.thing) for each, step in gated_before_verdict(slot.artefacts)]
    slots = [(0, SHARED), *itertools.product((1, 2), STUDY.lineages)]
    expected = itertools.product(slots, (DATASET, MODEL, SYNTHETIC))
    assert sorted(gated) == sorted((generation, lineage, thing) for (generation, lineage), thing in expected)
    assert not any(thing == EVALUATION for _, _, thing in gated)


def refusal(slot: Slot, thing: str = MODEL, standing: Standing = Standing.UNFINISHED, place: int = 0) -> _Refused:
    check = check_keys(STUDY, OF[thing], slot.generation)[place]
    return _Refused(slot, OF[thing], check, standing)


@dataclass
class Clock:
    """A clock that goes on when somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Asked:
    """The gate, asked by a step while other runs are in progress."""

    monkeypatch: pytest.MonkeyPatch
    clock: Clock = field(default_factory=Clock)
    logged: list[str] = field(default_factory=list)

    def ask(self, answers: Iterator[list[_Refused]], pending: Callable[[], bool] = lambda: False) -> None:
        run = SimpleNamespace(remote_job_origin=None, tags={".dagster/repository": "__repository__@shop"})
        context: Any = SimpleNamespace(instance=None, log=SimpleNamespace(info=self.logged.append), run=run)
        self.monkeypatch.setattr(gate, "time", self.clock)
        self.monkeypatch.setattr(gate, "_find_refused", lambda instance, gated: next(answers))
        self.monkeypatch.setattr(gate, "_are_pending", lambda context, refused: pending())
        refuse_if_blocked(context, [])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def test_a_step_runs_at_once_where_nothing_is_refused(asked: Asked) -> None:
    asked.ask(iter([[]]), pending=lambda: True)
    assert asked.clock.slept == asked.logged == []


def test_a_step_waits_while_another_run_checks_and_asks_again_after_each_second(asked: Asked, slot: Slot) -> None:
    one = refusal(slot)
    asked.ask(iter([[one], [one], []]), pending=lambda: True)
    assert asked.clock.slept == [1.0, 1.0]
    assert asked.logged == [f"waiting for checks in another run: {one}"] * 2
    assert str(one) == f"small/gen_01/model: {one.check.name} never finished"


def test_a_step_gives_up_after_a_quarter_of_an_hour(asked: Asked, slot: Slot) -> None:
    with pytest.raises(dg.Failure):
        asked.ask(itertools.repeat([refusal(slot)]), pending=lambda: True)
    assert sum(asked.clock.slept) == 900


def test_a_step_that_waits_for_nobody_fails_at_once_and_is_not_retried(asked: Asked, slot: Slot) -> None:
    one = refusal(slot)
    with pytest.raises(dg.Failure) as raised:
        asked.ask(iter([[one]]))
    assert asked.clock.slept == []
    assert raised.value.allow_retries is False
    assert raised.value.description == (
        "lineage 'replace' is stopped: blocking checks failed upstream, or have not passed on what is there now "
        f"({one}). Open the check, fix the cause, then rematerialize the asset together with its checks; or, if the "
        "asset is right as it is, check it again: run the job small_recheck."
    )
    shown = raised.value.metadata
    job = shown["recheck_job"]
    assert isinstance(job, dg.DagsterJobMetadataValue)
    assert (job.job_name, job.location_name) == ("small_recheck", "shop")
    config = yaml.safe_load(str(shown["recheck_config"].value).removeprefix("```yaml\n").removesuffix("```"))
    (op,) = config["ops"].values()
    assert op["config"] == {"thing": MODEL, "generation": 1, "lineages": ["replace"]}


@pytest.mark.parametrize(("count", "more"), [(12, ""), (13, "; and 1 more"), (30, "; and 18 more")])
def test_twelve_checks_are_named_and_the_others_are_counted(asked: Asked, slot: Slot, count: int, more: str) -> None:
    others = [Slot(slot.artefacts, 2, name) for name in ("accumulate", "fixed-0.5", "replace")]
    every = [refusal(others[place % 2], SYNTHETIC, place=0) for place in range(count - 1)]
    last = refusal(others[2], DATASET, Standing.FAILED)
    with pytest.raises(dg.Failure) as raised:
        asked.ask(iter([[*every, last]]))
    told = str(raised.value.description)
    assert told.count("; ") - told.count("checks; or") == min(count, 12) - 1 + bool(more)
    assert (f"{more}). Open" in told) and ("and " in more or "more). Open" not in told)
    assert told.startswith("lineage 'accumulate', 'fixed-0.5'" + (", 'replace'" if count == 12 else "") + " is stopped")


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@dg.asset
def thing() -> None: ...


JOB = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
RUNS = {"own": dg.DagsterRunStatus.STARTED, "other": dg.DagsterRunStatus.STARTED, "ended": dg.DagsterRunStatus.SUCCESS}


@pytest.mark.parametrize(
    ("makers", "standing", "pending"),
    [
        (["other"], Standing.UNFINISHED, True),
        (["other"], Standing.OUTDATED, True),
        (["other"], Standing.FAILED, False),
        (["own"], Standing.UNFINISHED, False),
        (["ended"], Standing.UNFINISHED, False),
        (["absent"], Standing.UNFINISHED, False),
        ([None], Standing.UNFINISHED, False),
        (["other", "other"], Standing.UNFINISHED, True),
        (["other", "ended"], Standing.UNFINISHED, False),
        (["other", "own"], Standing.UNFINISHED, False),
        (["other", None], Standing.UNFINISHED, False),
    ],
)
def test_checks_are_waited_for_only_while_other_runs_that_made_each_asset_are_in_progress(
    instance: dg.DagsterInstance,
    slot: Slot,
    makers: list[str | None],
    standing: Standing,
    pending: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = {name: instance.create_run_for_job(JOB, status=status).run_id for name, status in RUNS.items()}
    runs["absent"] = "00000000-0000-0000-0000-000000000000"
    things = [DATASET, MODEL][: len(makers)]
    made_by = {
        asset_key(STUDY, thing, 1): None if name is None else runs[name]
        for thing, name in zip(things, makers, strict=True)
    }
    monkeypatch.setattr(gate, "_maker", lambda instance, asset, slot: made_by[asset])
    context: Any = SimpleNamespace(instance=instance, run_id=runs["own"])
    refusals = [refusal(slot, thing, standing) for thing in things]
    assert gate._are_pending(context, refusals) is pending
    if standing == Standing.UNFINISHED and len(makers) == 2:
        assert not gate._are_pending(context, [refusals[0], refusal(slot, MODEL, Standing.FAILED)])


def test_the_maker_of_an_asset_is_the_run_of_its_last_materialisation_of_the_lineage(
    instance: dg.DagsterInstance, slot: Slot
) -> None:
    @dg.asset(key=asset_key(STUDY, MODEL, 1), partitions_def=dg.StaticPartitionsDefinition(["replace", "accumulate"]))
    def later() -> None: ...

    @dg.asset(key=asset_key(STUDY, MODEL, 0))
    def first() -> None: ...

    assert gate._maker(instance, later.key, slot) is None
    runs = [
        dg.materialize([later], instance=instance, partition_key=name).run_id
        for name in ("replace", "replace", "accumulate")
    ]
    assert gate._maker(instance, later.key, slot) == runs[1]
    shared = dg.materialize([first], instance=instance).run_id
    assert gate._maker(instance, first.key, slot.at(0)) == shared
