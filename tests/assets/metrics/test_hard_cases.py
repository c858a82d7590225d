"""Standard errors in the hard case: few rows, unequal sides, skew, ties, nulls and rows of unequal length.

Each case draws samples again and again from a known population, and compares the stated errors with the spread of the
values. The tolerance is that of a sample variance of so many draws (χ²), so that an error that is too large or too
small by √2 is noticed.
"""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.classifier_two_sample import area_under_curve, two_sample_auc
from outcross.assets.metrics import loss, scaling
from outcross.assets.metrics.fitted_models import FittedModels
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.contract import CohortModel
from outcross.resources.schema import Column, Role, Schema
from tests.assets.metrics.hard_cases import CASES, OF_THE_TEST, Values, measured
from tests.assets.metrics.hard_samples import compare, skewed, still, table, tables, text_rows
from tests.resources.cohorts import cohort_of

DRAWS, FIRST = 200, 100
"""A case is drawn this often, unless its first draws are within the tolerance already."""
LOWEST, HIGHEST = 0.84, 1.17
"""Ratio of two deviations that 200 draws give in 999 of 1,000 cases if they are equal: a factor of √2 is noticed."""


def draws(name: str, start: int, stop: int) -> list[Values]:
    return [
        (CASES | OF_THE_TEST)[name].draw(np.random.default_rng(seed)) for seed in range(1_000 + start, 1_000 + stop)
    ]


def outside(name: str, drawn: list[Values]) -> dict[str, str]:
    """Return the endpoints whose stated error, over the spread, is outside the tolerance."""
    found = {}
    for key, states in (CASES | OF_THE_TEST)[name].states.items():
        values, errors = np.array([each[key] for each in drawn if key in each]).T
        ratio = float(np.sqrt((errors**2).mean()) / values.std(ddof=1)) if values.std() else np.nan
        if not states * LOWEST < ratio < states * HIGHEST:
            found[key] = f"{ratio:.2f}"
    return found


NO_ERROR = {
    **dict.fromkeys(
        ["excess_risk", "wasserstein", "fitted_variance", "support", "diversity", "accuracy"],
        "parameters are compared with those of the population, and no rows are drawn",
    ),
    **dict.fromkeys(["class_survival", "rare_survival"], "a category is one observation"),
    **dict.fromkeys(
        ["utility", "balanced_accuracy", "roc_auc", "average_precision"],
        "how a model of other synthetic rows would do is not known from one",
    ),
    **dict.fromkeys(
        ["group_utility", "rarest_group_utility", "group_gap"],
        "how a classifier of other synthetic rows would treat a group is not known from one",
    ),
}
"""Endpoint → why it states no standard error."""
BY_HAND = {"perplexity_ratio", "utility_real", "doubling_gain"}
"""Endpoints whose error is held to a formula below."""


@pytest.mark.parametrize("name", [*CASES, *OF_THE_TEST])
def test_the_stated_error_is_the_spread_over_repeated_samples(name: str) -> None:
    drawn = draws(name, 0, FIRST)
    if outside(name, drawn):
        drawn += draws(name, FIRST, DRAWS)
    assert outside(name, drawn) == {}


def test_the_tolerance_is_that_of_a_sample_variance_and_notices_a_factor_of_the_square_root_of_two() -> None:
    from scipy.stats import chi2

    assert np.sqrt(chi2.ppf([0.0005, 0.9995], DRAWS - 1) / (DRAWS - 1)) == pytest.approx([LOWEST, HIGHEST], abs=0.01)
    assert np.sqrt(2) > HIGHEST / LOWEST
    missed = chi2.cdf((FIRST - 1) * HIGHEST**2 / 2, FIRST - 1), chi2.sf((FIRST - 1) * 2 * LOWEST**2, FIRST - 1)
    assert max(missed) < 0.01, "of 100 such factors, the first draws miss fewer than one"


def test_every_endpoint_has_a_case_or_a_reason_to_have_none() -> None:
    cases = {endpoint for case in CASES.values() for endpoint in case.states}
    assert cases | BY_HAND | set(NO_ERROR) == set(ENDPOINTS)
    assert not (cases | BY_HAND) & set(NO_ERROR)
    for case in CASES.values():
        assert set(case.because) == {endpoint for endpoint, states in case.states.items() if states != 1}


def test_survival_states_no_error() -> None:
    draw = measured("class_survival", "rare_survival", of=tables)
    assert all(np.isnan(error) for _, error in draw(np.random.default_rng(1)).values())


