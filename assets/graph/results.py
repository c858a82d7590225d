"""What the UI shows of an asset that was made, and of a check that ran."""

import dagster as dg
import polars as pl

from outcross.assets.artefacts import Made


def asset_result(made: Made, *, version: str, key: dg.AssetKey | None = None) -> dg.MaterializeResult:
    """Report an asset as made.

    Args:
        made: what the step says of it.
        version: sha256 of its part: what was made from the same bytes stays fresh.
        key: its key, if the op makes several assets.
    """
    return dg.MaterializeResult(asset_key=key, metadata=_metadata(made), data_version=dg.DataVersion(version))


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


def check_result(key: dg.AssetKey, name: str, vitals: pl.DataFrame, *, blocking: bool) -> dg.AssetCheckResult:
    """Report the outcome of a check: its vitals, those outside their bounds first."""
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
