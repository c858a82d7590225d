"""The figures of a report, as the JSON that plotly.js draws: a dose–response curve, and a metric over generations.

A colour that starts with ``--`` is a variable of the page's style sheet, so that one figure serves light and dark.
"""

import math
from itertools import cycle
from typing import Any

import polars as pl

from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.details import tolerance_text
from outcross.assets.verdict.figures import percent
from outcross.assets.verdict.verdict import Rung, Verdict

Figure = dict[str, Any]

# Okabe & Ito's palette, safe for the common colour-blindnesses, without its black and yellow: neither shows on both
# a light and a dark page. Dashes and markers repeat with other periods, so no two of 35 arms look alike.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8F98")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "pentagon")

TOLERANCES_SHOWN = 10
"""Degradations beyond this many tolerances lie outside the first view: they would flatten where the curve crosses."""


def dose_response(verdict: Verdict) -> Figure:
    """The monotone curve, the 90 % interval of each rung, every replicate, the tolerance, the estimate and the limit.

    A replicate with no finite value left is drawn as an open triangle at the top edge.
    """
    shares = [rung.share for rung in verdict.curve]
    bottom, top = _view(verdict)
    size, form = verdict.tolerance.size, _form(verdict)
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    data: list[Figure] = [
        {**band, "x": shares, "y": [min(rung.lower, 2 * top) for rung in verdict.curve]},
        {**band, "x": shares, "y": [min(rung.upper, 2 * top) for rung in verdict.curve], "fill": "tonexty"},
        {
            "x": shares,
            "y": [_finite(rung.fitted) for rung in verdict.curve],
            "mode": "lines",
            "line": {"color": "--accent", "width": 2.5},
            "text": [_rows(rung) for rung in verdict.curve],
            "hovertemplate": f"share %{{x:.2~%}}%{{text}}<br>fitted degradation %{{y:{form}}}<extra></extra>",
        },
        _replicates(verdict, top),
        *_markers(verdict),
    ]
    data[1]["fillcolor"] = "--band"
    tolerance = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": size, "y1": size}
    label = {
        "xref": "paper",
        "x": 0,
        "y": size,
        "text": f"tolerance {tolerance_text(verdict)}",
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"color": "--limit"},
    }
    layout = {
        "height": 420,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {"title": _title("synthetic share"), "tickformat": ".0%", "range": [-0.03, max(shares) + 0.04]},
        "yaxis": {
            "title": _title(_damage(verdict)),
            "tickformat": ".3g" if form == ".3g" else ".0%",
            "range": [bottom, top],
        },
        "shapes": [{**tolerance, "line": {"color": "--limit", "width": 1.5, "dash": "dash"}}],
        "annotations": [label],
    }
    return {"data": data, "layout": layout}


def arm_styles(arms: list[str]) -> dict[str, dict[str, str]]:
    """Arm → its colour, dash and marker, the same in every chart of a report."""
    return {
        arm: {"colour": colour, "dash": dash, "marker": marker}
        for arm, colour, dash, marker in zip(arms, cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)
    }


def over_generations(measured: pl.DataFrame, styles: dict[str, dict[str, str]]) -> Figure:
    """One metric over generations: the median of each arm's replicates, and the range they span.

    Args:
        measured: ``arm, generation, replicate, value`` of one metric against one reference.
        styles: of :func:`arm_styles`; arms are drawn in its order.
    """
    spans = (
        measured.filter(pl.col("value").is_finite())
        .group_by("arm", "generation")
        .agg(
            pl.col("value").median().alias("median"),
            pl.col("value").min().alias("lowest"),
            pl.col("value").max().alias("highest"),
        )
        .sort("generation")
    )
    start = spans.filter(pl.col("arm") == SHARED)
    data: list[Figure] = []
    for arm, style in styles.items():
        own = pl.concat([start, spans.filter(pl.col("arm") == arm)])
        if own.height > start.height:
            data += _arm(own, arm, style)
    generations = measured["generation"].unique().sort().to_list()
    layout = {
        "height": 230,
        "margin": {"l": 48, "r": 10, "t": 8, "b": 34},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": _title("generation"),
            "tickvals": generations[:: len(generations) // 12 + 1],
        },
        "yaxis": {"nticks": 5},
    }
    return {"data": data, "layout": layout}


