"""The charts of a report: a dose–response curve, and a metric over generations."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import NamedTuple, get_args

import polars as pl

from outcross.assets.drawing.chart import Axis, Band, Chart, Dash, Dots, Line, Mark, Marker, Rule
from outcross.assets.drawing.ticks import format_number, named_ticks
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.details import tolerance_text
from outcross.assets.verdict.figures import exact_percent, percent
from outcross.assets.verdict.verdict import Rung, Verdict

# Okabe & Ito's palette, safe for the common colour-blindnesses, without its black and yellow: neither shows on both
# a light and a dark page. Dashes and markers repeat with other periods, so no two of 35 arms look alike.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8F98")
DASHES: tuple[Dash, ...] = get_args(Dash)
MARKERS: tuple[Marker, ...] = get_args(Marker)[:8]

TOLERANCES_SHOWN = 10
"""Degradations beyond this many tolerances lie outside the chart: they would flatten where the curve crosses."""
DOSE, PANEL = (640, 400), (340, 220)
"""Width and height of a dose–response chart, and of a metric's chart."""


class ArmStyle(NamedTuple):
    """How an arm looks in every chart of a report."""

    colour: str
    dash: Dash
    marker: Marker


def dose_response(verdict: Verdict) -> Chart:
    """Draw the monotone curve, the 90 % interval of each rung, every replicate, the tolerance, estimate and limit.

    A replicate beyond the chart, or with no finite value left, is an open triangle at its edge.
    """
    bottom, top = _view(verdict)
    size, form = verdict.tolerance.size, _form(verdict)
    shares = [rung.share for rung in verdict.curve]
    seen = [rung for rung in verdict.curve if bottom <= rung.fitted <= top]
    marks: list[Mark] = [
        Band(points=[(rung.share, rung.lower, rung.upper) for rung in verdict.curve], colour="--band"),
        Line(
            points=[(rung.share, rung.fitted if math.isfinite(rung.fitted) else None) for rung in verdict.curve],
            colour="--accent",
            width=2.5,
        ),
        Rule(at=size, colour="--limit", label=f"tolerance {tolerance_text(verdict)}"),
        *_replicates(verdict, bottom, top),
        Dots(
            points=[(rung.share, rung.fitted) for rung in seen],
            tips=[
                f"{exact_percent(rung.share)} synthetic{_rows(rung)}\nfitted {_worse(rung.fitted, form)}"
                for rung in seen
            ],
            colour="--accent",
            scale=0.8,
        ),
        *_markers(verdict),
    ]
    return Chart(
        told=describe_dose(verdict),
        x=Axis(
            least=-0.03,
            most=max(shares) + 0.04,
            ticks=named_ticks(0.0, max(shares), ".0%" if max(shares) > 0.1 else ".1%"),
            title="synthetic share",
        ),
        y=Axis(
            least=bottom, most=top, ticks=named_ticks(bottom, top, _ticks_form(verdict, top)), title=_damage(verdict)
        ),
        marks=marks,
        size=DOSE,
        left=68,
    )


def describe_dose(verdict: Verdict) -> str:
    """Describe the chart in words."""
    form = _form(verdict)
    fits = [
        f"{exact_percent(rung.share)} synthetic: "
        + (format_number(rung.fitted, form) if math.isfinite(rung.fitted) else "no finite value left")
        for rung in verdict.curve
    ]
    limit = "" if verdict.lower_95 is None or not verdict.decided else f"; safe up to {percent(verdict.lower_95)}"
    return (
        f"{_damage(verdict).capitalize()} of {verdict.endpoint.replace('_', ' ')} at each synthetic share, fitted to "
        f"{verdict.replicates} replicates. {'; '.join(fits)}. The tolerance is {tolerance_text(verdict)}{limit}."
    )


def arm_styles(arms: Sequence[str]) -> dict[str, ArmStyle]:
    """Arm → its colour, dash and marker, the same in every chart of a report."""
    looks = zip(cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)
    return {arm: ArmStyle(*look) for arm, look in zip(arms, looks, strict=False)}


