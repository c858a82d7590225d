"""Verdict and report of small studies are those that an earlier release wrote, from the first row to the last chart."""

import pytest

from tests.assets.verdict.recorded import RECORDED, record_all
from tests.recorded_numbers import moved, read
from tests.recorded_pages import Rows


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    return record_all(tmp_path_factory.mktemp("recorded"))


@pytest.mark.parametrize("of", read(RECORDED))
def test_the_same_rows_have_the_recorded_verdict_and_report(found: dict[str, Rows], of: str) -> None:
    assert moved(found[of], read(RECORDED)[of]) == {}, "if this is intended, run 'make snapshot'"
