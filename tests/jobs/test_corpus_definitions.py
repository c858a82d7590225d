"""A batch in the graph: what its run says of it, and that a held or a missing one is no failure."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.ledger.ledger import newest
from outcross.jobs.automation.alerts import outbox
from outcross.jobs.automation.inbox import Inbox
from outcross.jobs.definitions import definitions_of
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from tests.jobs.corpora import ROWS, corpus, drop, new_rows
from tests.jobs.workplace import own_instance


class Place:
    """A corpus, an instance, and runs of its jobs in this process."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.folder, self.instance = folder, instance
        self.corpus = corpus(folder)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def files(self) -> CorpusStore:
        return CorpusStore(Store(self.folder / "data"), "people")

    def key(self, name: str) -> str:
        return Inbox(str(self.inbox)).files()[name].key

    def run(self, job: str, key: str | None = None, *, settings: Corpus | None = None):
        if key is not None:
            self.instance.add_dynamic_partitions("people_batches", [key])
        definitions = definitions_of([], [settings or self.corpus], root=str(self.folder / "data"))
        return definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=key, raise_on_error=False
        )

    def ingest(self, name: str) -> tuple[dict[str, Any], dg.AssetCheckEvaluation]:
        """Take a file in, and return what was told of it."""
        ran = self.run("people_ingest", self.key(name))
        assert ran.success
        (made,) = ran.asset_materializations_for_node("people__batch")
        (check,) = ran.get_asset_check_evaluations()
        assert made.partition == check.partition == self.key(name)
        return {name: value.value for name, value in made.metadata.items()}, check


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    with own_instance(tmp_path) as instance:
        yield Place(tmp_path, instance)


def test_a_clean_batch_is_admitted_whole_and_known_the_second_time(place: Place) -> None:
    rows = new_rows(4_000, 4_500)
    drop(place.inbox, "march.parquet", rows)
    told, check = place.ingest("march.parquet")
    assert (told["status"], told["rows_admitted"], told["corpus_version"]) == ("admitted", rows.height, 2)
    assert (told["declared_share"], told["bound"], told["reasons"]) == (0.0, 0.1, "none")
    assert check.passed and "synthetic_share" in check.metadata
    again, check = place.ingest("march.parquet")
    assert (again["status"], again["corpus_version"]) == ("known", 2)
    assert check.passed
    assert outbox().names() == []


def test_a_batch_that_is_held_is_a_failed_check_and_an_alert_and_no_failed_run(place: Place) -> None:
    drop(place.inbox, "wages.parquet", new_rows(4_500, 5_000).with_columns(pl.col("log_wage") + 1))
    for status in ("held", "known"):
        told, check = place.ingest("wages.parquet")
        assert (told["status"], told["rows_admitted"]) == (status, 0)
        assert "drift" in told["reasons"]
        assert not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
        assert "failed: " in str(check.metadata["drift"].value)
    (name,) = outbox().names()
    alert = outbox().read(name)["alert"]
    assert (alert["kind"], alert["corpus"], alert["file"]) == ("batch", "people", "wages.parquet")
    assert any("drift" in reason for reason in alert["reasons"])


def test_a_batch_of_which_some_rows_are_held_back_is_a_warning(place: Place) -> None:
    rows = new_rows(5_000, 5_500)
    drop(place.inbox, "twice.parquet", pl.concat([rows, rows[:10]]))
    told, check = place.ingest("twice.parquet")
    assert (told["status"], told["rows_quarantined"]) == ("partly admitted", 10)
    assert not check.passed and check.severity == dg.AssetCheckSeverity.WARN
    assert told["reasons"].startswith("- duplicates: 10 rows")
    assert outbox().names() == []


def test_a_file_that_cannot_be_read_is_a_failed_check_that_says_why(place: Place) -> None:
    (place.inbox / "march.parquet").write_bytes(b"PAR1 no")
    told, check = place.ingest("march.parquet")
    assert told["status"] == "refused" and not check.passed
    assert "march" in told["reasons"]
    assert len(outbox().names()) == 1


@pytest.mark.parametrize("change", [Path.unlink, lambda path: os.utime(path, (9, 9))])
def test_a_file_that_has_gone_or_changed_is_told_and_is_no_failure(place: Place, change: Any) -> None:
    path = drop(place.inbox, "march.parquet", new_rows(4_000, 4_100))
    key = place.key("march.parquet")
    change(path)
    ran = place.run("people_ingest", key)
    assert ran.success
    assert not ran.asset_materializations_for_node("people__batch")
    (seen,) = ran.asset_observations_for_node("people__batch")
    assert (seen.metadata["status"].value, seen.partition) == ("gone", key)
    (check,) = ran.get_asset_check_evaluations()
    assert not check.passed and check.severity == dg.AssetCheckSeverity.WARN
    assert not place.instance.get_materialized_partitions(dg.AssetKey(["people", "batch"]))
    assert newest(place.files) is None and outbox().names() == []


