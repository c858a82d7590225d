"""Boosted trees that are fitted once to the same rows: batch after batch is compared with the same samples.

A fit depends on its rows and settings alone, so a remembered one gives the same bits as another fit. The trees are
remembered within the process, as many as a few comparisons need, and the rows that they were fitted to are not.
"""

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np

from outcross.assets.instruments.classifier_two_sample import Settings, fit_trees

MOST = 40
"""Number of fits that are remembered, those last used: eight comparisons of five folds, of about 0.3 MB each."""


class RememberedTrees:
    """The last fits, each by a digest of its rows, classes and settings."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._fits: OrderedDict[bytes, Any] = OrderedDict()

    def fit(self, features: np.ndarray, truth: np.ndarray, trees: Settings) -> Any:
        """Fit as :func:`~.classifier_two_sample.fit_trees`, or return the earlier fit to the same rows.

        Args:
            features: (rows, columns), NaN for a missing value.
            truth: (rows,) class of each row.
            trees: settings of the classifier.
        """
        about = repr((features.shape, features.dtype.str, truth.dtype.str, sorted(trees.items())))
        digest = blake2b(about.encode(), digest_size=32)
        digest.update(np.ascontiguousarray(features).data)
        digest.update(np.ascontiguousarray(truth).data)
        key = digest.digest()
        with self._lock:
            found = self._fits.get(key)
            if found is not None:
                self._fits.move_to_end(key)
                return found
        found = fit_trees(features, truth, trees)
        with self._lock:
            self._fits[key] = found
            while len(self._fits) > self._most:
                self._fits.popitem(last=False)
        return found


REMEMBERED = RememberedTrees()
"""Of this process."""
