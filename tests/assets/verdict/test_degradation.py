import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.verdict.degradation import (
    Degradations,
    IncompleteStudy,
    count_generations,
    degradations,
    relative_change,
)
from outcross.resources.errors import BadInput
from tests.assets.verdict.studies import evaluations, ladder

LADDER = ladder(0.2, 0.8)
FRECHET = ENDPOINTS["frechet"]


def measured(
    first: Sequence[float | None], low: Sequence[float | None], high: Sequence[float | None], metric: str = "frechet"
) -> Degradations:
    frame = evaluations(first, {"fresh-0.2": low, "fresh-0.8": high}, metric=metric)
    return degradations(frame, LADDER, ENDPOINTS[metric])


def test_each_replicate_is_compared_with_its_own_control() -> None:
    paired = measured([1.0, 5.0, 3.0], [1.5, 5.5, 3.5], [4.0, 8.0, 6.0])
    assert paired.change.tolist() == [[0, 0.5, 3.0]] * 3
    assert paired.base.tolist() == [1.0, 5.0, 3.0] and paired.drift.tolist() == [0, 0, 0]
    assert paired.relative.tolist() == pytest.approx(np.array([[0, 0.5 / 3, 1.0]] * 3))


@pytest.mark.parametrize(
    ("metric", "first", "last", "degradation"),
    [
        ("frechet", 2.0, 2.5, 0.25),
        ("frechet", 2.0, 1.5, -0.25),
        ("recall", 0.8, 0.6, 0.25),
        ("recall", 0.8, 1.0, -0.25),
        ("variance_ratio", 1.0, math.exp(-0.3), 0.3),
        ("variance_ratio", 1.0, math.exp(0.3), 0.3),
        ("variance_ratio", math.exp(0.2), math.exp(-0.3), 0.1),
        ("variance_ratio", math.exp(0.3), 1.0, -0.3),
    ],
)
def test_worse_is_positive_in_each_direction(metric: str, first: float, last: float, degradation: float) -> None:
    relative = measured([first, first], [first, first], [last, last], metric).relative
    assert relative == pytest.approx(np.array([[0.0, 0.0, degradation]] * 2))
    at_one_rung = relative_change(np.array([first, first]), np.array([last, last]), ENDPOINTS[metric])
    assert at_one_rung == pytest.approx([degradation] * 2)


@pytest.mark.parametrize("gone", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("metric", ["frechet", "recall", "variance_ratio"])
def test_a_last_generation_without_a_finite_value_is_infinitely_worse(metric: str, gone: float | None) -> None:
    paired = measured([0.5, 0.5], [0.5, 0.5], [0.5, gone], metric)
    assert paired.relative.tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, math.inf]]


def test_a_variance_that_vanished_is_infinitely_worse() -> None:
    assert measured([1.0, 1.0], [1.0, 1.0], [1.0, 0.0], "variance_ratio").relative[1, 2] == math.inf


@pytest.mark.parametrize(
    ("metric", "first", "reason"),
    [
        ("frechet", [1.0, None, math.inf], "no finite value in replicate 1, 2"),
        ("variance_ratio", [1.0, 1.0, 0.0], "no finite value in replicate 2"),
        ("recall", [0.0, 0.0, 0.0], "real rows alone have the value zero"),
    ],
)
def test_a_change_from_nothing_is_undefined(metric: str, first: list[float | None], reason: str) -> None:
    undefined = measured(first, [0.5] * 3, [0.5] * 3, metric).undefined
    assert undefined is not None and reason in undefined


def test_one_replicate_that_starts_at_zero_is_weighed_with_the_others() -> None:
    paired = measured([0.0, 1.0], [0.5, 1.0], [1.0, 2.0])
    assert paired.undefined is None
    assert paired.relative.tolist() == [[0.0, 1.0, 2.0], [0.0, 0.0, 2.0]]


def test_the_last_generation_is_the_one_that_was_asked_for() -> None:
    frame = evaluations([1.0, 1.0], {"fresh-0.2": [2.0, 2.0], "fresh-0.8": [3.0, 3.0]}, generations=5)
    assert degradations(frame, LADDER, FRECHET).relative.tolist() == [[0.0, 1.0, 2.0]] * 2
    assert degradations(frame, LADDER, FRECHET, generations=3).relative.tolist() == [[0.0, 0.0, 0.0]] * 2


def test_a_known_population_stands_in_for_the_holdout() -> None:
    frame = evaluations([1.0, 1.0], {"fresh-0.2": [2.0, 2.0], "fresh-0.8": [3.0, 3.0]})
    known = frame.with_columns(reference=pl.lit("population"))
    assert degradations(known, LADDER, FRECHET).relative.tolist() == [[0.0, 1.0, 2.0]] * 2


