"""The synthetic share of a corpus over its versions, as a chart in a page."""

from collections.abc import Sequence

from outcross.assets.corpus.ledger.records import Estimate
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.drawing.chart import Axis, Band, Chart, Dots, Line, Mark, Rule
from outcross.assets.drawing.svg import draw
from outcross.assets.drawing.ticks import named_ticks

MOST_POINTS = 400
"""Largest number of versions that are drawn; of more, each so-manieth one and the last."""
SIZE = (860, 280)


def share_chart(versions: Sequence[Version], bound: float | None) -> str:
    """Draw the declared share, the estimated share with its 95 % interval, and the bound.

    Args:
        versions: in order, at least one.
        bound: that holds now, if there is one.
    """
    step = -(-len(versions) // MOST_POINTS)
    drawn = [*versions[:-1:step], versions[-1]]
    estimates = [(each.number, found) for each in drawn if (found := each.estimated) is not None]
    tops = [found.upper if found.decided else found.share for _, found in estimates]
    most = min(max([*tops, *(each.declared_share for each in drawn), bound or 0.0, 0.01]) * 1.15, 1.0)
    marks: list[Mark] = []
    for run in _runs([(number, found) for number, found in estimates if found.decided], {v.number for v in drawn}):
        points = [(number, found.share) for number, found in run]
        tips = [f"version {n}: {found.share:.1%} estimated\n{found.lower:.1%} to {found.upper:.1%}" for n, found in run]
        marks += [
            Band(points=[(number, found.lower, found.upper) for number, found in run], colour="--band"),
            Line(points=points, colour="--accent"),
            Dots(points=points, tips=tips, colour="--accent", scale=0.6),
        ]
    declared = [(each.number, each.declared_share) for each in drawn]
    marks.append(Line(points=declared, colour="--ink", dash="dash"))
    if bound is not None:
        marks.append(Rule(at=min(bound, most), colour="--limit", dash="solid"))
    first, last = drawn[0].number, drawn[-1].number
    chart = Chart(
        told=describe(versions, bound),
        x=Axis(
            least=first,
            most=max(last, first + 1),
            ticks=[(number, f"{number}") for number in sorted({first, (first + last) // 2, last})],
            title="version",
        ),
        y=Axis(least=0.0, most=most, ticks=named_ticks(0.0, most, ".1%")),
        marks=marks,
        size=SIZE,
        left=60,
    )
    return draw(chart, "shares")


def describe(versions: Sequence[Version], bound: float | None) -> str:
    """Describe the picture in words."""
    last = versions[-1]
    told = (
        f"Synthetic share over {len(versions):,} versions: {last.declared_share:.1%} declared in version {last.number}"
    )
    if (found := last.estimated) is not None:
        how = "" if found.decided else ", which is not decided"
        told += f"; estimated {found.share:.1%} (95 % interval {found.lower:.1%} to {found.upper:.1%}){how}"
    return f"{told}; the bound is {bound:.1%}" if bound is not None else told


def _runs(found: Sequence[tuple[int, Estimate]], drawn: set[int]) -> list[list[tuple[int, Estimate]]]:
    """Split what is drawn where a drawn version between has no decided estimate."""
    order = {number: place for place, number in enumerate(sorted(drawn))}
    runs: list[list[tuple[int, Estimate]]] = []
    for number, each in found:
        if runs and order[number] == order[runs[-1][-1][0]] + 1:
            runs[-1].append((number, each))
        else:
            runs.append([(number, each)])
    return runs
