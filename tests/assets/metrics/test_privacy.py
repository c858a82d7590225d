from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import gower
from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics import privacy
from outcross.assets.metrics.contract import Comparison
from outcross.assets.metrics.privacy import find_copies, median_ratio
from tests.assets.evaluation.tables import CENSUS, census, compare, errors, levels, named, numbers
from tests.assets.instruments.test_gower import pairwise


def test_values_are_those_of_the_definitions_pair_by_pair() -> None:
    anchor, holdout = census(1, 60), census(2, 40)
    synthetic = pl.concat([census(3, 30), anchor[:10]])
    found = privacy.measure(compare(synthetic, holdout, anchor=anchor))
    apart, own = pairwise(synthetic, anchor, CENSUS), pairwise(anchor, anchor, CENSUS)
    np.fill_diagonal(own, np.inf)
    nearest, second = np.sort(apart, axis=1)[:, :2].T
    ratio = [1.0 if far == 0 else near / far for near, far in zip(nearest, second, strict=True)]
    expected = {
        "record_distance": np.median(nearest) / np.median(pairwise(holdout, anchor, CENSUS).min(axis=1)),
        "neighbour_ratio": np.mean(ratio),
        "copies": 10 / 40,
        "authenticity": np.mean([apart[i].min() > own[apart[i].argmin()].min() for i in range(40)]),
    }
    assert named(found) == pytest.approx(expected, abs=1e-5)
    assert errors(found)["copies"] == pytest.approx(np.sqrt(0.25 * 0.75 / 40))


def test_spacings_of_the_anchor_are_computed_once_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    anchor, asked = census(1, 60), []
    probe = build_probe(anchor, census(2, 40), CENSUS, seed=1)

    def counted(rows: pl.DataFrame, *others: Any) -> gower.Nearest:
        asked.append(rows.height)
        return gower.nearest_records(rows, *others)

    monkeypatch.setattr("outcross.assets.instruments.probe.nearest_records", counted)
    found = [probe.anchor_spacings(np.array(places)) for places in ([3, 5], [5, 7, 3], [7, 3])]
    own = pairwise(anchor, anchor, CENSUS)
    np.fill_diagonal(own, np.inf)
    assert asked == [2, 1]
    for spacings, places in zip(found, ([3, 5], [5, 7, 3], [7, 3]), strict=True):
        assert spacings == pytest.approx(own[places].min(axis=1), abs=1e-6)


def test_copies_of_the_anchor_are_detected() -> None:
    anchor = census(1, 300)
    found = named(privacy.measure(compare(anchor, census(2, 100), anchor=anchor)))
    assert found == {"record_distance": 0.0, "neighbour_ratio": 0.0, "copies": 1.0, "authenticity": 0.0}


def test_new_rows_of_the_same_distribution_are_as_far_as_the_holdout() -> None:
    found = named(privacy.measure(compare(census(3, 600), census(2, 600), anchor=census(1, 600))))
    assert found["record_distance"] == pytest.approx(1.0, abs=0.15)
    assert found["copies"] == 0.0
    assert found["neighbour_ratio"] > 0.6


def test_against_the_previous_generation_its_rows_are_the_records() -> None:
    anchor, previous = census(1, 80), census(4, 70)
    probe = build_probe(anchor, census(2, 50), CENSUS, seed=1)

    def copies(synthetic: pl.DataFrame) -> float:
        compared = Comparison(
            synthetic=synthetic, reference=previous, schema=CENSUS, probe=probe, seed=1, against="previous"
        )
        return named(privacy.measure(compared))["copies"]

    assert copies(previous) == 1.0
    assert copies(anchor) == 0.0


def test_rows_that_differ_in_one_column_or_a_null_are_not_copies() -> None:
    records, _ = levels(a=["r", "r", None, None], b=["x", "y", "x", None])
    rows, _ = levels(a=["r", "b", None, "r", None, "r"], b=["x", "x", "x", None, None, "y"])
    assert find_copies(rows, records).tolist() == [True, False, True, False, True, True]


def test_copies_count_every_row_even_where_distances_are_sampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gower, "MOST_ROWS", 10)
    anchor = census(1, 60)
    found = privacy.measure(compare(pl.concat([census(3, 90), anchor[:30]]), census(2, 40), anchor=anchor))
    assert named(found)["copies"] == 0.25
    assert any(named(found)["authenticity"] == pytest.approx(tenths / 10) for tenths in range(11))


def test_identical_records_have_no_distance_to_compare() -> None:
    rows, schema = numbers(a=[1.0] * 5)
    found = named(privacy.measure(compare(rows, rows, schema=schema)))
    assert found == {"record_distance": 1.0, "neighbour_ratio": 1.0, "copies": 1.0, "authenticity": 0.0}
    far = named(privacy.measure(compare(numbers(a=[2.0] * 5)[0], rows, schema=schema)))
    assert far["record_distance"] == float("inf")
    assert far["authenticity"] == 1.0


def test_the_standard_error_of_a_ratio_of_medians_is_the_spread_over_repeated_samples() -> None:
    draws = np.random.default_rng(1)
    found = [median_ratio(draws.gamma(2, 1, 300), draws.gamma(3, 1, 200)) for _ in range(400)]
    values, claimed = np.array(found).T
    assert claimed.mean() == pytest.approx(values.std(), rel=0.15)
