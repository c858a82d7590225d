"""The charts of a report, drawn: each verdict's, each metric's against each reference, and each pair of arms'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from outcross.assets.drawing.chart import Chart
from outcross.assets.drawing.svg import draw, draw_key
from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.benefit.chart import alternative_dashes, benefit_chart
from outcross.assets.verdict.charts import ArmStyle, dose_response, over_generations
from outcross.assets.verdict.comparison_chart import forest
from outcross.assets.verdict.references import place_of_reference
from outcross.assets.verdict.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Charts as they stand in the page; None where there is nothing to draw.

    Attributes:
        doses: of each verdict.
        benefits: of each verdict that has a benefit.
        keys: of each of these, name → sample of each line.
        metrics: metric → reference → chart.
        forests: of each endpoint on which arms are compared.
    """

    doses: Sequence[Markup | None]
    benefits: Sequence[Markup]
    keys: Sequence[Mapping[str, Markup]]
    metrics: Mapping[str, Mapping[str, Markup]]
    forests: Sequence[Markup | None]


def draw_all(
    verdicts: Sequence[Verdict],
    compared: Sequence[Sequence[ArmComparison]],
    evaluations: pl.DataFrame,
    metrics: Sequence[str],
    styles: Mapping[str, ArmStyle],
) -> Drawn:
    """Draw every chart of a report.

    Args:
        verdicts: in their order.
        compared: the comparisons of each endpoint.
        evaluations: long form, of all rows.
        metrics: in their order.
        styles: arm → its look.
    """
    with_benefit = [(each, each.benefit) for each in verdicts if each.benefit is not None]
    return Drawn(
        doses=[_dose(each, f"dose-{place}") for place, each in enumerate(verdicts)],
        benefits=[
            drawn(benefit_chart(benefit, each.subject, scale=each.tolerance.scale), f"benefit-{place}")
            for place, (each, benefit) in enumerate(with_benefit)
        ],
        keys=[
            {
                name: Markup(draw_key("--muted" if dash != "solid" else "--accent", dash, "circle"))  # noqa: S704
                for name, dash in alternative_dashes(benefit).items()
            }
            for _, benefit in with_benefit
        ],
        metrics=_metrics(evaluations, metrics, styles),
        forests=[
            None if (found := forest(each)) is None else drawn(found, f"forest-{place}")
            for place, each in enumerate(compared)
        ],
    )


def drawn(chart: Chart, name: str) -> Markup:
    """Draw a chart for the page; ``name`` is that of no other."""
    return Markup(draw(chart, name))  # noqa: S704 - it escapes what comes with the data


def first_chart(verdict: Verdict) -> Markup | None:
    """Draw the one chart of the first screen: the benefit where the study asks for it, else the dose–response."""
    if verdict.benefit is not None:
        return drawn(benefit_chart(verdict.benefit, verdict.subject, scale=verdict.tolerance.scale), "first")
    return _dose(verdict, "first")


def _dose(verdict: Verdict, name: str) -> Markup | None:
    return drawn(dose_response(verdict), name) if verdict.curve else None


def _metrics(
    evaluations: pl.DataFrame, metrics: Sequence[str], styles: Mapping[str, ArmStyle]
) -> dict[str, dict[str, Markup]]:
    parts = evaluations.partition_by("metric", "reference", as_dict=True)
    references = sorted({str(reference) for _, reference in parts}, key=place_of_reference)
    return {
        metric: {
            reference: drawn(over_generations(parts[metric, reference], styles), f"metric-{place}-{number}")
            for number, reference in enumerate(references)
            if (metric, reference) in parts
        }
        for place, metric in enumerate(metrics)
    }
