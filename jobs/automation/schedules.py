"""Schedules of a corpus: an audit every night, and every week a rerun of its study if the study's source has grown.

Both are on by default, because they skip if there is nothing to do: an audit does not start a corpus, and a study is
rerun only if its source has grown. Every corpus has a minute of its own.
"""

from typing import TYPE_CHECKING
from zlib import crc32

import dagster as dg

from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.verdict.make import verdict_is_current
from outcross.jobs.automation.corpus_keys import identifier
from outcross.jobs.automation.restudy import load_bound_study, may_have_changed
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.resources.dagster_internals import AssetJob


def nightly_audit(corpus: Corpus, job: "AssetJob") -> dg.ScheduleDefinition:
    """Define the nightly audit of a corpus, between 02:00 and 03:00 UTC."""

    @dg.schedule(
        name=f"{identifier(corpus)}_nightly_audit",
        job=job,
        cron_schedule=f"{minute_of(corpus)} 2 * * *",
        execution_timezone="UTC",
        description=f"Verify every night that each row of '{corpus.corpus}' is admitted or quarantined.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def audit(context: dg.ScheduleEvaluationContext, outcross_store: StoreResource) -> dg.RunRequest | dg.SkipReason:
        from outcross.assets.corpus.ledger.ledger import numbers

        if not numbers(CorpusStore(outcross_store.open(), corpus.corpus)):
            return dg.SkipReason(f"corpus '{corpus.corpus}' has no version yet: nothing to audit")
        return dg.RunRequest()

    return audit


def weekly_restudy(corpus: Corpus, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Define the weekly rerun of the study named by a corpus's bound, on Sundays between 03:00 and 04:00 UTC.

    The study is rerun if its source has grown, that is, has more rows than the study's anchor and holdout together. An
    interrupted study is finished. The schedule reads no data: it compares the version of the source that was observed
    last with the one that the anchor was read from. Only if they differ, or if nobody has looked for two days, does it
    start a run, which counts the rows.
    """

    @dg.schedule(
        name=f"{identifier(corpus)}_weekly_restudy",
        job=job,
        cron_schedule=f"{minute_of(corpus)} 3 * * 0",
        execution_timezone="UTC",
        description=f"Refresh the bound of '{corpus.corpus}' if the source of its study has grown.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def restudy(context: dg.ScheduleEvaluationContext, outcross_store: StoreResource) -> dg.RunRequest | dg.SkipReason:
        study = load_bound_study(corpus)
        artefacts = Artefacts(study, outcross_store.open())
        if not all(artefacts.store.exists(artefacts.address(thing)) for thing in (ANCHOR, HOLDOUT)):
            return dg.SkipReason(f"study '{study.study}' has not been run; run: outcross study {study.study}")
        if verdict_is_current(artefacts) and not may_have_changed(context.instance, study):
            return dg.SkipReason(f"the source of study '{study.study}' has not changed since the study read it")
        return dg.RunRequest()

    return restudy


def minute_of(corpus: Corpus) -> int:
    """Return a minute that depends on the name alone, so that a new corpus moves no other."""
    return crc32(corpus.corpus.encode()) % 60
