from types import ModuleType

import numpy as np
import polars as pl
import pytest

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.classifier import Classifier
from outcross.assets.metrics import class_utility, groups, utility
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.data import gaussian, probe, split, values
from tests.assets.evaluation.tables import compare, named


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


PRICES = Schema(
    (
        Column(name="size", role=Role.NUMERIC),
        Column(name="town", role=Role.GROUP),
        Column(name="price", role=Role.NUMERIC, target=True),
    )
)


def prices(seed: int, rows: int, *, slope: float = 3.0) -> pl.DataFrame:
    draws = np.random.default_rng(seed)
    size = draws.normal(50, 10, rows)
    price = slope * size + draws.normal(0, 10, rows)
    return pl.DataFrame({"size": size, "town": draws.choice(["a", "b"], rows), "price": price}, schema=PRICES.polars)


def of_prices(synthetic: pl.DataFrame, metric: ModuleType = utility) -> dict[str, float]:
    return named(metric.measure(compare(synthetic, prices(2, 200), anchor=prices(1, 300), schema=PRICES)))


def test_of_a_target_it_is_r2_and_falls_where_the_dependence_is_lost() -> None:
    good, lost = of_prices(prices(3, 300)), of_prices(prices(3, 300).with_columns(pl.col("price").shuffle(seed=1)))
    assert good["utility"] == pytest.approx(0.9, abs=0.03)
    assert good["utility_real"] == lost["utility_real"] == pytest.approx(good["utility"], abs=0.02)
    assert lost["utility"] < 0.1
    assert of_prices(prices(3, 300).with_columns(price=pl.lit(7.0)))["utility"] <= 0


def test_a_model_of_a_target_does_not_see_it() -> None:
    holdout = prices(2, 200)
    blinded = compare(prices(3, 300), holdout.with_columns(price=0.0), anchor=prices(1, 300), schema=PRICES)
    seen = compare(prices(3, 300), holdout, anchor=prices(1, 300), schema=PRICES)
    assert (blinded.regressor.predict(blinded.test[1]) == seen.regressor.predict(seen.test[1])).all()


def test_groups_have_the_r2_of_their_rows_and_no_label_rate() -> None:
    found = of_prices(prices(3, 300), groups)
    each = [found[f"group_utility town={town}"] for town in "ab"]
    assert found["group_utility"] == pytest.approx(np.mean(each)) and min(each) > 0.8
    assert found["group_gap"] == pytest.approx(max(each) - min(each))
    assert "label_rate_gap" not in found


REVIEWS = Schema((Column(name="text", role=Role.TEXT), Column(name="mood", role=Role.LABEL)))


def reviews(seed: int, rows: int) -> pl.DataFrame:
    """Texts of common words, of which one rare word tells the label."""
    draws = np.random.default_rng(seed)
    moods = draws.choice(["good", "bad"], rows)
    words = [" ".join(f"w{number}" for number in draws.integers(0, 60, 12)) for _ in range(rows)]
    told = [f"{text} {'fine' if mood == 'good' else 'poor'}" for text, mood in zip(words, moods, strict=True)]
    return pl.DataFrame({"text": told, "mood": moods})


def test_of_labelled_texts_it_is_that_of_their_hashed_words() -> None:
    anchor, holdout = reviews(1, 150), reviews(2, 100)
    good, lost = (
        named(utility.measure(compare(rows, holdout, anchor=anchor, schema=REVIEWS)))
        for rows in (reviews(3, 150), reviews(3, 150).with_columns(pl.col("mood").shuffle(seed=1)))
    )
    assert good["utility"] > 0.95 < good["utility_real"] and lost["utility"] < 0.7


def rare(seed: int, rows: int) -> pl.DataFrame:
    """A class of one row in ten, which a number tells."""
    draws = np.random.default_rng(seed)
    label = np.where(draws.random(rows) < 0.1, "rare", "common")
    return pl.DataFrame({"x": draws.normal(size=rows) + 4 * (label == "rare"), "label": label})


def test_a_lost_rare_class_lowers_balanced_metrics_to_chance_where_accuracy_stays() -> None:
    schema = Schema((Column(name="x", role=Role.NUMERIC), Column(name="label", role=Role.LABEL)))
    measured = [
        named([*utility.measure(comparison), *class_utility.measure(comparison)])
        for synthetic in (rare(3, 300), rare(3, 300).with_columns(label=pl.lit("common")))
        for comparison in [compare(synthetic, rare(2, 300), anchor=rare(1, 300), schema=schema)]
    ]
    before, after = measured
    assert after["utility"] > 0.88 and before["utility"] - after["utility"] < 0.12
    assert after["balanced_accuracy"] == after["roc_auc"] == after["average_precision"] == 0.5
    assert before["balanced_accuracy"] > 0.85 and before["roc_auc"] > 0.95 and before["average_precision"] > 0.9
    assert after["balanced_accuracy label=rare"] == 0.0 and after["balanced_accuracy label=common"] == 1.0
