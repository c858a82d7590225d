"""A study whose safe share has a closed form, run like any other study."""

import math
from pathlib import Path

import pytest

import outcross as oc
from outcross.jobs.files.home import PACKAGE

pytestmark = pytest.mark.long(seconds=30)

TOLERANCE = 0.25


def test_the_verdict_of_a_gaussian_mean_is_the_closed_form(tmp_path: Path) -> None:
    study = PACKAGE / "jobs/studies/gaussian-mean.yaml"
    ran = oc.run(study, root=tmp_path, generations=4, replicates=100, progress=False)
    (verdict,) = ran.verdicts().to_dicts()
    # Of the sum over generations, the first three terms; those left out move the share by 0.0015.
    known = math.sqrt(TOLERANCE / (1 + TOLERANCE))
    assert verdict["tolerance"] == TOLERANCE
    assert abs(verdict["safe_share"] - known) <= 0.02
    assert verdict["lower_95"] < known
    assert verdict["definition"] == "loss grows"