def _arm(own: pl.DataFrame, arm: str, style: dict[str, str]) -> list[Figure]:
    generations = own["generation"].to_list()
    band = {
        "name": arm,
        "x": generations + generations[::-1],
        "y": own["highest"].to_list() + own["lowest"].to_list()[::-1],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": style["colour"] + "22",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line = {
        "name": arm,
        "x": generations,
        "y": own["median"].to_list(),
        "customdata": own.select("lowest", "highest").rows(),
        "mode": "lines+markers",
        "line": {"color": style["colour"], "dash": style["dash"], "width": 1.8},
        "marker": {"symbol": style["marker"], "size": 6, "color": style["colour"]},
        "hovertemplate": "generation %{x}: median %{y:.4g}<br>"
        "range %{customdata[0]:.4g} to %{customdata[1]:.4g}<extra>%{fullData.name}</extra>",
    }
    return [band, line]


def _form(verdict: Verdict) -> str:
    """The format of a degradation: in per cent, unless the tolerance is an amount."""
    return ".3g" if verdict.tolerance.scale == "absolute" else ".1%"


def _damage(verdict: Verdict) -> str:
    if verdict.tolerance.scale == "absolute":
        return f"degradation, {verdict.subject.unit}".rstrip(", ")
    return "degradation, share of the gain" if verdict.tolerance.scale == "gain" else "degradation"


def _rows(rung: Rung) -> str:
    """The dose by number of rows, where it is known."""
    if rung.real_rows is None:
        return ""
    return f"<br>{rung.real_rows:,} real and {rung.synthetic_rows:,} synthetic rows"


def _replicates(verdict: Verdict, top: float) -> Figure:
    points = [
        (rung.share, degradation, f"{rung.arm}, replicate {replicate}")
        for rung in verdict.curve
        for replicate, degradation in rung.degradations.items()
    ]
    known = [math.isfinite(degradation) for _, degradation, _ in points]
    return {
        "x": [share for share, _, _ in points],
        "y": [degradation if math.isfinite(degradation) else top for _, degradation, _ in points],
        "text": [
            f"{name}<br>{f'degradation {format(degradation, _form(verdict))}' if finite else 'no finite value left'}"
            for (_, degradation, name), finite in zip(points, known, strict=True)
        ],
        "mode": "markers",
        "cliponaxis": False,
        "marker": {
            "color": "--dot",
            "size": [7 if finite else 12 for finite in known],
            "symbol": ["circle" if finite else "triangle-up-open" for finite in known],
        },
        "hovertemplate": "%{text}<extra></extra>",
    }


def _markers(verdict: Verdict) -> list[Figure]:
    marks = [("estimate", verdict.safe_share, "diamond"), ("shown to be safe up to", verdict.lower_95, "triangle-left")]
    return [
        {
            "x": [share],
            "y": [verdict.tolerance.size],
            "mode": "markers",
            "marker": {"symbol": symbol, "size": 13, "color": "--limit", "line": {"color": "--card", "width": 1.5}},
            "hovertemplate": f"{name} {percent(share)}<extra></extra>",
        }
        for name, share, symbol in marks
        if share is not None
    ]


def _view(verdict: Verdict) -> tuple[float, float]:
    """Lowest and highest degradation of the first view."""
    values = [value for rung in verdict.curve for value in (*rung.degradations.values(), rung.fitted, rung.upper)]
    finite = [value for value in values if math.isfinite(value)] + [0.0, 2 * verdict.tolerance.size]
    top = min(max(finite), TOLERANCES_SHOWN * verdict.tolerance.size)
    bottom = max(min(finite), -TOLERANCES_SHOWN * verdict.tolerance.size / 2)
    room = 0.06 * (top - bottom)
    return bottom - room, top + room


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _title(text: str) -> Figure:
    return {"text": text, "standoff": 8, "font": {"size": 12}}
