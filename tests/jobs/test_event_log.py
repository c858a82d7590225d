"""The storage of Dagster's event log: any Dagster can read what it writes."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running import event_log
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
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, PooledSqliteEventLogStorage)
    assert event_log._OPEN == 8
    monkeypatch.setattr(event_log, "_OPEN", 2)
    runs = [dg.materialize([thing], instance=instance).run_id for _ in range(3)]
    assert len(storage._engines) == 2
    plain = EventLogStorage(str(tmp_path / "history" / "runs"))
    for run in runs:
        ours, theirs = instance.all_logs(run), plain.get_logs_for_run(run)
        assert [each.message for each in ours] == [each.message for each in theirs]
        assert len(ours) > 10
    assert len(instance.fetch_materializations(dg.AssetKey("thing"), limit=100).records) == 3
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

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            assert dg.materialize([thing], instance=instance).success
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)
    assert failures == []
    assert len(instance.fetch_materializations(dg.AssetKey("thing"), limit=100).records) == 2


def schema(path: Path) -> set[tuple[object, ...]]:
    """The tables, indices and revision of a database, and how it journals."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("select type, name, sql from sqlite_master where name not like 'sqlite_%'").fetchall()
        revision = connection.execute("select version_num from alembic_version").fetchall()
        return {*made, *revision, *connection.execute("pragma journal_mode").fetchall()}


def test_a_new_database_is_as_dagster_makes_it_and_one_that_dagster_made_is_used(tmp_path: Path) -> None:
    ours, theirs = PooledSqliteEventLogStorage(str(tmp_path / "ours")), EventLogStorage(str(tmp_path / "theirs"))
    for storage in (ours, theirs):
        with storage.run_connection("run"):
            pass
    made = schema(tmp_path / "ours" / "run.db")
    assert made == schema(tmp_path / "theirs" / "run.db")
    assert ("wal",) in made and len(made) > 10
    again = PooledSqliteEventLogStorage(str(tmp_path / "theirs"))
    with again.run_connection("run") as connection:
        assert connection.exec_driver_sql("select count(*) from event_logs").scalar() == 0
    ours.dispose()
    again.dispose()


def test_a_database_whose_maker_was_killed_before_its_revision_is_finished(tmp_path: Path) -> None:
    whole, storage = EventLogStorage(str(tmp_path / "whole")), PooledSqliteEventLogStorage(str(tmp_path / "begun"))
    with whole.run_connection("run"):
        shutil.copy(tmp_path / "whole" / "run.db", tmp_path / "begun")
    with closing(sqlite3.connect(tmp_path / "begun" / "run.db")) as begun:
        begun.execute("drop table alembic_version")
    with storage.run_connection("run"):
        pass
    assert schema(tmp_path / "begun" / "run.db") == schema(tmp_path / "whole" / "run.db")
    storage.dispose()
