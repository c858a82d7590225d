"""A corpus in the graph: its batches, a partition each, and the audit that proves its ledger.

A batch that is held is no failed run: taking it in went as it should, and the check ``admitted_whole`` says what came
of it. A run fails where nothing could be said at all: the corpus cannot be started, or the disk is full. A file that
has gone before its run began is no error either; it was there, and that is told, as an observation, with the status
``gone``.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.automation.alerts import CORPUS_TAG, alert_of_batch
from outcross.jobs.automation.batch_metadata import bullet_list, describe_batch
from outcross.jobs.automation.inbox import Inbox
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.ingest import Outcome
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.jobs.running.dagster_internals import AssetJob

BATCH, AUDIT, CHECK = "batch", "audit", "admitted_whole"
INTAKE_TAG = "outcross/intake"
"""Tag of runs that take a file in: ``dagster.yaml`` lets one at a time go on for each corpus."""
FILE_TAG = "outcross/file"
"""Tag that says, for people, where the file lay."""
RETRIES = {"dagster/max_retries": "2", "dagster/retry_on_asset_or_op_failure": "false"}
"""A run whose process was killed is run again; one that failed by itself would fail again."""


def batch_key(corpus: Corpus) -> dg.AssetKey:
    """Key of a corpus's batches."""
    return dg.AssetKey([corpus.corpus, BATCH])


def audit_key(corpus: Corpus) -> dg.AssetKey:
    """Key of a corpus's audit."""
    return dg.AssetKey([corpus.corpus, AUDIT])


def batch_partitions(corpus: Corpus) -> dg.DynamicPartitionsDefinition:
    """One partition a file, added as it arrives."""
    return dg.DynamicPartitionsDefinition(name=f"{corpus.corpus}_batches")


def identifier(corpus: Corpus) -> str:
    """A corpus's name as Dagster's jobs, groups and sensors allow it."""
    return corpus.corpus.replace("-", "_")


def ingest_job(corpus: Corpus) -> "AssetJob":
    """The job that takes one file in."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_ingest",
        dg.AssetSelection.assets(batch_key(corpus)),
        description=f"Take a file of the inbox into '{corpus.corpus}'.",
        partitions_def=batch_partitions(corpus),
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus, INTAKE_TAG: corpus.corpus, **RETRIES},
    )


def audit_job(corpus: Corpus) -> "AssetJob":
    """The job that audits a corpus."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_audit",
        dg.AssetSelection.assets(audit_key(corpus)),
        description=f"Prove from the stored bytes that every row of '{corpus.corpus}' is admitted or quarantined.",
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus, **RETRIES},
    )


def corpus_assets(corpus: Corpus) -> list[dg.AssetsDefinition]:
    """Return the assets of a corpus."""
    return [_batch(corpus), _audit(corpus)]


def _batch(corpus: Corpus) -> dg.AssetsDefinition:
    key, partitions = batch_key(corpus), batch_partitions(corpus)

    @dg.asset(
        key=key,
        partitions_def=partitions,
        group_name=f"corpus_{identifier(corpus)}",
        description="A file taken into the corpus: each of its rows is admitted, or quarantined with its reasons.",
        kinds={"parquet", "polars"},
        owners=list(corpus.owners),
        output_required=False,
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                description="Every row of the file was admitted: no guard speaks against the batch, or one of its rows",
                partitions_def=partitions,
            )
        ],
    )
    def batch(
        context: dg.AssetExecutionContext, store: StoreResource
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        by = f"dagster run {context.run_id}"
        taken = _take(corpus, store.open(), context.partition_key, by=by, tell=context.log.info)
        if taken is None:
            context.log.info("the file has been taken away, or has changed and is another batch now")
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
        yield describe_batch(*taken, check=CHECK)
        if not taken[1].rows_admitted:
            alert_of_batch(corpus, context.partition_key, taken[1])

    return batch


def _audit(corpus: Corpus) -> dg.AssetsDefinition:
    @dg.asset(
        key=audit_key(corpus),
        deps=[batch_key(corpus)],
        group_name=f"corpus_{identifier(corpus)}",
        description="Rows in = admitted + quarantined, for every batch, counted again from the stored bytes.",
        kinds={"parquet", "polars"},
        owners=list(corpus.owners),
    )
    def proven(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        from outcross.assets.corpus.audit.audit import audit
        from outcross.assets.corpus.open_corpus import OpenCorpus

        opened = store.open()
        found = audit(OpenCorpus(corpus, opened, CorpusStore(opened, corpus.corpus)), report=context.log.info)
        numbers = {name: value for name, value in vars(found).items() if isinstance(value, int)}
        if found.problems:
            raise dg.Failure(
                f"corpus '{corpus.corpus}' does not add up: {len(found.problems)} problems, the first: "
                f"{found.problems[0]}",
                metadata={**numbers, "problems": bullet_list(found.problems)},
                allow_retries=False,
            )
        return dg.MaterializeResult(metadata=numbers)

    return proven


def _take(
    corpus: Corpus, store: Store, partition: str, *, by: str, tell: Callable[[str], None]
) -> "tuple[OpenCorpus, Outcome] | None":
    """Take the file in that a partition is; None where it has gone.

    Raises:
        dagster.Failure: the inbox is not there, or the corpus cannot be started.
    """
    from outcross.assets.corpus.intake.ingest import Outcome, Request, ingest
    from outcross.assets.corpus.open_corpus import open_corpus

    if corpus.inbox is None:
        raise dg.Failure(f"corpus '{corpus.corpus}' has no inbox any more; name it in its file", allow_retries=False)
    inbox = Inbox(corpus.inbox)
    try:
        file = inbox.find(partition)
    except (FileNotFoundError, NotADirectoryError):
        again = "bring it back, and run this again"
        raise dg.Failure(f"the inbox {corpus.inbox} is not there; {again}", allow_retries=False) from None
    if file is None:
        return None
    try:
        anchored = open_corpus(corpus, store, by=by, at=_now())
    except BadInput as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    most = corpus.limits.bytes + corpus.limits.sidecar_bytes
    if not inbox.is_local and file.size > most:
        reason = f"file {file.name!r} has {file.size:,} bytes with its provenance, {most:,} are allowed; split it"
        return anchored, Outcome(status="refused", batch="", file=file.name, reasons=(reason,))
    try:
        with inbox.local_copy(file) as path:
            outcome = ingest(anchored, path, Request(claims={}, by=by, at=_now()), report=tell)
            vanished = not outcome.batch and not path.exists()  # else it was copied in time
    except FileNotFoundError:
        if inbox.find(partition) is not None:
            raise  # what is missing is something else
        return None
    return None if vanished else (anchored, outcome)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
