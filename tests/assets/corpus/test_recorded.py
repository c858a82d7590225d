"""Every reading of small fixed batches, and an estimate, has the value that an earlier release computed."""

import pytest

from tests.assets.corpus.recorded import RECORDED, Numbers, measure_all
from tests.recorded_numbers import moved, read


@pytest.fixture(scope="module")
def found() -> dict[str, Numbers]:
    return measure_all()


@pytest.mark.parametrize("of", read(RECORDED))
def test_the_same_rows_have_the_recorded_readings_and_bounds(found: dict[str, Numbers], of: str) -> None:
    assert moved(found[of], read(RECORDED)[of]) == {}, "if this is intended, run 'make snapshot'"
