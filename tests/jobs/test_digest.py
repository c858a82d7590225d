"""Alerts of one cause are one until they are posted; a digest a week groups what guards found by cause."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.jobs.automation.alerts import queue_batch_alert
from outcross.jobs.automation.corpus_definitions import audit_job
from outcross.jobs.automation.digest import describe_week, weekly_digest
from outcross.jobs.automation.outbox import OUTBOX, SENT, Outbox, open_outbox
from outcross.jobs.automation.ui_link import link_to_batches
from outcross.resources.atomic_file import move_file
from outcross.resources.store_resource import STORE, shared_store
from tests.assets.corpus.people import people, start, take
from tests.jobs.workplace import own_instance

MONDAY = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
"""The batches of ``people`` come on the Sunday before."""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    with own_instance(tmp_path) as instance:
        yield instance


@pytest.fixture
def corpus(tmp_path: Path) -> OpenCorpus:
    """A corpus with a clean batch and one that was admitted in part."""
    corpus = start(tmp_path / "people")
    take(corpus, tmp_path / "clean.parquet", people(20, 1))
    take(corpus, tmp_path / "<b>twice.parquet", pl.concat([people(10, 2), people(10, 2).head(4)]))
    return corpus


def test_a_digest_groups_a_week_by_cause_with_the_command_and_is_posted_once(
    corpus: OpenCorpus, instance: dg.DagsterInstance
) -> None:
    resources = {STORE: shared_store(str(corpus.store.url))}
    for posted in ("posted: ", "posted before: "):
        with dg.build_schedule_context(instance, scheduled_execution_time=MONDAY, resources=resources) as context:
            ticked = weekly_digest(corpus.settings, audit_job(corpus.settings)).evaluate_tick(context)
        assert not ticked.run_requests and str(ticked.skip_message).startswith(posted)
    (name,) = open_outbox().names()
    alert = open_outbox().read(name)["alert"]
    assert (alert["kind"], alert["corpus"], alert["rows_waiting"]) == ("digest", "people", 4)
    assert alert["text"] == (
        "corpus people, week to 2026-03-02: 1 admitted, 1 partly admitted; causes: duplicates (1); 4 rows wait"
    )
    assert alert["partly_admitted"] == ["&lt;b&gt;twice.parquet"]
    (cause,) = alert["causes"]
    assert (cause["guard"], cause["batches"], cause["held"], cause["rows"]) == ("duplicates", 1, 0, 4)
    assert cause["command"].startswith("outcross quarantine release people ") and alert["link"].endswith(
        "/people/batch"
    )


def test_a_week_without_batches_still_tells_of_rows_that_wait_and_without_these_of_nothing(
    corpus: OpenCorpus, tmp_path: Path
) -> None:
    later = describe_week(corpus, until=datetime(2026, 4, 6, tzinfo=UTC))
    assert later is not None and later["text"].endswith("no batch; no guard found anything; 4 rows wait")
    empty = start(tmp_path / "another", corpus="another")
    assert describe_week(empty, until=MONDAY) is None


def outcome(name: str, guard: str = "drift", status: str = "held") -> Outcome:
    return Outcome(
        status=status,  # type: ignore[arg-type]
        batch=f"{name}0",
        file=f"{name}.parquet",
        rows_in=10,
        rows_quarantined=10,
        reasons=(f"{guard}: too far",),
    )


def test_alerts_of_one_cause_are_one_until_they_are_posted(
    corpus: OpenCorpus, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCROSS_UI_URL", "https://ui.example/")
    for name in ("a", "b", "c", "b"):
        queue_batch_alert(corpus.settings, name, outcome(name))
    queue_batch_alert(corpus.settings, "d", outcome("d", "nulls"))
    assert open_outbox().names() == ["people-a", "people-d"]
    first, other = (open_outbox().read(name)["alert"] for name in ("people-a", "people-d"))
    assert first["text"].endswith("none of its rows was admitted; and 2 more of the same cause")
    assert [each["id"] for each in first["more"]] == ["people-b", "people-c"]
    assert (first["cause"], other["cause"]) == ("drift", "nulls")
    assert first["command"] == "outcross quarantine show people a0"
    assert first["link"] == link_to_batches("people", "a") == "https://ui.example/assets/people/batch?partition=a"
    open_outbox().deliver({"corpus/people": None})
    queue_batch_alert(corpus.settings, "e", outcome("e"))
    assert open_outbox().names() == ["people-e"], "what was posted is not changed"


def test_a_cause_is_posted_once_and_again_after_two_weeks_without_it_or_with_another_guard(tmp_path: Path) -> None:
    box = Outbox(tmp_path)

    def tell(day: int, cause: str = "tails, labels", status: str = "held") -> list[str]:
        of_batch = dict.fromkeys(("text", "batch", "file", "rows", "command", "link"), "")
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
        alert = {
            "kind": "batch",
            "corpus": "people",
            "status": status,
            "cause": cause,
            "at": at.isoformat(),
            **of_batch,
        }
        box.add_or_join(f"people-{day:02}", alert)
        for name in (new := box.names()):
            move_file(tmp_path / OUTBOX / f"{name}.json", tmp_path / SENT / f"{name}.json")
        return new

    assert tell(0) == ["people-00"]
    assert tell(7) == tell(14, "labels") == tell(28) == [], "each is within two weeks of the one before"
    assert tell(29, "labels, nulls") == ["people-29"] and tell(30, status="admitted") == ["people-30"]
    assert tell(43) == ["people-43"]
    first = box.read("people-00", SENT)["alert"]
    assert [each["id"] for each in first["more"]] == ["people-07", "people-14", "people-28"] and first["text"] == ""
    assert box.add_or_join("people-00", first) is False
