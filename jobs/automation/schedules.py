"""What happens to a corpus by the clock: an audit every night, and every week its study again, if there is more to it.

Both run from the start, since they skip where there is nothing to do: a corpus that was never started is not started
by an audit, and a study is run again only where its source has grown. Every corpus has a minute of its own.
"""

from typing import TYPE_CHECKING
from zlib import crc32

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.corpus_definitions import identifier
from outcross.jobs.automation.restudy import growth, study_of
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.jobs.running.dagster_internals import AssetJob


def nightly_audit(corpus: Corpus, job: "AssetJob") -> dg.ScheduleDefinition:
    """Audit a corpus between two and three in the morning (UTC)."""

    @dg.schedule(
        name=f"{identifier(corpus)}_nightly_audit",
        job=job,
        cron_schedule=f"{_minute(corpus)} 2 * * *",
        execution_timezone="UTC",
        description=f"Prove every night that each row of '{corpus.corpus}' is admitted or quarantined.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def audit(context: dg.ScheduleEvaluationContext, store: StoreResource) -> dg.RunRequest | dg.SkipReason:
        from outcross.assets.corpus.ledger.ledger import numbers

        if not numbers(CorpusStore(store.open(), corpus.corpus)):
            return dg.SkipReason(f"corpus '{corpus.corpus}' has no version yet, so there is nothing to audit")
        return dg.RunRequest()

    return audit


def weekly_restudy(corpus: Corpus, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Run again the study that a corpus's bound names, on Sundays between three and four (UTC).

    It is run where its source has grown: where that has more rows now than the study's anchor and holdout have
    together. A study that was interrupted is finished. The source is read whole to count its rows, here and within
    Dagster's limit for a schedule, a minute; ``DAGSTER_SCHEDULE_GRPC_TIMEOUT_SECONDS`` raises it for a source that
    takes longer.
    """

    @dg.schedule(
        name=f"{identifier(corpus)}_weekly_restudy",
        job=job,
        cron_schedule=f"{_minute(corpus)} 3 * * 0",
        execution_timezone="UTC",
        description=f"Refresh the bound of '{corpus.corpus}' where the source of its study has grown.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def restudy(context: dg.ScheduleEvaluationContext, store: StoreResource) -> dg.RunRequest | dg.SkipReason:
        study = study_of(corpus)
        grown = growth(study, store.open())
        if grown is None:
            return dg.SkipReason(f"study '{study.study}' has not been run; run: outcross study {study.study}")
        if not grown.wanted:
            return dg.SkipReason(
                f"the source of study '{study.study}' has {grown.rows_now:,} rows, its anchor and holdout have "
                f"{grown.rows_then:,}: it has not grown"
            )
        return dg.RunRequest()

    return restudy


def _minute(corpus: Corpus) -> int:
    """A minute that only depends on the name, so that a new corpus moves no other."""
    return crc32(corpus.corpus.encode()) % 60
