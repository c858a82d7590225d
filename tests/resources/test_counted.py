"""How many there are is said with the noun that fits the number."""

import pytest

from outcross.resources.counted import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 batches"), (1, "1 batch"), (2, "2 batches"), (1_200, "1,200 batches")]
)
def test_a_number_has_its_noun(number: int, told: str) -> None:
    assert counted(number, "batch", "batches") == told
    assert counted(number, "row") == told.replace("batches", "rows").replace("batch", "row")
