"""Each class of the label on both sides of a split, where chance would leave it on one.

A split that is stratified exactly cannot also keep every row on its side as rows are added: if a row's side never
changes, it follows from the row alone, and so each side's share of a class is left to chance. What is guaranteed
instead is the least that measuring a class takes: with two units (different rows, or entities) or more, it has one on
each side. So the only row that ever moves is one of a class that had none on that side.
"""

import polars as pl


def represent_classes(units: pl.Series, numbers: pl.Series, labels: pl.Series, held: pl.Series) -> pl.Series:
    """Return (rows,) whether each row is held out, once every class with two units or more is on both sides.

    Of a class that lacks a side, the unit moves whose number is nearest to it, unless another class would lose its
    only unit on a side.

    Args:
        units: (rows,) String, what stays together.
        numbers: (rows,) Int64, the lower ones are held out first.
        labels: (rows,) String; a null is no class.
        held: (rows,) Boolean, as chance has it.
    """
    rows = pl.DataFrame([units.alias("unit"), numbers.alias("number"), labels.alias("label"), held.alias("held")])
    members = rows.filter(pl.col("label").is_not_null()).unique(maintain_order=False).sort("number", "unit", "label")
    moved: dict[str, bool] = {}
    for label in _lacking(members):
        members = _move_one(members, label, moved)
    if not moved:
        return held
    chosen = pl.DataFrame({"unit": list(moved), "moved": list(moved.values())})
    joined = rows.join(chosen, on="unit", how="left", maintain_order="left")
    return joined.select(pl.coalesce("moved", "held").alias("held")).to_series()


def _lacking(members: pl.DataFrame) -> list[str]:
    """Return the classes of two units or more that are on one side only, sorted."""
    sides = members.group_by("label").agg(pl.len().alias("units"), pl.col("held").n_unique().alias("sides"))
    return sides.filter(pl.col("units") > 1, pl.col("sides") == 1)["label"].sort().to_list()


def _move_one(members: pl.DataFrame, label: str, moved: dict[str, bool]) -> pl.DataFrame:
    """Move the first unit of a class that no other class needs, and record it."""
    own = members.filter(pl.col("label") == label)
    if own["held"].n_unique() > 1:
        return members
    to = not own["held"][0]
    for unit in own["unit"] if to else own["unit"].reverse():
        after = members.with_columns(pl.when(pl.col("unit") == unit).then(pl.lit(to)).otherwise("held").alias("held"))
        if len(_lacking(after)) < len(_lacking(members)):
            moved[unit] = to
            return after
    return members
