"""Metrics of other packages: the entry-point group ``outcross.metrics``.

The entry point's name is the metric's, its value a :class:`~outcross.assets.metrics.contract.RowMetric`::

    [project.entry-points."outcross.metrics"]
    tail_index = "our_package.tail_index:METRIC"

A package is imported only when ``metrics`` of a study names its metric.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, get_args

from outcross.assets.metrics.contract import RowMetric
from outcross.assets.metrics.endpoint import Direction, Endpoint
from outcross.resources.errors import BadInput
from outcross.resources.plugins import distribution, installed, load_entry_point
from outcross.resources.schema import Modality

GROUP = "outcross.metrics"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def installed_metrics() -> list[str]:
    """List the names of the metrics that installed packages offer, sorted."""
    return installed(GROUP)


def told_installed() -> str:
    """Say which metrics other packages offer, and how to use their endpoints; nothing where there are none."""
    names = ", ".join(installed_metrics())
    return f"; for an endpoint of another package, name its metric ({names}) under 'metrics'" if names else ""


def load_metric(name: str, *, taken: Collection[str] = ()) -> RowMetric:
    """Import a metric that an installed package offers; its version then names the package and the package's version.

    Args:
        name: of the entry point.
        taken: names of endpoints that it may not have.

    Raises:
        BadInput: no package or several offer it, the import fails, or the object is not such a metric.
    """
    point, loaded = load_entry_point(GROUP, name, noun="metric")
    if fault := find_fault(loaded, name, taken):
        raise BadInput(f"metric '{name}' of {distribution(point)} ('{point.value}') {fault}")
    return replace(loaded, version=f"{loaded.version} ({distribution(point)})")  # type: ignore[no-any-return]


def find_fault(metric: Any, name: str, taken: Collection[str] = ()) -> str | None:
    """Say what keeps an object from being a metric of this name, with the remedy; None if nothing does.

    Args:
        metric: the object.
        name: that it must have.
        taken: names of endpoints that it may not have.
    """
    if not isinstance(metric, RowMetric):
        return f"is no outcross.metrics.RowMetric but {type(metric).__name__}; correct the entry point"
    if metric.name != name:
        return f"is named '{metric.name}'; give it the name of its entry point"
    if not metric.modalities or not metric.modalities <= set(get_args(Modality)):
        return f"is for {sorted(metric.modalities)}; name kinds of rows among {', '.join(get_args(Modality))}"
    if not metric.endpoints:
        return "measures no endpoint; declare at least one"
    return next(filter(None, (_fault_of(endpoint, taken) for endpoint in metric.endpoints)), None)


def _fault_of(endpoint: Endpoint, taken: Collection[str]) -> str | None:
    if not _NAME.fullmatch(endpoint.metric):
        return f"has the endpoint '{endpoint.metric}'; use small letters, digits and '_', a letter first"
    if endpoint.metric in taken:
        return f"has the endpoint '{endpoint.metric}', which another metric has; rename it"
    if endpoint.direction not in get_args(Direction):
        return f"says that '{endpoint.direction}' is better; choose from {', '.join(get_args(Direction))}"
    return None
