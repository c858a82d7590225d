"""Every metric of small fixed data has the value that an earlier release measured."""

import pytest

from tests.assets.metrics.recorded import RECORDED, Values, measure_all
from tests.recorded_numbers import moved, read


@pytest.fixture(scope="module")
def found() -> dict[str, Values]:
    return measure_all()


@pytest.mark.parametrize("of", read(RECORDED))
def test_metrics_of_the_same_rows_have_the_recorded_values(found: dict[str, Values], of: str) -> None:
    assert moved(found[of], read(RECORDED)[of]) == {}, "if this is intended, run 'make snapshot'"
