"""Alerts: failed runs of studies and corpora, and batches without an admitted row, are reported to their webhooks.

Two sensors do this; both are on by default. The first reads the failed runs in Dagster's history, from its beginning,
and adds an alert to the outbox for each run of a study or corpus of this code location. It tags the run, so that no
other code location on the instance reports it again. The second posts the alerts in the outbox. They are separate so
that a receiver that is down does not delay the first. The alert of a batch is added by the run that ingests the batch.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.guards.bounds import ALWAYS_ENFORCED
from outcross.assets.corpus.quarantine.next_step import guard_of, next_step
from outcross.assets.study.study import Study
from outcross.jobs.automation.alert_text import escape_text
from outcross.jobs.automation.intervals import read_interval
from outcross.jobs.automation.outbox import open_outbox
from outcross.jobs.automation.ui_link import link_to_batches
from outcross.jobs.running.failures import describe_all
from outcross.jobs.running.run_tags import STUDY_TAG, WORKER_TAG
from outcross.resources.dagster_internals import add_run_tags, location_name, location_of_run

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.outcome import Outcome

CORPUS_TAG = "outcross/corpus"
"""Tag of the runs of a corpus: its name."""
ALERTED_TAG = "outcross/alerted"
"""Tag of the runs whose failure was recorded as an alert: the id of the alert."""
SECONDS = 30
"""Seconds between two ticks, unless ``OUTCROSS_ALERT_SECONDS`` says otherwise."""
_AT_ONCE = 100
_STEPS = 10
_WILL_RETRY, _PARTITION = "dagster/will_retry", "dagster/partition"
_TAGS = {"corpus": CORPUS_TAG, "study": STUDY_TAG}


class Subject(NamedTuple):
    """What a failed run was for."""

    kind: str
    """``study`` or ``corpus``."""
    name: str


def queue_batch_alert(corpus: Corpus, partition: str, outcome: "Outcome") -> None:
    """Add an alert for a batch that somebody should look at to the outbox, unless there is one already.

    That is a batch without an admitted row, one with rows of the holdout, one that guards which only observe would have
    held or held in part, and one that takes the estimated share past the bound.
    """
    of_holdout = any(reason.split(":")[0] in ALWAYS_ENFORCED for reason in outcome.held_rows)
    if outcome.rows_admitted and not (of_holdout or outcome.observed or outcome.warnings):
        return
    what = "none of its rows was admitted"
    if outcome.rows_admitted:
        what = f"{outcome.rows_admitted:,} of its {outcome.rows_in:,} rows were admitted"
    reasons = (*outcome.reasons, *outcome.held_rows)
    guards = list(dict.fromkeys(guard_of(each) for each in (*reasons, *outcome.observed, *outcome.warnings)))
    first = next(iter(guards), "")
    command = next_step(first, corpus.corpus, outcome.batch)
    open_outbox().add_or_join(
        f"{corpus.corpus}-{partition}",
        {
            "text": f"corpus {corpus.corpus}: batch {partition} is {outcome.status}; {what}",
            "kind": "batch",
            "corpus": corpus.corpus,
            "batch": outcome.batch,
            "partition": partition,
            "file": escape_text(outcome.file),
            "status": outcome.status,
            "rows": outcome.rows_in,
            "cause": ", ".join(each for each in guards if each) or outcome.status,
            "reasons": [escape_text(reason) for reason in reasons],
            "causes": [escape_text(cause) for cause in outcome.explained],
            "would_have_held": [escape_text(reason) for reason in outcome.observed],
            "warnings": [escape_text(warning) for warning in outcome.warnings],
            "command": command if outcome.rows_quarantined or not outcome.rows_admitted else "",
            "link": link_to_batches(corpus.corpus, partition),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )


def alert_sensors(studies: Iterable[Study], corpora: Iterable[Corpus]) -> list[dg.SensorDefinition]:
    """Define the sensor that records failed runs as alerts, and the sensor that posts alerts.

    Args:
        studies: the studies whose failed runs are reported, each to its ``webhook``.
        corpora: the corpora, likewise.

    Raises:
        BadInput: ``OUTCROSS_ALERT_SECONDS`` is not a positive whole number.
    """
    webhooks = {Subject("study", study.study): study.webhook for study in studies}
    webhooks |= {Subject("corpus", corpus.corpus): corpus.webhook for corpus in corpora}
    return [_recording_sensor(set(webhooks)), _posting_sensor(webhooks)]


def _recording_sensor(known: set[Subject]) -> dg.SensorDefinition:
    @dg.sensor(
        name="alerts_noted",
        description="Add an alert to the outbox for every failed run of a study or corpus of this code location.",
        minimum_interval_seconds=read_interval("OUTCROSS_ALERT_SECONDS", SECONDS),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def record_failures(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen, added = int(context.cursor or 0), 0
        records = context.instance.fetch_run_status_changes(
            dg.RunStatusChangeRecordsFilter(dg.DagsterEventType.RUN_FAILURE, after_storage_id=seen),
            limit=_AT_ONCE,
            ascending=True,
        ).records
        for record in records:
            run = context.instance.get_run_by_id(record.event_log_entry.run_id)
            subject = None if run is None else _subject_of(run, known, location=location_name(context))
            if run is not None and subject is not None:
                added += open_outbox().add(
                    run.run_id, _describe_run(context.instance, run, subject, at=record.timestamp)
                )
                add_run_tags(context.instance, run.run_id, {ALERTED_TAG: run.run_id})
            seen = max(seen, record.storage_id)
        reason = f"failed runs since the last tick: {len(records)}, of which {added} are new and of this code location"
        return dg.SensorResult(cursor=str(seen), skip_reason=reason)

    return record_failures


def _posting_sensor(webhooks: Mapping[Subject, str | None]) -> dg.SensorDefinition:
    addresses = {f"{subject.kind}/{subject.name}": url for subject, url in webhooks.items()}

    @dg.sensor(
        name="alerts_posted",
        description="Post every alert in the outbox to the webhook of its study or corpus, until it is accepted.",
        minimum_interval_seconds=read_interval("OUTCROSS_ALERT_SECONDS", SECONDS),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def post_alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        made = open_outbox().deliver(addresses)
        if made.damaged:
            context.log.error(f"alerts that cannot be read stay in the outbox: {', '.join(made.damaged)}")
        if made.refused:
            context.log.error(f"{made.refused} alerts were refused; see the answers in {open_outbox().folder}/refused")
        return dg.SkipReason(
            f"{made.sent} sent, {made.refused} refused, {made.waiting} waiting, {made.unaddressed} without a webhook, "
            f"{made.elsewhere} of other code locations"
        )

    return post_alerts


def _subject_of(run: dg.DagsterRun, known: set[Subject], *, location: str | None) -> Subject | None:
    """Return the study or corpus of a run; None if the run is for another code location to report, or was reported.

    Runs of the command line belong to no code location: the first that knows their study reports them.
    """
    if ALERTED_TAG in run.tags:
        return None
    launched_from = None if WORKER_TAG in run.tags else location_of_run(run)
    if None not in {launched_from, location} and launched_from != location:
        return None
    tagged = [Subject(kind, run.tags[tag]) for kind, tag in _TAGS.items() if tag in run.tags]
    keys = sorted(run.asset_selection or ())
    batches = [Subject("corpus", key.path[0]) for key in keys if key.path[-1] in {"batch", "audit"}]
    others = [Subject(kind, key.path[0]) for key in keys for kind in ("study", "corpus")]
    return next((subject for subject in (*tagged, *batches, *others) if subject in known), None)


def _describe_run(instance: dg.DagsterInstance, run: dg.DagsterRun, subject: Subject, *, at: float) -> dict[str, Any]:
    """Describe a failed run: the content of its alert."""
    failures = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=_STEPS).records
    events = [event for each in failures if (event := each.event_log_entry.dagster_event) is not None]
    partition = run.tags.get(_PARTITION)
    part = {"study": "lineage", "corpus": "batch"}[subject.kind]
    where = f"{subject.kind} {subject.name}" + (f", {part} {partition}" if partition else "")
    return {
        "text": f"{where}: run {run.run_id[:8]} of {run.job_name} failed",
        "kind": "run",
        "study": subject.name if subject.kind == "study" else None,
        "corpus": subject.name if subject.kind == "corpus" else None,
        "lineage": partition if subject.kind == "study" else None,
        "run": run.run_id,
        "job": run.job_name,
        "partition": partition,
        "tried_again": run.tags.get(_WILL_RETRY) == "true",
        "reasons": [escape_text(reason) for reason in describe_all(instance, run.run_id, events)]
        or ["it failed outside its steps; open its log"],
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
    }
