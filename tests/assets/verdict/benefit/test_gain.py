"""The gain of the best share, against the best alternative, with a limit that its having been chosen cannot spoil."""

import numpy as np
import pytest

from outcross.assets.verdict.benefit.gain import best_gains
from outcross.resources.errors import BadInput

STUDIES, REPLICATES, RUNGS = 1_500, 6, 5


def drawn(*means: float, seed: int = 1) -> np.ndarray:
    """Studies whose rungs have these mean improvements: (studies, replicates, rungs)."""
    noise = np.random.default_rng(seed).standard_normal((STUDIES, REPLICATES, len(means)))
    return noise + np.array(means)


def test_where_no_share_helps_the_best_of_several_is_said_to_help_in_at_most_5_of_100_studies() -> None:
    found = best_gains({"alone": drawn(*[0.0] * RUNGS)})
    assert found.gain.mean() > 0.4, "the best looks as if it helped"
    assert 0.005 < found.helps.mean() <= 0.05


def test_the_limit_lies_below_the_true_gain_of_the_share_that_was_chosen() -> None:
    true = np.array([0.0, 0.5, 0.8, 0.8, -1.0])
    found = best_gains({"alone": drawn(*true)})
    assert 0.93 <= (found.lower <= true[found.best]).mean() <= 0.995


def test_one_rung_has_students_limit_where_nothing_is_skewed() -> None:
    symmetric = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    found = best_gains({"alone": symmetric})
    # t(0.95, 4)·s/√5 below the mean; the uncertain skewness lowers it further.
    assert float(found.gain) == 3.0
    assert 0.6 < float(found.lower) < 3 - 2.1318 * np.sqrt(2.5 / 5)


def test_what_is_clearly_best_is_hardly_corrected_for_the_others() -> None:
    alone = best_gains({"alone": drawn(9.0)}).lower.mean()
    among = best_gains({"alone": drawn(9.0, 0.0, 0.0, 0.0, 0.0)}).lower.mean()
    assert among == pytest.approx(alone, abs=0.1)


def test_to_help_is_to_beat_every_alternative() -> None:
    improvement = drawn(3.0, 2.0)[0]
    found = best_gains({"alone": improvement, "repeated": improvement - np.array([3.5, 0.5])})
    assert int(found.best) == 1, "the second rung gains most over the better alternative"
    assert int(found.against) == 1
    assert float(found.gain) == pytest.approx(improvement[:, 1].mean() - 0.5)
    assert float(found.lower) < float(best_gains({"alone": improvement[:, [1]]}).lower)


def test_a_mix_that_collapsed_once_cannot_help() -> None:
    improvement = np.full((6, 2), 5.0) + np.arange(6)[:, None]
    improvement[2, 0] = -np.inf
    found = best_gains({"alone": improvement})
    assert int(found.best) == 1 and bool(found.helps)
    improvement[3, 1] = -np.inf
    assert not bool(best_gains({"alone": improvement}).helps)


def test_too_few_replicates_or_no_alternative_are_refused() -> None:
    with pytest.raises(BadInput, match="takes 3 or more"):
        best_gains({"alone": np.ones((2, 2))})
    with pytest.raises(BadInput, match="real rows alone"):
        best_gains({})
