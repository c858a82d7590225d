"""Boosted trees as arrays: stored without pickling, they score rows alike whatever library is installed later."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np

SLICE = 2_000
"""Rows that are scored at one time."""


@dataclass(frozen=True)
class StoredTrees:
    """Gradient-boosted trees of a classifier, all nodes in a row: a node, those on its left, then those on its right.

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
        leaf = self._exits.find(features)
        result: np.ndarray = self.start + self.value[leaf].reshape(len(features), *self.roots.shape).sum(axis=1)
        return result

    @cached_property
    def _exits(self) -> "_Exits":
        return _Exits.of(self)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that :meth:`from_arrays` needs."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Rebuild the trees from their arrays."""
        return cls(**{each.name: arrays[each.name] for each in fields(cls)})


@dataclass(frozen=True)
class _Exits:
    """The leaves that rows reach, found without a walk: a split that sends a row right rules its left leaves out.

    The leaves of a tree are bits, from left to right; the lowest bit that no split rules out is the row's leaf
    (Lucchese et al. 2015, QuickScorer, SIGIR 38:73).

    Attributes:
        thresholds: column → its thresholds, in ascending order.
        left: column → (thresholds + 2, trees) the leaves that remain, by the number of thresholds below the value; the
            last row is of a missing value.
        leaves: (trees, most leaves) nodes of the leaves.
    """

    thresholds: dict[int, np.ndarray]
    left: dict[int, np.ndarray]
    leaves: np.ndarray

    @classmethod
    def of(cls, trees: StoredTrees) -> Self:
        """Collect the leaves of each tree, and what each split rules out."""
        own, roots = np.arange(len(trees.left)), trees.roots.ravel()
        is_leaf, tree = trees.left == own, np.searchsorted(roots, own, side="right") - 1
        before = np.cumsum(is_leaf) - is_leaf  # leaves before a node; from here on, those of its tree
        before = (before - before[roots][tree]).astype(np.uint64)
        leaves = np.zeros((len(roots), int(before.max()) + 1), dtype=np.intp)
        leaves[tree[is_leaf], before[is_leaf].astype(np.intp)] = own[is_leaf]
        kind = next(each for each in _BITS if np.iinfo(each).bits >= leaves.shape[1])
        bit = np.uint64(1) << before
        thresholds: dict[int, np.ndarray] = {}
        left: dict[int, np.ndarray] = {}
        for column in np.unique(trees.feature[~is_leaf]).tolist():
            splits = np.flatnonzero(~is_leaf & (trees.feature == column))
            steps, place = np.unique(trees.threshold[splits], return_inverse=True)
            kept = ~(bit[trees.right[splits]] - bit[trees.left[splits]])
            remain = np.full((len(steps) + 2, len(roots)), np.iinfo(kind).max, dtype=kind)
            np.bitwise_and.at(remain, (place + 1, tree[splits]), kept.astype(kind))
            remain[:-1] = np.bitwise_and.accumulate(remain[:-1], axis=0)
            right = ~trees.missing_left[splits]
            np.bitwise_and.at(remain[-1], tree[splits[right]], kept[right].astype(kind))
            thresholds[column], left[column] = steps, remain
        return cls(thresholds, left, leaves)

    def find(self, features: np.ndarray) -> np.ndarray:
        """Return the (rows, trees) node of the leaf of each row in each tree."""
        trees = np.arange(len(self.leaves))
        if not self.thresholds:
            return np.broadcast_to(self.leaves[:, 0], (len(features), len(trees)))
        remain: np.ndarray | None = None
        for column, steps in self.thresholds.items():
            values = features[:, column]
            below = np.where(np.isnan(values), len(steps) + 1, np.searchsorted(steps, values))
            allowed = self.left[column][below]
            remain = allowed if remain is None else np.bitwise_and(remain, allowed, out=remain)
        assert remain is not None
        lowest = remain & (~remain + remain.dtype.type(1))
        result: np.ndarray = self.leaves[trees, np.bitwise_count(lowest - remain.dtype.type(1))]
        return result


_BITS = (np.uint16, np.uint32, np.uint64)
"""Types that hold a bit for each leaf of a tree."""
