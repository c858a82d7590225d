import math

import numpy as np
import pytest

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import check_rungs, pooled_skewness, unseen_share
from outcross.assets.verdict.runs import check_runs
from outcross.assets.verdict.skewed_t import sample_skewness, t_quantile
from outcross.resources.seeds import derive_seed, generator
from tests.assets.verdict.studies import gaussian_mean_limit, gaussian_mean_study


def students(probability: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))


def rung(mean: float, deviation: float, *, replicates: int = 9) -> Floats:
    """Replicates of one rung, without skew, with exactly that mean and standard deviation."""
    spread = np.linspace(-1, 1, replicates)
    return mean + deviation * spread / spread.std(ddof=1)


def study(*rungs: Floats) -> Floats:
    return np.stack(rungs, axis=1)


@pytest.mark.parametrize("draws", [3, 5, 20, 400])
def test_without_skew_the_quantile_is_students(draws: int) -> None:
    assert t_quantile(0.05, draws, np.zeros(1))[0] == pytest.approx(students(0.05, draws - 1), rel=1e-9)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_quantile_follows_the_skewness_up_to_3_and_no_further(sign: int) -> None:
    found = t_quantile(0.05, 5, sign * np.array([2.4, 2.7, 3.0, 9.0]))
    steps = -sign * np.diff(found)
    assert (steps[:2] > 0).all() and steps[2] == 0


@pytest.mark.parametrize(("draws", "skewness"), [(5, 2.0), (10, 1.0), (20, -1.0), (100, 2.0)])
def test_one_in_twenty_t_statistics_of_skewed_draws_lies_below_the_quantile(draws: int, skewness: float) -> None:
    shape = 4 / skewness**2
    drawn = generator(derive_seed("here", draws)).standard_gamma(shape, (40_000, draws)) - shape
    drawn *= np.sign(skewness)
    statistic = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * math.sqrt(draws)
    below = (statistic < t_quantile(0.05, draws, np.array(skewness))).mean()
    assert below == pytest.approx(0.05, abs=0.008)
    assert abs((statistic < students(0.05, draws - 1)).mean() - 0.05) > abs(below - 0.05)


def test_the_limits_of_a_rung_without_skew_are_students_and_a_little_wider() -> None:
    found = check_rungs(study(rung(-0.3, 0.3), rung(0.3, 0.3)))
    half = students(0.95, 8) * 0.3 / 3
    assert -0.3 + half < found.upper[0] < -0.3 + 1.35 * half
    assert 0.3 - 1.35 * half < found.lower[1] < 0.3 - half
    assert found.safe.tolist() == [True, False] and found.harmful.tolist() == [False, True]


def test_a_long_tail_of_damage_raises_the_upper_limit_more_than_one_of_gain() -> None:
    tail = np.array([0.0, 0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.4, 1.7])
    tail = (tail - tail.mean()) / tail.std(ddof=1)
    worse, better = check_rungs(study(tail)), check_rungs(study(-tail))
    assert worse.upper[0] > better.upper[0] + 0.2
    assert worse.lower[0] == pytest.approx(-better.upper[0]) and better.lower[0] == pytest.approx(-worse.upper[0])


def test_all_rungs_tell_how_skewed_the_damage_is() -> None:
    tail = np.array([-0.4, -0.4, -0.3, -0.3, -0.2, -0.2, -0.1, 0.0, 1.9])
    alone, beside = check_rungs(study(rung(0.0, 1.0))), check_rungs(study(rung(0.0, 1.0), tail, tail))
    assert beside.upper[0] > alone.upper[0]


@pytest.mark.parametrize(
    ("rungs", "safe", "harmful"),
    [
        ((-1.0, -1.0, -1.0), 3, 0),
        ((-1.0, -1.0, 1.0), 2, 1),
        ((-1.0, 1.0, -1.0), 1, 0),
        ((1.0, -1.0, 1.0), 0, 1),
        ((0.0, -1.0, -1.0), 0, 0),
        ((-1.0, 0.0, 1.0), 1, 1),
        ((1.0, 1.0, 1.0), 0, 3),
    ],
)
def test_the_first_rung_that_is_not_shown_to_be_safe_ends_the_sequence(
    rungs: tuple[float, ...], safe: int, harmful: int
) -> None:
    found = check_rungs(study(*(rung(mean, 0.1) for mean in rungs)))
    assert (found.last_safe(), found.first_harmful()) == (safe, harmful)


def test_many_studies_are_judged_as_each_by_itself() -> None:
    many = generator(3).standard_normal((6, 5, 3))
    together = check_rungs(many)
    for one, alone in enumerate(check_rungs(each) for each in many):
        assert together.upper[one] == pytest.approx(alone.upper)
        assert together.last_safe()[one] == alone.last_safe()


