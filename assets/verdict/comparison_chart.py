"""The forest plot of a report: on one endpoint, the difference of each pair of arms with its interval."""

from collections.abc import Sequence
from typing import Any

from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.comparison_sentence import is_told_apart, p_text, unit_of

Figure = dict[str, Any]
ROW, MARGINS = 34, 86
"""Height of a pair and of what is above and below all, in pixels."""


def forest(comparisons: Sequence[ArmComparison]) -> Figure | None:
    """Draw the pairs of one endpoint from the top, those told apart in colour; None if no pair has an interval.

    Right of the line at zero, the second arm of a pair is worse.
    """
    drawn = [(each, found) for each in comparisons if (found := each.found) is not None]
    if not drawn:
        return None
    unit = unit_of(drawn[0][0].subject)
    points = {
        "x": [found.mean for _, found in drawn],
        "y": [_pair(each) for each, _ in drawn],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [found.upper - found.mean for _, found in drawn],
            "arrayminus": [found.mean - found.lower for _, found in drawn],
            "color": "--muted",
            "thickness": 1.6,
        },
        "text": [
            f"{found.mean:+.3g} ({found.lower:+.3g} to {found.upper:+.3g})<br>{p_text(each.p_holm or 0.0)} corrected"
            for each, found in drawn
        ],
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"size": 10, "color": ["--accent" if is_told_apart(each) else "--dot" for each, _ in drawn]},
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    layout = {
        "height": MARGINS + ROW * len(drawn),
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": ", ".join(filter(None, ["difference", unit])), "standoff": 8, "font": {"size": 12}},
            "nticks": 7,
        },
        "yaxis": {"autorange": "reversed"},
        "shapes": [{**zero, "line": {"color": "--limit", "width": 1.5, "dash": "dash"}}],
    }
    return {"data": [points], "layout": layout}


def _pair(comparison: ArmComparison) -> str:
    return f"{comparison.second} against {comparison.first}"
