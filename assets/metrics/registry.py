"""The registry of metrics. To add one, add a file in this folder and a line below."""

from collections.abc import Collection
from importlib import import_module

from outcross.assets.metrics.contract import DEFAULT, Metric, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint
from outcross.assets.metrics.plugins import installed_metrics, load_metric
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput

FILES = (
    "population",
    "loss",
    "scaling",
    "frechet",
    "neighbours",
    "moments",
    "entropy",
    "class_survival",
    "rare_survival",
    "vendi",
    "words",
    "cross_entropy",
    "ngram_entropy",
    "zipf",
    "repetition",
    "line_structure",
    "empty_rows",
    "self_bleu",
    "near_duplicates",
    "frontier",
    "utility",
    "shapes",
    "pairs",
    "marginal_wasserstein",
    "tail_mass",
    "rare_mass",
    "two_sample",
    "privacy",
    "groups",
    "kernel_distance",
    "class_recall",
    "spectrum",
    "closeness",
    "relations",
    "class_utility",
    "colour",
)
"""Files that each declare a ``METRIC``, in the order in which an evaluation lists them."""

METRICS: tuple[Metric, ...] = tuple(import_module(f"outcross.assets.metrics.{name}").METRIC for name in FILES)
"""Every metric, in the order of ``FILES``."""

METRIC_OF: dict[str, Metric] = {endpoint.metric: metric for metric in METRICS for endpoint in metric.endpoints}
"""Name of an endpoint → the metric that measures it."""


def _by_definition() -> list[Endpoint]:
    order = list(Definition)
    endpoints = [endpoint for metric in METRICS for endpoint in metric.endpoints]
    return sorted(endpoints, key=lambda endpoint: order.index(endpoint.definition))


ENDPOINTS: dict[str, Endpoint] = {endpoint.metric: endpoint for endpoint in _by_definition()}
"""Name → endpoint, for every endpoint of a verdict; by definition of collapse, then in the metrics' order."""


def own_metrics(names: Collection[str] | None) -> tuple[RowMetric, ...]:
    """Return the metrics of other packages among the names, in their order; raises as :func:`load_metric` does."""
    built_in = {DEFAULT, *(metric.name for metric in METRICS)}
    found: list[RowMetric] = []
    for name in names or ():
        if name not in built_in:
            others = {endpoint.metric for metric in found for endpoint in metric.endpoints}
            found.append(load_metric(name, taken={*ENDPOINTS, *others}))
    return tuple(found)


def metrics_of(names: Collection[str] | None) -> tuple[Metric, ...]:
    """Return every metric that may be among the names: those that come along, then those of other packages."""
    return (*METRICS, *own_metrics(names))


def check_metric(name: str) -> str:
    """Return the name, if a metric has it, or it stands for those that are measured by default.

    Raises:
        ValueError: no metric has it; the message lists the names. Or that of another package cannot be used.
    """
    built_in = [DEFAULT, *(metric.name for metric in METRICS)]
    if name in built_in:
        return name
    installed = installed_metrics()
    known = [*built_in, *installed]
    if name in installed:
        try:
            load_metric(name, taken=ENDPOINTS)
        except BadInput as error:
            raise ValueError(str(error)) from None
    else:
        raise ValueError(f"'{name}' is not a metric{did_you_mean(name, known)}; choose from {', '.join(known)}")
    return name
