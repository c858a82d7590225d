"""The sketches of a batch: the number of different rows, counted and expected, and a bottom-k sample."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.assets.corpus.guards.counting import code_frame
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.measures.diversity import expected_distinct
from outcross.assets.corpus.guards.sketch import BottomKSample, DistinctCounter
from outcross.assets.instruments.splitmix import splitmix64
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.batches import TABLE, table


def test_rows_have_equal_hashes_exactly_where_all_columns_are_equal() -> None:
    schema = Schema(
        (Column(name="x", role=Role.NUMERIC), Column(name="n", role=Role.NUMERIC, integer=True), *TABLE.columns[2:3])
    )
    different = [
        (1.0, 1, "a"), (1.0, 1, ""), (1.0, 1, None), (None, 1, "a"), (float("nan"), 1, "a"), (1.0, None, "a"),
        (1.0, 0, "a"), (0.0, 1, "a"), (1.0, 2**62, "a"), (1.0, 2**62 + 1, "a"), (1.0, 1, "null"),
        (float("inf"), 1, "a"),
    ]  # fmt: skip
    rows = pl.DataFrame([*different, *different, (-0.0, 1, "a")], schema=schema.polars, orient="row")
    profile = fit_profile(rows, rows, schema, seed=0)
    hashes = code_frame(rows, profile.scales).hashes
    assert len(np.unique(hashes)) == len(different)
    assert (hashes[: len(different)] == hashes[len(different) : -1]).all()
    assert hashes[-1] == hashes[different.index((0.0, 1, "a"))]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 60), max_size=300), st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_distinct_count_does_not_depend_on_order_and_is_exact_up_to_the_capacity(
    values: list[int], most: int, random
) -> None:  # type: ignore[no-untyped-def]
    hashes = splitmix64(np.array(values, dtype=np.uint64))
    counted = DistinctCounter(capacity=most)
    counted.add(hashes)
    shuffled = list(hashes)
    random.shuffle(shuffled)
    again = DistinctCounter(capacity=most)
    for part in np.array_split(np.array(shuffled, dtype=np.uint64), 7):
        again.add(part)
    assert again.count == counted.count
    if len(set(values)) <= most:
        assert counted.exact
        assert counted.count == len(set(values))


def test_many_different_rows_are_counted_within_the_documented_error() -> None:
    counted = DistinctCounter(capacity=2**12)
    hashes = splitmix64(np.arange(300_000, dtype=np.uint64))
    for part in np.array_split(np.concatenate([hashes, hashes[:100_000]]), 9):
        counted.add(part)
    assert not counted.exact
    assert counted.count == pytest.approx(300_000, rel=4 / np.sqrt(2**11))


def test_a_bottom_k_sample_has_each_row_with_equal_probability() -> None:
    taken = np.zeros(50)
    frame = pl.DataFrame({"row": np.arange(50)})
    for seed in range(400):
        sample = BottomKSample(10, seed)
        for start in (0, 17, 30):
            part = frame[start : {0: 17, 17: 30, 30: 50}[start]]
            chosen, keys = sample.candidates(part["row"].to_numpy())
            sample.add(part[chosen], keys)
        assert sample.rows is not None
        taken[sample.rows["row"].to_numpy()] += 1
    assert taken.sum() == 4_000
    assert abs(taken - 80).max() < 5 * np.sqrt(400 * 0.2 * 0.8)


def test_the_expected_number_of_different_rows_is_that_of_samples_of_the_anchor() -> None:
    anchor = table(400, 4)
    anchor = pl.concat([anchor, anchor[:150], anchor[:50]])
    profile = fit_profile(anchor, table(50, 5), TABLE, seed=0)
    random = np.random.default_rng(0)
    for rows in (1, 50, 300, 600):
        found = [anchor[random.permutation(600)[:rows]].n_unique() for _ in range(200)]
        expected, most_repeats = expected_distinct(profile, rows)
        assert np.mean(found) == pytest.approx(expected, rel=0.01)
        assert min(found) >= rows - most_repeats


def test_beyond_the_anchors_size_the_expected_number_of_different_rows_is_not_too_high() -> None:
    few = table(4_000, 4).select("c", "sex", "race", "y", n=pl.lit(1, dtype=pl.Int64), x=pl.lit(1.0))[TABLE.names]
    for kinds in (few, table(4_000, 4)):
        profile = fit_profile(kinds[:1_000], kinds[:50], TABLE, seed=0)
        for rows in (1_001, 2_000, 4_000):
            expected, _ = expected_distinct(profile, rows)
            assert 0.9 * profile.distinct_share * 1_000 <= expected <= 1.1 * kinds[:rows].n_unique()
