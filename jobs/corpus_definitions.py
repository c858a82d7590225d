"""A corpus in the graph: its batches, a partition each, and the audit that proves its ledger.

A batch that is held is no failed run: taking it in went as it should, and the check ``admitted_whole`` says what came
of it. A run fails where nothing could be said at all: the corpus cannot be started, or the disk is full. A file that
has gone before its run began is no error either; it was there, and that is told, as an observation, with the status
``gone``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.intake.corpus import Corpus
from assets.intake.export.text import markdown
from jobs.alerts import CORPUS_TAG, alert_of_batch
from jobs.inbox import Inbox, Lying
from resources.corpus_store import CorpusStore
from resources.errors import BadInput
from resources.store import Store
from resources.store_resource import StoreResource

if TYPE_CHECKING:
    from assets.intake.anchored import Anchored
    from assets.intake.ingest import Outcome
    from assets.intake.version import GuardResult, Version

BATCH, AUDIT, CHECK = "batch", "audit", "admitted_whole"
INTAKE_TAG = "outcross/intake"
"""Tag of runs that take a file in: ``dagster.yaml`` lets one at a time go on for each corpus."""
FILE_TAG = "outcross/file"
"""Tag that says, for people, where the file lay."""
RETRIES = {"dagster/max_retries": "2", "dagster/retry_on_asset_or_op_failure": "false"}
"""A run whose process was killed is run again; one that failed by itself would fail again."""
_LINES, _LONGEST = 20, 1_000


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


def ingest_job(corpus: Corpus) -> UnresolvedAssetJobDefinition:
    """The job that takes one file in."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_ingest",
        dg.AssetSelection.assets(batch_key(corpus)),
        description=f"Take a file of the inbox into '{corpus.corpus}'.",
        partitions_def=batch_partitions(corpus),
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus, INTAKE_TAG: corpus.corpus, **RETRIES},
    )


def audit_job(corpus: Corpus) -> UnresolvedAssetJobDefinition:
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
    def batch(context: dg.AssetExecutionContext, store: StoreResource) -> Iterator[dg.MaterializeResult]:
        inbox = Inbox(corpus.inbox) if corpus.inbox else None
        lying = inbox.find(context.partition_key) if inbox else None
        taken = None
        if inbox is not None and lying is not None:
            anchored = _started(corpus, store.open(), by=f"dagster run {context.run_id}")
            taken = _take(anchored, inbox, lying, context)
        if taken is None:
            context.log.info("the file has been taken away, or has changed and is another batch now")
            gone = {"status": "gone", "file": dg.MetadataValue.text(context.run.tags.get(FILE_TAG, "not known"))}
            context.log_event(dg.AssetObservation(key, metadata=gone, partition=context.partition_key))
            return
        yield _told(anchored, taken)
        if not taken.rows_admitted:
            alert_of_batch(corpus, context.partition_key, taken)

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
        from assets.intake.anchored import Anchored
        from assets.intake.audit import audit

        opened = store.open()
        found = audit(Anchored(corpus, opened, CorpusStore(opened, corpus.corpus)), tell=context.log.info)
        numbers = {name: value for name, value in vars(found).items() if isinstance(value, int)}
        if found.problems:
            raise dg.Failure(
                f"corpus '{corpus.corpus}' does not add up: {len(found.problems)} problems, the first: "
                f"{found.problems[0]}",
                metadata={**numbers, "problems": _listed(found.problems)},
                allow_retries=False,
            )
        return dg.MaterializeResult(metadata=numbers)

    return proven


def _started(corpus: Corpus, store: Store, *, by: str) -> "Anchored":
    from assets.intake.anchored import anchor

    try:
        return anchor(corpus, store, by=by, at=_now())
    except BadInput as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _take(anchored: "Anchored", inbox: Inbox, lying: Lying, context: dg.AssetExecutionContext) -> "Outcome | None":
    """Take a file in; None where it has gone."""
    from assets.intake.ingest import Request, ingest

    request = Request(claims={}, by=f"dagster run {context.run_id}", at=_now())
    try:
        with inbox.at_hand(lying) as path:
            outcome = ingest(anchored, path, request, tell=context.log.info)
            vanished = outcome.version is None and not path.exists()
    except FileNotFoundError:
        if inbox.find(lying.key) is not None:
            raise  # what is missing is something else
        return None
    return None if vanished else outcome


