"""Cohorts as arrays: whatever the sizes of the replicates, each has its own rows."""

import numpy as np
import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.batches import (
    batches,
    closed_form_budget,
    numeric_values,
    replicate_sizes,
    standard_normals,
)
from outcross.resources.seeds import generator


def test_columns_are_floats_in_the_order_of_their_names() -> None:
    rows = pl.DataFrame({"n": [1, 2], "x": [0.5, -1.0], "other": ["a", "b"]})
    assert numeric_values(rows, ["x", "n"], kind="mine").tolist() == [[0.5, 1.0], [-1.0, 2.0]]


@pytest.mark.parametrize("wrong", [None, float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("column", ["x", "y"])
def test_a_value_that_is_not_finite_is_refused_by_its_column(wrong: float | None, column: str) -> None:
    rows = pl.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]}).with_columns(pl.Series(column, [1.0, wrong]))
    with pytest.raises(BadInput, match=f"generator 'mine': column '{column}' has nulls or values that are not finite"):
        numeric_values(rows, ["x", "y"], kind="mine")


@pytest.mark.parametrize("sizes", [[3], [2, 2, 2], [1, 3, 1], [4, 2, 3], [5, 5, 1, 5]])
def test_replicates_of_one_size_are_one_batch_of_their_own_rows(sizes: list[int]) -> None:
    replicates = [2 * number + 1 for number in range(len(sizes))]
    named = np.repeat(replicates, sizes)
    found, counted = replicate_sizes(pl.DataFrame({"replicate": named}))
    assert (found.tolist(), counted.tolist()) == (replicates, sizes)
    values, matrix = np.arange(sum(sizes)), np.arange(2 * sum(sizes)).reshape(-1, 2)
    met: list[int] = []
    for chosen, own, pairs in batches(counted, values, matrix):
        assert len({sizes[place] for place in chosen}) == 1
        met += chosen.tolist()
        for place, one, other in zip(chosen, own, pairs, strict=True):
            assert one.tolist() == values[named == replicates[place]].tolist()
            assert other.tolist() == matrix[named == replicates[place]].tolist()
    assert sorted(met) == list(range(len(sizes)))


def test_noise_is_drawn_for_each_replicate_by_its_own_seed() -> None:
    drawn = standard_normals([4, 1], {1: 11, 4: 44, 9: 99}, (3, 2))
    assert drawn.shape == (2, 3, 2)
    for place, seed in enumerate((44, 11)):
        np.testing.assert_array_equal(drawn[place], generator(seed).standard_normal((3, 2)))


def test_a_closed_form_fit_takes_one_step_over_all_rows() -> None:
    spent = closed_form_budget(np.array([4, 7]))
    assert (spent.rows, spent.rows_seen, spent.tokens, spent.steps) == ([4, 7], [4, 7], [0, 0], 1)
