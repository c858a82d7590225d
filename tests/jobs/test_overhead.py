"""``outcross bench overhead``, as a user calls it."""

from pathlib import Path

import pytest

from tests.jobs.workplace import make_workplace

pytestmark = pytest.mark.long(seconds=40)


def test_both_ways_are_timed_and_their_ratio_told(tmp_path: Path) -> None:
    words = ("bench", "overhead", "small.yaml", "--arm", "accumulate", "--repeats", "1")
    told = make_workplace(tmp_path).run_json(*words)
    assert told["ratio"] == pytest.approx(told["dagster"] / told["plain"])
    assert told["plain"] > 0
    assert not (tmp_path / "home" / "data").exists(), "it runs in stores of its own"
