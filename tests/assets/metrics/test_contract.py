"""What every metric is given: nearest records, test rows, and the rules of when it is measured."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.gower import nearest_records
from outcross.assets.instruments.probe import Probe, build_probe
from outcross.assets.metrics.contract import Against, Comparison, Margin, Measurement, Metric
from outcross.resources.schema import Column, Modality, Role, Schema

X, Y, S = Column(name="x", role=Role.NUMERIC), Column(name="y", role=Role.LABEL), Column(name="s", role=Role.GROUP)
TARGET = Column(name="t", role=Role.NUMERIC, target=True)
IMAGE, TEXT = Column(name="i", role=Role.IMAGE, shape=(2, 2), levels=16), Column(name="w", role=Role.TEXT)


def metric(**rules: Any) -> Metric:
    return Metric(**({"name": "mine", "modalities": frozenset({"table", "text"}), "endpoints": ()} | rules))


@pytest.mark.parametrize(
    ("rules", "defined", "undefined"),
    [
        ({}, [(X,), (X, Y), (TEXT,)], [(IMAGE,), (IMAGE, Y)]),
        ({"needs_label": True}, [(X, Y), (TEXT, Y)], [(X,), (X, TARGET), (X, S), (IMAGE, Y)]),
        ({"needs_group": True}, [(X, S), (X, Y, S)], [(X,), (X, Y)]),
        ({"needs_outcome": True}, [(X, Y), (X, TARGET)], [(X,), (X, S)]),
        ({"needs_group": True, "needs_label": True}, [(X, Y, S)], [(X, Y), (X, S)]),
        ({"needs_group": True, "needs_outcome": True}, [(X, TARGET, S)], [(X, TARGET), (X, S)]),
    ],
)
def test_a_metric_is_defined_for_data_that_have_all_it_needs(
    rules: dict[str, Any], defined: list[tuple[Column, ...]], undefined: list[tuple[Column, ...]]
) -> None:
    assert [metric(**rules).is_defined_for(Schema(columns)) for columns in defined] == [True] * len(defined)
    assert [metric(**rules).is_defined_for(Schema(columns)) for columns in undefined] == [False] * len(undefined)


@pytest.mark.parametrize(
    ("names", "modality", "wanted"),
    [
        *[(None, "table", True), (None, "text", False), (["mine"], "text", True), (["mine"], "table", True)],
        *[(["other"], "table", False), ([], "table", False)],
    ],
)
def test_a_metric_is_measured_where_it_is_named_or_not_expensive(
    names: list[str] | None, modality: Modality, wanted: bool
) -> None:
    assert metric(opt_in=frozenset({"text"})).is_wanted(names, modality) is wanted


@pytest.mark.parametrize(
    ("value", "error", "none"),
    [
        *[(0.75, 0.125, False), (0.625, 0.125, True), (0.5, 0.125, True), (0.25, 0.0, True), (0.75, 0.5, True)],
        *[(float("nan"), 0.1, True), (0.75, float("nan"), True), (0.5, 0.0, True)],
    ],
)
def test_a_margin_is_more_than_its_error_or_none(value: float, error: float, none: bool) -> None:
    assert Margin(value=value, constant=0.5, error=error).is_none is none


def test_a_mean_has_the_error_of_independent_rows() -> None:
    found = Measurement.of_mean("m", np.array([0, 1, 1, 5]), "c")
    assert (found.metric, found.value, found.about) == ("m", 1.75, "c")
    assert found.standard_error == pytest.approx(np.std([0, 1, 1, 5]) / 2)
    assert Measurement.of_mean("m", np.array([True, False])).about == ""


def rows_of(kind: str, rows: int, seed: int) -> tuple[pl.DataFrame, Schema]:
    draws = np.random.default_rng(seed)
    labels = draws.choice(["a", "b"], rows)
    if kind == "table":
        schema = Schema((X, Y))
        return pl.DataFrame({"x": draws.normal(size=rows), "y": labels}, schema=schema.polars), schema
    schema = Schema((IMAGE, Y))
    return pl.DataFrame({"i": draws.integers(0, 17, size=(rows, 4)), "y": labels}, schema=schema.polars), schema


def compared(kind: str, against: Against) -> tuple[Comparison, Probe, pl.DataFrame, pl.DataFrame]:
    (anchor, schema), (holdout, _), (synthetic, _), (previous, _) = (
        rows_of(kind, 12 + seed, seed) for seed in range(4)
    )
    probe = build_probe(anchor, holdout, schema, seed=1)
    reference = holdout if against == "holdout" else previous
    made = Comparison(synthetic=synthetic, reference=reference, schema=schema, probe=probe, seed=5, against=against)
    return made, probe, synthetic, anchor if against == "holdout" else previous


@pytest.mark.parametrize("against", ["holdout", "previous"])
def test_synthetic_images_could_copy_the_anchor_or_the_generation_before(against: Against) -> None:
    from scipy.spatial.distance import cdist

    made, probe, synthetic, records = compared("image", against)
    assert made.records.equals(records)
    apart = cdist(probe.embedding.transform(synthetic), probe.embedding.transform(records))
    assert made.nearest.first == pytest.approx(apart.min(axis=1))
    assert made.nearest.record.tolist() == apart.argmin(axis=1).tolist()
    among = np.sort(cdist(*[probe.embedding.transform(records)] * 2), axis=1)[:, 1]
    assert made.record_spacings(np.array([3, 0])) == pytest.approx(among[[3, 0]], abs=1e-6)


@pytest.mark.parametrize("against", ["holdout", "previous"])
def test_synthetic_rows_of_a_table_are_compared_by_their_values(against: Against) -> None:
    made, _, synthetic, records = compared("table", against)
    expected = nearest_records(synthetic, records, made.schema)
    assert made.nearest.first.tolist() == expected.first.tolist()
    among = nearest_records(records, records, made.schema).second
    assert made.record_spacings(np.array([3, 0])).tolist() == among[[3, 0]].tolist()


@pytest.mark.parametrize("against", ["holdout", "previous"])
def test_models_of_utility_are_trained_on_synthetic_rows_and_tested_on_the_others(against: Against) -> None:
    made, probe, synthetic, _ = compared("table", against)
    rows, points = made.test
    assert rows.equals(made.reference)
    np.testing.assert_array_equal(points, probe.label_features.transform(made.reference))
    assert made.views[0].rows.equals(synthetic) and made.views[1].rows.equals(made.reference)
    of_synthetic = probe.label_features.transform(synthetic)
    assert made.classifier.predict(points).tolist() == made.views[0].classifier.predict(points).tolist()
    assert made.views[0].label_points.tolist() == of_synthetic.tolist()
