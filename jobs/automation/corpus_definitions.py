"""A corpus in the asset graph: the bound on its synthetic share, its batches, one partition each, and its audit.

The guards read the bound when a batch is ingested; the asset shows what they read. An ingest therefore materialises it
first, and so does a new verdict of the study that it comes from.

A batch of which no row was admitted is not a failed run, and nothing is materialised: an observation has what is known
of it, and the check ``admitted_whole`` fails. A run fails if there is no outcome, because the corpus cannot be started
or the disk is full. A file that is removed before its run starts is not an error either: the run records an observation
with the status ``gone``.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.artefacts import SYNTHETIC, VERDICT
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.unfinished import partitioned_check
from outcross.jobs.automation.alerts import CORPUS_TAG, queue_batch_alert
from outcross.jobs.automation.batch_docs import link_data_docs
from outcross.jobs.automation.batch_metadata import describe_batch, format_bullets
from outcross.jobs.automation.corpus_keys import (
    audit_key,
    batch_key,
    batch_partitions,
    bound_key,
    custody_key,
    identifier,
    state_key,
)
from outcross.jobs.automation.corpus_state import corpus_state
from outcross.jobs.automation.custody import custody_asset
from outcross.jobs.automation.inbox import Inbox
from outcross.jobs.running.run_tags import RETRIES
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.outcome import Outcome
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.resources.dagster_internals import AssetJob

CHECK = "admitted_whole"
AUDIT_IS_DUE = dg.FreshnessPolicy.cron("0 4 * * *", timedelta(hours=2))
"""Every night an audit has to succeed between 02:00 and 04:00 UTC: the schedule starts it in the first hour."""
INTAKE_TAG = "outcross/intake"
"""Tag of the runs that ingest a file: ``dagster.yaml`` allows one such run at a time for each corpus."""
FILE_TAG = "outcross/file"
"""Tag that shows the URL of the file to people."""


def ingest_job(corpus: Corpus) -> "AssetJob":
    """Define the job that ingests one file."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_ingest",
        dg.AssetSelection.assets(bound_key(corpus), batch_key(corpus), state_key(corpus)),
        description=f"Read the bound of '{corpus.corpus}', and ingest one file of the inbox.",
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus, INTAKE_TAG: corpus.corpus, **RETRIES},
    )


