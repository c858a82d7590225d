"""The error from halves of both samples: that of a mean, of a difference, and of what extremes decide."""

import numpy as np
import pytest

from outcross.assets.instruments import half_samples
from outcross.assets.instruments.half_samples import FEWEST_ROWS, Rows, half_sample_error


def test_the_error_of_a_difference_of_means_is_that_of_the_textbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half_samples, "HALVES", 4_000)
    random = np.random.default_rng(1)
    x, y = random.exponential(1.0, 40), random.normal(0, 2, 61)

    def difference(rows_of_x: Rows, rows_of_y: Rows) -> float:
        return float(x[rows_of_x].mean() - y[rows_of_y].mean())

    found = half_sample_error(difference, (len(x), len(y)), random)
    assert found == pytest.approx(np.sqrt(x.var(ddof=1) / 40 + y.var(ddof=1) / 61), rel=0.04)


def test_halves_have_each_row_once_and_a_side_of_few_rows_has_no_error() -> None:
    seen: list[tuple[int, ...]] = []

    def see(rows_of_x: Rows, rows_of_y: Rows) -> float:
        seen.append((len(set(rows_of_x)), len(set(rows_of_y)), int(rows_of_x.max()), int(rows_of_y.max())))
        return 0.0

    assert half_sample_error(see, (FEWEST_ROWS, 21), np.random.default_rng(1)) == 0
    assert {each[:2] for each in seen} == {(FEWEST_ROWS // 2, 10)}
    assert max(each[2] for each in seen) == FEWEST_ROWS - 1
    assert max(each[3] for each in seen) == 20
    assert np.isnan(half_sample_error(see, (FEWEST_ROWS - 1, 21), np.random.default_rng(1)))
