"""The sensor of an inbox, evaluated as Dagster's daemon evaluates it."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.corpus_sensors import Sighting, read_inbox_interval
from outcross.jobs.definitions import build_definitions
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


class InboxSensor:
    """The sensor, with its cursor kept from tick to tick."""

    def __init__(self, people: Corpus, instance: dg.DagsterInstance) -> None:
        self.definitions = build_definitions([], [people], root="nowhere")
        self.sensor = self.definitions.resolve_sensor_def("people_inbox")
        self.instance, self.cursor = instance, None

    def tick(self):
        context = dg.build_sensor_context(
            cursor=self.cursor, definitions=self.definitions, instance_ref=self.instance.get_ref()
        )
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return found


def test_a_stable_file_becomes_a_partition_and_a_run_that_names_it(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    sensor, name = InboxSensor(people, instance), "%2e%2e [x](http:evil) <b>.csv"
    (tmp_path / "inbox" / name).write_text("a\n1\n")
    first, second, third = (sensor.tick() for _ in range(3))
    assert not first.run_requests and not third.run_requests
    assert "files requested: 0; files that may still change: 1" in first.skip_message
    (request,) = second.run_requests
    (added,) = second.dynamic_partitions_requests
    assert added.partition_keys == [request.partition_key]
    assert added.partitions_def_name == "people_batches"
    assert request.tags["outcross/file"] == (tmp_path / "inbox" / name).as_uri()
    assert request.tags["dagster/partition"] == request.partition_key


def test_a_reset_cursor_requests_again_only_the_files_that_are_not_batches_yet(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    sensor = InboxSensor(people, instance)
    for name in ("failed.csv", "taken.csv"):
        (tmp_path / "inbox" / name).write_text("a\n1\n")
    sensor.tick()
    before = {request.partition_key.split("-")[0]: request for request in sensor.tick().run_requests}
    made = dg.AssetMaterialization(["people", "batch"], partition=before["taken.csv"].partition_key)
    instance.report_runless_asset_event(made)
    sensor.cursor = None
    sensor.tick()
    (after,) = sensor.tick().run_requests
    assert after.partition_key == before["failed.csv"].partition_key


def test_a_file_that_went_and_is_back_unchanged_has_another_run_key_since_dagster_drops_one_it_has_had(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    sensor, file, away = InboxSensor(people, instance), tmp_path / "inbox" / "a.csv", tmp_path / "a.csv"
    file.write_text("a\n1\n")
    sensor.tick()
    seen = {name: Sighting(*sighting) for name, sighting in json.loads(sensor.cursor).items()}
    a_minute_ago = {name: sighting._replace(since=sighting.since - 60) for name, sighting in seen.items()}
    sensor.cursor = json.dumps(a_minute_ago)
    (before,) = sensor.tick().run_requests
    file.rename(away)
    assert not sensor.tick().run_requests
    away.rename(file)
    sensor.tick()
    (after,) = sensor.tick().run_requests
    assert after.partition_key == before.partition_key
    assert after.run_key != before.run_key


def test_a_missing_inbox_is_reported_and_the_sightings_in_it_are_kept(
    people: Corpus, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    sensor = InboxSensor(people, instance)
    (tmp_path / "inbox" / "a.csv").write_text("a\n1\n")
    sensor.tick()
    (tmp_path / "inbox").rename(tmp_path / "unmounted")
    absent = sensor.tick()
    assert str(tmp_path / "inbox") in absent.skip_message and "make it" in absent.skip_message
    (tmp_path / "unmounted").rename(tmp_path / "inbox")
    assert len(sensor.tick().run_requests) == 1


def test_the_sensor_is_on_by_default_and_a_corpus_without_an_inbox_has_none(people: Corpus) -> None:
    sensor = build_definitions([], [people], root="nowhere").resolve_sensor_def("people_inbox")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    without = build_definitions([], [people.model_copy(update={"inbox": None})], root="nowhere")
    assert {each.name for each in without.sensors or ()} == {"alerts_noted", "alerts_posted"}


@pytest.mark.parametrize("value", ["0", "-1", "soon", "", "1.5"])
def test_an_invalid_interval_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCROSS_INBOX_SECONDS", value)
    with pytest.raises(BadInput, match="OUTCROSS_INBOX_SECONDS"):
        read_inbox_interval()


def test_a_relative_inbox_starts_at_the_folder_of_the_corpus_file(people: Corpus, tmp_path: Path) -> None:
    def inbox(stated: str) -> str | None:
        return Corpus.model_validate({**people.model_dump(), "inbox": stated}, context={"base": tmp_path}).inbox

    assert inbox("drop/here") == str(tmp_path / "drop" / "here")
    assert inbox("/elsewhere") == "/elsewhere"
    assert inbox("s3://bucket/in") == "s3://bucket/in"
