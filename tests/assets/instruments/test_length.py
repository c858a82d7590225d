import numpy as np
import pytest

from outcross.assets.instruments.length import FAR, length_variance


@pytest.mark.parametrize("freedom", [1, 4, 12])
def test_the_variance_is_that_of_drawn_lengths(freedom: int) -> None:
    draws = np.random.default_rng(1).standard_normal((100_000, freedom))
    for mean in (0.0, 1.0, 3.0):
        moved = draws.copy()
        moved[:, 0] += mean
        lengths = np.sqrt((moved**2).sum(axis=1))
        slope, rest = length_variance(freedom + mean**2, freedom)
        assert float(slope) == pytest.approx((moved[:, 0] / lengths).mean(), abs=0.01)
        assert float(slope**2 + rest) == pytest.approx(lengths.var(), rel=0.03)


def test_far_from_the_origin_a_length_is_linear_and_near_it_the_slope_is_zero() -> None:
    slope, rest = length_variance(np.array([0.0, 1.0, FAR + 1, np.inf]))
    assert slope.tolist() == [0.0, 0.0, 1.0, 1.0]
    assert rest == pytest.approx([1 - 2 / np.pi, 1 - 2 / np.pi, 0.0, 0.0])
