"""The asset factory: it turns a study into a chain of assets, in which generation g depends on generation g − 1.

Dagster's asset graph has no cycles, so each generation has assets of its own. Keys are [study, gen_NN, thing]. A
partition is a lineage. Generation 0 has no partitions, because every arm starts from it.
"""

from collections.abc import Iterator, Sequence

import dagster as dg
import polars as pl

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import (
    ANCHOR,
    DATASET,
    EVALUATION,
    HOLDOUT,
    MODEL,
    REPORT,
    SYNTHETIC,
    VERDICT,
    Artefacts,
    Made,
    Slot,
)
from outcross.assets.checks import has_checks
from outcross.assets.gate import refuse_if_blocked
from outcross.assets.model.make import starting_generation
from outcross.assets.steps import STEPS, Step, run_checks
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import analysis_version, make_report, make_verdict
from outcross.resources.errors import BadInput
from outcross.resources.store_resource import StoreResource

GraphPart = dg.AssetsDefinition | dg.AssetChecksDefinition


def study_graph(study: Study) -> list[GraphPart]:
    """Define every asset and check of a study."""
    graph: list[GraphPart] = [_anchor(study)]
    for generation in range(study.generations):
        for step in STEPS:
            graph.append(_asset(study, generation, step))
            if has_checks(step.thing, generation):
                graph.append(_checks(study, generation, step))
    return [*graph, *_conclusion(study)]


def asset_key(study: Study, thing: str, generation: int | None = None) -> dg.AssetKey:
    """Return the key of an asset of a study, or of one of its generations."""
    middle = [] if generation is None else [f"gen_{generation:02d}"]
    return dg.AssetKey([study.study, *middle, thing])


def check_keys(study: Study, step: Step, generation: int) -> list[dg.AssetCheckKey]:
    """Return the keys of the checks on one asset of a generation."""
    if not has_checks(step.thing, generation):
        return []
    return [dg.AssetCheckKey(asset_key(study, step.thing, generation), name) for name in step.checks]


def lineage_partitions(study: Study) -> dg.StaticPartitionsDefinition:
    """Return the partitions of a study: one per lineage."""
    return dg.StaticPartitionsDefinition(list(study.lineages))


def upstream(study: Study, step: Step, generation: int) -> list[dg.AssetKey]:
    """Return the keys of the assets that a generation's asset is made from."""

    def own(thing: str) -> dg.AssetKey:
        return asset_key(study, thing, generation)

    anchor, holdout = asset_key(study, ANCHOR), asset_key(study, HOLDOUT)
    if step.thing == DATASET:
        accumulates = any(arm.mixing.reads == "all" for arm in study.all_arms.values())
        first = 0 if accumulates else max(0, generation - 1)
        return [anchor, *(asset_key(study, SYNTHETIC, earlier) for earlier in range(first, generation))]
    if step.thing == MODEL:
        earlier = starting_generation(study.generator.starts_from, generation)
        return [own(DATASET), *([] if earlier is None else [asset_key(study, MODEL, earlier)])]
    if step.thing == SYNTHETIC:
        return [own(MODEL)]
    previous = [asset_key(study, SYNTHETIC, generation - 1)] if generation else []
    return [holdout, own(MODEL), own(SYNTHETIC), *previous]


def _asset(study: Study, generation: int, step: Step) -> dg.AssetsDefinition:
    gates = _upstream_checks(study, generation, step)

    @dg.asset(
        key=asset_key(study, step.thing, generation),
        deps=upstream(study, step, generation),
        partitions_def=lineage_partitions(study) if generation else None,
        group_name=_group(study, generation),
        description=step.description,
        kinds=set(step.kinds),
        owners=list(study.owners),
        code_version=_code_version(study, step),
    )
    def make(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        lineage = context.partition_key if generation else SHARED
        for keys, partition in gates:
            earlier = [key for key in keys if key not in context.selected_asset_check_keys]
            refuse_if_blocked(context.instance, earlier, partition=context.partition_key if partition else None)
        return _result(context, step.make(Slot(Artefacts(study, store.open()), generation, lineage)))

    return make


def _upstream_checks(study: Study, generation: int, step: Step) -> list[tuple[list[dg.AssetCheckKey], bool]]:
    """Return the blocking checks on a step's inputs, in groups, and whether each group is per lineage."""
    position = STEPS.index(step)
    if position:
        own = [key for before in STEPS[:position] if before.blocking for key in check_keys(study, before, generation)]
        return [(own, generation > 0)]
    blocking = [each for each in STEPS if each.blocking]
    return [
        ([key for each in blocking for key in check_keys(study, each, earlier)], earlier > 0)
        for earlier in range(generation)
    ]


def _checks(study: Study, generation: int, step: Step) -> dg.AssetChecksDefinition:
    key = asset_key(study, step.thing, generation)
    partitions = lineage_partitions(study) if generation else None

    @dg.multi_asset_check(
        name=f"{_identifier(study.study)}__gen_{generation:02d}__{step.thing}_checks",
        specs=[
            dg.AssetCheckSpec(
                name, asset=key, description=description, blocking=step.blocking, partitions_def=partitions
            )
            for name, description in step.checks.items()
        ],
    )
    def check(context: dg.AssetCheckExecutionContext, store: StoreResource) -> Iterator[dg.AssetCheckResult]:
        lineage = context.op_execution_context.partition_key if generation else SHARED
        validated = run_checks(step, Slot(Artefacts(study, store.open()), generation, lineage))
        for name in step.checks:
            yield _check_result(key, name, validated.filter(pl.col("check") == name), blocking=step.blocking)

    return check


def _check_result(key: dg.AssetKey, name: str, vitals: pl.DataFrame, *, blocking: bool) -> dg.AssetCheckResult:
    failed = vitals.filter(~pl.col("passed"))
    listed = failed if failed.height else vitals
    lines = [
        f"{line['metric']} {line['group']}: {line['value']:.6g}, allowed {_allowed(line['lower'], line['upper'])}"
        for line in listed.head(20).iter_rows(named=True)
    ]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not failed.height,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description="; ".join(lines[:3]) if failed.height else f"{vitals.height or 'no'} vitals, all within bounds",
        metadata={"vitals": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines) or "no vitals")},
    )


