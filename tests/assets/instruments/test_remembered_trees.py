"""Fits to the same rows are made once, and to other rows, classes or settings anew."""

import numpy as np

from outcross.assets.instruments.classifier_two_sample import fit_trees
from outcross.assets.instruments.remembered_trees import RememberedTrees

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(60, 2))
CLASSES = RANDOM.random(60) < 0.5
SETTINGS = {"max_iter": 2, "max_leaf_nodes": 3, "early_stopping": False}


def test_the_same_rows_are_fitted_once_and_score_as_a_fit_of_their_own() -> None:
    remembered = RememberedTrees()
    first = remembered.fit(ROWS, CLASSES, SETTINGS)
    assert remembered.fit(ROWS.copy(order="F"), CLASSES.copy(), dict(SETTINGS)) is first
    np.testing.assert_array_equal(first.predict_proba(ROWS), fit_trees(ROWS, CLASSES, SETTINGS).predict_proba(ROWS))


def test_another_row_class_or_setting_is_another_fit() -> None:
    remembered = RememberedTrees()
    first = remembered.fit(ROWS, CLASSES, SETTINGS)
    moved = ROWS.copy()
    moved[7, 1] += 1e-9
    others = [
        (moved, CLASSES, SETTINGS),
        (ROWS, ~CLASSES, SETTINGS),
        (ROWS, CLASSES, SETTINGS | {"max_iter": 3}),
        (ROWS.reshape(-1, 1)[:60], CLASSES, SETTINGS),
    ]
    assert all(remembered.fit(*each) is not first for each in others)


def test_only_the_last_fits_are_kept() -> None:
    remembered = RememberedTrees(most=2)
    first, second = (remembered.fit(ROWS + shift, CLASSES, SETTINGS) for shift in (0, 1))
    assert remembered.fit(ROWS, CLASSES, SETTINGS) is first
    remembered.fit(ROWS + 2, CLASSES, SETTINGS)
    assert remembered.fit(ROWS, CLASSES, SETTINGS) is first
    assert remembered.fit(ROWS + 1, CLASSES, SETTINGS) is not second
