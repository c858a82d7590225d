from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.class_scores import average_precision, balanced_accuracy, roc_auc
from outcross.assets.instruments.classifier import Classifier


def three_classes(seed: int, rows: int) -> tuple[np.ndarray, pl.Series]:
    draws = np.random.default_rng(seed)
    codes = draws.choice(3, rows, p=[0.7, 0.2, 0.1])
    return np.round(draws.normal(size=(rows, 2)) + codes[:, None], 1), pl.Series("y", [f"c{code}" for code in codes])


@pytest.mark.parametrize("classes", [["c0", "c1", "c2"], ["c0", "c1"]])
def test_scores_are_those_of_scikit_learn(classes: list[str]) -> None:
    from sklearn import metrics

    points, labels = three_classes(1, 300)
    kept = labels.is_in(classes)
    points, labels = points[kept.to_numpy()], labels.filter(kept)
    classifier = Classifier.fit(points, labels, seed=1)
    truth, scores = labels.to_numpy(), classifier.scores(points, classes)
    predicted = classifier.predict(points)
    found = balanced_accuracy(predicted, truth, classes)[0]
    assert found == pytest.approx(metrics.balanced_accuracy_score(truth.astype(str), predicted.astype(str)))
    probable = classifier.fitted.predict_proba(points)
    each = [(truth == name, probable[:, place]) for place, name in enumerate(classes)]
    assert roc_auc(scores, truth, classes)[0] == pytest.approx(np.mean([metrics.roc_auc_score(*one) for one in each]))
    expected = np.mean([metrics.average_precision_score(*one) for one in each])
    assert average_precision(scores, truth, classes)[0] == pytest.approx(expected)


@pytest.mark.parametrize("training", [["c0"] * 50, [None] * 50])
def test_a_constant_has_the_values_of_chance(training: list[str | None]) -> None:
    points, labels = three_classes(2, 200)
    classifier = Classifier.fit(points[:50], pl.Series(training, dtype=pl.String), seed=1)
    classes, truth = ["c0", "c1", "c2"], labels.to_numpy()
    scores = classifier.scores(points, classes)
    assert roc_auc(scores, truth, classes)[0] == 0.5
    assert average_precision(scores, truth, classes)[0] == pytest.approx(1 / 3)
    assert balanced_accuracy(classifier.predict(points), truth, classes)[0] in (0.0, pytest.approx(1 / 3))


def test_a_class_that_the_training_rows_lack_ranks_no_row_above_another() -> None:
    points, labels = three_classes(3, 200)
    known = labels != "c2"
    scores = Classifier.fit(points[known.to_numpy()], labels.filter(known), seed=1).scores(points, ["c0", "c2"])
    assert len(set(scores[:, 1])) == 1 and len(set(scores[:, 0])) > 10


def test_without_a_second_class_there_is_no_curve() -> None:
    truth = np.array(["a", "a"], dtype=object)
    assert np.isnan(roc_auc(np.zeros((2, 1)), truth, ["a"])[0])
    assert all(np.isnan(score(np.zeros((0, 0)), truth[:0], [])[0]) for score in (roc_auc, average_precision))
    assert np.isnan(balanced_accuracy(truth[:0], truth[:0], [])[0])


@pytest.mark.parametrize("score", [roc_auc, average_precision])
def test_a_class_without_rows_is_left_out_wherever_it_stands(score: Callable[..., tuple[float, float]]) -> None:
    draws = np.random.default_rng(4)
    truth, scores = np.repeat(["a", "b"], [30, 20]), draws.normal(size=(50, 3))
    for place, classes in enumerate((["none", "a", "b"], ["a", "none", "b"], ["a", "b", "none"])):
        order = [0, 1]
        order.insert(place, 2)
        found = score(scores[:, order], truth, classes)
        assert found == pytest.approx(score(scores[:, :2], truth, ["a", "b"]))


@pytest.mark.parametrize("score", [roc_auc, average_precision, balanced_accuracy])
def test_the_error_is_the_spread_over_repeated_samples(score: Callable[..., tuple[float, float]]) -> None:
    found = []
    for seed in range(150):
        draws = np.random.default_rng(seed)
        truth = draws.choice(["a", "b", "c"], 200, p=[0.5, 0.3, 0.2])
        scores = draws.normal(size=(200, 3)) + 1.2 * (truth[:, None] == np.array(["a", "b", "c"]))
        of_rows = np.array(["a", "b", "c"])[scores.argmax(axis=1)] if score is balanced_accuracy else scores
        found.append(score(of_rows, truth, ["a", "b", "c"]))
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.25)
