"""Measure named test sets on UCI Adult: planted rows that are found, and clean rows that are taken for copies.

``python -m tests.assets.anchor.named_set_accuracy [draws]`` prints the figures of docs/pool.md. Of each draw, 40 rows
of a test set of 400 are planted among 10,000 other people; half of them have another person's value in one cell.
"""

import sys
from collections import Counter

import numpy as np
import polars as pl

from outcross.assets.anchor.likeness import Likeness
from outcross.resources.sources.files import Files
from tests.shared_data import shared_data

REAL, TEST, CLEAN, PLANTED = 3_000, 400, 10_000, 40


def with_a_cell_changed(rows: pl.DataFrame, others: pl.DataFrame, random: np.random.Generator) -> list[pl.DataFrame]:
    """Put another row's value, which differs, into one cell of each row."""
    changed = []
    for place in range(rows.height):
        name = rows.columns[random.integers(rows.width)]
        different = others[name].filter(others[name].ne_missing(rows[name][place]))
        value = different[int(random.integers(len(different)))]
        changed.append(rows[place].with_columns(pl.lit(value, dtype=rows[name].dtype).alias(name)))
    return changed


def main(draws: int) -> None:
    """Print how many are found and taken in each draw, and the columns in which missed rows were changed."""
    data = Files(path=str(shared_data("adult.parquet")), columns={"income": "label", "sex": "group"}).load()
    found, near, equal, missed = [], [], [], Counter[str]()
    for draw in range(draws):
        rows = data.rows.select(data.schema.names).sample(fraction=1, shuffle=True, seed=100 + draw)
        real, test, clean = rows[:REAL], rows[REAL : REAL + TEST], rows[REAL + TEST : REAL + TEST + CLEAN]
        half = PLANTED // 2
        changed = pl.concat(with_a_cell_changed(test[half:PLANTED], rows[-CLEAN:], np.random.default_rng(draw)))
        likeness = Likeness(anchor=real[REAL // 5 :], holdout=real[: REAL // 5], schema=data.schema, seed=0)
        copies = likeness.find(pl.concat([test[:half], changed, clean]), test)
        found.append(int(copies.any[:PLANTED].sum()))
        near.append(int(copies.near[PLANTED:].sum()))
        equal.append(int(copies.exact[PLANTED:].sum()))
        for place in np.flatnonzero(~copies.any[half:PLANTED].to_numpy()):
            one, other = test[half + int(place)], changed[int(place)]
            missed.update(name for name in rows.columns if one[name].ne_missing(other[name])[0])
    print(f"found of {PLANTED}: {np.mean(found):.2f}, {min(found)} to {max(found)}, missed by column: {dict(missed)}")  # noqa: T201
    print(f"of {CLEAN:,} clean rows, near: {np.mean(near):.2f} ({min(near)} to {max(near)})")  # noqa: T201
    print(f"of {CLEAN:,} clean rows, equal: {np.mean(equal):.2f}")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
