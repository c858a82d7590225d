import numpy as np
import polars as pl
import pytest

from outcross.assets.evaluation.evaluate import COLUMNS, evaluate
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics.contract import ModelMetric
from outcross.assets.metrics.registry import ENDPOINTS, METRIC_OF, METRICS
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.data import probe, split, values
from tests.shared_data import shared_data


def measured(kind: str, synthetic: pl.DataFrame, **other: object) -> pl.DataFrame:
    _, holdout, schema = split(kind)
    settings = {"reference": holdout, "schema": schema, "probe": probe(kind), "seed": 1, "against": "holdout"}
    return evaluate(synthetic=synthetic, **(settings | other))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "python_docs"])
def test_every_endpoint_of_rows_of_the_modality_is_measured_once(kind: str) -> None:
    anchor, _, schema = split(kind)
    found = measured(kind, anchor).filter(pl.col("about") == "")
    expected = {
        name
        for name, metric in METRIC_OF.items()
        if metric.is_defined_for(schema)
        and schema.modality not in metric.opt_in
        and not isinstance(metric, ModelMetric)
    }
    if kind == "breast_cancer":
        expected.remove("rare_mass")  # neither of its labels is rare
    assert len(expected) >= 5
    assert sorted(found["metric"]) == sorted(expected)
    assert dict(found.schema) == COLUMNS
    assert found["value"].is_finite().all()


def test_expensive_metrics_of_texts_are_measured_only_where_they_are_named() -> None:
    wanted = sorted(metric.name for metric in METRICS if metric.opt_in == {"text"})
    found = measured("python_docs", split("python_docs")[0][:300], metrics=wanted)
    expected = {name for name, metric in METRIC_OF.items() if metric.name in wanted}
    assert len(expected) >= 7
    assert sorted(found["metric"]) == sorted(expected)
    assert found["value"].is_finite().all()
    assert found["standard_error"].is_finite().all()


