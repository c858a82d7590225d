"""Keys of short rows: equal exactly where what is left of the rows, without a few neighbours, is equal."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.assets.instruments.window_keys import KEPT, SHORTEST_SHINGLED, WIDEST, window_keys

HASHES = np.random.default_rng(1).integers(0, 2**63, size=4, dtype=np.uint64)


def left(row: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The row, then the row without each window of one, two and three neighbours that leaves enough of it."""
    windows = [width for width in range(1, WIDEST + 1) if len(row) - width >= KEPT * len(row)]
    without = (row[:at] + row[at + width :] for width in windows for at in range(len(row) - width + 1))
    return [row, *without] if 0 < len(row) < SHORTEST_SHINGLED else []


def keys_of(*rows: tuple[int, ...]) -> list[list[int]]:
    flat = np.array([token for row in rows for token in row], dtype=np.int64)
    keys, counts = window_keys(HASHES[flat], np.array([len(row) for row in rows], dtype=np.int64))
    return [part.tolist() for part in np.split(keys, np.cumsum(counts)[:-1])]


ROWS = st.lists(st.lists(st.integers(0, 3), max_size=14).map(tuple), min_size=1, max_size=5)


@settings(max_examples=60)
@given(ROWS)
def test_keys_are_equal_exactly_where_what_is_left_is(rows: list[tuple[int, ...]]) -> None:
    found = [key for keys in keys_of(*rows) for key in keys]
    expected = [each for row in rows for each in left(row)]
    assert len(found) == len(expected)
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))


def test_rows_have_keys_of_their_own_up_to_the_length_that_shingles_find() -> None:
    rows = [(0, 1) * 31 + (2,), (0, 1) * 32, (), (3,), (0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3) * 2 + (0, 1)]
    found = keys_of(*rows)
    assert [len(each) for each in found] == [1 + 63 + 62 + 61, 0, 0, 1, 1, 1 + 4, 1 + 10 + 9 + 8]
    assert found == [keys_of(row)[0] for row in rows], "whatever the rows beside them"