def _told(anchored: "Anchored", outcome: "Outcome") -> dg.MaterializeResult:
    from assets.intake.ledger import read_version

    entered = None if outcome.version is None else read_version(anchored.files, outcome.version)
    reasons = _reasons(anchored, outcome, entered)
    now = entered or read_version(anchored.files)
    metadata: dict[str, dg.MetadataValue] = {
        "status": dg.MetadataValue.text(outcome.status),
        "file": dg.MetadataValue.md(markdown(outcome.file, _LONGEST)),
        "batch": dg.MetadataValue.text(outcome.batch or "none"),
        "rows_in": dg.MetadataValue.int(outcome.rows_in),
        "rows_admitted": dg.MetadataValue.int(outcome.rows_admitted),
        "rows_quarantined": dg.MetadataValue.int(outcome.rows_quarantined),
        "corpus_version": dg.MetadataValue.int(now.number),
        "declared_share": dg.MetadataValue.float(now.declared_share),
        "reasons": _listed(reasons),
    }
    if now.bound is not None:
        metadata["bound"] = dg.MetadataValue.float(now.bound)
    whole = entered is not None and not entered.rows_quarantined
    check = dg.AssetCheckResult(
        check_name=CHECK,
        passed=whole,
        severity=dg.AssetCheckSeverity.WARN if outcome.rows_admitted else dg.AssetCheckSeverity.ERROR,
        description=f"{outcome.status}: {outcome.rows_admitted:,} of {outcome.rows_in:,} rows admitted",
        metadata=_guards(entered) | {"reasons": _listed(reasons)},
    )
    return dg.MaterializeResult(metadata=metadata, check_results=[check])


def _reasons(anchored: "Anchored", outcome: "Outcome", entered: "Version | None") -> Sequence[str]:
    """Against the batch as a whole, as the ledger has them where it was entered before; else against its rows."""
    if outcome.reasons or entered is None:
        return outcome.reasons
    whole = [f"{each.guard}: {each.why}" for each in entered.guards if each.blocking and not each.passed]
    return whole or (_row_reasons(anchored, outcome.batch) if entered.rows_quarantined else ())


def _row_reasons(anchored: "Anchored", batch: str) -> list[str]:
    """How many rows each guard held back, and what to do about them."""
    import polars as pl

    from assets.intake.guards import GUARDS
    from assets.intake.held import quarantine_path
    from assets.intake.quarantine import guards_of
    from assets.intake.stored import stored_rows

    rows: Counter[str] = Counter()
    for chunk in stored_rows(anchored.files, quarantine_path(batch), ["reasons"]):
        by_guard = chunk.select(guard=guards_of(pl.col("reasons"))).explode("guard").group_by("guard").len()
        rows.update(dict(by_guard.iter_rows()))
    remedies = {name: f": {guard.remedy}" for name, guard in GUARDS.items()}
    return [f"{guard}: {count:,} rows{remedies.get(guard, '')}" for guard, count in rows.most_common()]


def _guards(entered: "Version | None") -> dict[str, dg.MetadataValue]:
    """Guard → its numbers, those that it stopped the batch for first."""
    by_guard: dict[str, list[GuardResult]] = {}
    for each in sorted(entered.guards if entered else (), key=lambda each: each.passed):
        by_guard.setdefault(each.guard, []).append(each)
    return {name: _listed([_number(each) for each in found]) for name, found in by_guard.items()}


def _number(result: "GuardResult") -> str:
    of = f" of {result.group}" if result.group else ""
    value = "not to be computed" if result.value is None else f"{result.value:.6g}"
    low = "" if result.lower is None else f", at least {result.lower:.6g}"
    high = "" if result.upper is None else f", at most {result.upper:.6g}"
    verdict = "kept" if result.passed else "broken" if result.blocking else "broken, observed only"
    return f"{verdict}: {result.metric}{of} is {value}{low}{high}"


def _listed(lines: Sequence[str]) -> dg.MetadataValue:
    """Lines from data as a list that shows them as they are spelled."""
    shown = [f"- {markdown(line, _LONGEST)}" for line in lines[:_LINES]]
    more = [f"- and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return dg.MetadataValue.md("\n".join([*shown, *more]) or "none")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
