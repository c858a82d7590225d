"""The anchor of a corpus in the asset graph: what batches are compared with, its renewal, and accepted changes.

Materializing the asset shows the anchor in force. The jobs ``NAME_renew_anchor`` and ``NAME_accept_change`` change it,
by their run config; a run without a reason changes nothing. They do what the command line does, by the same code.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.failures import clear_failures
from outcross.jobs.automation.alerts import CORPUS_TAG
from outcross.jobs.automation.batch_metadata import format_bullets
from outcross.jobs.automation.corpus_definitions import INTAKE_TAG
from outcross.jobs.automation.corpus_keys import accepted_key, anchor_key, batch_key, identifier
from outcross.resources.store import MissingArtefact, Store
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.renewal.renew import Renewal
    from outcross.resources.dagster_internals import AssetJob

_Metadata = Mapping[str, dg.MetadataValue]


class RenewalConfig(dg.Config):
    """What to renew the anchor with; without a reason, the plan is shown and nothing is changed."""

    renew: bool = False
    reason: str = ""
    last: int = 0
    batches: list[str] = []  # noqa: RUF012 - Dagster copies the default
    alone: bool = False


class ChangeConfig(dg.Config):
    """A change to accept: its kind (level, range, unit or absent), and COLUMN=VALUE as on the command line."""

    kind: str = ""
    change: str = ""
    reason: str = ""


def renew_anchor_job(corpus: Corpus) -> "AssetJob":
    """Define the job that renews the anchor, or shows what a renewal would change."""
    return _job(corpus, "renew_anchor", anchor_key(corpus), "Take admitted real batches into the anchor of '{}'.")


def accept_change_job(corpus: Corpus) -> "AssetJob":
    """Define the job that accepts a lasting change."""
    return _job(corpus, "accept_change", accepted_key(corpus), "Take one lasting change as normal in '{}'.")


def _job(corpus: Corpus, name: str, key: dg.AssetKey, about: str) -> "AssetJob":
    return dg.define_asset_job(
        f"{identifier(corpus)}_{name}",
        dg.AssetSelection.assets(key),
        description=about.format(corpus.corpus),
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus, INTAKE_TAG: corpus.corpus},
    )


def anchor_assets(corpus: Corpus) -> list[dg.AssetsDefinition]:
    """Define the assets of a corpus's anchor: the anchor itself, and the changes that are accepted without another."""
    return [_anchor(corpus), _accepted(corpus)]


def _anchor(corpus: Corpus) -> dg.AssetsDefinition:
    @dg.asset(
        key=anchor_key(corpus),
        deps=[batch_key(corpus)],
        group_name=f"corpus_{identifier(corpus)}",
        description="The real rows that batches are compared with. Its job renews it, with the bounds side by side.",
        kinds={"parquet", "polars"},
        owners=list(corpus.owners),
    )
    def anchor(
        context: dg.AssetExecutionContext, config: RenewalConfig, outcross_store: StoreResource
    ) -> dg.MaterializeResult:
        with clear_failures():
            metadata, version = _with_opened(
                corpus,
                outcross_store.open(),
                lambda opened: _renew(opened, config, by=f"dagster run {context.run_id}"),
            )
        return _result({**metadata, **_describe_anchor(version)}, version)

    return anchor


def _accepted(corpus: Corpus) -> dg.AssetsDefinition:
    @dg.asset(
        key=accepted_key(corpus),
        group_name=f"corpus_{identifier(corpus)}",
        description="Lasting changes that count as normal, though the anchor lacks them. Its job accepts another.",
        kinds={"json"},
        owners=list(corpus.owners),
    )
    def accepted(
        context: dg.AssetExecutionContext, config: ChangeConfig, outcross_store: StoreResource
    ) -> dg.MaterializeResult:
        with clear_failures():
            metadata, version = _with_opened(
                corpus,
                outcross_store.open(),
                lambda opened: _accept(opened, config, by=f"dagster run {context.run_id}"),
            )
        changes = [] if version is None else version.accepted
        told = [f"{each.describe()} (by {each.by}, {each.at}): {each.reason}" for each in changes]
        return _result({**metadata, "accepted": format_bullets(told or ["none"])}, version)

    return accepted


def _with_opened(
    corpus: Corpus, store: Store, change: "Callable[[OpenCorpus], _Metadata]"
) -> "tuple[_Metadata, Version | None]":
    """Open a corpus, change it, and return what to show, with its last version; None where it was not started."""
    from outcross.assets.corpus.ledger.ledger import read_version
    from outcross.assets.corpus.open_corpus import view_corpus

    try:
        opened = view_corpus(corpus, store)
    except MissingArtefact as error:
        return {"status": dg.MetadataValue.text(str(error))}, None
    metadata = change(opened)
    return metadata, read_version(opened.files)


def _renew(opened: "OpenCorpus", config: RenewalConfig, *, by: str) -> _Metadata:
    from outcross.assets.corpus.renewal.renew import plan_renewal, renew

    if not (config.renew or config.reason or config.last or config.batches):
        return {}
    plan = plan_renewal(opened, last=config.last or None, batches=config.batches, alone=config.alone)
    if config.renew:
        renew(opened, plan, reason=config.reason, by=by, at=_now())
    return _describe_plan(plan, done=config.renew)


def _accept(opened: "OpenCorpus", config: ChangeConfig, *, by: str) -> _Metadata:
    from outcross.assets.corpus.accepted.accept import accept
    from outcross.assets.corpus.accepted.stated import parse_change

    if not (config.kind or config.change or config.reason):
        return {}
    accept(opened, parse_change(config.kind, config.change, opened, reason=config.reason, by=by, at=_now()))
    return {}


def _describe_plan(plan: "Renewal", *, done: bool) -> _Metadata:
    columns = ("guard", "of", "bound", "old_lower", "old_upper", "new_lower", "new_upper", "more")
    records = []
    for each in (bound for bound in plan.bounds if bound.changed):
        values = (each.guard, each.group, each.what, *map(_cell, (*each.old, *each.new)), each.more)
        records.append(dg.TableRecord(dict(zip(columns, values, strict=True))))
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in columns])
    shown = plan.shown
    return {
        "renewed": dg.MetadataValue.bool(done),
        "batches": format_bullets(plan.batches),
        "rows_taken": dg.MetadataValue.int(plan.taken),
        "rows_leaving_for_the_holdout": dg.MetadataValue.int(plan.leaving),
        "undeclared_share": dg.MetadataValue.float(shown.share),
        "undeclared_share_upper": dg.MetadataValue.float(shown.upper),
        "undeclared_share_limit": dg.MetadataValue.float(shown.limit),
        "bounds": dg.MetadataValue.table(records, schema=schema),
    }


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _describe_anchor(version: "Version | None") -> dict[str, Any]:
    if version is None:
        return {}
    found = version.anchor
    made = 1 if found is None else found.version
    rows = version.parts[0].rows if found is None else found.rows
    told = {"anchor_of_version": dg.MetadataValue.int(made), "anchor_rows": dg.MetadataValue.int(rows)}
    if found is not None:
        told["rows_of_batches"] = dg.MetadataValue.int(found.of_batches)
        told["holdout_rows"] = dg.MetadataValue.int(found.holdout)
    return told


def _result(metadata: _Metadata, version: "Version | None") -> dg.MaterializeResult:
    data = "none" if version is None else f"{version.anchor} {version.accepted}"
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(sha256(data.encode()).hexdigest()))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
