"""Why an endpoint of a study is refused: by its file alone, or by its data. Each reason has the remedy."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from outcross.assets.metrics.contract import Metric
from outcross.resources.generators.contract import Generator
from outcross.resources.schema import Schema


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What an endpoint is measured in.

    Attributes:
        metrics: names of the metrics that the study measures; None for all but the expensive ones.
        generator: the study's.
        schema: of the source's columns.
    """

    metrics: Collection[str] | None
    generator: Generator
    schema: Schema


def _unmeasured(metric: Metric, metrics: Collection[str] | None) -> str | None:
    if metrics is None or metric.name in metrics:
        return None
    return f"is measured by metric '{metric.name}', which 'metrics' does not name; add it there, or remove the endpoint"


def _expensive(metric: Metric, metrics: Collection[str] | None) -> str | None:
    if metrics is not None or not metric.modalities <= metric.opt_in:
        return None
    return f"is off by default because it is expensive; list 'metrics' explicitly and include '{metric.name}'"


REFUSALS_BY_FILE: Mapping[str, Callable[[Metric, Collection[str] | None], str | None]] = {
    "unmeasured": _unmeasured,
    "expensive": _expensive,
}
"""Name → the reason against an endpoint's metric, given the metrics that a study names; None if there is none."""


def _other_data(metric: Metric, setting: Setting) -> str | None:
    if setting.schema.modality in metric.modalities:
        return None
    return (
        f"is defined for {' and '.join(sorted(metric.modalities))}, but the source has {setting.schema.modality} data; "
        "choose another endpoint"
    )


def _expensive_for_data(metric: Metric, setting: Setting) -> str | None:
    if metric.is_wanted(setting.metrics, setting.schema.modality):
        return None
    return (
        f"is off by default for {setting.schema.modality} data because it is expensive; list 'metrics' explicitly and "
        f"include '{metric.name}'"
    )


def _without_group(metric: Metric, setting: Setting) -> str | None:
    if not metric.needs_group or setting.schema.groups:
        return None
    return "needs a group, but the source has none; give a column the role 'group', or choose another endpoint"


def _without_likelihood(metric: Metric, setting: Setting) -> str | None:
    if not metric.needs_likelihood or setting.generator.scores_rows:
        return None
    return (
        f"needs a held-out loss, but generator '{setting.generator.kind}' has no likelihood; choose an endpoint "
        "that is measured on rows"
    )


def _without_label(metric: Metric, setting: Setting) -> str | None:
    if not metric.needs_label or setting.schema.label is not None:
        return None
    return "needs a label, but the source has none; give a column the role 'label', or choose another endpoint"


REFUSALS_BY_DATA: Mapping[str, Callable[[Metric, Setting], str | None]] = {
    "other_data": _other_data,
    "expensive_for_data": _expensive_for_data,
    "without_group": _without_group,
    "without_likelihood": _without_likelihood,
    "without_label": _without_label,
}
"""Name → the reason against an endpoint's metric, given the data and the generator; None if there is none."""