def audit_job(corpus: Corpus) -> "AssetJob":
    """Define the job that audits a corpus."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_audit",
        dg.AssetSelection.assets(audit_key(corpus), state_key(corpus), custody_key(corpus)),
        description=f"Verify from the stored bytes that every row of '{corpus.corpus}' is admitted or quarantined.",
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus, **RETRIES},
    )


def corpus_assets(corpus: Corpus) -> list[dg.AssetsDefinition]:
    """Define the assets of a corpus: its bound, its batches, what it is now, its audit, and what was withdrawn."""
    return [_bound(corpus), _batch(corpus), corpus_state(corpus), _audit(corpus), custody_asset(corpus)]


def bound_sensor(corpus: Corpus) -> dg.AutomationConditionSensorDefinition:
    """Define the sensor that reads the bound of a corpus again after each new verdict of its study."""
    return dg.AutomationConditionSensorDefinition(
        f"{identifier(corpus)}_bound",
        target=dg.AssetSelection.assets(bound_key(corpus)),
        description=f"Read the bound of '{corpus.corpus}' again once '{corpus.bound.study}' has a new verdict.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=60,
    )


def _bound(corpus: Corpus) -> dg.AssetsDefinition:
    study = corpus.bound.study

    @dg.asset(
        key=bound_key(corpus),
        deps=[dg.AssetKey([study, VERDICT])] if study else [],
        group_name=f"corpus_{identifier(corpus)}",
        description="The largest synthetic share that the corpus may reach, and where this number comes from.",
        kinds={"parquet"} if study else {"yaml"},
        owners=list(corpus.owners),
        automation_condition=dg.AutomationCondition.eager() if study else None,
    )
    def bound(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        with clear_failures():
            store = outcross_store.open()
            found, old = read_bound(corpus, store), _describe_old_anchor(corpus, store)
        rests_on = {} if old is None else {"rests_on": dg.MetadataValue.text(old)}
        return dg.MaterializeResult(
            metadata={
                "share": dg.MetadataValue.float(found.share),
                "source": dg.MetadataValue.text(found.source),
                **rests_on,
            },
            data_version=dg.DataVersion(sha256(repr(found).encode()).hexdigest()),
        )

    return bound


def _describe_old_anchor(corpus: Corpus, store: Store) -> str | None:
    """Say that the study of the bound rests on the anchor before a renewal; None where it does not."""
    from outcross.assets.corpus.ledger.ledger import newest
    from outcross.assets.corpus.renewal.old_anchor import describe_old_anchor

    files = CorpusStore(store, corpus.corpus)
    version = None if corpus.bound.study is None else newest(files)
    if version is None or corpus.bound.study is None:
        return None
    return describe_old_anchor(store, corpus.bound.study, files, version)


def _batch_inputs(corpus: Corpus) -> list[dg.AssetKey]:
    """Return what a batch is held to: the bound, and synthetic rows of the studies that estimates compare with."""
    studies = dict.fromkeys(name for name in (*corpus.known, corpus.bound.study) if name is not None)
    return [bound_key(corpus), *(dg.AssetKey([name, "gen_00", SYNTHETIC]) for name in studies)]


def _batch(corpus: Corpus) -> dg.AssetsDefinition:
    key, partitions = batch_key(corpus), batch_partitions(corpus)

    @dg.asset(
        key=key,
        deps=_batch_inputs(corpus),
        partitions_def=partitions,
        group_name=f"corpus_{identifier(corpus)}",
        description="A file ingested into the corpus: each row is admitted, or quarantined with its reasons.",
        kinds={"parquet", "polars"},
        owners=list(corpus.owners),
        output_required=False,
        check_specs=[
            partitioned_check(
                CHECK,
                asset=key,
                description="Every row of the file was admitted, and no guard warned",
                partitions_def=partitions,
            )
        ],
    )
    def batch(
        context: dg.AssetExecutionContext, outcross_store: StoreResource
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        by = f"dagster run {context.run_id}"
        with clear_failures():
            ingested = _ingest(corpus, outcross_store.open(), context.partition_key, by=by, log=context.log.info)
        if ingested is None:
            context.log.info("the file was removed, or it has changed and is now another batch")
            where = context.run.tags.get(FILE_TAG, "not known")
            gone = {"status": dg.MetadataValue.text("gone"), "file": dg.MetadataValue.text(where)}
            context.log_event(dg.AssetObservation(key, metadata=gone, partition=context.partition_key))
            yield dg.AssetCheckResult(
                check_name=CHECK,
                passed=False,
                severity=dg.AssetCheckSeverity.WARN,
                description="gone: nothing to admit",
            )
            return
        metadata, check = describe_batch(*ingested, check=CHECK)
        metadata |= link_data_docs(ingested[0], ingested[1].batch)
        if ingested[1].rows_admitted:
            yield dg.MaterializeResult(metadata=metadata, check_results=[check])
        else:
            context.log_event(dg.AssetObservation(key, metadata=metadata, partition=context.partition_key))
            yield check
        queue_batch_alert(corpus, context.partition_key, ingested[1])

    return batch


def _audit(corpus: Corpus) -> dg.AssetsDefinition:
    @dg.asset(
        key=audit_key(corpus),
        deps=[batch_key(corpus)],
        group_name=f"corpus_{identifier(corpus)}",
        description="Whether every row that came in is admitted or quarantined, counted from the stored bytes.",
        freshness_policy=AUDIT_IS_DUE,
        kinds={"parquet", "polars"},
        owners=list(corpus.owners),
    )
    def verify(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        from outcross.assets.corpus.audit.audit import audit
        from outcross.assets.corpus.audit.takeover import take_over
        from outcross.assets.corpus.ledger.ledger import finish_erasure
        from outcross.assets.corpus.open_corpus import OpenCorpus

        with clear_failures():
            opened = outcross_store.open()
            stored = OpenCorpus(corpus, opened, CorpusStore(opened, corpus.corpus))
            if (why := finish_erasure(stored.files)) is not None:
                context.log.warning(f"an erasure could not be finished: {why}")
            found = audit(stored, report=context.log.info)
            if found.to_take_over and not found.problems:
                take_over(stored, by=f"dagster run {context.run_id}", at=_now())
                found = audit(stored, report=context.log.info)
        numbers = {name: value for name, value in vars(found).items() if isinstance(value, int)}
        if found.problems:
            raise dg.Failure(
                f"corpus '{corpus.corpus}' fails its audit with {len(found.problems)} problems, the first: "
                f"{found.problems[0]}",
                metadata={**numbers, "problems": format_bullets(found.problems)},
                allow_retries=False,
            )
        told = {"head": dg.MetadataValue.text(found.head), "not_shown": format_bullets(found.limits)}
        if found.unnamed:
            told["unnamed"] = format_bullets(found.unnamed)
        return dg.MaterializeResult(metadata={**numbers, **told})

    return verify


def _ingest(
    corpus: Corpus, store: Store, partition: str, *, by: str, log: Callable[[str], None]
) -> "tuple[OpenCorpus, Outcome] | None":
    """Ingest the file of a partition; return None if the file is gone.

    Raises:
        dagster.Failure: the inbox is missing.
        OutcrossError: the corpus cannot be started.
    """
    from outcross.assets.corpus.intake.ingest import ingest
    from outcross.assets.corpus.intake.outcome import Outcome, Request
    from outcross.assets.corpus.open_corpus import open_corpus

    if corpus.inbox is None:
        raise dg.Failure(
            f"corpus '{corpus.corpus}' has no inbox any more; add 'inbox' to its file", allow_retries=False
        )
    inbox = Inbox(corpus.inbox)
    try:
        file = inbox.find(partition)
    except (FileNotFoundError, NotADirectoryError):
        remedy = "restore the folder, then run this partition again"
        raise dg.Failure(f"the inbox {corpus.inbox} is missing; {remedy}", allow_retries=False) from None
    if file is None:
        return None
    anchored = open_corpus(corpus, store, by=by, at=_now())
    most = corpus.limits.bytes + corpus.limits.sidecar_bytes
    if not inbox.is_local and file.size > most:
        reason = f"file {file.name!r} has {file.size:,} bytes with its provenance; {most:,} are allowed; split it"
        return anchored, Outcome(status="refused", batch="", file=file.name, reasons=(reason,))
    try:
        with inbox.local_copy(file) as path:
            outcome = ingest(anchored, path, Request(claims={}, by=by, at=_now()), report=log)
            vanished = not outcome.batch and not path.exists()  # otherwise it was copied in time
    except FileNotFoundError:
        if inbox.find(partition) is not None:
            raise  # another file is missing
        return None
    return None if vanished else (anchored, outcome)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