def over_generations(measured: pl.DataFrame, styles: Mapping[str, ArmStyle]) -> Chart:
    """Draw one metric over generations: the median of each arm's replicates, and the range they span.

    Args:
        measured: ``arm, generation, replicate, metric, value`` of one metric against one reference.
        styles: of :func:`arm_styles`; arms are drawn in its order.
    """
    spans = (
        measured.filter(pl.col("value").is_finite())
        .group_by("arm", "generation")
        .agg(
            pl.col("value").min().alias("lowest"),
            pl.col("value").median().alias("median"),
            pl.col("value").max().alias("highest"),
        )
        .sort("generation")
    )
    start = spans.filter(pl.col("arm") == SHARED)
    marks: list[Mark] = []
    told = []
    for arm, style in styles.items():
        own = pl.concat([start, spans.filter(pl.col("arm") == arm)])
        if own.height > start.height:
            marks += _arm(own, arm, style)
            told.append(f"{arm} {own['median'][0]:.4g} to {own['median'][-1]:.4g}")
    generations = measured["generation"].unique().sort().to_list()
    least, most = _range(spans)
    metric = str(measured["metric"][0]).replace("_", " ") if measured.height else "metric"
    return Chart(
        told=f"{metric} over generations {generations[0]} to {generations[-1]}, median of the replicates: "
        f"{'; '.join(told) or 'no finite value'}.",
        x=Axis(
            least=generations[0],
            most=max(generations[-1], generations[0] + 1),
            ticks=[(each, str(each)) for each in generations[:: len(generations) // 12 + 1]],
            title="generation",
        ),
        y=Axis(least=least, most=most, ticks=named_ticks(least, most)),
        # Bands first: no arm's range hides another's line.
        marks=[*(each for each in marks if isinstance(each, Band)), *(x for x in marks if not isinstance(x, Band))],
        size=PANEL,
        left=58,
    )


def _range(spans: pl.DataFrame) -> tuple[float, float]:
    """The ends of a vertical axis: all values with a little room."""
    if spans.is_empty():
        return 0.0, 1.0
    least, most = float(spans["lowest"].min()), float(spans["highest"].max())  # type: ignore[arg-type]
    room = 0.05 * (most - least) or max(abs(most), 1.0) * 0.05
    return least - room, most + room


def _arm(own: pl.DataFrame, arm: str, style: ArmStyle) -> list[Mark]:
    lines = list(own.select("generation", "lowest", "median", "highest").iter_rows())
    return [
        Band(points=[(g, low, high) for g, low, _, high in lines], colour=style.colour + "22", name=arm),
        Line(points=[(g, middle) for g, _, middle, _ in lines], colour=style.colour, dash=style.dash, name=arm),
        Dots(
            points=[(g, middle) for g, _, middle, _ in lines],
            tips=[f"generation {g}: median {middle:.4g}\n{low:.4g} to {high:.4g}" for g, low, middle, high in lines],
            colour=style.colour,
            marker=style.marker,
            scale=0.75,
            name=arm,
        ),
    ]


def _form(verdict: Verdict) -> str:
    """The format of a degradation: in per cent, unless the tolerance is an amount."""
    return ".3g" if verdict.tolerance.scale == "absolute" else ".1%"


def _ticks_form(verdict: Verdict, top: float) -> str:
    if verdict.tolerance.scale == "absolute":
        return ".3g"
    return ".0%" if top > 0.1 else ".2g%" if top < 0.01 else ".1%"


def _damage(verdict: Verdict) -> str:
    if verdict.tolerance.scale == "absolute":
        return f"degradation, {verdict.subject.unit}".rstrip(", ")
    return "degradation, share of the gain" if verdict.tolerance.scale == "gain" else "degradation"


def _rows(rung: Rung) -> str:
    """The dose by number of rows, where it is known."""
    if rung.real_rows is None:
        return ""
    return f"\n{rung.real_rows:,} real and {rung.synthetic_rows:,} synthetic rows"


def _replicates(verdict: Verdict, bottom: float, top: float) -> list[Dots]:
    """A dot for each replicate; those above and below the chart as triangles at its edges."""
    points = [
        (rung.share, degradation, f"{rung.arm}, replicate {replicate}")
        for rung in verdict.curve
        for replicate, degradation in rung.degradations.items()
    ]
    kinds: list[tuple[Marker, float, list[tuple[float, float, str]]]] = [
        ("circle", 0.85, [each for each in points if bottom <= each[1] <= top]),
        ("triangle-up-open", 1.3, [each for each in points if not each[1] <= top]),
        ("triangle-down-open", 1.3, [each for each in points if each[1] < bottom]),
    ]
    return [
        Dots(
            points=[(share, value if math.isfinite(value) else top) for share, value, _ in shown],
            tips=[f"{name}\n{_worse(value, _form(verdict))}" for _, value, name in shown],
            colour="--dot",
            marker=marker,
            scale=scale,
        )
        for marker, scale, shown in kinds
        if shown
    ]


def _worse(degradation: float, form: str) -> str:
    return f"degradation {format_number(degradation, form)}" if math.isfinite(degradation) else "no finite value left"


def _markers(verdict: Verdict) -> list[Dots]:
    marks: list[tuple[str, float | None, Marker]] = [
        ("estimate", verdict.safe_share, "diamond"),
        ("shown to be safe up to", verdict.lower_95, "triangle-left"),
    ]
    return [
        Dots(
            points=[(share, verdict.tolerance.size)],
            tips=[f"{name} {percent(share)}"],
            colour="--limit",
            marker=marker,
            scale=1.4,
        )
        for name, share, marker in marks
        if share is not None
    ]


def _view(verdict: Verdict) -> tuple[float, float]:
    """Lowest and highest degradation of the chart."""
    values = [value for rung in verdict.curve for value in (*rung.degradations.values(), rung.fitted, rung.upper)]
    finite = [value for value in values if math.isfinite(value)] + [0.0, 2 * verdict.tolerance.size]
    top = min(max(finite), TOLERANCES_SHOWN * verdict.tolerance.size)
    bottom = max(min(finite), -TOLERANCES_SHOWN * verdict.tolerance.size / 2)
    room = 0.06 * (top - bottom)
    return bottom - room, top + room
