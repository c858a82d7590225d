"""Standard errors in the hard case: few rows, unequal sides, skew, ties, nulls and rows of unequal length.

Each case draws samples again and again from a known population, and compares the stated errors with the spread of the
values. The tolerance is that of a sample variance of so many draws (χ²), so that an error that is too large or too
small by √2 is noticed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.classifier_two_sample import area_under_curve, two_sample_auc
from outcross.assets.instruments.histogram_divergence import frontier_area, frontier_integral
from outcross.assets.metrics import loss, scaling
from outcross.assets.metrics.closeness import share_near, share_repeated
from outcross.assets.metrics.contract import Comparison, Measurement, RowMetric
from outcross.assets.metrics.entropy import entropy_ratio
from outcross.assets.metrics.fitted_models import FittedModels
from outcross.assets.metrics.frechet import frechet_distance
from outcross.assets.metrics.kernel_distance import kernel_distance
from outcross.assets.metrics.privacy import median_ratio
from outcross.assets.metrics.registry import ENDPOINTS, METRIC_OF
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.contract import CohortModel
from outcross.resources.schema import Column, Role, Schema
from tests.assets.metrics.hard_samples import (
    SOURCES,
    Random,
    compare,
    groups,
    images,
    other_table,
    sparse,
    stays,
    table,
    target,
    texts,
)
from tests.resources.cohorts import cohort_of

DRAWS, FIRST = 200, 100
"""A case is drawn this often, unless its first draws are within the tolerance already."""
LOWEST, HIGHEST = 0.84, 1.17
"""Ratio of two deviations that 200 draws give in 999 of 1,000 cases if they are equal: a factor of √2 is noticed."""

Values = dict[str, tuple[float, float]]
"""Endpoint, with its part if any → value and stated error."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A population, and how its endpoints are measured.

    Attributes:
        draw: draws samples, and measures them.
        states: endpoint → what its error is divided by the spread: 1, unless its documentation admits otherwise.
    """

    draw: Callable[[Random], Values]
    states: dict[str, float]
    because: dict[str, str] = field(default_factory=dict)
    """Endpoint → why it states another error."""


def measured(*metrics: str, of: Callable[[Random], Comparison]) -> Callable[[Random], Values]:
    chosen = [metric for metric in dict.fromkeys(METRIC_OF.values()) if metric.name in metrics]

    def draw(random: Random) -> Values:
        comparison = of(random)
        found: list[Measurement] = []
        for metric in chosen:
            assert isinstance(metric, RowMetric)
            found += metric.measure(comparison)
        return {f"{each.metric} {each.about}".strip(): (each.value, each.standard_error) for each in found}

    return draw


@cache
def still(kind: str, rows: int, seed: int) -> pl.DataFrame:
    """A side that does not vary."""
    return SOURCES[kind][1](np.random.default_rng(seed), rows)


def tables(random: Random) -> Comparison:
    return compare("table", other_table(random, 90), table(random, 250))


def sparse_tables(random: Random) -> Comparison:
    return compare("sparse", sparse(random, 150, stretch=1.8), sparse(random, 2_500))


def against_records(random: Random) -> Comparison:
    """Synthetic rows, one in five of which is a record; the records stay."""
    records = still("table", 200, 1)
    made = table(random, 80, stretch=1.5)
    copied = records[random.integers(0, 200, 80).tolist()]
    chosen = random.random(80) < 0.2
    return compare("table", pl.concat([made.filter(~chosen), copied.filter(chosen)]), records, against="previous")


def real_rows_vary(random: Random) -> Comparison:
    return compare("table", still("table", 120, 2), table(random, 150))


def rows_of_a_test(random: Random) -> Comparison:
    return compare("table", still("table", 120, 3), table(random, 400), against="previous")


def targets_of_a_test(random: Random) -> Comparison:
    return compare("target", still("target", 120, 3), target(random, 400), against="previous")


def some_stays(random: Random) -> Comparison:
    return compare("stays", stays(random, 150, kept=0.8), still("stays", 20, 5))


def both_groups(random: Random) -> Comparison:
    """All synthetic rows have one label, so that no classifier has to be trained."""
    made = groups(random, 100, share=0.5).with_columns(rich=pl.lit("yes"))
    return compare("groups", made, groups(random, 300))


def text_rows(random: Random) -> Comparison:
    made = texts(random, 60, exponent=1.5)
    records = still("text", 200, 4)
    again = records[random.integers(0, 200, 6).tolist()]
    return compare("text", pl.concat([made, again]), records)


def few_texts(random: Random) -> Comparison:
    return compare("text", texts(random, 15, exponent=2.5), still("text", 20, 5))


def both_texts(random: Random) -> Comparison:
    return compare("text", texts(random, 60, exponent=1.5), texts(random, 120))


def short_texts(random: Random) -> Comparison:
    return compare("text", texts(random, 80, exponent=2.5, length=5, types=4), still("text", 20, 5))


def laid_out(random: Random, rows: int, *, breaks: float) -> pl.DataFrame:
    """Texts of which some are cut into lines, with one of three indentations, and one in eight has no word."""
    made: list[str] = []
    for text in texts(random, rows, exponent=1.5)["text"]:
        broken = random.random() < 0.6
        ends = [
            f"\n{' ' * 4 * random.integers(3)}" if broken and random.random() < breaks else " " for _ in text.split()
        ]
        words = "".join(word + end for word, end in zip(text.split(), ends, strict=True))
        made.append("\u200b" if random.random() < 0.125 else words.strip())
    return pl.DataFrame({"text": made})


def both_layouts(random: Random) -> Comparison:
    return compare("text", laid_out(random, 80, breaks=0.15), laid_out(random, 200, breaks=0.3))


def both_images(random: Random) -> Comparison:
    return compare("image", images(random, 50, shade=20), images(random, 150))


def class_rows(random: Random) -> Comparison:
    return compare("image", still("image", 120, 6), images(random, 200, shade=80))


def skewed(random: Random, rows: int, columns: int) -> np.ndarray:
    return random.gamma(1.5, 1.0, (rows, columns))


def frechet(random: Random) -> Values:
    x, y = skewed(random, 100, 3) * [1, 2, 1] + 2.0, skewed(random, 400, 3)
    return {"frechet": frechet_distance(x, y)}


def kernel(random: Random) -> Values:
    x, y = skewed(random, 40, 2), skewed(random, 120, 2) * 1.3
    return {"kernel_distance": kernel_distance(x, y, scale=3.0, seed=1)}


def unlike_entropies(random: Random) -> Values:
    x, y = random.choice(3, (120, 2), p=[0.5, 0.3, 0.2]), random.choice(3, (120, 2), p=[0.92, 0.05, 0.03])
    return {"entropy_ratio": entropy_ratio(x, y)}


def medians(random: Random) -> Values:
    x, y = (np.round(random.gamma(2.0, scale, rows), 1) for rows, scale in ((70, 1.5), (150, 1.0)))
    return {"record_distance": median_ratio(x, y)}


def near(random: Random) -> Values:
    distances, real = (np.round(random.gamma(2.0, 1.0, rows), 2) for rows in (300, 120))
    return {"close_copies": share_near(distances, real)}


def repeats(random: Random) -> Values:
    points = skewed(random, 150, 2)
    real = random.gamma(4.0, 0.05, 150)
    return {"close_repeats": share_repeated(points, real)}


_CELLS = np.array([0.5, 0.2, 0.1, 0.08, 0.06, 0.03, 0.02, 0.01])


def frontier(random: Random) -> Values:
    x, y = random.multinomial(80, _CELLS), random.multinomial(80, np.roll(_CELLS, 1))
    return {"frontier_area": frontier_area(x, y), "frontier_integral": frontier_integral(x, y)}


def tied_scores(random: Random) -> Values:
    scores = [random.poisson(mean, rows) for mean, rows in ((1.0, 30), (0.4, 200))]
    return {"two_sample_auc": area_under_curve(*scores)}


def unequal_units(random: Random) -> Values:
    units = random.geometric(0.1, 80)
    nats = units * random.gamma(4.0, 0.5, 80)
    found = loss.loss_of(pl.DataFrame({"replicate": 0, "nats": nats, "units": units}))
    return {"loss": (found["value"].item(), found["standard_error"].item())}


CASES: dict[str, Case] = {
    "tables": Case(
        draw=measured("frechet", "variance_ratio", "entropy_ratio", "vendi", "shapes", "pairs", of=tables),
        states=dict.fromkeys(
            ["frechet", "variance_ratio", "entropy_ratio", "vendi", "vendi_ratio", "column_shapes", "ks",
             "total_variation", "pair_trends", "correlation_drift"], 1.0,
        ) | {"association_drift": 1.7},
        because={"association_drift": "it is too large where most pairs are independent"},
    ),
    "sparse tables": Case(
        draw=measured(
            "variance_ratio", "entropy_ratio", "shapes", "marginal_wasserstein", "tail_mass", "rare_mass",
            of=sparse_tables,
        ),
        states=dict.fromkeys(
            ["variance_ratio", "entropy_ratio", "column_shapes", "ks", "total_variation", "marginal_wasserstein",
             "tail_mass", "rare_mass"], 1.0,
        ),
    ),
    "records": Case(
        draw=measured("privacy", "neighbours", of=against_records),
        states=dict.fromkeys(["neighbour_ratio", "copies", "authenticity", "precision", "density"], 1.0),
    ),
    "real rows": Case(
        draw=measured("neighbours", of=real_rows_vary),
        states={"recall": 1.0, "coverage": 0.7},
        because={"coverage": "real rows share balls"},
    ),
    "tested rows": Case(
        draw=measured("utility", "class_utility", "groups", of=rows_of_a_test),
        states=dict.fromkeys(
            ["utility", "balanced_accuracy", "roc_auc", "average_precision", "group_utility", "rarest_group_utility",
             "group_gap"], 1.0,
        ),
    ),
    "a target": Case(
        draw=measured("utility", "groups", of=targets_of_a_test),
        states=dict.fromkeys(["utility", "group_utility", "rarest_group_utility"], 1.0),
    ),
    "stays": Case(draw=measured("relations", of=some_stays), states={"broken_relations": 1.0}),
    "both groups": Case(
        draw=measured("groups", of=both_groups), states={"group_share_gap": 1.0, "label_rate_gap": 1.0}
    ),
    "few texts": Case(
        draw=measured("words", of=few_texts),
        states={"vocabulary_survival": 1.0, "rare_type_survival": 1.0},
    ),
    "rows of text": Case(
        draw=measured("words", "cross_entropy", "ngram_entropy", "self_bleu", "near_duplicates", of=text_rows),
        states=dict.fromkeys(
            ["cross_entropy", "cross_perplexity", "ngram_entropy_2", "ngram_entropy_3",
             "ngram_entropy_4", "distinct_1", "distinct_2", "distinct_3", "distinct_4", "exact_copies", "near_copies"],
            1.0,
        ) | {"ngram_entropy_1": 1.15, "self_bleu": 1.3, "exact_duplicates": 1.3, "near_duplicates": 1.3},
        because={"ngram_entropy_1": "the jackknife of few kinds of words"}
        | dict.fromkeys(["self_bleu", "exact_duplicates", "near_duplicates"], "the jackknife of pairs"),
    ),
    "both texts": Case(
        draw=measured("zipf_slope", "entropy_ratio", of=both_texts),
        states={"zipf_slope": 1.2, "entropy_ratio": 1.0},
        because={"zipf_slope": "the jackknife of groups"},
    ),
    "short texts": Case(draw=measured("repetition_rate", of=short_texts), states={"repetition_rate": 1.0}),
    "lines of text": Case(
        draw=measured("line_structure", "empty_rows", of=both_layouts),
        states={"line_structure": 1.0, "empty_rows": 1.0},
    ),
    "both images": Case(draw=measured("spectrum", of=both_images), states={"spectral_tilt": 1.0}),
    "classes": Case(
        draw=measured("class_recall", of=class_rows), states={"class_recall": 1.0, "worst_class_recall": 1.0}
    ),
    "frechet": Case(draw=frechet, states={"frechet": 1.0}),
    "kernel": Case(draw=kernel, states={"kernel_distance": 1.0}),
    "unlike entropies": Case(draw=unlike_entropies, states={"entropy_ratio": 1.0}),
    "medians": Case(draw=medians, states={"record_distance": 1.0}),
    "near": Case(draw=near, states={"close_copies": 1.0}),
    "repeats": Case(draw=repeats, states={"close_repeats": 1.3}, because={"close_repeats": "the jackknife of pairs"}),
    "frontier": Case(draw=frontier, states={"frontier_area": 1.0, "frontier_integral": 1.0}),
    "tied scores": Case(draw=tied_scores, states={"two_sample_auc": 1.0}),
    "unequal units": Case(draw=unequal_units, states={"loss": 1.0}),
}  # fmt: skip


def draws(name: str, start: int, stop: int) -> list[Values]:
    return [CASES[name].draw(np.random.default_rng(seed)) for seed in range(1_000 + start, 1_000 + stop)]


def outside(name: str, drawn: list[Values]) -> dict[str, str]:
    """Return the endpoints whose stated error, over the spread, is outside the tolerance."""
    found = {}
    for key, states in CASES[name].states.items():
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
}
"""Endpoint → why it states no standard error."""
BY_HAND = {"perplexity_ratio", "utility_real", "doubling_gain"}
"""Endpoints whose error is held to a formula below."""


@pytest.mark.parametrize("name", CASES)
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


def test_the_area_of_two_halves_has_nearly_the_error_of_all_rows_scored_at_once() -> None:
    random = np.random.default_rng(1)
    x, y = skewed(random, 200, 1) + 1.0, skewed(random, 600, 1)
    area, error = two_sample_auc(x, y, seed=1, trees={"max_iter": 20, "max_leaf_nodes": 8, "early_stopping": False})
    best, best_error = area_under_curve(x[:, 0], y[:, 0])
    assert area == pytest.approx(best, abs=0.05)
    assert error == pytest.approx(best_error, rel=0.2)


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
