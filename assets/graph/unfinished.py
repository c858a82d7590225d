"""Features of Dagster that are not final, used without its warnings."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg


@contextmanager
def without_warnings() -> Iterator[None]:
    """Leave out the warnings that Dagster gives for features in preview or beta within the block.

    Dagster is pinned to one version, so they say nothing that a user could act on.
    """
    with warnings.catch_warnings():
        for category in (dg.PreviewWarning, dg.BetaWarning):
            warnings.simplefilter("ignore", category=category)
        yield


def partitioned_check(name: str, *, asset: dg.AssetKey, **settings: Any) -> dg.AssetCheckSpec:
    """Specify a check with one verdict for each partition, a feature in preview.

    Args:
        name: name of the check.
        asset: key of its asset.
        settings: the further parameters of ``dagster.AssetCheckSpec``.
    """
    with without_warnings():
        return dg.AssetCheckSpec(name, asset=asset, **settings)


def observable(**settings: Any) -> Any:
    """Decorate a function that observes an asset which Dagster does not make, a feature in beta.

    Args:
        settings: the parameters of ``dagster.observable_source_asset``.
    """
    with without_warnings():
        return dg.observable_source_asset(**settings)
