"""Why an endpoint of a study is refused: by its file alone, or by its data. Each reason has the remedy."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import isnan

import polars as pl

from outcross.assets.instruments.probe import Probe
from outcross.assets.metrics.contract import DEFAULT, Metric, may_measure
from outcross.resources.generators.contract import Generator
from outcross.resources.schema import Schema


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What an endpoint is measured in.

    Attributes:
        endpoint: its name.
        metrics: names of the metrics that the study measures; None for all but the expensive ones.
        generator: the study's.
        schema: of the source's columns.
    """

    endpoint: str
    metrics: Collection[str] | None
    generator: Generator
    schema: Schema


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The real rows that an endpoint is measured on.

    Attributes:
        endpoint: its name.
        schema: of the source's columns.
        anchor: the rows that generators may be fitted to.
        holdout: the rows that no generator is fitted to.
        probe: returns the study's probe, fitted on first use.
    """

    endpoint: str
    schema: Schema
    anchor: pl.DataFrame
    holdout: pl.DataFrame
    probe: Callable[[], Probe]


def _unmeasured(metric: Metric, metrics: Collection[str] | None) -> str | None:
    if may_measure(metrics, metric.name):
        return None
    return f"is measured by metric '{metric.name}', which 'metrics' does not name; add it there, or remove the endpoint"


def _expensive(metric: Metric, metrics: Collection[str] | None) -> str | None:
    named = metrics is not None and (DEFAULT not in metrics or metric.name in metrics)
    if named or not metric.modalities <= metric.opt_in:
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
    needs_label = metric.needs_label or setting.endpoint in metric.of_labels
    if not needs_label or setting.schema.label is not None:
        return None
    return "needs a label, but the source has none; give a column the role 'label', or choose another endpoint"


def _without_outcome(metric: Metric, setting: Setting) -> str | None:
    needed = metric.needs_outcome and setting.endpoint not in metric.of_labels
    if not needed or setting.schema.outcome is not None:
        return None
    return (
        "needs a label, but the source has none; give a column the role 'label', or the role 'target' if it is a "
        "number, or choose another endpoint"
    )


def _without_colour(metric: Metric, setting: Setting) -> str | None:
    if not metric.needs_colour or setting.schema.image is None or setting.schema.is_in_colour:
        return None
    return "needs pictures in colour, but those of the source are grey; choose another endpoint"


REFUSALS_BY_DATA: Mapping[str, Callable[[Metric, Setting], str | None]] = {
    "other_data": _other_data,
    "expensive_for_data": _expensive_for_data,
    "without_group": _without_group,
    "without_likelihood": _without_likelihood,
    "without_label": _without_label,
    "without_outcome": _without_outcome,
    "without_colour": _without_colour,
}
"""Name → the reason against an endpoint's metric, given the data and the generator; None if there is none."""


def _few_rows(metric: Metric, rows: Rows) -> str | None:
    if metric.count_levels is None or rows.endpoint not in metric.of_levels:
        return None
    return metric.count_levels(rows.schema, rows.anchor, rows.holdout).refusal()


def _nothing_to_measure(metric: Metric, rows: Rows) -> str | None:
    return None if metric.find_lack is None else metric.find_lack(rows.schema, rows.anchor)


def _no_better_than_a_constant(metric: Metric, rows: Rows) -> str | None:
    if metric.find_margins is None or not rows.holdout.height:
        return None
    margin = metric.find_margins(rows.probe()).get(rows.endpoint)
    if margin is None or not margin.is_none:
        return None
    if isnan(margin.value):
        return (
            "cannot be measured: the rows of the holdout have the same label or target, or none; raise 'holdout', add "
            "rows that differ, or choose another endpoint"
        )
    return (
        f"cannot fall: trained on the real rows, the model has {margin.value:.3g} on the holdout, and a constant "
        f"prediction {margin.constant:.3g} (standard error of the difference: {margin.error:.2g}); add rows or columns "
        "that tell the label or target, or choose another endpoint"
    )


REFUSALS_BY_ROWS: Mapping[str, Callable[[Metric, Rows], str | None]] = {
    "few_rows": _few_rows,
    "nothing_to_measure": _nothing_to_measure,
    "no_better_than_a_constant": _no_better_than_a_constant,
}
"""Name → the reason against an endpoint's metric, given the real rows; None if there is none. The dearest is last."""