def test_definition_and_direction_are_those_of_the_endpoint() -> None:
    for metric, _, family, direction, *_ in measured("digits", split("digits")[0]).iter_rows():
        endpoint = ENDPOINTS[metric]
        assert (family, direction) == (endpoint.definition.value, endpoint.direction)


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "python_docs"])
def test_against_the_previous_generation_absolute_metrics_are_left_out(kind: str) -> None:
    anchor, _holdout, _ = split(kind)
    synthetic, previous = anchor[: anchor.height // 2], anchor[anchor.height // 2 :]
    metrics = {metric.name for metric in METRICS}
    found = measured(kind, synthetic, reference=previous, against="previous", metrics=metrics)
    against_holdout = measured(kind, synthetic, metrics=metrics)
    absolute = {"words", "cross_entropy", "ngram_entropy", "repetition_rate", "empty_rows", "self_bleu"}
    repeated = {name for name, metric in METRIC_OF.items() if metric.name in absolute}
    repeated |= {"utility_real", "vendi", "close_repeats", "exact_duplicates", "near_duplicates", "broken_relations"}
    assert set(found["metric"]) == set(against_holdout["metric"]) - repeated
    shared = found.filter(pl.col("about") == "").join(against_holdout, on=["metric", "about"])
    same = shared.filter(pl.col("value") == pl.col("value_right"))["metric"]
    assert set(same) <= {"class_survival", "rare_survival", "line_structure"}


def test_a_line_for_a_column_follows_the_one_for_all_rows() -> None:
    found = measured("breast_cancer", split("breast_cancer")[0]).filter(metric="ks")
    _, _, schema = split("breast_cancer")
    assert found["about"].to_list() == ["", *(column.name for column in schema.numeric)]
    assert found["value"][0] == pytest.approx(found["value"][1:].mean())


def test_without_a_label_metrics_of_the_label_are_left_out() -> None:
    anchor, holdout, schema = split("breast_cancer")
    bare = Schema(tuple(schema.numeric))
    fitted = build_probe(anchor, holdout, bare, seed=1)
    found = evaluate(synthetic=anchor, reference=holdout, schema=bare, probe=fitted, seed=1, against="holdout")[
        "metric"
    ]
    assert not set(found) & {"utility", "utility_real", "class_survival"}
    assert "rare_survival" in found
    with pytest.raises(BadInput, match="role 'label'"):
        fitted.predict_label(holdout)


def test_a_table_of_categories_has_no_variance_ratio() -> None:
    schema = Schema((Column(name="colour", role=Role.CATEGORICAL),))
    rows = pl.DataFrame({"colour": ["red", "blue", "red", "green"] * 5})
    fitted = build_probe(rows, rows, schema, seed=1)
    found = evaluate(synthetic=rows, reference=rows, schema=schema, probe=fitted, seed=1, against="holdout")
    assert not set(found["metric"]) & {"variance_ratio", "ks", "marginal_wasserstein", "tail_mass"}
    assert {"entropy_ratio", "rare_survival", "total_variation", "column_shapes"} <= set(found["metric"])
    assert not {"pair_trends", "utility", "groups"} & set(found["metric"])


def test_the_same_seed_gives_the_same_numbers_after_other_measurements() -> None:
    anchor, _, _ = split("digits")
    first = measured("digits", anchor[:500])
    measured("digits", anchor[500:], seed=9)
    assert measured("digits", anchor[:500].clone()).equals(first)


@pytest.mark.parametrize("kind", ["digits", "python_docs"])
def test_synthetic_rows_are_embedded_once_for_all_metrics_and_both_references(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor, _, _ = split(kind)
    measured(kind, anchor[:200])  # what is kept of the anchor and the holdout is embedded by then
    embedded: list[int] = []
    transform = Embedding.transform

    def counted(embedding: Embedding, rows: pl.DataFrame) -> np.ndarray:
        embedded.append(rows.height)
        return transform(embedding, rows)

    monkeypatch.setattr(Embedding, "transform", counted)
    synthetic = anchor[200:500]
    measured(kind, synthetic)
    measured(kind, synthetic, reference=anchor[500:600], against="previous")
    assert embedded == [300, 100]


def test_a_measurement_against_one_reference_does_not_change_that_against_another() -> None:
    anchor, _, _ = split("digits")
    synthetic, previous = anchor[:300], anchor[300:500]
    alone = measured("digits", synthetic.clone(), reference=previous, against="previous")
    measured("digits", synthetic)
    assert measured("digits", synthetic, reference=previous, against="previous").equals(alone)


@pytest.mark.parametrize("kind", ["digits", "breast_cancer"])
def test_one_repeated_row_is_measured_and_detected(kind: str) -> None:
    anchor, _, _ = split(kind)
    real, same = values(kind, anchor), values(kind, pl.concat([anchor[:1]] * 100))
    assert same["frechet"] > 2 * real["frechet"]
    for metric in ("recall", "coverage", "variance_ratio", "entropy_ratio", "class_survival", "utility"):
        assert same[metric] < 0.7 * real[metric], metric


def test_nan_values_do_not_make_measurements_nan() -> None:
    anchor, _, schema = split("breast_cancer")
    name = schema.numeric[0].name
    broken = anchor.with_columns(pl.when(pl.int_range(pl.len()) < 5).then(float("nan")).otherwise(name).alias(name))
    found = values("breast_cancer", broken)
    assert found["frechet"] > 1e4
    assert all(value == value for value in found.values())


def test_too_few_rows_are_refused() -> None:
    anchor, holdout, schema = split("digits")
    with pytest.raises(BadInput, match="at least 2"):
        measured("digits", anchor[:1])
    with pytest.raises(BadInput, match="anchor has 0 rows"):
        build_probe(anchor[:0], holdout, schema, seed=1)


def test_a_census_with_nulls_is_measured_on_every_endpoint_of_tables() -> None:
    raw = pl.read_parquet(shared_data("adult.parquet"))
    columns = []
    for name, dtype in raw.schema.items():
        role = Role.NUMERIC if dtype.is_numeric() else Role.LABEL if name == raw.columns[-1] else Role.CATEGORICAL
        columns.append(Column(name=name, role=role, nullable=raw[name].null_count() > 0))
    schema = Schema(tuple(columns))
    rows = raw.cast(schema.polars).sample(9_000, seed=1)  # type: ignore[arg-type]
    fitted = build_probe(rows[3_000:], rows[:3_000], schema, seed=1)
    found = evaluate(
        synthetic=rows[3_000:], reference=rows[:3_000], schema=schema, probe=fitted, seed=1, against="holdout"
    )
    measures = dict(found.filter(about="").select("metric", "value").iter_rows())
    assert measures["rare_survival"] == 1.0
    assert measures["density"] == pytest.approx(1.0, abs=0.1)
    assert measures["utility"] == measures["utility_real"] > 0.78
