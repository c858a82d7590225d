import numpy as np
import pytest

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import check_rungs
from outcross.assets.verdict.power import replicates_needed
from outcross.resources.seeds import generator


def draw(mean: float, *, replicates: int, studies: int = 1, seed: int = 1) -> Floats:
    """Normal excess with deviation 1 at one rung."""
    return mean + generator(seed).standard_normal((studies, replicates, 1))


def test_studies_of_the_size_named_decide_in_four_of_five_cases() -> None:
    decided: list[float] = []
    for number in range(40):
        observed = draw(-0.5, replicates=8, seed=number)[0]
        if not check_rungs(observed).decided():
            needed = replicates_needed(observed, seed=number)
            if needed is not None:
                anew = draw(-0.5, replicates=needed, studies=60, seed=1000 + number)
                decided.append(float(check_rungs(anew).decided().mean()))
    assert len(decided) > 15 and np.mean(decided) > 0.75


def test_more_noise_needs_more_replicates() -> None:
    observed = draw(-0.45, replicates=6, seed=7)[0]
    quieter = (observed - observed.mean()) / 3 - 0.1 + 0 * observed
    louder = (observed - observed.mean()) - 0.1
    few, many = (replicates_needed(each, seed=1) for each in (quieter, louder))
    assert few is not None and (many is None or few < many)


def test_no_number_is_needed_where_none_would_do() -> None:
    observed = draw(0.0, replicates=400, seed=3)[0]
    assert replicates_needed(observed - observed.mean(), seed=1) is None


def test_one_replicate_needs_the_fewest_that_a_verdict_takes() -> None:
    assert replicates_needed(np.array([[0.4]]), seed=1) == 3


def test_a_study_past_the_most_that_is_searched_needs_no_number() -> None:
    assert replicates_needed(draw(0.0, replicates=1000)[0], seed=1) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_names_the_same_number(seed: int) -> None:
    observed = draw(-0.4, replicates=6, seed=5)[0]
    assert replicates_needed(observed, seed=seed) == replicates_needed(observed, seed=seed)
