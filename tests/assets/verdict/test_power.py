import numpy as np
import pytest

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import Flags, check_rungs
from outcross.assets.verdict.power import replicates_needed
from outcross.resources.seeds import generator

SHARES = (0.0, 0.5)
"""With one rung above the control no bend can be seen, so the limit is that rung or nothing."""


def is_decided(excess: Floats) -> Flags:
    found = check_rungs(excess)
    return found.safe[..., 0] | found.harmful[..., 0]


def draw(mean: float, *, replicates: int, studies: int = 1, seed: int = 1) -> Floats:
    """Normal excess with deviation 1 at one rung."""
    return mean + generator(seed).standard_normal((studies, replicates, 1))


def test_studies_of_the_size_named_decide_in_four_of_five_cases() -> None:
    decided: list[float] = []
    for number in range(40):
        observed = draw(-0.5, replicates=8, seed=number)[0]
        if not is_decided(observed):
            needed = replicates_needed(observed, SHARES, 1.0, seed=number)
            if needed is not None:
                anew = draw(-0.5, replicates=needed, studies=60, seed=1000 + number)
                decided.append(float(is_decided(anew).mean()))
    assert len(decided) > 15 and np.mean(decided) > 0.75


def test_more_noise_needs_more_replicates() -> None:
    observed = draw(-0.45, replicates=6, seed=7)[0]
    quieter = (observed - observed.mean()) / 3 - 0.1 + 0 * observed
    louder = (observed - observed.mean()) - 0.1
    few, many = (replicates_needed(each, SHARES, 1.0, seed=1) for each in (quieter, louder))
    assert few is not None and (many is None or few < many)


def test_no_number_is_needed_where_none_would_do() -> None:
    observed = draw(0.0, replicates=400, seed=3)[0]
    assert replicates_needed(observed - observed.mean(), SHARES, 1.0, seed=1) is None


def test_one_replicate_needs_the_fewest_that_a_verdict_takes() -> None:
    assert replicates_needed(np.array([[0.4]]), SHARES, 1.0, seed=1) == 3


def test_a_study_past_the_most_that_is_searched_needs_no_number() -> None:
    assert replicates_needed(draw(0.0, replicates=1000)[0], SHARES, 1.0, seed=1) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_names_the_same_number(seed: int) -> None:
    observed = draw(-0.4, replicates=6, seed=5)[0]
    assert replicates_needed(observed, SHARES, 1.0, seed=seed) == replicates_needed(observed, SHARES, 1.0, seed=seed)


def test_the_spread_of_two_replicates_is_not_underestimated() -> None:
    """Their deviation is the unbiased one: 30 replicates would decide if it were half of it, and 100 where it is."""
    needed = replicates_needed(np.array([[-1.0], [-0.2]]), SHARES, 1.0, seed=1)
    assert needed is not None and needed > 12
