"""Marks against what rows declare: rows that contradict a mark, and rows that are certainly a model's."""

import polars as pl

from outcross.assets.corpus.marks.mark import MARKS, Mark

GUARD = "marks"
_AGAINST = {
    ("synthetic", "real"): "by a model",
    ("mixed", "real"): "in part by a model",
    ("real", "synthetic"): "by no model",
}
"""What a mark says and what a row declares, where both cannot hold → by whom the mark says that the row was made."""
_ROW = {"position": pl.Int64(), "guard": pl.String(), "reason": pl.String()}


def find_contradictions(rows: pl.LazyFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Find the rows whose declared origin contradicts a mark: ``position``, ``guard``, ``reason``.

    A mark of many rows that says ``mixed`` is of the whole: it contradicts rows declared real only where it finds no
    row that is declared otherwise.

    Args:
        rows: ``position`` and ``origin`` of every row that could be read.
        marks: of the file, :data:`~.mark.MARKS`; those with a doubt prove nothing.
    """
    found = [pl.DataFrame(schema=_ROW)]
    told = marks.filter(pl.col("doubt") == "", pl.col("says").is_not_null())
    if not told.height:
        return found[0]
    declared = rows.select("position", "origin").collect(engine="streaming")
    single = told.filter(pl.col("first") == pl.col("last"))
    joined = single.join(declared, left_on="first", right_on="position").rename({"first": "position"})
    found.append(_reasons(joined))
    for mark in told.filter(pl.col("first").ne_missing(pl.col("last"))).iter_rows(named=True):
        of = declared.filter(within(mark["first"], mark["last"]))
        if mark["says"] == "mixed" and (of["origin"] != "real").any():
            continue
        values = [
            pl.lit(mark[name], dtype=MARKS[name]).alias(name) for name in ("kind", "says", "statement", "generator")
        ]
        found.append(_reasons(of.with_columns(values)))
    return pl.concat(found).unique(["position", "reason"], maintain_order=True)


def _reasons(joined: pl.DataFrame) -> pl.DataFrame:
    pairs = pl.concat_str("says", pl.lit("/"), "origin")
    by = pairs.replace_strict(
        [f"{says}/{origin}" for says, origin in _AGAINST], list(_AGAINST.values()), default=None, return_dtype=pl.String
    )
    made = (
        pl.when(pl.col("generator").is_not_null()).then(pl.format(", generator {}", "generator")).otherwise(pl.lit(""))
    )
    reason = pl.format(
        "the row is declared {}, and its mark says that it was made {} ({}: {}{})",
        "origin",
        by,
        "kind",
        "statement",
        made,
    )
    return joined.select("position", guard=pl.lit(GUARD), reason=reason).drop_nulls("reason")


def within(first: int, last: int | None) -> pl.Expr:
    """Build (rows,) Boolean: whether a position lies between the ends of a mark; without a last one, to the end."""
    after = pl.col("position") >= first
    return after if last is None else after & (pl.col("position") <= last)


def are_marked(positions: pl.Series, marks: pl.DataFrame) -> pl.Series:
    """Return (rows,) whether a mark says that a model made the row, at least in part.

    A mark of many rows that says ``mixed`` does not say which rows it means, so none counts.

    Args:
        positions: of rows in their file.
        marks: of the file.
    """
    told = marks.filter(pl.col("doubt") == "")
    single = told.filter(pl.col("first") == pl.col("last"), pl.col("says").is_in(["synthetic", "mixed"]))
    frame = positions.alias("position").to_frame()
    found = frame.select(pl.col("position").is_in(single["first"].implode()))["position"]
    whole = told.filter(pl.col("first").ne_missing(pl.col("last")), pl.col("says") == "synthetic")
    for first, last in whole.select("first", "last").iter_rows():
        found |= frame.select(within(first, last))["position"]
    return found.fill_null(value=False)


def of_whole_file(marks: list[Mark]) -> list[tuple[int, int | None, Mark]]:
    """Return marks of all rows of a file, with the ends that :func:`.mark.to_frame` takes."""
    return [(0, None, mark) for mark in marks]
