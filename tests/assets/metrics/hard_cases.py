"""The hard cases of standard errors: a population, how its endpoints are measured, and what each error states."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from outcross.assets.instruments.classifier_two_sample import area_under_curve
from outcross.assets.instruments.histogram_divergence import frontier_area, frontier_integral
from outcross.assets.metrics import loss
from outcross.assets.metrics.class_utility import ClassTest
from outcross.assets.metrics.closeness import share_near, share_repeated
from outcross.assets.metrics.contract import Comparison, Measurement, RowMetric
from outcross.assets.metrics.entropy import entropy_ratio
from outcross.assets.metrics.frechet import frechet_distance
from outcross.assets.metrics.kernel_distance import kernel_distance
from outcross.assets.metrics.privacy import median_ratio
from outcross.assets.metrics.registry import METRIC_OF
from tests.assets.metrics.hard_samples import (
    Random,
    against_records,
    both_groups,
    both_images,
    both_layouts,
    both_texts,
    both_tints,
    class_rows,
    discrete_tables,
    few_texts,
    real_rows_vary,
    rows_of_a_test,
    short_texts,
    skewed,
    some_stays,
    sparse_tables,
    tables,
    targets_of_a_test,
    text_rows,
)

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
             "total_variation", "pair_trends", "correlation_drift", "association_drift"], 1.0,
        ),
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
        states=dict.fromkeys(["neighbour_ratio", "copies", "authenticity"], 1.0) | {"precision": 1.3, "density": 1.2},
        because=dict.fromkeys(["precision", "density"], "their errors count new real rows too, and here these stay"),
    ),
    "real rows": Case(
        draw=measured("neighbours", of=real_rows_vary),
        states={"recall": 1.0, "coverage": 1.4},
        because={"coverage": "its error counts new synthetic rows too, and here these stay"},
    ),
    "discrete tables": Case(draw=measured("pairs", of=discrete_tables), states={"pair_trends": 1.0}),
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
    "both tints": Case(draw=measured("colour", of=both_tints), states={"colour_distance": 1.0}),
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


def tested(random: Random) -> Values:
    comparison = rows_of_a_test(random)
    (rows, points), classifier = comparison.test, comparison.classifier
    labels = rows[comparison.probe.label.name]
    test = ClassTest.of(classifier, points, labels)
    return {"accuracy": classifier.accuracy(points, labels), **test.scored()}


def tested_target(random: Random) -> Values:
    comparison = targets_of_a_test(random)
    rows, points = comparison.test
    return {"R²": comparison.regressor.explained(points, rows[comparison.probe.outcome.name])}


OF_THE_TEST: dict[str, Case] = {
    "tested rows": Case(
        draw=tested, states=dict.fromkeys(["accuracy", "balanced_accuracy", "roc_auc", "average_precision"], 1.0)
    ),
    "a target": Case(draw=tested_target, states={"R²": 1.0}),
}
"""Scores of one model, whose errors are over the test rows: those of the margin over a constant rest on them."""
