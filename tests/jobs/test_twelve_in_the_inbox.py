"""Twelve files arrive in a corpus's inbox while the daemon runs: each has its expected outcome; no row is lost."""

import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.instance import open_instance
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.jobs.daemon import daemon, until
from tests.jobs.twelve import CORPUS, Arriving, Census, reasons_against
from tests.jobs.workplace import Workplace

BATCH = dg.AssetKey([CORPUS, "batch"])
PIECE = 1_000


def nothing() -> None:
    """Wait without doing anything."""


class Copied:
    """A file that is copied into the inbox piece by piece."""

    def __init__(self, arriving: Arriving, inbox: Path) -> None:
        self._content = arriving.put(inbox).read_bytes()
        self._path, self._there = inbox / arriving.name, len(self._content) // 2
        os.truncate(self._path, self._there)

    def grow(self) -> None:
        """Copy one more piece, but never the last byte."""
        self._to(min(self._there + PIECE, len(self._content) - 1))

    def finish(self) -> None:
        """Copy the rest."""
        self._to(len(self._content))

    def _to(self, size: int) -> None:
        with self._path.open("ab") as file:
            file.write(self._content[self._there : size])
            os.utime(self._path)
        self._there = size


@pytest.mark.skipif(
    os.environ.get("OUTCROSS_FAULTS") != "all",
    reason="takes minutes: run 'make faults'; the files themselves have a fast test",
)
def test_twelve_files_in_an_inbox_have_their_expected_outcomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    census, place, inbox = Census(), Workplace(tmp_path), tmp_path / "inbox"
    inbox.mkdir()
    file = census.corpus(tmp_path, inbox=str(inbox))
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    monkeypatch.setenv("OUTCROSS_CORPORA", str(file))
    monkeypatch.setenv("OUTCROSS_INBOX_SECONDS", "2")
    first, later = census.first_two(), census.next_ten()
    with open_instance() as instance, daemon(place):

        def judged() -> set[str]:
            observed = {each.partition_key for each in instance.fetch_observations(BATCH, limit=100).records}
            return instance.get_materialized_partitions(BATCH) | {each for each in observed if each}

        def wait(files: int, *, meanwhile: Callable[[], object] = nothing) -> None:
            """Wait for each file anew: a limit for all would be one of the machine's speed."""
            for count in range(len(judged()) + 1, files + 1):
                until(lambda count=count: len(judged()) >= count, f"file {count}", meanwhile=meanwhile)  # type: ignore[misc]

        for arriving in first:
            arriving.put(inbox)
        wait(2)
        copied = [Copied(each, inbox) for each in later if "half-copied" in each.name]
        for arriving in later:
            if "half-copied" not in arriving.name:
                arriving.put(inbox)
        wait(11, meanwhile=copied[0].grow)
        assert not [key for key in judged() if "half-copied" in key]
        copied[0].finish()
        wait(12)
        # A run ends a moment after its batch is there.
        until(lambda: all(run.is_finished for run in instance.get_runs()), "the runs", meanwhile=nothing)
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}

    store = Store(place.data)
    anchored = OpenCorpus(CORPORA.load(file), store, CorpusStore(store, CORPUS))
    found = {row["file"]: row for row in query(store, "from batches").iter_rows(named=True)}
    assert len(found) == 12
    for arriving in (*first, *later):
        row = found[arriving.name]
        reasons = [row["reason"]] if row["reason"] else reasons_against(anchored, row["batch"])
        rows, held = row["rows_in"] or 0, row["rows_quarantined"] or 0
        arriving.check(row["status"], rows=rows, held=held, reasons=reasons)
    proven = audit(anchored)
    assert proven.problems == ()
    assert proven.rows_in == proven.rows_admitted + proven.rows_quarantined
    assert proven.rows_in == sum(row["rows_in"] or 0 for row in found.values())
