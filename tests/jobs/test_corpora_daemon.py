"""The real daemon over real inboxes: files become batches automatically, and failures are reported."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import yaml

from outcross.assets.corpus.ledger.ledger import newest, numbers, read_version
from outcross.jobs.automation.inbox import Inbox
from outcross.jobs.automation.outbox import open_outbox
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.instance import open_instance
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from tests.jobs.corpora import Receiver, drop, free_port, new_rows, receiving, settings
from tests.jobs.daemon import daemon, until
from tests.jobs.workplace import Workplace

pytestmark = pytest.mark.long(seconds=50)

BATCH = dg.AssetKey(["people", "batch"])


def test_files_dropped_into_an_inbox_are_ingested_and_failures_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, receiver = Workplace(tmp_path), Receiver(free_port())
    shared = {"webhook": receiver.url}
    (tmp_path / "corpora").mkdir()
    for stated in (
        settings(tmp_path, **shared, inbox=str(tmp_path / "inbox")),
        settings(tmp_path, **shared, corpus="unfounded", bound={"study": "unheard"}, inbox=str(tmp_path / "other")),
        settings(tmp_path, **shared, corpus="absent", inbox=str(tmp_path / "nowhere")),
    ):
        (tmp_path / "corpora" / f"{stated['corpus']}.yaml").write_text(yaml.safe_dump(stated))
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    monkeypatch.setenv("OUTCROSS_CORPORA", str(tmp_path / "corpora"))
    monkeypatch.setenv("OUTCROSS_INBOX_SECONDS", "1")
    monkeypatch.setenv("OUTCROSS_ALERT_SECONDS", "5")

    inbox = tmp_path / "inbox"
    clean = new_rows(4_000, 4_500)
    drop(inbox, "1 clean.parquet", clean)
    drop(inbox, "2 moved.parquet", new_rows(4_500, 5_000).with_columns(pl.col("log_wage") + 1))
    removed = drop(inbox, "3 removed.parquet", new_rows(5_000, 5_300))
    growing = inbox / "4 growing.csv"
    growing.write_text("a,b\n")
    drop(tmp_path / "other", "5 unfounded.parquet", new_rows(5_300, 5_400))
    gone = Inbox(str(inbox)).files()[removed.name].key

    def grow() -> None:
        with growing.open("a") as file:
            file.write("1,2\n")

    box = open_outbox()
    with open_instance() as instance, daemon(place):

        def taken() -> set[str]:
            return instance.get_materialized_partitions(BATCH)

        def observed() -> list[str | None]:
            return [each.partition_key for each in instance.fetch_observations(BATCH, limit=10).records]

        until(lambda: gone in instance.get_dynamic_partitions("people_batches"), "seen", meanwhile=grow)
        removed.unlink()
        until(lambda: any(box.read(name)["attempts"] for name in box.names()), "alert attempted", meanwhile=grow)
        with receiving(receiver):
            until(taken, "ingested", meanwhile=grow)
            until(lambda: len(set(observed())) == 2, "observed, one as held and one as gone", meanwhile=grow)
            until(lambda: len({key for key, _ in receiver.posts}) == 2, "alerts", meanwhile=grow)
        until(lambda: all(run.is_finished for run in instance.get_runs()), "runs over", meanwhile=grow)
        partitions = instance.get_dynamic_partitions("people_batches")
        runs = instance.get_runs()

    files = CorpusStore(Store(place.data), "people")
    versions = [read_version(files, number) for number in numbers(files)]
    assert {each.reason for each in versions[1:]} == {"file 1 clean.parquet", "file 2 moved.parquet"}
    last = newest(files)
    assert last is not None and last.rows == versions[0].rows + clean.height
    assert observed_once(runs, gone)
    assert not [key for key in partitions if "growing" in key], "it never stopped changing"
    assert sorted(run.status.value for run in runs) == ["FAILURE", "SUCCESS", "SUCCESS", "SUCCESS"]
    kinds = {body["kind"]: body for _, body in receiver.posts}
    assert (kinds["batch"]["corpus"], kinds["batch"]["file"]) == ("people", "2 moved.parquet")
    assert (kinds["run"]["corpus"], kinds["run"]["job"]) == ("unfounded", "unfounded_ingest")
    assert "has no verdict yet" in kinds["run"]["reasons"][0]


def observed_once(runs: list[dg.DagsterRun], partition: str) -> bool:
    """Whether one run handled the file, and succeeded although the file was gone."""
    about = [run for run in runs if run.tags.get("dagster/partition") == partition]
    return len(about) == 1 and about[0].status == dg.DagsterRunStatus.SUCCESS
