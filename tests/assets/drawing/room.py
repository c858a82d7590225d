"""What holds of every chart: its axes show all that is drawn, and little else."""

from collections.abc import Iterable, Iterator

from outcross.assets.drawing.chart import Axis, Band, Bars, Chart, Dots, Line, Mark, Spread

FILLED = 0.5
"""Part of an axis that what is drawn takes up, at the least."""


def assert_room(chart: Chart, *, besides: Iterable[type] = ()) -> None:
    """Hold the axes of a chart to what is drawn on them.

    Args:
        chart: with more than one value on each axis.
        besides: kinds of marks that may end outside.
    """
    drawn = [point for mark in chart.marks if not isinstance(mark, tuple(besides)) for point in _points(mark)]
    for name, axis, values in (("x", chart.x, [x for x, _ in drawn]), ("y", chart.y, [y for _, y in drawn])):
        assert axis.least <= min(values) and max(values) <= axis.most, (name, axis, min(values), max(values))
        assert max(values) - min(values) >= FILLED * (axis.most - axis.least) > 0, (name, axis)
        _assert_ticks(name, axis)


def _assert_ticks(name: str, axis: Axis) -> None:
    places = [at for at, _ in axis.ticks]
    room = 1e-9 * (axis.most - axis.least)
    assert all(axis.least - room <= at <= axis.most + room for at in places), (name, axis)
    assert len({told for _, told in axis.ticks}) == len(places), (name, axis.ticks)


def _points(mark: Mark) -> Iterator[tuple[float, float]]:
    match mark:
        case Band():
            yield from ((x, y) for x, *ends in mark.points for y in ends)
        case Line():
            yield from ((x, y) for x, y in mark.points if y is not None)
        case Dots():
            yield from mark.points
        case Spread():
            yield from ((mark.lower, mark.y), (mark.upper, mark.y))
        case Bars():
            yield from zip(mark.edges, [*mark.heights, 0.0], strict=True)
