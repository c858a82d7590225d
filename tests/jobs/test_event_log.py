"""The storage of Dagster's event log: any Dagster can read what it writes."""

import threading
from pathlib import Path

import dagster as dg
import pytest

from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.event_log import PooledSqliteEventLogStorage, open_pooled
from outcross.resources.dagster_sqlite import EventLogStorage


@dg.asset
def thing() -> int:
    return 1


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    monkeypatch.setenv("OUTCROSS_INSTANCE", str(tmp_path))
    return open_pooled(str(PACKAGE))


def test_more_runs_than_open_databases_are_all_stored_and_read_by_plain_dagster(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, PooledSqliteEventLogStorage)
    runs = [dg.materialize([thing], instance=instance).run_id for _ in range(12)]
    assert len(storage._engines) == 8
    plain = EventLogStorage(str(tmp_path / "history" / "runs"))
    for run in runs:
        ours, theirs = instance.all_logs(run), plain.get_logs_for_run(run)
        assert [each.message for each in ours] == [each.message for each in theirs]
        assert len(ours) > 10
    assert len(instance.fetch_materializations(dg.AssetKey("thing"), limit=100).records) == 12
    instance.dispose()
    assert not storage._engines


def test_threads_that_read_while_runs_are_written_see_whole_events(instance: dg.DagsterInstance) -> None:
    """As the web server does; Dagster itself cannot run two jobs in threads of one process."""
    failures, over = list[BaseException](), threading.Event()

    def read() -> None:
        try:
            while not over.is_set():
                for record in instance.fetch_materializations(dg.AssetKey("thing"), limit=100).records:
                    assert instance.all_logs(record.run_id)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            assert dg.materialize([thing], instance=instance).success
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)
    assert failures == []
    assert len(instance.fetch_materializations(dg.AssetKey("thing"), limit=100).records) == 10
