"""Classes of unequal size: what weights, repeated rows and SMOTE make of them."""

import numpy as np
import pytest

from outcross.assets.study.learners.balance import class_weights, repeat_rare, smote

CODES = np.array([0] * 12 + [1] * 4)


def features(*, seed: int = 0) -> np.ndarray:
    """Two numbers; those of class 1 lie between 10 and 11."""
    random = np.random.default_rng(seed)
    return random.random((16, 2)) + 10 * (CODES == 1)[:, None]


NUMBERS = np.array([False, False])


def test_every_class_weighs_the_same_and_rows_one_on_average() -> None:
    weights = class_weights(CODES)
    assert weights[CODES == 0].sum() == pytest.approx(weights[CODES == 1].sum())
    assert weights.mean() == pytest.approx(1.0)


def test_a_class_that_no_row_has_changes_no_weight() -> None:
    assert class_weights(CODES * 2) == pytest.approx(class_weights(CODES))


def test_rows_of_the_smaller_class_are_repeated_to_the_size_of_the_larger() -> None:
    places = repeat_rare(CODES, seed=1)
    assert np.bincount(CODES[places]).tolist() == [12, 12]
    assert set(places[CODES[places] == 0]) == set(range(12)), "those of the larger class are there once each"
    assert (repeat_rare(CODES, seed=1) == places).all() and (repeat_rare(CODES, seed=2) != places).any()


def test_smote_draws_new_rows_of_the_smaller_class_between_its_own() -> None:
    matrix = features()
    rows, classes = smote(matrix, CODES, categorical=NUMBERS, seed=1)
    assert classes.tolist() == [1] * 8
    own = matrix[CODES == 1]
    assert (rows >= own.min(axis=0)).all() and (rows <= own.max(axis=0)).all()
    assert not any((row == own).all(axis=1).any() for row in rows), "they are new"
    again, _ = smote(matrix, CODES, categorical=NUMBERS, seed=1)
    assert (again == rows).all()


def test_smote_takes_levels_from_the_neighbours_and_never_between_them() -> None:
    matrix = np.column_stack([features()[:, 0], np.where(CODES == 1, 3.0, 0.0)])
    rows, _ = smote(matrix, CODES, categorical=np.array([False, True]), seed=1)
    assert set(rows[:, 1]) == {3.0}


def test_rows_with_missing_values_are_no_neighbours_and_a_class_of_one_whole_row_is_repeated() -> None:
    matrix = features()
    matrix[12:15, 0] = np.nan
    rows, classes = smote(matrix, CODES, categorical=NUMBERS, seed=1)
    assert classes.tolist() == [1] * 8
    assert all(any(np.array_equal(row, one, equal_nan=True) for one in matrix[12:]) for row in rows)


def test_categories_alone_are_repeated_and_equal_classes_stay() -> None:
    matrix = np.column_stack([CODES, CODES]).astype(float)
    rows, _ = smote(matrix, CODES, categorical=np.array([True, True]), seed=1)
    assert rows.tolist() == [[1.0, 1.0]] * 8
    none, classes = smote(matrix[4:12], np.array([0, 1] * 4), categorical=NUMBERS, seed=1)
    assert len(none) == len(classes) == 0
