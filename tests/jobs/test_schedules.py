"""What is done by the clock, and that it is left undone where there is nothing to do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.artefacts import Artefacts
from assets.intake.anchored import anchor
from assets.intake.corpus import Corpus
from assets.intake.share_bound import bound_now
from jobs.definitions import definitions_of
from jobs.instance import open_instance
from jobs.restudy import growth
from jobs.study_files import load_study
from resources.store import Store
from tests.jobs.corpora import ROWS, corpus
from tests.jobs.workplace import Workplace, make_workplace, own_instance

NIGHT = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with own_instance(tmp_path) as instance:
        yield instance


def tick(people: Corpus, name: str, *, root: Path, instance: dg.DagsterInstance) -> Any:
    definitions = definitions_of([], [people], root=str(root))
    context = dg.build_schedule_context(
        instance, scheduled_execution_time=NIGHT, repository_def=definitions.get_repository_def()
    )
    return definitions.resolve_schedule_def(name).evaluate_tick(context)


def test_a_corpus_is_audited_every_night_once_it_has_been_started(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    people, root = corpus(tmp_path), tmp_path / "data"
    skipped = tick(people, "people_nightly_audit", root=root, instance=instance)
    assert "has no version yet" in skipped.skip_message and not skipped.run_requests
    assert not root.exists(), "looking has started nothing"
    anchor(people, Store(root), by="test", at="2026-01-01T00:00:00+00:00")
    assert len(tick(people, "people_nightly_audit", root=root, instance=instance).run_requests) == 1


def test_schedules_run_from_the_start_each_corpus_at_a_minute_of_its_own(tmp_path: Path) -> None:
    named = [corpus(tmp_path, corpus=name, bound={"study": "small"}) for name in ("people", "places", "things")]
    schedules = list(definitions_of([], named, root="nowhere").schedules or ())
    assert len(schedules) == 6
    assert all(each.default_status == dg.DefaultScheduleStatus.RUNNING for each in schedules)
    assert all(each.execution_timezone == "UTC" for each in schedules)
    nightly = {each.cron_schedule for each in schedules if each.name.endswith("_nightly_audit")}
    assert len(nightly) == 3 and all(str(each).endswith(" 2 * * *") for each in nightly)


def test_only_a_corpus_whose_bound_names_a_study_has_it_run_again(tmp_path: Path) -> None:
    definitions = definitions_of([], [corpus(tmp_path)], root="nowhere")
    assert [each.name for each in definitions.schedules or ()] == ["people_nightly_audit"]
    assert not [job.name for job in definitions.jobs or () if "restudy" in job.name]


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A study of a file of a team's own, in a home of its own."""
    place = make_workplace(
        tmp_path / "place",
        source={"kind": "files", "path": "people.csv", "columns": {"bachelor": "label", "sex": "group"}},
        generations=2,
        replicates=3,
        arms={},
        ladders={"substitution": {"policy": "fixed", "shares": [0, 1]}},
        endpoints={"coverage": {"tolerance": 0.1}},
    )
    ROWS[:300].write_csv(place.folder / "people.csv")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTCROSS_STUDIES", str(place.study))
    return place


def test_a_study_is_run_again_where_its_source_has_grown_and_only_then(
    grown: Workplace, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    people, name = corpus(tmp_path, bound={"study": "small"}), "people_weekly_restudy"
    never = tick(people, name, root=grown.data, instance=instance)
    assert "has not been run" in never.skip_message
    grown.run_json("study", "small.yaml")
    same = tick(people, name, root=grown.data, instance=instance)
    assert "has 300 rows" in same.skip_message and "have 300: it has not grown" in same.skip_message
    before = bound_now(people, Store(grown.data)).share

    ROWS[:420].write_csv(grown.folder / "people.csv")
    assert len(tick(people, name, root=grown.data, instance=instance).run_requests) == 1
    job = definitions_of([], [people], root=str(grown.data)).resolve_job_def("people_restudy")
    with open_instance() as shared:
        ran = job.execute_in_process(instance=shared, raise_on_error=False)
        assert ran.success
        names = {run.job_name for run in shared.get_runs()}
    assert {"people_restudy", "small_start", "small_lineages", "small_conclusion"} <= names
    study, store = load_study(grown.study), Store(grown.data)
    found = growth(study, store)
    assert found is not None and (found.rows_then, found.rows_now, found.finished) == (420, 420, True)
    artefacts = Artefacts(study, store)
    evaluation = artefacts.address("evaluation", 1, "fixed-0")
    assert artefacts.is_current(evaluation)
    assert isinstance(before, float) and isinstance(bound_now(people, store).share, float)
    assert tick(people, name, root=grown.data, instance=instance).skip_message


def test_a_study_that_was_stopped_while_it_was_run_again_is_finished(
    grown: Workplace, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    people = corpus(tmp_path, bound={"study": "small"})
    grown.run_json("study", "small.yaml", "--arms", "fixed-0")
    wanted = tick(people, "people_weekly_restudy", root=grown.data, instance=instance)
    assert len(wanted.run_requests) == 1, "the source has not grown, but there is no verdict"


def test_a_source_that_cannot_be_read_fails_the_tick(grown: Workplace, tmp_path: Path) -> None:
    grown.run_json("study", "small.yaml", "--arms", "fixed-0")
    pl.DataFrame({"a": [1]}).write_csv(grown.folder / "people.csv")
    with pytest.raises(ValueError, match="row"):
        growth(load_study(grown.study), Store(grown.data))
