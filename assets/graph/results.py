"""What the UI shows of an asset that was made, and of a check that ran.

Each materialisation says where its part is, how many rows it has, and which query reads it. A check shows one number
for each metric, which plots over partitions and time, and a table if it failed. All of it lies in the
event log, once: metadata of a result would be there a second time, with the output of the step.
"""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from outcross.assets.artefacts import Artefacts, Made
from outcross.assets.graph.vitals import number_text, plotted_numbers, vitals_table
from outcross.assets.study.study import Study
from outcross.resources.part_query import part_query
from outcross.resources.store import Address

_DESCRIBED = 3
"""Vitals outside their bounds that the description of a check names."""
_COLUMNS = ("metric", "group", "value", "lower", "upper", "passed")


def asset_result(
    context: dg.AssetExecutionContext,
    artefacts: Artefacts,
    address: Address,
    made: Made,
    *,
    key: dg.AssetKey | None = None,
    also: Mapping[str, dg.MetadataValue] | None = None,
) -> dg.MaterializeResult:
    """Report an asset as made, with the sha256 of its part as its version: the same bytes leave others fresh.

    Args:
        context: of the step.
        artefacts: the study's.
        address: of what was made.
        made: what the step says of it.
        key: the asset, where the step makes several.
        also: further metadata.
    """
    metadata = _numbers(made) | _location(artefacts, address) | _look(artefacts, address, made) | dict(also or {})
    context.add_asset_metadata(metadata, asset_key=key)
    return dg.MaterializeResult(asset_key=key, data_version=dg.DataVersion(artefacts.store.digest(address)))


def _numbers(made: Made) -> dict[str, dg.MetadataValue]:
    return {
        name: dg.MetadataValue.int(value)
        if isinstance(value, int)
        else dg.MetadataValue.float(value)
        if isinstance(value, float)
        else dg.MetadataValue.text(value)
        for name, value in made.numbers.items()
    }


def _location(artefacts: Artefacts, address: Address) -> dict[str, dg.MetadataValue]:
    """Say where the part is, how many rows it has, and which query reads it."""
    counted = "dagster/partition_row_count" if address.generation else "dagster/row_count"
    store, query = artefacts.store, part_query(address)
    found: dict[str, dg.MetadataValue] = {
        counted: dg.MetadataValue.int(store.count_rows(address)),
        "path": dg.MetadataValue.path(store.part_url(address)),
    }
    return found | ({"query": dg.MetadataValue.text(query)} if query else {})


def _look(artefacts: Artefacts, address: Address, made: Made) -> dict[str, dg.MetadataValue]:
    """Show the picture of the thing, in the first lineage of an arm, and what there is to read about it."""
    import base64

    look = made.look() if made.look and is_pictured(artefacts.study, address.lineage) else None
    metadata: dict[str, dg.MetadataValue] = {}
    about = [made.text] if made.text else []
    if look and look.png:
        encoded = base64.b64encode(look.png).decode()
        metadata["picture"] = dg.MetadataValue.md(f"![picture](data:image/png;base64,{encoded})\n\n{look.markdown}")
    elif look:
        about.append(look.markdown)
    return metadata | ({"about": dg.MetadataValue.md("\n\n".join(about))} if about else {})


def is_pictured(study: Study, lineage: str | None) -> bool:
    """Whether pictures are drawn: only in the first lineage of an arm, whose other lineages look alike."""
    lineages = study.lineages
    if lineage not in lineages:
        return True
    arm = lineages[lineage].arm
    return lineage == next(name for name, each in lineages.items() if each.arm == arm)


def check_result(key: dg.AssetKey, name: str, vitals: pl.DataFrame, *, blocking: bool) -> dg.AssetCheckResult:
    """Report the outcome of a check: a number for each metric and, if it failed, a table of its vitals."""
    failed = vitals.filter(~pl.col("passed"))
    lines = [
        f"{line['metric']} {line['group']}: {number_text(line['value'])}, "
        f"allowed {_allowed(line['lower'], line['upper'])}"
        for line in failed.head(_DESCRIBED).iter_rows(named=True)
    ]
    if failed.height > _DESCRIBED:
        lines.append(f"and {failed.height - _DESCRIBED} more")
    # Each event has its description three times, so what passed has none. That of a single vital replaces a table.
    tabulated = bool(failed.height) and vitals.height > 1
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not failed.height,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description="; ".join(lines) or None,
        metadata=plotted_numbers(vitals) | (vitals_table(vitals, _COLUMNS) if tabulated else {}),
    )


def _allowed(lower: float | None, upper: float | None) -> str:
    if lower is not None and lower == upper:
        return f"{lower:g}"
    if lower is None and upper is None:
        return "any"
    return f"{'−∞' if lower is None else f'{lower:g}'} to {'∞' if upper is None else f'{upper:g}'}"