def test_the_error_of_a_perplexity_ratio_has_that_of_the_real_text_too() -> None:
    comparison = text_rows(np.random.default_rng(1))
    found = measured("cross_entropy", of=lambda _: comparison)(np.random.default_rng(1))
    ratio, error = found["perplexity_ratio"]
    own, real = found["cross_entropy"][1], comparison.probe.holdout_nats_per_token[1]
    assert error == pytest.approx(ratio * np.hypot(own, real))
    assert real > own / 3, "else the case would not show it"
    assert found["cross_perplexity"][1] == pytest.approx(found["cross_perplexity"][0] * own)


def test_the_accuracy_on_real_rows_counts_only_rows_with_a_label() -> None:
    draw = measured("utility", of=lambda random: compare("table", table(random, 90), table(random, 90)))
    value, error = draw(np.random.default_rng(1))["utility_real"]
    labelled = still("table", 300, 2)["rich"].drop_nulls().len()
    assert labelled < 200
    assert error == pytest.approx(np.sqrt(value * (1 - value) / labelled))


def test_the_area_of_two_halves_has_nearly_the_error_of_one_half_scored_at_once() -> None:
    """New samples train other trees, and the areas of both halves move together."""
    random = np.random.default_rng(1)
    x, y = skewed(random, 200, 1) + 1.0, skewed(random, 600, 1)
    area, error = two_sample_auc(x, y, seed=1, trees={"max_iter": 20, "max_leaf_nodes": 8, "early_stopping": False})
    best, best_error = area_under_curve(x[:, 0], y[:, 0])
    assert area == pytest.approx(best, abs=0.05)
    assert error == pytest.approx(np.sqrt(2) * best_error, rel=0.2)


NORMAL = Schema((Column(name="x", role=Role.NUMERIC),))


def normal_models(rows: np.ndarray, means: tuple[float, float], deviation: float) -> FittedModels:
    """Models of two replicates, and a holdout; a fit to fewer rows has another mean."""

    def fitted(*centres: float) -> CohortModel:
        two = {each: pl.DataFrame({"x": [at - deviation, at + deviation]}) for each, at in enumerate(centres)}
        return Gaussian(kind="gaussian", ddof=0).fit(cohort_of(NORMAL, two))

    data = pl.DataFrame({"replicate": pl.Series([0] * 4 + [1] * 4, dtype=pl.Int32), "x": np.zeros(8), "weight": 1.0})
    return FittedModels(
        cohort=fitted(*means),
        replicates=(0, 1),
        generation=1,
        is_text=False,
        truth={},
        seed=lambda replicate, stage: replicate,
        holdout=lambda: pl.DataFrame({"x": rows}),
        dataset=lambda: data,
        refit=lambda part: fitted(*means) if part.height == 8 else fitted(means[0] + 0.5, means[1] - 0.5),
    )


def test_the_error_of_the_loss_of_a_gaussian_is_that_of_theory() -> None:
    """Under N(m, s²) the variance of (x − m)² ÷ 2s² is (2 + 4m²) ÷ 4s⁴ for x of N(0, 1)."""
    means, deviation, rows = (0.0, 1.0), 1.5, 5_000
    drawn = np.random.default_rng(1).normal(size=rows)
    found = loss.measure(normal_models(drawn, means, deviation))["standard_error"].to_numpy()
    theory = [np.sqrt((2 + 4 * mean**2) / 4 / deviation**4 / rows) for mean in means]
    assert found == pytest.approx(theory, rel=0.05)


def test_the_error_of_a_gain_is_that_of_the_difference_row_by_row() -> None:
    """The gain of a mean that moves from m + d to m is linear in x, with the slope −d ÷ s² for N(m, s²)."""
    means, deviation, rows = (0.0, 1.0), 1.5, 5_000
    drawn = np.random.default_rng(2).normal(size=rows)
    models = normal_models(drawn, means, deviation)
    found = scaling.measure(models)
    assert found["standard_error"].to_numpy() == pytest.approx([0.5 / deviation**2 / np.sqrt(rows)] * 2, rel=0.05)
    whole, half = (loss.held_out_loss(models, models.refit(part)) for part in (models.dataset(), models.dataset()[:4]))
    assert found["value"].to_list() == (half["value"] - whole["value"]).to_list()
    assert found["metric"].to_list() == ["doubling_gain"] * 2
