"""Columns of lists: which hold pictures, and what is said of the others."""

import math

import polars as pl

from outcross.resources.errors import BadInput

PICTURE_NAMES = frozenset({"image", "images", "img", "pixels", "picture", "photo"})
"""Names, in lower case, of columns whose lists are pictures whatever their shape."""
SHORTEST_SIDE = 3
"""Fewest pixels a side of what is taken for a picture by being a square: four numbers are rather the edges of a box."""
BRIGHTEST = 255


def are_pictures(values: pl.Series, *, name: str) -> bool:
    """Return whether lists are pictures: by the name of their column, or by their shape.

    By shape they are where they are numbers and nested with one length at each depth, or flat with as many whole
    numbers 0..255 as a square has.
    """
    if name.lower() in PICTURE_NAMES:
        return True
    lengths, flat = _shape(values)
    if lengths is None or not flat.dtype.is_numeric() or flat.dtype.is_decimal():
        return False
    sides = [length for length in lengths if length > 1]
    if len(lengths) > 1:
        return len(sides) > 1
    side = math.isqrt(lengths[0])
    return side * side == lengths[0] and side >= SHORTEST_SIDE and _are_grey(flat)


def refuse_lists(values: pl.Series, where: str) -> None:
    """Raise ``BadInput`` where a column holds lists, structures or maps: no role but ``image`` is for lists."""
    if not isinstance(values.dtype, pl.List | pl.Array):
        if values.dtype.is_nested():
            raise BadInput(
                f"{where}: {values.dtype} values are neither categories nor text; write each of their fields as a "
                "column of its own, the whole as JSON text, or give the column the role 'ignore'"
            )
        return
    lengths = values.alias("").cast(pl.List(values.dtype.inner)).list.len().drop_nulls()
    least, most = lengths.min(), lengths.max()
    count = f"{most!r}" if least == most else f"{least!r} to {most!r}"
    raise BadInput(
        f"{where}: lists of {count} values ({values.dtype.inner}) are neither categories nor text; make a column of "
        "each place, join the values to one text, or give the column the role 'ignore' ('image' where they are pixels)"
    )


def _shape(values: pl.Series) -> tuple[list[int] | None, pl.Series]:
    """Return the one length at each depth and the values of the lists; None where lengths differ."""
    lengths: list[int] = []
    values = values.alias("").drop_nulls()
    while isinstance(values.dtype, pl.List | pl.Array):
        found = values.cast(pl.List(values.dtype.inner)).list.len().unique()
        if len(found) != 1 or found[0] == 0:
            return None, values
        lengths.append(int(found[0]))
        values = values.explode()
    return lengths, values


def _are_grey(flat: pl.Series) -> bool:
    if flat.null_count():
        return False
    return bool(((flat % 1) == 0).all() and flat.is_between(0, BRIGHTEST).all())  # NaN is none of these
