"""A study whose safe share has a closed form, run like any other study."""

import math
import shutil
from pathlib import Path

import pytest

from outcross.jobs.running.instance import PACKAGE
from tests.jobs.workplace import Workplace

pytestmark = pytest.mark.long(seconds=70)

TOLERANCE = 0.25


def test_the_verdict_of_a_gaussian_mean_is_the_closed_form(tmp_path: Path) -> None:
    shutil.copy(PACKAGE / "jobs/studies/gaussian-mean.yaml", tmp_path)
    place = Workplace(tmp_path)
    (verdict,) = place.run_json("study", "gaussian-mean.yaml", "--generations", "4", "--replicates", "150")["verdicts"]
    # Of the sum over generations, the first three terms; those left out move the share by 0.0015.
    known = math.sqrt(TOLERANCE / (1 + TOLERANCE))
    assert verdict["tolerance"] == TOLERANCE
    assert abs(verdict["safe_share"] - known) <= 0.02
    assert verdict["lower_95"] < known
    assert verdict["definition"] == "loss grows"
