"""Alerts: every failed run and every batch without an admitted row is reported to the webhook of its corpus.

Two sensors do this; both are on by default. The first reads the failed runs in Dagster's history, from its beginning,
and adds an alert for each to the outbox. The second posts the alerts in the outbox. They are separate so that a
receiver that is down does not delay the first. The alert of a batch is added by the run that ingests the batch.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.outbox import Outbox
from outcross.jobs.files.home import home
from outcross.jobs.running.failures import describe
from outcross.resources.safe_text import one_line, shortened

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.ingest import Outcome

CORPUS_TAG = "outcross/corpus"
"""Tag of the runs of a corpus: its name."""
SECONDS = 5
_AT_ONCE = 100
_STEPS, _LONGEST = 10, 500
_WILL_RETRY = "dagster/will_retry"


def open_outbox() -> Outbox:
    """Open the outbox of this instance: ``alerts`` below the home folder."""
    return Outbox(home() / "alerts")


def queue_batch_alert(corpus: Corpus, partition: str, outcome: "Outcome") -> None:
    """Add an alert for a batch without an admitted row to the outbox, unless there is one already."""
    open_outbox().add(
        f"{corpus.corpus}-{partition}",
        {
            "text": f"corpus {corpus.corpus}: batch {partition} is {outcome.status}; none of its rows was admitted",
            "kind": "batch",
            "corpus": corpus.corpus,
            "batch": outcome.batch,
            "partition": partition,
            "file": _escape(outcome.file),
            "status": outcome.status,
            "rows": outcome.rows_in,
            "reasons": [_escape(reason) for reason in outcome.reasons],
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )


def alert_sensors(corpora: Iterable[Corpus]) -> list[dg.SensorDefinition]:
    """Define the sensor that records failed runs as alerts, and the sensor that posts alerts."""
    known = list(corpora)
    names = {corpus.corpus for corpus in known}
    webhooks = {corpus.corpus: corpus.webhook for corpus in known if corpus.webhook}

    @dg.sensor(
        name="alerts_noted",
        description="Add an alert to the outbox for every failed run.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def record_failures(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen = int(context.cursor or 0)
        records = context.instance.fetch_run_status_changes(
            dg.RunStatusChangeRecordsFilter(dg.DagsterEventType.RUN_FAILURE, after_storage_id=seen),
            limit=_AT_ONCE,
            ascending=True,
        ).records
        for record in records:
            run_id = record.event_log_entry.run_id
            open_outbox().add(run_id, _describe_run(context.instance, run_id, names, at=record.timestamp))
            seen = max(seen, record.storage_id)
        return dg.SensorResult(cursor=str(seen), skip_reason=f"failed runs since the last tick: {len(records)}")

    @dg.sensor(
        name="alerts_posted",
        description="Post every alert in the outbox to the webhook of its corpus, until the webhook accepts it.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def post_alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        made = open_outbox().deliver(webhooks)
        if made.damaged:
            context.log.error(f"alerts that cannot be read stay in the outbox: {', '.join(made.damaged)}")
        if made.refused:
            context.log.error(f"{made.refused} alerts were refused; see the answers in {open_outbox().folder}/refused")
        return dg.SkipReason(
            f"{made.sent} sent, {made.refused} refused, {made.waiting} waiting, {made.unaddressed} without a webhook"
        )

    return [record_failures, post_alerts]


def _describe_run(instance: dg.DagsterInstance, run_id: str, corpora: set[str], *, at: float) -> dict[str, Any]:
    """Describe a failed run: the content of its alert."""
    run = instance.get_run_by_id(run_id)
    failures = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=_STEPS).records
    events = [event for each in failures if (event := each.event_log_entry.dagster_event) is not None]
    job = run.job_name if run else "an unknown job"
    return {
        "text": f"run {run_id[:8]} of {job} failed",
        "kind": "run",
        "corpus": None if run is None else _corpus_of(run, corpora),
        "run": run_id,
        "job": job,
        "partition": run.tags.get("dagster/partition") if run else None,
        "tried_again": bool(run and run.tags.get(_WILL_RETRY) == "true"),
        "reasons": [_escape(describe(event)) for event in events] or ["it failed outside its steps; open its log"],
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
    }


def _corpus_of(run: dg.DagsterRun, corpora: set[str]) -> str | None:
    """Return the corpus of a run: from its tag, or from the key of a batch or audit that it makes."""
    corpus = run.tags.get(CORPUS_TAG)
    if corpus is None:
        corpus = next((key.path[0] for key in run.asset_selection or () if key.path[-1] in {"batch", "audit"}), None)
    return corpus if corpus in corpora else None


def _escape(text: str) -> str:
    """Put text from data on one line, without markup that a chat would show as a mention or a link."""
    line = shortened(one_line(text), _LONGEST)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
