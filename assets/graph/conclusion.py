"""The assets that conclude a study, its verdict and its report, and their check."""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from outcross.assets.artefacts import EVALUATION, REPORT, THINGS, VERDICT, Artefacts
from outcross.assets.graph.automation import check_condition, conclusion_condition, report_condition
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.gate import gated_before_verdict, refuse_if_blocked
from outcross.assets.graph.keys import asset_key, settings_version
from outcross.assets.graph.results import asset_result
from outcross.assets.graph.tags import asset_tags
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import analysis_version, make_verdict, outdated_parts
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.references import HOLDOUT
from outcross.assets.verdict.written_report import report_location
from outcross.resources.identifier import identifier
from outcross.resources.store_resource import StoreResource

CHECK, DECIDED = "made_from_what_is_there", "decided"
"""The names of the check on the verdict and on the report, and of that on the verdict alone."""
_MOST_NAMED = 12
"""Number of parts that a failed check names."""


def conclusion_assets(study: Study) -> Sequence[dg.AssetsDefinition]:
    """Define the verdict and the report of a study."""
    read = [dep for generation in range(study.generations) for dep in _read_of(study, generation)]

    @dg.asset(
        key=asset_key(study, VERDICT),
        deps=[*read, *(asset_key(size, VERDICT) for size in study.sizes[:-1])],
        description="How much may be synthetic before an endpoint gets worse: the safe share and its lower 95 % limit, "
        "for each endpoint and each ladder of arms.",
        kinds={"parquet", "duckdb"},
        group_name=identifier(study.study),
        owners=list(study.owners),
        code_version=analysis_version(study),
        automation_condition=conclusion_condition(study),
        tags=asset_tags(study, VERDICT),
    )
    def verdict(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        with clear_failures():
            artefacts = Artefacts(study, outcross_store.open())
            refuse_if_blocked(context, gated_before_verdict(artefacts))
            return asset_result(context, artefacts, artefacts.address(VERDICT), make_verdict(artefacts))

    @dg.asset(
        key=asset_key(study, REPORT),
        deps=[asset_key(study, VERDICT)],
        description="One HTML file with the verdict, the curves and a gallery; opens without a network.",
        kinds={"html"},
        group_name=identifier(study.study),
        owners=list(study.owners),
        code_version=settings_version(study),
        automation_condition=report_condition(),
        tags=asset_tags(study, REPORT),
    )
    def report(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        with clear_failures():
            artefacts = Artefacts(study, outcross_store.open())
            made, shown = make_report(artefacts), {"report": dg.MetadataValue.path(report_location(artefacts))}
            return asset_result(context, artefacts, artefacts.address(REPORT), made, also=shown)

    return [verdict, report]


def _read_of(study: Study, generation: int) -> Sequence[dg.AssetDep | dg.AssetKey]:
    """What a verdict waits for of a generation: the evaluations of all lineages.

    Where ladders add rungs, it is the planned lineages, and everything whose checks have to pass: a condition finds the
    partitions that it has to look at by these dependencies.
    """
    if not (generation and study.most_added):
        return [asset_key(study, EVALUATION, generation)]
    planned = dg.SpecificPartitionsPartitionMapping(list(study.required_lineages))
    return [dg.AssetDep(asset_key(study, thing, generation), partition_mapping=planned) for thing in THINGS]


def conclusion_checks(study: Study) -> Sequence[dg.AssetChecksDefinition]:
    """Define the checks of the verdict and that of the report."""
    decided = [_decided(study)] if study.ladders else []
    return [*(_made_from_what_is_there(study, thing) for thing in (VERDICT, REPORT)), *decided]


def _decided(study: Study) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=asset_key(study, VERDICT),
        name=DECIDED,
        description="The primary endpoint is decided on every ladder: a limit, safe at every share tried, or at none.",
        automation_condition=check_condition(),
    )
    def check(outcross_store: StoreResource) -> dg.AssetCheckResult:
        verdicts = load_verdicts(Artefacts(study, outcross_store.open())).filter("primary", reference=HOLDOUT)
        open_ones = verdicts.filter(~pl.col("decided"))
        return dg.AssetCheckResult(
            passed=open_ones.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(f"{ladder}: {said}" for ladder, said in open_ones.select("ladder", "sentence").rows())
            or None,
            metadata={
                "ladders": verdicts.height,
                "undecided": open_ones.height,
                **{f"{ladder}_replicates_needed": wanted for ladder, wanted in _wanted(open_ones)},
            },
        )

    return check


def _wanted(open_ones: pl.DataFrame) -> list[tuple[str, int]]:
    """Return the ladders that more replicates would decide, with their number."""
    return open_ones.select("ladder", "replicates_needed").drop_nulls().rows()


def _made_from_what_is_there(study: Study, thing: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=asset_key(study, thing),
        name=CHECK,
        description=f"The {thing} was made from every evaluation and model as it is now, under the settings as they "
        "are now. The store is asked, since Dagster does not compare an asset with 100 partitions or more.",
        automation_condition=check_condition(),
    )
    def check(outcross_store: StoreResource) -> dg.AssetCheckResult:
        outdated = outdated_parts(Artefacts(study, outcross_store.open()), thing)
        named = ", ".join(outdated[:_MOST_NAMED]) + (", …" if len(outdated) > _MOST_NAMED else "")
        return dg.AssetCheckResult(
            passed=not outdated,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"missing or out of date: {named}; run: outcross study {study.study}" if outdated else None,
            metadata={"out_of_date": len(outdated)},
        )

    return check
