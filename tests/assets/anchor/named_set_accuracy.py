"""Measure named test sets on a table: planted rows that are found, and clean rows that are taken for copies.

``python -m tests.assets.anchor.named_set_accuracy [adult|college] [draws]`` prints the figures of docs/pool.md. Of each
draw of UCI Adult, 40 rows of a test set of 400 are planted among 10,000 other people; half of them have another
person's value in one cell. The bundled table of colleges has fewer rows, so that a draw has fewer clean ones.
"""

import sys
from collections import Counter

import numpy as np
import polars as pl

from outcross.assets.anchor.likeness import Likeness
from outcross.resources.sources import College
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.files import Files
from tests.shared_data import shared_data

SIZES = {"adult": (3_000, 400, 10_000), "college": (500, 100, 1_000)}
"""Table → real rows, rows of the test set, most clean rows."""
PLANTED = 40


def with_a_cell_changed(rows: pl.DataFrame, others: pl.DataFrame, random: np.random.Generator) -> list[pl.DataFrame]:
    """Put another row's value, which differs, into one cell of each row."""
    changed = []
    for place in range(rows.height):
        name = rows.columns[random.integers(rows.width)]
        different = others[name].filter(others[name].ne_missing(rows[name][place]))
        value = different[int(random.integers(len(different)))]
        changed.append(rows[place].with_columns(pl.lit(value, dtype=rows[name].dtype).alias(name)))
    return changed


def read(table: str) -> RealData:
    """Read the table."""
    if table == "college":
        return College().load()
    return Files(path=str(shared_data("adult.parquet")), columns={"income": "label", "sex": "group"}).load()


def main(table: str, draws: int) -> None:
    """Print how many are found and taken in each draw, and the columns in which missed rows were changed."""
    data, (some, tested, most) = read(table), SIZES[table]
    found, near, equal, expected, missed, clean_rows = [], [], [], [], Counter[str](), 0
    for draw in range(draws):
        rows = data.rows.select(data.schema.names).sample(fraction=1, shuffle=True, seed=100 + draw)
        real, test, clean = rows[:some], rows[some : some + tested], rows[some + tested : some + tested + most]
        half = PLANTED // 2
        changed = pl.concat(with_a_cell_changed(test[half:PLANTED], rows[-most:], np.random.default_rng(draw)))
        likeness = Likeness(anchor=real[some // 5 :], holdout=real[: some // 5], schema=data.schema, seed=0)
        copies = likeness.find(pl.concat([test[:half], changed, clean]), test)
        found.append(int(copies.any[:PLANTED].sum()))
        near.append(int(copies.near[PLANTED:].sum()))
        equal.append(int(copies.exact[PLANTED:].sum()))
        clean_rows += clean.height
        chance = copies.by_chance
        expected.append((0.0, 0.0) if chance is None else (chance.rate * clean.height, chance.upper * clean.height))
        for place in np.flatnonzero(~copies.any[half:PLANTED].to_numpy()):
            one, other = test[half + int(place)], changed[int(place)]
            missed.update(name for name in rows.columns if one[name].ne_missing(other[name])[0])
    print(f"found of {PLANTED}: {np.mean(found):.2f}, {min(found)} to {max(found)}, missed by column: {dict(missed)}")  # noqa: T201
    print(f"of {clean_rows:,} clean rows in {draws} draws, near: {sum(near)} ({min(near)} to {max(near)} a draw)")  # noqa: T201
    print(f"of them equal: {sum(equal)}")  # noqa: T201
    means = np.mean(expected, axis=0)
    covered = np.mean([taken <= limit for taken, (_, limit) in zip(near, expected, strict=True)])
    print(f"told a draw: about {means[0]:.2f} near by chance, at most {means[1]:.2f}; true of {covered:.0%} of draws")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "adult", int(sys.argv[2]) if len(sys.argv) > 2 else 40)
