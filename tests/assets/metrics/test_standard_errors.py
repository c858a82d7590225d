"""A small simulation; the table in the docs is of the large one, ``python -m tests.assets.metrics.standard_errors``."""

import numpy as np
import pytest

from tests.assets.metrics.standard_errors import CHECKED, Calibration, calibrate, damaged, equal

CHEAP = ("neighbours", "pairs", "groups", "shapes")
ROWS = (120, 100)


@pytest.fixture(scope="module", params=[equal, damaged], ids=lambda draw: draw.__name__)
def found(request: pytest.FixtureRequest) -> dict[str, Calibration]:
    return calibrate(request.param, metrics=CHEAP, draws=40, rows=ROWS, anchor=300)


@pytest.mark.parametrize("endpoint", [name for name in CHECKED if name not in {"two_sample_auc", "pair_trends"}])
def test_a_standard_error_is_near_the_spread_over_repeated_samples(
    endpoint: str, found: dict[str, Calibration]
) -> None:
    assert 0.7 < found[endpoint].ratio < 1.4  # with 40 draws the spread itself is known to 11 %


@pytest.mark.parametrize("endpoint", ["group_utility", "rarest_group_utility", "group_gap"])
def test_no_error_is_claimed_for_how_a_classifier_treats_groups(endpoint: str, found: dict[str, Calibration]) -> None:
    assert np.isnan(found[endpoint].claimed)


def test_the_error_of_pair_trends_knows_that_the_edges_of_bins_vary() -> None:
    found = calibrate(equal, metrics=("pairs",), draws=60, rows=(300, 250), anchor=100)["pair_trends"]
    assert 0.75 < found.ratio < 1.35
