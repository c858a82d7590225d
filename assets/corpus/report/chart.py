"""The synthetic share of a corpus over its versions, as a picture in a page: SVG with a text alternative."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from outcross.assets.corpus.ledger.ledger import Estimate, Version

MOST_POINTS = 400
"""Largest number of versions that are drawn; of more, each so-manieth one and the last."""
WIDTH, HEIGHT = 860, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 14, 34


@dataclass(frozen=True)
class _Scale:
    """The place of a version and of a share in the picture."""

    first: int
    last: int
    most: float

    def x(self, number: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (number - self.first) / max(self.last - self.first, 1)

    def y(self, share: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - share / self.most)


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
    most = max([*tops, *(each.declared_share for each in drawn), bound or 0.0, 0.01]) * 1.15
    scale = _Scale(drawn[0].number, drawn[-1].number, min(most, 1.0))
    parts = [_axes(scale)]
    for run in _runs([(number, found) for number, found in estimates if found.decided], {v.number for v in drawn}):
        upper = [(scale.x(number), scale.y(found.upper)) for number, found in run]
        lower = [(scale.x(number), scale.y(found.lower)) for number, found in reversed(run)]
        parts.append(f'<polygon class="band" points="{_points([*upper, *lower])}"/>')
        line = _points([(scale.x(number), scale.y(found.share)) for number, found in run])
        parts.append(f'<polyline class="estimated" points="{line}"/>')
        parts += [
            f'<circle class="estimated-dot" cx="{scale.x(number):.1f}" cy="{scale.y(found.share):.1f}" r="2.5"/>'
            for number, found in run
        ]
    declared = _points([(scale.x(each.number), scale.y(each.declared_share)) for each in drawn])
    parts.append(f'<polyline class="declared" points="{declared}"/>')
    if bound is not None:
        height = scale.y(min(bound, scale.most))
        parts.append(f'<line class="bound" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>')
    told = escape(describe(versions, bound))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}" preserveAspectRatio="xMidYMid meet">'
        f"<title>{told}</title>{''.join(parts)}</svg>"
    )


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


def _axes(scale: _Scale) -> str:
    parts = []
    for fraction in (0, 0.25, 0.5, 0.75, 1):
        share = scale.most * fraction
        y = scale.y(share)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.1%}</text>')
    middle = (scale.first + scale.last) // 2
    parts += [
        f'<text x="{scale.x(number):.1f}" y="{HEIGHT - 12}" text-anchor="middle">{number}</text>'
        for number in sorted({scale.first, middle, scale.last})
    ]
    parts.append(f'<text x="{_LEFT - 8}" y="{HEIGHT - 12}" text-anchor="end">version</text>')
    return "".join(parts)


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


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
