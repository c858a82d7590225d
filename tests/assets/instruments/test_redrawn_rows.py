"""The deviation of a distance that is drawn again, for equal populations, where distances have a kink, and far ones."""

import numpy as np
import pytest

from outcross.assets.instruments.columns import Columns
from outcross.assets.instruments.redrawn_rows import redrawn_error

ROWS, STUDIES = 40, 120


def side(values: np.ndarray) -> Columns:
    return Columns(["x"], values[None], [], [], [])


def apart(x: Columns, y: Columns) -> float:
    return abs(float(x.numeric[0].mean() - y.numeric[0].mean()))


@pytest.mark.parametrize(("shift", "spread"), [(0.0, np.sqrt(1 - 2 / np.pi)), (3.0, 1.0)])
def test_the_error_is_the_spread_over_studies_for_equal_populations_too(shift: float, spread: float) -> None:
    """The mean difference has the deviation √(2 ÷ rows); of its absolute value about 0, a normal has 0.6 of it."""
    errors = []
    for study in range(STUDIES):
        random = np.random.default_rng(study)
        x, y = random.standard_normal(ROWS), random.standard_normal(ROWS) + shift
        errors.append(redrawn_error(apart, side(x), side(y), random))
    expected = spread * np.sqrt(2 / ROWS)
    assert np.mean(errors) == pytest.approx(expected, rel=0.13)


def test_equal_samples_have_the_error_of_chance_and_not_none() -> None:
    x = side(np.linspace(-1, 1, ROWS))
    assert redrawn_error(apart, x, x, np.random.default_rng(0)) > 0
    still = side(np.ones(ROWS))
    assert redrawn_error(apart, still, still, np.random.default_rng(0)) == 0
