"""The figure of a benefit, as the JSON that plotly.js draws: gain above, loss below what real rows alone do."""

from typing import Any

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.benefit.benefit import ALONE, Benefit

Figure = dict[str, Any]
_DASHES = ("dash", "dot", "dashdot", "longdash")


def benefit_chart(benefit: Benefit, endpoint: Endpoint, *, scale: Scale) -> Figure:
    """Draw the gain of each mix over real rows alone, a line for each alternative, and the share that gains most.

    Args:
        benefit: to draw.
        endpoint: on which it was measured.
        scale: what gains are measured in.
    """
    form = ".3g" if scale == "absolute" else ".1%"
    shares = [mix.share for mix in benefit.mixes]
    unit = {"absolute": f", {endpoint.unit}".rstrip(", "), "gain": ", share of what the model gains"}.get(scale, "")
    data: list[Figure] = [
        _line("mix with synthetic rows", [0.0, *shares], [0.0, *benefit.over_alone], form, dash="solid")
        | {"mode": "lines+markers", "line": {"color": "--accent", "width": 2.5}}
    ]
    data += [
        _line(name, [0.0, *shares], [0.0, *gains], form, dash=_DASHES[index % len(_DASHES)])
        for index, (name, gains) in enumerate(benefit.alternatives.items())
    ]
    best = benefit.best.share
    data.append(
        {
            "name": "best share tried",
            "x": [best],
            "y": [benefit.over_alone[shares.index(best)]],
            "mode": "markers",
            "marker": {"symbol": "diamond", "size": 13, "color": "--limit", "line": {"color": "--card", "width": 1.5}},
            "hovertemplate": "best share tried %{x:.2~%}<extra></extra>",
        }
    )
    zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    label = {"xref": "paper", "x": 1, "y": 0, "text": ALONE, "showarrow": False, "xanchor": "right"}
    layout = {
        "height": 320,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.12},
        "hovermode": "closest",
        "xaxis": {"title": {"text": "synthetic share"}, "tickformat": ".0%", "range": [-0.03, max(shares) + 0.04]},
        "yaxis": {"title": {"text": f"gain over real rows alone{unit}"}, "tickformat": form.replace(".1%", ".0%")},
        "shapes": [{**zero, "line": {"color": "--muted", "width": 1.5}}],
        "annotations": [{**label, "yanchor": "bottom", "font": {"color": "--muted"}}],
    }
    return {"data": data, "layout": layout}


def _line(name: str, x: list[float], y: list[float], form: str, *, dash: str) -> Figure:
    return {
        "name": name,
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"color": "--muted", "width": 1.8, "dash": dash},
        "hovertemplate": f"share %{{x:.2~%}}: %{{y:{form}}}<extra>%{{fullData.name}}</extra>",
    }
