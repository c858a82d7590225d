"""The chart of a benefit: gain above, loss below what real rows alone do."""

from outcross.assets.drawing.chart import Axis, Chart, Dash, Dots, Line, Mark, Rule
from outcross.assets.drawing.ticks import format_number, named_ticks
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.benefit.benefit import ALONE, Benefit
from outcross.assets.verdict.figures import exact_percent

SIZE = (640, 340)
MIXED = "mix with synthetic rows"
_DASHES: tuple[Dash, ...] = ("dash", "dot", "dashdot", "longdash")


def alternative_dashes(benefit: Benefit) -> dict[str, Dash]:
    """Name of each line → how it is drawn: that of the mix is solid, those of the alternatives are dashed."""
    found: dict[str, Dash] = {MIXED: "solid"}
    return found | {name: _DASHES[place % len(_DASHES)] for place, name in enumerate(benefit.alternatives)}


def benefit_chart(benefit: Benefit, endpoint: Endpoint, *, scale: Scale) -> Chart:
    """Draw the gain of each mix over real rows alone, a line for each alternative, and the share that gains most.

    Args:
        benefit: to draw.
        endpoint: on which it was measured.
        scale: what gains are measured in.
    """
    form = ".3g" if scale == "absolute" else ".1%"
    shares = [0.0, *(mix.share for mix in benefit.mixes)]
    unit = {"absolute": f", {endpoint.unit}".rstrip(", "), "gain": ", share of what the model gains"}.get(scale, "")
    series = {MIXED: benefit.over_alone, **benefit.alternatives}
    marks: list[Mark] = [Rule(at=0.0, colour="--muted", label=ALONE, dash="solid")]
    for name, dash in alternative_dashes(benefit).items():
        points = list(zip(shares, [0.0, *series[name]], strict=True))
        mixed = name == MIXED
        marks.append(
            Line(points=points, colour="--accent" if mixed else "--muted", dash=dash, width=2.5 if mixed else 1.8)
        )
        tips = [f"{name}\n{exact_percent(share)} synthetic: {format_number(gain, form)}" for share, gain in points]
        marks.append(Dots(points=points, tips=tips, colour="--accent" if mixed else "--muted", scale=0.7))
    best = benefit.best.share
    gain = benefit.over_alone[shares.index(best) - 1]
    marks.append(
        Dots(
            points=[(best, gain)],
            tips=[f"best share tried: {exact_percent(best)}"],
            colour="--limit",
            marker="diamond",
            scale=1.4,
        )
    )
    values = [0.0, *(each for line in series.values() for each in line)]
    room = 0.08 * (max(values) - min(values)) or 0.01
    least, most = min(values) - room, max(values) + room
    told = "; ".join(
        f"{name} {', '.join(format_number(each, form) for each in gains)}" for name, gains in series.items()
    )
    return Chart(
        told=f"Gain over real rows alone at {', '.join(exact_percent(each) for each in shares[1:])} synthetic. {told}.",
        x=Axis(
            least=-0.03, most=max(shares) + 0.04, ticks=named_ticks(0.0, max(shares), ".0%"), title="synthetic share"
        ),
        y=Axis(least=least, most=most, ticks=named_ticks(least, most, form), title=f"gain over real rows alone{unit}"),
        marks=marks,
        size=SIZE,
        left=68,
    )