def test_replicates_that_agree_need_no_spread() -> None:
    found = check_rungs(study(np.full(4, -0.25), np.full(4, 0.25), np.zeros(4)))
    assert found.safe.tolist() == [True, False, True] and found.harmful.tolist() == [False, True, False]


def test_one_collapse_makes_the_mean_infinite_and_leaves_the_other_rungs() -> None:
    whole, broken = study(rung(-1, 0.1), rung(-1, 0.1)), study(rung(-1, 0.1), rung(-1, 0.1))
    broken[3, 1] = np.inf
    found = check_rungs(broken)
    assert found.safe.tolist() == [True, False] and found.harmful.tolist() == [False, True]
    assert found.upper[0] == pytest.approx(check_rungs(whole[:, :1]).upper[0])


def test_damage_that_could_have_stayed_unseen_is_added_to_the_upper_limit_alone() -> None:
    excess = study(rung(-0.3, 0.1), rung(-0.1, 0.1))
    plain, wary = check_rungs(excess), check_rungs(excess, unseen=np.array([0.1, 0.1]))
    assert wary.upper == pytest.approx(plain.upper + 0.1) and wary.lower == pytest.approx(plain.lower)
    assert wary.safe.tolist() == [True, False]


@pytest.mark.parametrize("runs", [3, 10, 59, 300])
def test_an_event_of_the_unseen_share_stays_unseen_once_in_twenty_studies(runs: int) -> None:
    assert (1 - unseen_share(runs)) ** runs == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("beyond", "runs", "accepted", "safe", "harmful"),
    [
        (0, 14, 0.2, True, False),  # 1 − 0.05^(1/14) = 0.193
        (0, 13, 0.2, False, False),  # 0.206
        (1, 22, 0.2, True, False),  # Clopper–Pearson 0.198
        (1, 21, 0.2, False, False),  # 0.207
        (5, 5, 0.5, False, True),  # 0.05^(1/5) = 0.549
        (5, 5, 0.55, False, False),
        (0, 5, 0.5, True, False),
    ],
)
def test_the_share_of_damaged_runs_has_the_limits_of_clopper_and_pearson(
    beyond: int, runs: int, accepted: float, safe: bool, harmful: bool
) -> None:
    excess = np.array([[1.0]] * beyond + [[-1.0]] * (runs - beyond))
    found = check_runs(excess, accepted)
    assert (bool(found.safe[0]), bool(found.harmful[0])) == (safe, harmful)


def test_a_run_at_the_tolerance_is_within_and_one_without_a_finite_value_beyond() -> None:
    assert check_runs(np.zeros((20, 1)), 0.2).safe[0]
    assert check_runs(np.full((20, 1), np.inf), 0.2).harmful[0]


def test_nineteen_limits_in_twenty_lie_below_the_truth() -> None:
    shares = (0.1, 0.25, 0.4, gaussian_mean_limit(0.5) + 1e-6, 0.7, 0.85)
    below = 0
    for number in range(200):
        found = gaussian_mean_study(shares, replicates=10, dimensions=20, generations=12, seed=number)
        below += check_rungs(found.excess(0.5)[:, 1:]).last_safe() <= 3
    assert 0.91 <= below / 200 <= 0.995


def test_limits_are_not_safe_by_saying_nothing() -> None:
    shares = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)
    studies = [gaussian_mean_study(shares, replicates=10, dimensions=200, generations=12, seed=s) for s in range(20)]
    passed = [check_rungs(each.excess(0.5)[:, 1:]).last_safe() for each in studies]
    assert np.median(passed) >= 3, "of the shares tried, 0.55 is the last below the truth, 0.577"


@pytest.mark.parametrize(("accepted", "lower", "upper"), [(0.2, 0.549280 - 0.2, 0.8), (0.6, 0.549280 - 0.6, 0.4)])
def test_limits_of_the_share_of_damaged_runs_are_told_against_what_is_accepted(
    accepted: float, lower: float, upper: float
) -> None:
    found = check_runs(np.ones((5, 1)), accepted)
    assert found.lower[0] == pytest.approx(lower, abs=1e-6) and found.upper[0] == pytest.approx(upper)


def test_a_share_whose_lower_limit_is_what_is_accepted_is_not_shown_to_be_harmful() -> None:
    assert not check_runs(-np.ones((5, 1)), 0.0).harmful[0], "no run is damaged, so the lower limit is 0"


def test_the_skewness_of_one_rung_that_varies_is_its_own() -> None:
    draws = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 4.0], [0.0, 1.5]])
    found = pooled_skewness(draws, draws.mean(axis=0), draws.std(axis=0, ddof=1), np.ones(2, dtype=bool))
    assert float(found) == pytest.approx(float(sample_skewness(draws[:, 1], axis=0)))
