"""Stored trees score rows as the library that fitted them does, also after a round through arrays."""

import numpy as np
import pytest

from outcross.assets.instruments.classifier_two_sample import fit_trees
from outcross.assets.instruments.stored_trees import SLICE, StoredTrees


@pytest.mark.parametrize("classes", [2, 3])
def test_stored_trees_predict_what_the_fitted_ones_do(classes: int) -> None:
    random = np.random.default_rng(classes)
    features = random.normal(size=(SLICE + 50, 4))
    features[random.random(features.shape) < 0.1] = np.nan
    truth = random.integers(classes, size=len(features))
    fitted = fit_trees(features[:500], truth[:500])
    trees = StoredTrees.from_arrays(StoredTrees.read(fitted).arrays())
    np.testing.assert_allclose(trees.predict_proba(features), fitted.predict_proba(features), atol=1e-12)
    assert trees.predict_proba(features[:0]).shape[0] == 0


@pytest.mark.parametrize("leaves", [2, 20, 40])
def test_they_do_whatever_the_number_of_leaves_and_wherever_missing_values_go(leaves: int) -> None:
    random = np.random.default_rng(leaves)
    features = random.normal(size=(400, 3)).round(1)
    features[::3, 0] = np.nan
    truth = np.isnan(features[:, 0]) | (features[:, 1] > 0.3)
    settings = {"max_iter": 8, "max_leaf_nodes": leaves, "min_samples_leaf": 1, "early_stopping": False}
    fitted = fit_trees(features, truth ^ (random.random(400) < 0.2), settings)
    trees = StoredTrees.read(fitted)
    edges = np.concatenate([features, trees.threshold[np.isfinite(trees.threshold), None].repeat(3, axis=1)])
    np.testing.assert_allclose(trees.predict_proba(edges), fitted.predict_proba(edges), atol=1e-12)


def test_trees_without_a_split_score_every_row_alike() -> None:
    fitted = fit_trees(np.zeros((40, 2)), np.arange(40) < 10)
    np.testing.assert_allclose(
        StoredTrees.read(fitted).predict_proba(np.ones((3, 2))), fitted.predict_proba(np.ones((3, 2)))
    )
