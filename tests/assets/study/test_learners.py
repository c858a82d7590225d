"""The learners that ship: what they score by hand, what they do with classes that are missing, what they refuse."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from outcross.assets.study.learners import AnyLearner
from outcross.assets.study.learners.contract import Lesson
from outcross.assets.study.learners.features import Features
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyLearner)
SIZE, SEX, LABEL = Column(name="size", role=Role.NUMERIC), Column(name="sex", role=Role.GROUP), "kind"
LABELLED = Schema((SIZE, SEX, Column(name=LABEL, role=Role.LABEL, nullable=True)))
TARGET = Column(name="price", role=Role.NUMERIC, target=True, nullable=True)
PRICED = Schema((SIZE, SEX, TARGET))


def rows_of(count: int, *, seed: int = 0) -> pl.DataFrame:
    """Sizes and sexes, where the label is the side of 0.5 and the price twice the size, but dearer for women."""
    rng = np.random.default_rng(seed)
    sizes, sexes = rng.random(count), rng.choice(["f", "m"], count)
    return pl.DataFrame(
        {"size": sizes, "sex": sexes, LABEL: np.where(sizes > 0.5, "big", "small"), "price": 2 * sizes + (sexes == "f")}
    )


def scored(
    settings: dict[str, Any], schema: Schema, train: pl.DataFrame, test: pl.DataFrame, weights: Any = None
) -> dict[tuple[str, str], float]:
    learner = ADAPTER.validate_python(settings)
    given = np.ones(train.height) if weights is None else weights
    lesson = Lesson(rows=train.select(schema.names), weights=given, schema=schema, seed=1)
    return {(each.metric, each.about): each.value for each in learner.train(lesson).judge(test.select(schema.names))}


def classified(train: pl.DataFrame, test: pl.DataFrame, **more: Any) -> dict[tuple[str, str], float]:
    return scored({"kind": "classifier", "iterations": 20}, LABELLED, train, test, **more)


def test_a_classifier_that_learned_the_rule_is_right_and_one_of_shuffled_labels_is_not() -> None:
    train, test = rows_of(300), rows_of(200, seed=1)
    good = classified(train, test)
    assert good["learner_accuracy", ""] > 0.95
    assert good["learner_roc_auc", ""] > 0.99
    assert good["learner_log_loss", ""] < 0.2
    shuffled = train.with_columns(pl.col(LABEL).shuffle(seed=1))
    bad = classified(shuffled, test)
    assert bad["learner_accuracy", ""] < 0.7
    assert bad["learner_log_loss", ""] > 0.6


def test_each_group_and_class_has_lines_of_its_own_that_add_up() -> None:
    test = rows_of(200, seed=1).with_columns(pl.col(LABEL).sample(fraction=1.0, shuffle=True, seed=3))
    found = classified(rows_of(100), test)
    shares = test["sex"].value_counts(normalize=True)
    mean = sum(share * found["learner_accuracy", f"sex={sex}"] for sex, share in shares.iter_rows())
    assert mean == pytest.approx(found["learner_accuracy", ""])
    classes = [found["learner_balanced_accuracy", f"kind={level}"] for level in ("big", "small")]
    assert np.mean(classes) == pytest.approx(found["learner_balanced_accuracy", ""])


def test_a_class_that_training_lost_is_never_predicted_and_its_surprise_stays_finite() -> None:
    train, test = rows_of(100).filter(pl.col(LABEL) == "big"), rows_of(100, seed=1)
    found = classified(train, test)
    share = (test[LABEL] == "big").mean()
    assert found["learner_accuracy", ""] == pytest.approx(share)
    assert found["learner_balanced_accuracy", ""] == 0.5
    assert found["learner_roc_auc", ""] == 0.5
    assert found["learner_log_loss", ""] == pytest.approx(-(1 - share) * np.log(1e-15))  # type: ignore[operator]
    unlabelled = classified(train.with_columns(kind=pl.lit(None, dtype=pl.String)), test)
    assert unlabelled["learner_accuracy", ""] == 0


def test_rows_without_a_label_change_nothing() -> None:
    train, test = rows_of(100), rows_of(50, seed=1)
    nothing = rows_of(40, seed=2).with_columns(kind=pl.lit(None, dtype=pl.String))
    more = pl.concat([train, nothing]), pl.concat([test, nothing])
    assert classified(*more) == classified(train, test)


@pytest.mark.parametrize(
    ("kind", "schema", "metric"),
    [("classifier", LABELLED, "learner_log_loss"), ("regressor", PRICED, "learner_mae")],
)
def test_weights_of_zero_take_rows_out_of_training(kind: str, schema: Schema, metric: str) -> None:
    train, test = rows_of(200), rows_of(50, seed=1)
    wrong = rows_of(200, seed=2).with_columns(
        price=-pl.col("price"), kind=pl.when(pl.col("kind") == "big").then(pl.lit("small")).otherwise(pl.lit("big"))
    )
    both, settings = pl.concat([train, wrong]), {"kind": kind, "iterations": 20}
    weighed = scored(settings, schema, both, test, np.repeat([1.999, 0.001], 200))[metric, ""]
    assert weighed < scored(settings, schema, both, test)[metric, ""] / 2


DRAWS = np.random.default_rng(3).integers(0, 100, (400, 100))


def test_a_level_is_a_category_and_not_a_number_to_boosting() -> None:
    settings = ADAPTER.validate_python({"kind": "classifier"})
    given = [np.array(each) for each in ([False, True], [False, False])]
    told = [settings.settings(seed=1, categorical=each)["categorical_features"] for each in given]
    assert told[0] is given[0] and told[1] is None


def test_the_errors_of_a_regressor_are_those_of_its_predictions() -> None:
    train, test = rows_of(400), rows_of(100, seed=1)
    learner = ADAPTER.validate_python({"kind": "regressor", "iterations": 20})
    lesson = Lesson(rows=train.select(PRICED.names), weights=np.ones(400), schema=PRICED, seed=1)
    trained = learner.train(lesson)
    found = {each.metric: each for each in trained.judge(test.select(PRICED.names)) if not each.about}
    errors = test["price"].to_numpy() - trained.predict(test)  # type: ignore[attr-defined]
    assert found["learner_rmse"].value == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert found["learner_mae"].value == pytest.approx(np.abs(errors).mean())
    assert found["learner_r2"].value == pytest.approx(1 - np.mean(errors**2) / test["price"].var(ddof=0))
    assert 0.8 < found["learner_r2"].value < 1
    redrawn = [test["price"].to_numpy()[each] for each in DRAWS], [errors[each] for each in DRAWS]
    spread = np.std([1 - np.mean(error**2) / np.var(price) for price, error in zip(*redrawn, strict=True)])
    assert found["learner_r2"].standard_error == pytest.approx(spread, rel=0.25), "that of a bootstrap"
    assert 0 < found["learner_rmse"].standard_error < found["learner_rmse"].value


def test_a_regressor_without_targets_predicts_the_mean_it_has() -> None:
    train, test = rows_of(1), rows_of(50, seed=1)
    found = scored({"kind": "regressor"}, PRICED, train, test)
    assert found["learner_mae", ""] == pytest.approx((test["price"] - train["price"][0]).abs().mean())


def test_stopping_early_sets_rows_aside() -> None:
    train, test = rows_of(200), rows_of(100, seed=1)
    settings = {"kind": "classifier", "iterations": 20}
    assert scored({**settings, "validation": 0.3}, LABELLED, train, test) != scored(settings, LABELLED, train, test)
    alone = pl.concat([train, rows_of(1).with_columns(kind=pl.lit("odd"))])
    assert scored({**settings, "validation": 0.3}, LABELLED, alone, test)["learner_accuracy", ""] > 0.9


def test_a_missing_label_or_target_is_refused_with_the_role_to_give() -> None:
    for kind, schema, role in (("classifier", PRICED, "label"), ("regressor", LABELLED, "target")):
        learner = ADAPTER.validate_python({"kind": kind})
        with pytest.raises(BadInput, match=f"predicts a {role}, but the source has none; give .* the role '{role}'"):
            learner.check(schema)
    text = Schema((Column(name="words", role=Role.TEXT), Column(name=LABEL, role=Role.LABEL)))
    with pytest.raises(BadInput, match="learns from image and table data, but the source has text data"):
        ADAPTER.validate_python({"kind": "classifier"}).check(text)
    with pytest.raises(BadInput, match="no column to predict from"):
        ADAPTER.validate_python({"kind": "regressor"}).check(Schema((TARGET,)))


@pytest.mark.parametrize(("kind", "schema"), [("classifier", LABELLED), ("regressor", PRICED)])
def test_rows_with_nothing_to_tell_apart_are_refused(kind: str, schema: Schema) -> None:
    learner, rows = ADAPTER.validate_python({"kind": kind}), rows_of(20).select(schema.names)
    learner.check_rows(schema, anchor=rows, holdout=rows)
    with pytest.raises(BadInput, match=f"learner '{kind}': the .* of the holdout have 1 different values"):
        learner.check_rows(schema, anchor=rows, holdout=rows.head(1))


def test_the_pixels_of_images_are_features() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (80, 4)).astype(np.uint8)
    image = Column(name="pixels", role=Role.IMAGE, shape=(2, 2), levels=255)
    schema = Schema((image, Column(name=LABEL, role=Role.LABEL)))
    rows = pl.DataFrame({"pixels": pixels, LABEL: np.where(pixels[:, 3] > 127, "on", "off")}, schema=schema.polars)
    assert scored({"kind": "classifier"}, schema, rows, rows)["learner_accuracy", ""] > 0.95


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_learner_of_pictures_reads_them_averaged_down_to_its_longest_side(kind: str) -> None:
    """The outcome is which side of a picture is brighter; averaged to one pixel, none is."""
    rng = np.random.default_rng(0)
    bright, level = rng.random(80) < 0.5, rng.integers(120, 136, 80)[:, None]
    pixels = (level + np.where(bright[:, None], 50, -50) * np.array([1, -1, 1, -1])).astype(np.uint8)
    image, outcome = Column(name="pixels", role=Role.IMAGE, shape=(2, 2), levels=255), "on"
    role = {"classifier": Role.LABEL, "regressor": Role.NUMERIC}[kind]
    schema = Schema((image, Column(name=outcome, role=role, target=kind == "regressor")))
    values = pl.Series(bright.astype(int)).cast(schema.polars[outcome])
    rows = pl.DataFrame({"pixels": pixels, outcome: values}, schema=schema.polars)
    metric = {"classifier": "learner_accuracy", "regressor": "learner_r2"}[kind]
    found = {
        side: scored({"kind": kind, "longest_side": side, "iterations": 5}, schema, rows[:60], rows[60:])[metric, ""]
        for side in (None, 2, 1)
    }
    assert found[None] == found[2] > found[1] + 0.2


@pytest.mark.parametrize("balance", ["weights", "resample", "smote"])
def test_a_rare_class_is_found_more_often_where_the_classes_are_balanced(balance: str) -> None:
    random = np.random.default_rng(5)
    rare = random.random(600) < 0.1
    sizes = random.normal(np.where(rare, 1.0, 0.0), 1.0)
    rows = pl.DataFrame({"size": sizes, "sex": ["f"] * 600, LABEL: np.where(rare, "big", "small"), "price": sizes})

    def recall(settings: dict[str, Any]) -> float:
        found = scored({"kind": "classifier", "iterations": 20, **settings}, LABELLED, rows[:400], rows[400:])
        return found["learner_balanced_accuracy", f"{LABEL}=big"]

    assert recall({"balance": balance}) > recall({}) + 0.15


def test_a_classifier_has_three_alternatives_and_a_balanced_or_other_learner_none() -> None:
    plain = ADAPTER.validate_python({"kind": "classifier", "iterations": 7})
    found = plain.alternatives()
    assert {name: each.balance for name, each in found.items()} == {
        "class weights": "weights",
        "rows of rare classes repeated": "resample",
        "SMOTE": "smote",
    }
    assert {each.iterations for each in found.values()} == {7}
    assert found["SMOTE"].alternatives() == {}
    assert ADAPTER.validate_python({"kind": "regressor"}).alternatives() == {}


def test_of_levels_as_frequent_the_first_by_name_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcross.assets.study.learners.features.MOST_LEVELS", 2)
    schema = Schema((Column(name="work", role=Role.CATEGORICAL), Column(name="y", role=Role.LABEL)))
    rows = pl.DataFrame({"work": ["c", "b", "a", "c", "a", "b", "d"], "y": ["n"] * 7})
    assert Features.of(rows, schema, outcome="y").levels == {"work": ["a", "b"]}
