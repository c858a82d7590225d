"""Labels of real and synthetic rows have the same codes, and rows without one are of a class of their own."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.dataset.labels import read_labels


def test_a_label_has_one_code_on_both_sides_and_no_label_has_one_too() -> None:
    anchor = pl.DataFrame({"row": [2, 0, 1], "y": ["b", "a", None]})
    made = pl.DataFrame({"replicate": [1, 0, 0], "row": [0, 1, 0], "y": ["a", None, "c"]})
    artefacts: Any = SimpleNamespace(
        schema=SimpleNamespace(label=SimpleNamespace(name="y")),
        address=lambda thing: thing,
        load=lambda address, columns: (anchor if address == "anchor" else made).select(columns),
    )
    real: Any = SimpleNamespace(rows=3, replicates=[0, 1], look_up=lambda part, index, places: places[::-1])
    part: Any = "made"
    first, second = read_labels(artefacts, real, part)
    none, a, b, c = 0, 1, 2, 3
    assert first.real.tolist() == second.real.tolist() == [b, none, a]
    assert (first.synthetic.tolist(), second.synthetic.tolist()) == ([c, none], [a])
    assert np.bincount(first.real).sum() == 3
