"""Columns of two tables as numbers and common codes."""

import numpy as np
import polars as pl

from outcross.assets.instruments.columns import code_columns
from outcross.resources.schema import Column, Role, Schema

SCHEMA = Schema(
    (
        Column(name="n", role=Role.NUMERIC, nullable=True),
        Column(name="c", role=Role.CATEGORICAL, nullable=True),
        Column(name="y", role=Role.LABEL),
    )
)


def test_null_is_0_and_equal_levels_of_both_sides_have_one_code() -> None:
    x = pl.DataFrame({"n": [3.0, None, 1.0], "c": ["b", None, "a"], "y": ["u", "u", "u"]}, schema=SCHEMA.polars)
    y = pl.DataFrame({"n": [float("nan"), 2.0], "c": ["c", "b"], "y": ["u", "v"]}, schema=SCHEMA.polars)
    of_x, of_y = code_columns(x, y, SCHEMA)
    assert [each.tolist() for each in of_x.discrete] == [[2, 0, 1], [1, 1, 1]]
    assert [each.tolist() for each in of_y.discrete] == [[3, 2], [1, 2]]
    assert of_x.levels == of_y.levels == [4, 3]
    assert (of_x.numeric_names, of_x.discrete_names) == (["n"], ["c", "y"])
    assert (of_x.rows, of_y.rows) == (3, 2)
    assert [each.tolist() for each in (of_x.ascending[0], of_y.ascending[0])] == [[1.0, 3.0], [2.0]]
    np.testing.assert_array_equal(of_x.numeric, [[3.0, np.nan, 1.0]])
    assert of_x.shares(0).tolist() == [1 / 3, 1 / 3, 1 / 3, 0]
    assert of_y.shares(1).tolist() == [0, 0.5, 0.5]


def test_sides_without_rows_and_tables_without_a_kind_of_columns_have_codes() -> None:
    empty = pl.DataFrame(schema=SCHEMA.polars)
    of_x, of_y = code_columns(empty, empty, SCHEMA)
    assert of_x.levels == [1, 1] and of_y.shares(0).tolist() == [0.0]
    numbers = Schema(SCHEMA.columns[:1])
    of_x, _ = code_columns(empty.select("n"), empty.select("n"), numbers)
    assert of_x.discrete == of_x.levels == []
    _, of_y = code_columns(empty.select("c"), pl.DataFrame({"c": ["a", "a"]}), Schema(SCHEMA.columns[1:2]))
    assert (of_y.rows, of_y.numeric.shape, of_y.discrete[0].tolist()) == (2, (0, 2), [1, 1])
