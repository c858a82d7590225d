"""The sensor of an inbox, asked as Dagster's daemon asks it."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.corpus_sensors import seconds_between_looks
from outcross.jobs.definitions import definitions_of
from outcross.resources.errors import BadInput
from tests.jobs.corpora import corpus
from tests.jobs.workplace import own_instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with own_instance(tmp_path) as instance:
        yield instance


@pytest.fixture
def people(tmp_path: Path) -> Corpus:
    return corpus(tmp_path)


class Watched:
    """The sensor, which keeps its cursor from look to look."""

    def __init__(self, people: Corpus, instance: dg.DagsterInstance) -> None:
        self.definitions = definitions_of([], [people], root="nowhere")
        self.sensor = self.definitions.resolve_sensor_def("people_inbox")
        self.instance, self.cursor = instance, None

    def look(self):
        context = dg.build_sensor_context(
            cursor=self.cursor, definitions=self.definitions, instance_ref=self.instance.get_ref()
        )
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return found


def test_a_file_at_rest_becomes_a_partition_and_a_run_that_names_it(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    watched, name = Watched(people, instance), "%2e%2e [x](http:evil) <b>.csv"
    (tmp_path / "inbox" / name).write_text("a\n1\n")
    first, second, third = (watched.look() for _ in range(3))
    assert not first.run_requests and not third.run_requests
    assert "0 files have been taken in, 1 have yet to come to rest" in first.skip_message
    (request,) = second.run_requests
    (added,) = second.dynamic_partitions_requests
    assert added.partition_keys == [request.partition_key]
    assert added.partitions_def_name == "people_batches"
    assert request.tags["outcross/file"] == (tmp_path / "inbox" / name).as_uri()
    assert request.tags["dagster/partition"] == request.partition_key


def test_a_cursor_that_was_reset_asks_again_for_what_is_no_batch_yet_and_for_nothing_else(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    watched = Watched(people, instance)
    for name in ("failed.csv", "taken.csv"):
        (tmp_path / "inbox" / name).write_text("a\n1\n")
    watched.look()
    before = {request.partition_key.split("-")[0]: request for request in watched.look().run_requests}
    made = dg.AssetMaterialization(["people", "batch"], partition=before["taken.csv"].partition_key)
    instance.report_runless_asset_event(made)
    watched.cursor = None
    watched.look()
    (after,) = watched.look().run_requests
    assert after.partition_key == before["failed.csv"].partition_key


def test_an_inbox_that_is_not_there_is_told_and_what_was_seen_in_it_is_kept(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    watched = Watched(people, instance)
    (tmp_path / "inbox" / "a.csv").write_text("a\n1\n")
    watched.look()
    (tmp_path / "inbox").rename(tmp_path / "unmounted")
    absent = watched.look()
    assert str(tmp_path / "inbox") in absent.skip_message and "make it" in absent.skip_message
    (tmp_path / "unmounted").rename(tmp_path / "inbox")
    assert len(watched.look().run_requests) == 1


def test_it_runs_from_the_start_and_a_corpus_without_an_inbox_has_none(people: Corpus) -> None:
    sensor = definitions_of([], [people], root="nowhere").resolve_sensor_def("people_inbox")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    without = definitions_of([], [people.model_copy(update={"inbox": None})], root="nowhere")
    assert {each.name for each in without.sensors or ()} == {"alerts_noted", "alerts_posted"}


@pytest.mark.parametrize("value", ["0", "-1", "soon", "", "1.5"])
def test_a_time_between_looks_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCROSS_INBOX_SECONDS", value)
    with pytest.raises(BadInput, match="OUTCROSS_INBOX_SECONDS"):
        seconds_between_looks()


def test_an_inbox_in_a_corpus_file_starts_where_the_file_lies(people: Corpus, tmp_path: Path) -> None:
    def inbox(stated: str) -> str | None:
        return Corpus.model_validate({**people.model_dump(), "inbox": stated}, context={"base": tmp_path}).inbox

    assert inbox("drop/here") == str(tmp_path / "drop" / "here")
    assert inbox("/elsewhere") == "/elsewhere"
    assert inbox("s3://bucket/in") == "s3://bucket/in"