def test_other_metrics_references_parts_of_the_rows_and_arms_are_left_out() -> None:
    frame = evaluations([1.0, 1.0], {"fresh-0.2": [2.0, 2.0], "fresh-0.8": [3.0, 3.0]})
    bystanders = [
        frame.with_columns(metric=pl.lit("recall"), value=pl.lit(0.1)),
        frame.with_columns(reference=pl.lit("previous"), value=pl.lit(0.2)),
        frame.with_columns(about=pl.lit("age"), value=pl.lit(0.4)),
        frame.filter(arm="fresh-0.2").with_columns(arm=pl.lit("replace"), value=pl.lit(0.3)),
    ]
    alone, among_others = (degradations(each, LADDER, FRECHET) for each in (frame, pl.concat([*bystanders, frame])))
    assert among_others.replicates == alone.replicates
    assert among_others.relative.tolist() == alone.relative.tolist() == [[0.0, 1.0, 2.0]] * 2


@pytest.mark.parametrize(
    ("arm", "generation", "replicates", "named"),
    [
        ("fresh-0.8", 2, [1], "arm 'fresh-0.8' generation 2 replicate 1;"),
        ("fresh-0.2", 1, [0, 2], "arm 'fresh-0.2' generation 1 replicate 0, 2;"),
        ("shared", 0, [2], "arm 'shared' generation 0 replicate 2;"),
        ("fresh-0.8", 1, [0, 1, 2], "arm 'fresh-0.8' generation 1 replicate 0, 1, 2;"),
    ],
)
def test_what_was_not_evaluated_is_named(arm: str, generation: int, replicates: list[int], named: str) -> None:
    frame = evaluations([1.0] * 3, {"fresh-0.2": [2.0] * 3, "fresh-0.8": [3.0] * 3})
    missing = (pl.col("arm") == arm) & (pl.col("generation") == generation) & pl.col("replicate").is_in(replicates)
    with pytest.raises(IncompleteStudy) as refusal:
        degradations(frame.filter(~missing), LADDER, FRECHET)
    assert named in str(refusal.value) and str(refusal.value).count("arm '") == 1


def test_every_gap_is_named_at_once() -> None:
    frame = evaluations([1.0] * 2, {"fresh-0.2": [2.0] * 2})
    with pytest.raises(IncompleteStudy, match=r"'fresh-0.8' generation 1 .*'fresh-0.8' generation 2 "):
        degradations(frame, LADDER, FRECHET)


@pytest.mark.parametrize(
    ("frame", "wrong"),
    [
        (evaluations([1.0], {}, generations=1).filter(generation=0), "no generation after generation 0"),
        (evaluations([1.0], {}, generations=1).clear(), "no generation after generation 0"),
        (evaluations([1.0], {"fresh-0.2": [1.0], "fresh-0.8": [1.0]}, metric="recall"), "choose an endpoint"),
    ],
    ids=["generation 0 alone", "nothing", "another metric"],
)
def test_a_study_without_the_endpoint_is_incomplete(frame: pl.DataFrame, wrong: str) -> None:
    with pytest.raises(IncompleteStudy, match=wrong):
        degradations(frame, LADDER, FRECHET)


def test_a_double_measurement_is_refused() -> None:
    frame = evaluations([1.0, 1.0], {"fresh-0.2": [2.0, 2.0], "fresh-0.8": [3.0, 3.0]})
    with pytest.raises(BadInput, match=r"'frechet': .* measured more than once"):
        degradations(pl.concat([frame, frame.tail(1)]), LADDER, FRECHET)


FALL = ENDPOINTS["tail_mass"]


def test_a_tail_that_vanishes_is_damage_also_where_it_was_too_heavy_before() -> None:
    frame = evaluations([2.0, 2.0], {"fresh-0.2": [1.0, 1.0], "fresh-0.8": [0.5, 0.5]}, metric="tail_mass")
    found = degradations(frame, LADDER, FALL).relative
    assert found.tolist() == pytest.approx(np.log([[1.0, 2.0, 4.0]] * 2))


def test_growing_tails_are_no_gain_that_makes_up_for_a_fall_at_another_share() -> None:
    frame = evaluations([1.0, 1.0], {"fresh-0.2": [4.0, 2.0], "fresh-0.8": [0.5, 0.5]}, metric="tail_mass")
    found = degradations(frame, LADDER, FALL).relative
    assert found.mean(axis=0) == pytest.approx([0.0, 0.0, np.log(2)])
    assert found[0, 1] < 0 < found[1, 1]  # their spread stays


def test_a_study_without_evaluations_has_no_generation() -> None:
    measured = evaluations([1.0], {"replace": [2.0]})
    assert count_generations(measured.clear()) == 0
    assert count_generations(measured) == int(measured["generation"].max()) + 1  # type: ignore[arg-type]
