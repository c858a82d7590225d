from itertools import product

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import gower
from outcross.assets.instruments.gower import closest_distances, nearest_records
from outcross.resources.schema import Schema
from tests.assets.evaluation.tables import CENSUS, census, levels, numbers


def in_words(row: dict[str, object], record: dict[str, object], ranges: dict[str, float]) -> float:
    """Gower's distance as in SDMetrics' DCR, value by value."""
    total = 0.0
    for name, value in row.items():
        other = record[name]
        if value is None or other is None:
            total += (value is None) != (other is None)
        elif name not in ranges or ranges[name] == 0:
            total += value != other
        else:
            total += min(abs(value - other) / ranges[name], 1.0)  # type: ignore[operator]
    return total / len(row)


def pairwise(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> np.ndarray:
    ranges = {c.name: records[c.name].max() - records[c.name].min() for c in schema.numeric}  # type: ignore[operator]
    pairs = product(rows.iter_rows(named=True), records.iter_rows(named=True))
    found = [in_words(row, record, ranges) for row, record in pairs]  # type: ignore[arg-type]
    return np.array(found).reshape(rows.height, records.height)


def test_distances_are_those_of_gower_with_nulls_and_values_beyond_the_records_range() -> None:
    rows, records = census(1, 70, nulls=0.3).with_columns(pl.col("pay") * 3 - 20), census(2, 90)
    found, every = nearest_records(rows, records, CENSUS), pairwise(rows, records, CENSUS)
    ordered = np.sort(every, axis=1)
    assert found.first == pytest.approx(ordered[:, 0], abs=1e-6)
    assert found.second == pytest.approx(ordered[:, 1], abs=1e-6)
    assert every[np.arange(70), found.record] == pytest.approx(ordered[:, 0], abs=1e-6)


def test_computing_in_blocks_gives_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, records = census(1, 70), census(2, 90)
    whole = nearest_records(rows, records, CENSUS)
    monkeypatch.setattr(gower, "ROWS", 16)
    monkeypatch.setattr(gower, "RECORDS", 7)
    parts = nearest_records(rows, records, CENSUS)
    for name in ("first", "second", "record"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name))


def test_a_row_has_distance_0_to_itself_and_the_others_are_ordered_by_distance() -> None:
    records, schema = numbers(a=[0.0, 1.0, 10.0])
    found = nearest_records(numbers(a=[1.0, 9.0, 25.0])[0], records, schema)
    assert found.first == pytest.approx([0.0, 0.1, 1.0])
    assert found.second == pytest.approx([0.1, 0.8, 1.0])
    assert found.record.tolist() == [1, 2, 0]


def test_without_range_a_number_is_equal_or_not() -> None:
    records, schema = numbers(a=[5.0, 5.0, None], b=[None, None, None])
    rows, _ = numbers(a=[5.0, 5.1, None], b=[None, 3.0, None])
    assert closest_distances(rows, records, schema).tolist() == [0.0, 1.0, 0.0]


def test_levels_that_records_lack_and_infinite_numbers_have_the_largest_distance() -> None:
    records, schema = levels(a=["r", "b", None])
    assert closest_distances(levels(a=["z", None, "b"])[0], records, schema).tolist() == [1.0, 0.0, 0.0]
    records, schema = numbers(a=[0.0, 1.0, float("inf")])
    assert closest_distances(numbers(a=[float("-inf"), 0.5])[0], records, schema).tolist() == [1.0, 0.5]


def test_columns_of_more_than_256_levels_keep_their_levels_distinct() -> None:
    records, schema = levels(a=[f"{number:04}" for number in range(700)])
    found = nearest_records(records, records, schema)
    assert found.record.tolist() == list(range(700))
    assert set(found.second) == {1.0}


def test_large_sets_are_sampled_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = census(1, 50)
    assert gower.sample_rows(rows, 1) is rows
    monkeypatch.setattr(gower, "MOST_ROWS", 20)
    drawn = gower.sample_rows(rows, 1)
    assert drawn.height == 20
    assert drawn.equals(gower.sample_rows(rows, 1))
    assert not drawn.equals(gower.sample_rows(rows, 2))