def _allowed(lower: float | None, upper: float | None) -> str:
    if lower is not None and lower == upper:
        return f"{lower:g}"
    if lower is None and upper is None:
        return "any"
    return f"{'−∞' if lower is None else f'{lower:g}'} to {'∞' if upper is None else f'{upper:g}'}"


def _anchor(study: Study) -> dg.AssetsDefinition:
    descriptions = {
        ANCHOR: "The real rows that generators may be fitted to.",
        HOLDOUT: "The real rows that no generator is fitted to; every metric compares with them.",
    }

    @dg.multi_asset(
        name=f"{_identifier(study.study)}__source",
        specs=[
            dg.AssetSpec(
                asset_key(study, thing),
                description=description,
                group_name=_identifier(study.study),
                kinds={"parquet", "polars"},
                owners=list(study.owners),
                code_version=_hash(study),
            )
            for thing, description in descriptions.items()
        ],
    )
    def split(context: dg.AssetExecutionContext, store: StoreResource) -> Iterator[dg.MaterializeResult]:
        try:
            made = make_anchor(Artefacts(study, store.open()))
        except BadInput as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        yield _result(context, made, asset_key(study, ANCHOR))
        yield _result(context, Made(numbers={"rows": made.numbers["holdout_rows"]}), asset_key(study, HOLDOUT))

    return split


def _conclusion(study: Study) -> Sequence[dg.AssetsDefinition]:
    evaluations = [asset_key(study, EVALUATION, generation) for generation in range(study.generations)]

    @dg.asset(
        key=asset_key(study, VERDICT),
        deps=evaluations,
        description="For each ladder and endpoint: the safe share and its lower 95 % limit.",
        kinds={"parquet", "duckdb"},
        group_name=_identifier(study.study),
        owners=list(study.owners),
        code_version=analysis_version(study),
    )
    def verdict(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        return _result(context, make_verdict(Artefacts(study, store.open())))

    @dg.asset(
        key=asset_key(study, REPORT),
        deps=[asset_key(study, VERDICT)],
        description="One HTML file with the verdict, the curves and a gallery; opens without a network.",
        kinds={"html"},
        group_name=_identifier(study.study),
        owners=list(study.owners),
        code_version=_hash(study),
    )
    def report(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        return _result(context, make_report(Artefacts(study, store.open())))

    return [verdict, report]


def _result(context: dg.AssetExecutionContext, made: Made, key: dg.AssetKey | None = None) -> dg.MaterializeResult:
    """Report an asset as made in this run: what was made from an earlier version turns stale, even if bytes agree."""
    return dg.MaterializeResult(asset_key=key, metadata=_metadata(made), data_version=dg.DataVersion(context.run_id))


def _metadata(made: Made) -> dict[str, dg.MetadataValue]:
    import base64

    metadata: dict[str, dg.MetadataValue] = {}
    for name, value in made.numbers.items():
        metadata[name] = (
            dg.MetadataValue.int(value)
            if isinstance(value, int)
            else dg.MetadataValue.float(value)
            if isinstance(value, float)
            else dg.MetadataValue.text(value)
        )
    look = made.look() if made.look else None
    if look and look.png:
        encoded = base64.b64encode(look.png).decode()
        metadata["picture"] = dg.MetadataValue.md(f"![{look.markdown}](data:image/png;base64,{encoded})")
    about = [text for text in (made.text, look.markdown if look else None) if text]
    if about:
        metadata["about"] = dg.MetadataValue.md("\n\n".join(about))
    return metadata


def _code_version(study: Study, step: Step) -> str:
    return f"{step.version}-{_hash(study)}"


def _hash(study: Study) -> str:
    """Return a study's settings as a code version, so that changed settings show its assets as stale."""
    return study.fingerprint(SHARED)[:8]


def _group(study: Study, generation: int) -> str:
    return f"{_identifier(study.study)}_gen_{generation:02d}"


def _identifier(name: str) -> str:
    """Return a name in the form that Dagster allows for groups and ops."""
    return name.replace("-", "_")
