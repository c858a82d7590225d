"""Forecasts beyond the generations that ran."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.verdict.details import details
from outcross.assets.verdict.forecast import extrapolate
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.assets.verdict.verdict_frame import verdict_frame
from tests.assets.verdict.forecast_coverage import FAMILIES, coverage
from tests.assets.verdict.studies import arm, evaluations, ladder


def trajectories(*damage: float, noise: float = 0.001, replicates: int = 6) -> np.ndarray:
    """(replicates, generations) damage with a little noise around it."""
    return np.array(damage) + noise * np.random.default_rng(2).standard_normal((replicates, len(damage)))


def said(found: Verdict) -> str:
    return " ".join(details(found, study="digits", source="digits", generator="cvae"))


def grown(*damage: float, share: float = 0.5) -> pl.DataFrame:
    """A study whose one rung has this damage, generation after generation."""
    frames = [
        evaluations([2.0] * 6, {arm(share): (2 * (1 + each)).tolist()}, generations=generation + 2).filter(
            generation=generation + 1
        )
        for generation, each in enumerate(trajectories(*damage).T)
    ]
    first = evaluations([2.0] * 6, {}).filter(generation=0)
    return pl.concat([first, *frames])


@pytest.mark.parametrize(
    ("damage", "expected"),
    [((0.1, 0.2, 0.3, 0.4, 0.5), 1.0), ((0.4, 0.6, 0.7, 0.75, 0.775), 0.799), ((0.3,) * 5, 0.3)],
    ids=["a straight line", "halved each time", "level at once"],
)
def test_damage_goes_on_as_it_grew(damage: tuple[float, ...], expected: float) -> None:
    estimate, lower, upper = extrapolate(trajectories(*damage), np.arange(1, 6), 10)
    assert estimate == pytest.approx(expected, rel=0.03)
    assert lower < expected < upper and upper - lower < 0.15


def test_where_many_rates_are_possible_the_one_that_fits_best_is_the_estimate() -> None:
    noisy = trajectories(0.4, 0.6, 0.7, 0.75, 0.775, noise=0.1, replicates=4)
    estimate, _, upper = extrapolate(noisy, np.arange(1, 6), 10)
    assert upper > 1.0
    assert estimate == pytest.approx(0.8, abs=0.08)


def test_growth_that_the_replicates_cannot_tell_gives_an_interval_from_level_to_straight() -> None:
    _, lower, upper = extrapolate(trajectories(0.3, 0.4, noise=0.1, replicates=4), np.array([1, 2]), 4)
    assert lower < 0.4 and upper > 0.8


def test_damage_that_grows_ever_faster_is_not_extrapolated() -> None:
    found = verdict(grown(0.01, 0.02, 0.04, 0.08, 0.16), ladder(0.5), endpoint="frechet", tolerance=0.25, seed=3)
    assert found.outlook is not None and found.outlook.damage is None
    assert "Nothing can be extrapolated to 10 generations at 50 % synthetic" in said(found)
    assert "faster with every generation" in said(found)


def test_a_verdict_says_that_its_forecast_is_an_extrapolation_and_where_the_tolerance_is() -> None:
    found = verdict(grown(0.04, 0.08, 0.12, 0.16, 0.2), ladder(0.5), endpoint="frechet", tolerance=0.25, seed=3)
    assert found.outlook is not None and (found.outlook.share, found.outlook.generations) == (0.5, 11)
    assert found.outlook.damage == pytest.approx(0.4, abs=0.02)
    assert "Extrapolated, not measured: after 10 generations, at 50 % synthetic" in said(found)
    assert said(found).endswith("(95 % interval), beyond the tolerance.")
    (row,) = verdict_frame([found], sentences=[""]).rows(named=True)
    assert (row["forecast_share"], row["forecast_generations"]) == (0.5, 11)
    assert row["forecast_lower"] < row["forecast"] < row["forecast_upper"]


def test_a_forecast_from_few_models_says_that_more_would_show_better() -> None:
    found = verdict(grown(0.02, 0.03, 0.035), ladder(0.5), endpoint="frechet", tolerance=0.25, seed=3)
    assert said(found).endswith(", within the tolerance; 6 models or more would show the growth better.")


def test_two_models_have_no_growth_to_extrapolate_and_are_warned_of() -> None:
    found = verdict(grown(0.1), ladder(0.5), endpoint="frechet", tolerance=0.25, seed=3)
    assert found.forecasts == () and found.outlook is None
    assert "only 2 models" in said(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_interval_holds_what_longer_runs_show(family: str) -> None:
    for share in (0.5, 1.0):
        _, held, none, _, _ = coverage(family, share, 5, 10, studies=300)
        assert held >= 0.92 and none < 0.05
