"""Alerts: every run that fails and every batch that is held is told to the corpus's webhook, sooner or later.

Two sensors do it, and both run from the start. The first reads the failures in Dagster's history from its beginning
and puts an alert for each into the outbox; the second posts what is there. They are two so that a receiver that is
down keeps nothing from being noted. A batch's alert is put there by the run that took the batch in.
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
"""Tag of runs that are about a corpus."""
SECONDS = 5
_AT_ONCE = 100
_STEPS, _LONGEST = 10, 500
_WILL_RETRY = "dagster/will_retry"


def outbox() -> Outbox:
    """The outbox of this instance: ``alerts`` below the home folder."""
    return Outbox(home() / "alerts")


def alert_of_batch(corpus: Corpus, partition: str, outcome: "Outcome") -> None:
    """Put an alert for a batch of which nothing was admitted into the outbox; none where there has been one."""
    outbox().add(
        f"{corpus.corpus}-{partition}",
        {
            "text": f"corpus {corpus.corpus}: batch {partition} is {outcome.status}, no row of it was admitted",
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
    """The sensor that notes failures, and the one that posts alerts."""
    known = list(corpora)
    names = {corpus.corpus for corpus in known}
    webhooks = {corpus.corpus: corpus.webhook for corpus in known if corpus.webhook}

    @dg.sensor(
        name="alerts_noted",
        description="Put an alert into the outbox for every run that failed.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def note(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen = int(context.cursor or 0)
        records = context.instance.fetch_run_status_changes(
            dg.RunStatusChangeRecordsFilter(dg.DagsterEventType.RUN_FAILURE, after_storage_id=seen),
            limit=_AT_ONCE,
            ascending=True,
        ).records
        for record in records:
            run_id = record.event_log_entry.run_id
            outbox().add(run_id, _of_run(context.instance, run_id, names, at=record.timestamp))
            seen = max(seen, record.storage_id)
        return dg.SensorResult(cursor=str(seen), skip_reason=f"{len(records)} runs failed since the last look")

    @dg.sensor(
        name="alerts_posted",
        description="Post what is in the outbox to the webhook of the corpus that it is about, until it is taken.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def deliver(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        made = outbox().deliver(webhooks)
        if made.damaged:
            context.log.error(f"alerts that cannot be read, and were left where they are: {', '.join(made.damaged)}")
        if made.refused:
            context.log.error(f"{made.refused} alerts were refused: their answers lie in {outbox().folder}/refused")
        return dg.SkipReason(
            f"{made.sent} sent, {made.refused} refused, {made.waiting} waiting, {made.unaddressed} without a webhook"
        )

    return [note, deliver]


def _of_run(instance: dg.DagsterInstance, run_id: str, corpora: set[str], *, at: float) -> dict[str, Any]:
    """What is told of a run that failed."""
    run = instance.get_run_by_id(run_id)
    failures = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=_STEPS).records
    events = [event for each in failures if (event := each.event_log_entry.dagster_event) is not None]
    job = run.job_name if run else "a job that is no longer known"
    return {
        "text": f"run {run_id[:8]} of {job} failed",
        "kind": "run",
        "corpus": None if run is None else _corpus_of(run, corpora),
        "run": run_id,
        "job": job,
        "partition": run.tags.get("dagster/partition") if run else None,
        "tried_again": bool(run and run.tags.get(_WILL_RETRY) == "true"),
        "reasons": [_escape(describe(event)) for event in events] or ["it failed outside of its steps; see its log"],
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
    }


def _corpus_of(run: dg.DagsterRun, corpora: set[str]) -> str | None:
    """The corpus that a run is about: by its tag, or by the first step of the assets that it makes."""
    about = run.tags.get(CORPUS_TAG)
    if about is None:
        about = next((key.path[0] for key in run.asset_selection or () if key.path[-1] in {"batch", "audit"}), None)
    return about if about in corpora else None


def _escape(text: str) -> str:
    """A text from data on one line, without what a chat would take for a mention or a link to click."""
    line = shortened(one_line(text), _LONGEST)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