def test_a_name_and_a_category_full_of_markup_show_as_they_are_spelled(place: Place) -> None:
    name = "<img src=x onerror=alert(1)> ![x](http:evil.example) *b*.parquet"
    hostile = "<script>alert(1)</script>[x](http://evil.example)"
    renamed = ROWS[:4_000].with_columns(pl.col("race").cast(pl.String).replace({ROWS["race"].mode()[0]: hostile}))
    renamed.write_parquet(place.folder / "anchor.parquet")
    drop(place.inbox, name, new_rows(4_000, 4_400))
    told, check = place.ingest(name)
    assert told["status"] == "held"
    shown = [told["file"], told["reasons"], *(str(each.value) for each in check.metadata.values())]
    assert any("script" in text for text in shown)
    assert not any(mark in text for text in shown for mark in ("<img", "<script", " ![", "[x](", "*b*", "http://"))
    (alert,) = (outbox().read(each)["alert"] for each in outbox().names())
    assert "<" not in alert["file"] and not any("<" in reason for reason in alert["reasons"])


def test_a_name_that_is_no_unicode_breaks_nothing_and_is_told(place: Place) -> None:
    name = os.fsdecode(b"caf\xe9.parquet")
    drop(place.inbox, name, new_rows(4_000, 4_300))
    told, check = place.ingest(name)
    assert "U+DCE9" in told["file"]
    assert check.passed or told["reasons"] != "none"


def test_a_corpus_that_cannot_be_started_is_a_failed_run(place: Place) -> None:
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_100))
    without = corpus(place.folder, bound={"study": "unheard"})
    ran = place.run("people_ingest", place.key("march.parquet"), settings=without)
    assert not ran.success
    (failed,) = (event for event in ran.all_events if event.is_step_failure)
    assert "has no verdict yet" in failed.step_failure_data.user_failure_data.description


def test_an_audit_proves_a_corpus_and_fails_where_a_stored_row_has_gone(place: Place) -> None:
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_500))
    told, _ = place.ingest("march.parquet")
    proven = place.run("people_audit")
    assert proven.success
    (made,) = proven.asset_materializations_for_node("people__audit")
    assert made.metadata["rows_in"].value == made.metadata["rows_admitted"].value == told["rows_in"]
    batch = place.folder / "data" / "corpora" / "people" / "batches" / told["batch"]
    (part,) = batch.glob("admitted-*.parquet")
    pl.read_parquet(part)[1:].write_parquet(part)
    damaged = place.run("people_audit")
    assert not damaged.success
    (failed,) = (event for event in damaged.all_events if event.is_step_failure)
    failure = failed.step_failure_data.user_failure_data
    assert "does not add up" in failure.description and told["batch"] in failure.metadata["problems"].value


def test_an_inbox_that_is_not_there_is_a_failed_run_so_that_its_files_are_not_taken_for_gone(place: Place) -> None:
    drop(place.inbox, "march.parquet", new_rows(4_000, 4_100))
    key = place.key("march.parquet")
    place.inbox.rename(place.folder / "unmounted")
    assert not place.run("people_ingest", key).success
    (place.folder / "unmounted").rename(place.inbox)
    assert place.run("people_ingest", key).success


def test_a_file_of_an_object_store_is_taken_in_with_its_provenance_and_one_too_large_is_not_fetched(
    place: Place,
) -> None:
    rows, name = new_rows(4_000, 4_300), "march.parquet"
    store = fsspec.filesystem("memory")
    local = drop(place.folder / "made", name, rows)
    for each in (local, local.with_name(f"{name}.provenance.json")):
        store.pipe_file(f"/people-in/{each.name}", each.read_bytes())
    try:
        away = corpus(place.folder, inbox="memory://people-in")
        key = Inbox("memory://people-in").files()[name].key
        small = corpus(place.folder, inbox="memory://people-in", limits={"bytes": 100, "sidecar_bytes": 100})
        refused = place.run("people_ingest", key, settings=small)
        (made,) = refused.asset_materializations_for_node("people__batch")
        assert made.metadata["status"].value == "refused" and "are allowed" in made.metadata["reasons"].value
        (made,) = place.run("people_ingest", key, settings=away).asset_materializations_for_node("people__batch")
        assert (made.metadata["status"].value, made.metadata["rows_admitted"].value) == ("admitted", rows.height)
    finally:
        store.rm("/people-in", recursive=True)
