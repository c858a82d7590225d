"""Boosted trees as arrays: stored without pickling, they score rows alike whatever library is installed later."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

SLICE = 2_000
"""Rows that are scored at one time."""


@dataclass(frozen=True)
class StoredTrees:
    """Gradient-boosted trees of a classifier, all nodes in a row.

    Attributes:
        feature: (nodes,) column that a node splits by.
        threshold: (nodes,) largest value that goes left.
        missing_left: (nodes,) whether a missing value goes left.
        left, right: (nodes,) next node; a leaf leads to itself.
        value: (nodes,) what a leaf adds to the score.
        roots: (iterations, scores) first node of each tree; two classes have one score.
        start: (scores,) score before the first tree.
    """

    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    roots: np.ndarray
    start: np.ndarray

    @classmethod
    def read(cls, fitted: Any) -> Self:
        """Read the trees of a fitted ``HistGradientBoostingClassifier`` without categorical columns."""
        trees = [tree.nodes for trees in fitted._predictors for tree in trees]
        sizes = np.array([len(nodes) for nodes in trees])
        first = np.cumsum(sizes) - sizes
        nodes, begin = np.concatenate(trees), np.repeat(first, sizes)
        leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(begin))
        return cls(
            feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
            threshold=np.where(leaf, np.inf, nodes["num_threshold"]),
            missing_left=nodes["missing_go_to_left"].astype(bool),
            left=np.where(leaf, own, begin + nodes["left"]).astype(np.int32),
            right=np.where(leaf, own, begin + nodes["right"]).astype(np.int32),
            value=np.where(leaf, nodes["value"], 0.0),
            roots=first.reshape(len(fitted._predictors), -1).astype(np.int32),
            start=np.asarray(fitted._baseline_prediction, dtype=np.float64).ravel(),
        )

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return the (rows, classes) probabilities of (rows, columns), NaN for a missing value."""
        parts = [np.zeros((0, len(self.start)))]
        parts += [self._scores(features[at : at + SLICE]) for at in range(0, len(features), SLICE)]
        scores = np.concatenate(parts)
        if scores.shape[1] == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        result: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
        return result

    def _scores(self, features: np.ndarray) -> np.ndarray:
        rows = np.arange(len(features))[:, None]
        node = np.broadcast_to(self.roots.ravel(), (len(features), self.roots.size))
        while True:
            value = features[rows, self.feature[node]]
            goes_left = np.where(np.isnan(value), self.missing_left[node], value <= self.threshold[node])
            following = np.where(goes_left, self.left[node], self.right[node])
            if np.array_equal(following, node):
                break
            node = following
        result: np.ndarray = self.start + self.value[node].reshape(len(features), *self.roots.shape).sum(axis=1)
        return result

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that :meth:`from_arrays` needs."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Rebuild the trees from their arrays."""
        return cls(**{each.name: arrays[each.name] for each in fields(cls)})
