"""A small simulation; the table in the docs is of the large one, ``python -m tests.assets.metrics.standard_errors``."""

import numpy as np
import pytest

from tests.assets.metrics.standard_errors import CHECKED, Calibration, calibrate, damaged, equal

CHEAP = ("neighbours", "pairs", "groups", "shapes")
ROWS = (120, 100)


@pytest.fixture(scope="module", params=[equal, damaged], ids=lambda draw: draw.__name__)
def found(request: pytest.FixtureRequest) -> dict[str, Calibration]:
    return calibrate(request.param, metrics=CHEAP, draws=40, rows=ROWS, anchor=300)


@pytest.mark.parametrize("endpoint", [name for name in CHECKED if name != "two_sample_auc"])
def test_a_standard_error_is_near_the_spread_over_repeated_samples(
    endpoint: str, found: dict[str, Calibration]
) -> None:
    assert 0.7 < found[endpoint].ratio < 1.4  # with 40 draws the spread itself is known to 11 %


def test_no_error_is_claimed_for_the_gap_between_groups(found: dict[str, Calibration]) -> None:
    assert np.isnan(found["group_gap"].claimed)
