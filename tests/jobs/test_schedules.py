"""Schedules: what runs by the clock, and what is skipped because there is nothing to do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.study.study import Study
from outcross.jobs.automation.restudy import Growth, may_have_changed, measure_growth
from outcross.jobs.automation.schedules import minute_of
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running import worker_process
from outcross.jobs.running.instance import open_instance
from outcross.jobs.running.plan import Plan
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.store_resource import STORE, shared_store
from tests.jobs.command_server import WorkersOfServer
from tests.jobs.corpora import ROWS, corpus
from tests.jobs.workplace import Workplace, make_workplace, own_instance

pytestmark = pytest.mark.long(seconds=20)

NIGHT = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with own_instance(tmp_path) as instance:
        yield instance


def tick(people: Corpus, name: str, *, root: Path, instance: dg.DagsterInstance) -> Any:
    definitions = build_definitions([], [people], root=str(root))
    resources = {STORE: shared_store(str(root))}
    with dg.build_schedule_context(instance, scheduled_execution_time=NIGHT, resources=resources) as context:
        return definitions.resolve_schedule_def(name).evaluate_tick(context)


def test_a_corpus_is_audited_every_night_once_it_has_been_started(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    people, root = corpus(tmp_path), tmp_path / "data"
    skipped = tick(people, "people_nightly_audit", root=root, instance=instance)
    assert "has no version yet" in skipped.skip_message and not skipped.run_requests
    assert not root.exists(), "the schedule has started nothing"
    open_corpus(people, Store(root), by="test", at="2026-01-01T00:00:00+00:00")
    assert len(tick(people, "people_nightly_audit", root=root, instance=instance).run_requests) == 1


def test_schedules_are_on_by_default_each_corpus_at_a_minute_of_its_own(tmp_path: Path) -> None:
    named = [corpus(tmp_path, corpus=name, bound={"study": "small"}) for name in ("people", "places", "things")]
    schedules = list(build_definitions([], named, root="nowhere").schedules or ())
    assert len(schedules) == 9
    assert all(each.default_status == dg.DefaultScheduleStatus.RUNNING for each in schedules)
    assert all(each.execution_timezone == "UTC" for each in schedules)
    nightly = {each.cron_schedule for each in schedules if each.name.endswith("_nightly_audit")}
    assert len(nightly) == 3 and all(str(each).endswith(" 2 * * *") for each in nightly)
    digests = {each.cron_schedule for each in schedules if each.name.endswith("_weekly_digest")}
    assert len(digests) == 3 and all(str(each).endswith(" 6 * * 1") for each in digests)
    minutes = [minute_of(corpus(tmp_path, corpus=f"c{number}")) for number in range(300)]
    assert (min(minutes), max(minutes)) == (0, 59), "a corpus may have any minute of an hour"


def test_only_a_corpus_whose_bound_names_a_study_has_a_restudy_job(tmp_path: Path) -> None:
    definitions = build_definitions([], [corpus(tmp_path)], root="nowhere")
    assert [each.name for each in definitions.schedules or ()] == ["people_nightly_audit", "people_weekly_digest"]
    assert not [job.name for job in definitions.jobs or () if "restudy" in job.name]


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A study of a user's file, in a home folder of its own."""
    place = make_workplace(
        tmp_path / "place",
        source={"kind": "files", "path": "people.csv", "columns": {"bachelor": "label", "sex": "group"}},
        generations=2,
        replicates=3,
        metrics=["neighbours"],
        arms={},
        ladders={"substitution": {"policy": "fixed", "shares": [0, 1]}},
        endpoints={"coverage": {"tolerance": 0.1}},
    )
    ROWS[:300].write_csv(place.folder / "people.csv")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTCROSS_STUDIES", str(place.study))
    monkeypatch.setattr(worker_process, "ForkServer", WorkersOfServer)
    return place


def test_a_study_is_rerun_if_its_source_has_grown_and_only_then(grown: Workplace, tmp_path: Path) -> None:
    people, name = corpus(tmp_path, bound={"study": "small"}), "people_weekly_restudy"
    study, store = load_study(grown.study), Store(grown.data)
    artefacts = Artefacts(study, store)
    with open_instance() as instance:

        def look() -> Any:
            return tick(people, name, root=grown.data, instance=instance)

        assert "has not been run" in look().skip_message
        make_anchor(artefacts)
        ROWS[:420].write_csv(grown.folder / "people.csv")
        job = build_definitions([], [people], root=str(grown.data)).resolve_job_def("people_restudy")
        assert job.execute_in_process(instance=instance, raise_on_error=False).success
        jobs = {run.job_name for run in instance.get_runs()}
        assert jobs == {"people_restudy", "small_start", "small_lineages", "small_conclusion"}
        assert measure_growth(study, store) == Growth(rows_then=420, rows_now=420, finished=True)
        assert 0 <= read_bound(people, store).share <= 1
        assert "has not changed since the study read it" in look().skip_message

        ROWS[:421].write_csv(grown.folder / "people.csv")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(study.source), "load", lambda _: pytest.fail("the tick reads the source"))
            assert "has not changed" in look().skip_message, "nobody has looked yet"
            observe(study, grown, instance)
            assert len(look().run_requests) == 1
        ROWS[:420].write_csv(grown.folder / "people.csv")
        observe(study, grown, instance)
        assert not may_have_changed(instance, study)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("outcross.jobs.automation.restudy._RECENT", -1)
            assert may_have_changed(instance, study), "nobody has looked for long"

        plan = Plan(artefacts, instance)
        assert plan.start() is None, "a plan does not read the source by itself"
        assert plan.start(reread_source=True) is not None


def test_an_interrupted_rerun_of_a_study_is_finished(
    grown: Workplace, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    people = corpus(tmp_path, bound={"study": "small"})
    make_anchor(Artefacts(load_study(grown.study), Store(grown.data)))
    wanted = tick(people, "people_weekly_restudy", root=grown.data, instance=instance)
    assert len(wanted.run_requests) == 1, "the source has not grown, but there is no verdict"


def observe(study: Study, place: Workplace, instance: dg.DagsterInstance) -> None:
    """Execute the job that the nightly schedule of a study's source starts."""
    definitions = build_definitions([study], root=str(place.data))
    with dg.build_schedule_context(instance, scheduled_execution_time=NIGHT) as context:
        assert len(definitions.resolve_schedule_def("small_source_nightly").evaluate_tick(context).run_requests) == 1
    assert definitions.resolve_job_def("small_source").execute_in_process(instance=instance).success


def test_files_are_observed_every_night_once_the_study_was_run(grown: Workplace, instance: dg.DagsterInstance) -> None:
    definitions = build_definitions([load_study(grown.study)], root=str(grown.data))
    schedule = definitions.resolve_schedule_def("small_source_nightly")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    with dg.build_schedule_context(instance, scheduled_execution_time=NIGHT) as context:
        tick = schedule.evaluate_tick(context)
    assert not tick.run_requests and "has not been run" in str(tick.skip_message)


def test_a_source_that_cannot_be_read_fails_the_run(grown: Workplace, tmp_path: Path) -> None:
    make_anchor(Artefacts(load_study(grown.study), Store(grown.data)))
    pl.DataFrame({"a": [1]}).write_csv(grown.folder / "people.csv")
    with pytest.raises(BadInput, match=r"people\.csv"):
        measure_growth(load_study(grown.study), Store(grown.data))
