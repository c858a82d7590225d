"""The forest plot of a report: on one endpoint, the difference of each pair of arms with its interval."""

from collections.abc import Sequence

from outcross.assets.drawing.chart import Axis, Chart, Dots, Mark, Rule, Spread
from outcross.assets.drawing.ticks import named_ticks
from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.comparison_sentence import is_told_apart, p_text, unit_of

WIDTH, ROW, MARGINS = 640, 46, 64
"""Width of the chart, height of a pair, and that of what is above and below all, in pixels."""


def forest(comparisons: Sequence[ArmComparison]) -> Chart | None:
    """Draw the pairs of one endpoint from the top, those told apart in colour; None if no pair has an interval.

    Right of the line at zero, the second arm of a pair is worse.
    """
    drawn = [(each, found) for each in comparisons if (found := each.found) is not None]
    if not drawn:
        return None
    unit = unit_of(drawn[0][0].subject)
    ends = [0.0, *(end for _, found in drawn for end in (found.lower, found.upper))]
    room = 0.05 * (max(ends) - min(ends))
    told = [f"{found.mean:+.3g} ({found.lower:+.3g} to {found.upper:+.3g})" for _, found in drawn]
    marks: list[Mark] = [Rule(at=0.0, colour="--limit", vertical=True)]
    for place, ((each, found), said) in enumerate(zip(drawn, told, strict=True)):
        height = len(drawn) - place - 0.7
        marks += [
            Spread(lower=found.lower, upper=found.upper, y=height, colour="--muted", caption=_pair(each)),
            Dots(
                points=[(found.mean, height)],
                tips=[f"{_pair(each)}\n{said}\n{p_text(each.p_holm or 0.0)} corrected"],
                colour="--accent" if is_told_apart(each) else "--dot",
                scale=1.2,
            ),
        ]
    pairs = "; ".join(f"{_pair(each)} {said}" for (each, _), said in zip(drawn, told, strict=True))
    return Chart(
        told=f"Difference in {drawn[0][0].endpoint.replace('_', ' ')} with its 95 % interval: {pairs}.",
        x=Axis(
            least=min(ends) - room,
            most=max(ends) + room,
            ticks=named_ticks(min(ends) - room, max(ends) + room),
            title=", ".join(filter(None, ["difference", unit])),
        ),
        y=Axis(least=0, most=len(drawn)),
        marks=marks,
        size=(WIDTH, MARGINS + ROW * len(drawn)),
        left=14,
    )


def _pair(comparison: ArmComparison) -> str:
    return f"{comparison.second} against {comparison.first}"
