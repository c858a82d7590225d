"""The specification of a check with one verdict per partition."""

import warnings
from typing import Any

import dagster as dg


def partitioned_check(name: str, *, asset: dg.AssetKey, **settings: Any) -> dg.AssetCheckSpec:
    """Specify a check, without the warning that Dagster gives for each one with partitions, a feature in preview.

    Dagster is pinned to one version, so the warning says nothing that a user could act on.

    Args:
        name: name of the check.
        asset: key of its asset.
        settings: the further parameters of ``dagster.AssetCheckSpec``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, **settings)
