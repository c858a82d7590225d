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
