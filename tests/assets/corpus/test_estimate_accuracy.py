"""What docs/science.md says of the estimate, on fewer rows: real people, and a real census where it is at hand."""

import numpy as np
import pytest

from tests.assets.corpus.accuracy import GENERATORS, SHARES, Ground, estimates, lay_ground

FEW_STEPS = "autoregressive, 60 steps"


@pytest.fixture(scope="module")
def college() -> Ground:
    return lay_ground("college", anchor=2_500, holdout=1_700, generators={"copula": GENERATORS["copula"]})


@pytest.fixture(scope="module")
def adult() -> Ground:
    return lay_ground(
        "adult", anchor=6_000, holdout=3_000, generators={kind: GENERATORS[kind] for kind in ("copula", FEW_STEPS)}
    )


def test_the_share_is_found_among_college_people(college: Ground) -> None:
    errors = [
        abs(found.share - share)
        for share in (0.1, 0.7)
        for found in estimates(college, "copula", share, draws=1, rows=1_500)
    ]
    assert np.mean(errors) < 0.05


@pytest.mark.parametrize("generator", ["copula", FEW_STEPS])
def test_the_share_is_found_in_a_census(adult: Ground, generator: str) -> None:
    errors, held = [], 0
    for share in SHARES[1::2]:
        for found in estimates(adult, generator, share, draws=1, rows=2_000):
            assert found.auc > 0.65
            errors.append(abs(found.share - share))
            held += found.lower - 1e-3 <= share <= found.upper + 1e-3
    assert np.mean(errors) <= 0.05
    assert held >= 3


@pytest.mark.parametrize("unknown", ["shuffled", FEW_STEPS])
def test_an_unknown_generator_in_a_census_is_not_decided(adult: Ground, unknown: str) -> None:
    (found,) = estimates(adult, unknown, 0.4, draws=1, rows=3_000, known="copula")
    assert not found.decided
    assert found.lower <= 0.4 < found.upper == 1
