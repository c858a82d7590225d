import numpy as np
import polars as pl
import pytest

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.classifier import Classifier
from tests.assets.evaluation.data import gaussian, probe, split, values


def test_training_on_the_anchor_gives_the_real_utility() -> None:
    for kind in ("digits", "breast_cancer"):
        found = values(kind, split(kind)[0])
        assert found["utility"] == found["utility_real"] > 0.93


def test_shuffled_labels_give_the_accuracy_of_chance() -> None:
    anchor, _, _ = split("digits")
    found = values("digits", anchor.with_columns(pl.col("label").shuffle(seed=3)))
    assert found["utility"] < 0.3
    assert found["utility_real"] > 0.93


def test_a_lost_class_lowers_utility_by_its_share_of_the_holdout() -> None:
    anchor, holdout, _ = split("digits")
    lost = float((holdout["label"] == "7").mean())  # type: ignore[arg-type]
    found = values("digits", anchor.filter(pl.col("label") != "7"))
    assert found["utility"] == pytest.approx(found["utility_real"] - lost, abs=0.03)


def test_rows_of_one_class_have_the_accuracy_of_a_constant() -> None:
    anchor, holdout, _ = split("breast_cancer")
    share = float((holdout["label"] == "benign").mean())  # type: ignore[arg-type]
    assert values("breast_cancer", anchor.filter(pl.col("label") == "benign"))["utility"] == share


def test_against_the_previous_generation_its_rows_are_the_test() -> None:
    anchor, _holdout, schema = split("digits")
    for previous in (anchor[:200], anchor[:200].with_columns(label=pl.lit("9"))):
        found = evaluate(
            synthetic=anchor, reference=previous, schema=schema, probe=probe("digits"), seed=1, against="previous",
            metrics=["utility"],
        )  # fmt: skip
        nines = float((anchor[:200]["label"] == "9").mean())  # type: ignore[arg-type]
        expected = nines if previous["label"].n_unique() == 1 else 1.0
        assert dict(found.select("metric", "value").iter_rows()) == pytest.approx({"utility": expected}, abs=0.04)


def test_rows_without_any_label_predict_nothing() -> None:
    classifier = Classifier.fit(gaussian(1, 5, 2), pl.Series([None] * 5, dtype=pl.String), seed=1)
    assert classifier.accuracy(gaussian(2, 4, 2), pl.Series(["a", "b", None, "a"]))[0] == 0.0


def test_accuracy_has_the_binomial_standard_error() -> None:
    classifier = Classifier.fit(np.zeros((2, 1)), pl.Series(["a", "a"]), seed=1)
    accuracy, error = classifier.accuracy(np.zeros((4, 1)), pl.Series(["a", "a", "a", "b"]))
    assert (accuracy, error) == pytest.approx((0.75, (0.75 * 0.25 / 4) ** 0.5))


def test_a_classifier_of_a_table_does_not_see_the_label() -> None:
    _, holdout, _ = split("breast_cancer")
    blinded = holdout.with_columns(label=pl.lit("benign"))
    assert probe("breast_cancer").predict_label(holdout) == probe("breast_cancer").predict_label(blinded)
    assert (pl.Series(probe("breast_cancer").predict_label(holdout)) == holdout["label"]).mean() > 0.9
