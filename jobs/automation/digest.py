"""The weekly digest of a corpus: what guards found in the batches of a week, grouped by cause, and what waits.

It is an alert like any other: it is added to the outbox, and posted to the corpus's webhook. Batches that were admitted
in part are in it as well; alone they post nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.alert_text import escape_text
from outcross.jobs.automation.corpus_keys import identifier
from outcross.jobs.automation.outbox import open_outbox
from outcross.jobs.automation.schedules import minute_of
from outcross.jobs.automation.ui_link import link_to_batches
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.resources.dagster_internals import AssetJob

WEEK = timedelta(days=7)
MOST_FILES = 20


def weekly_digest(corpus: Corpus, job: "AssetJob") -> dg.ScheduleDefinition:
    """Define the weekly digest of a corpus, on Mondays between 06:00 and 07:00 UTC.

    Args:
        corpus: the corpus.
        job: one of it, since a schedule has a job; no run of it is started.
    """

    @dg.schedule(
        name=f"{identifier(corpus)}_weekly_digest",
        job=job,
        cron_schedule=f"{minute_of(corpus)} 6 * * 1",
        execution_timezone="UTC",
        description=f"Post what guards found in the batches of '{corpus.corpus}' in a week, grouped by cause.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def digest(context: dg.ScheduleEvaluationContext, outcross_store: StoreResource) -> dg.SkipReason:
        from outcross.assets.corpus.open_corpus import OpenCorpus

        store = outcross_store.open()
        now = context.scheduled_execution_time.astimezone(UTC)
        found = describe_week(OpenCorpus(corpus, store, CorpusStore(store, corpus.corpus)), until=now)
        if found is None:
            return dg.SkipReason(f"corpus '{corpus.corpus}': no batch came in this week, and no row waits")
        new = open_outbox().add(f"{corpus.corpus}-digest-{now:%Y-%m-%d}", found)
        return dg.SkipReason(f"{'posted' if new else 'posted before'}: {found['text']}")

    return digest


def describe_week(corpus: "OpenCorpus", *, until: datetime) -> dict[str, Any] | None:
    """Describe the batches of the week before a moment: the content of its alert; None where there is nothing to say.

    Raises:
        BadInput: the ledger or a quarantine is damaged.
    """
    from outcross.assets.corpus.ledger.ledger import numbers
    from outcross.assets.corpus.report.summary import describe_batches, find_causes, since, summarise

    if not numbers(corpus.files):
        return None
    whole = summarise(corpus)
    week = [each for each in since(whole.versions, until - WEEK) if datetime.fromisoformat(each.at) < until]
    batches, causes = describe_batches(week), find_causes(week)
    waiting = sum(each.rows for each in whole.waiting)
    if not batches and not waiting:
        return None
    counts = {status: sum(each.status == status for each in batches) for status in _STATUSES}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no batch"
    named = ", ".join(f"{each.guard} ({each.batches})" for each in causes)
    past = "; past its bound" if whole.past else ""
    return {
        "text": f"corpus {corpus.name}, week to {until:%Y-%m-%d}: {told}; "
        f"{f'causes: {named}' if named else 'no guard found anything'}; {waiting:,} rows wait{past}",
        "kind": "digest",
        "corpus": corpus.name,
        "from": (until - WEEK).isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds"),
        "batches": counts,
        "causes": [
            {
                "guard": each.guard,
                "batches": each.batches,
                "held": each.held,
                "rows": each.rows,
                "observed": each.observed,
                "last_file": escape_text(each.file),
                "why": escape_text(each.why),
                "command": each.command,
            }
            for each in causes
        ],
        "partly_admitted": [escape_text(each.file) for each in batches if each.status == _STATUSES[1]][:MOST_FILES],
        "rows_waiting": waiting,
        "past_bound": whole.past,
        "link": link_to_batches(corpus.name),
        "command": f"outcross corpus {corpus.name} --report",
        "at": until.isoformat(timespec="seconds"),
    }


_STATUSES = ("admitted", "partly admitted", "held")
