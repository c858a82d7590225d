"""Counts of a target's rows and of calibration rows in cells of a classifier's score, all scored out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.undeclared.style import Style
from outcross.assets.instruments.classifier_two_sample import (
    area_under_curve,
    encode_columns,
    level_orders,
)
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.remembered_trees import REMEMBERED
from outcross.resources.schema import Schema

TREES = {"max_iter": 100, "max_leaf_nodes": 15, "learning_rate": 0.2, "early_stopping": False}
"""Boosted trees; a fit to 8,000 rows of 15 columns takes 0.1 s. Twice the leaves separate census rows no better."""
LARGEST = 1e300
FOLDS = 5
CELLS = 12
"""Cells of the score, over all generators; each generator has at least ``FEWEST_CELLS``."""
FEWEST_CELLS = 4


@dataclass(frozen=True)
class CellCounts:
    """The cell of every row; component 0 is the real rows.

    Attributes:
        target: (rows, folds) cell of a row of the target under each fold's classifier.
        samples: for each component, (its rows,) cell of a row under the classifier that was not fitted to it.
        cells: number of cells.
        aucs: for each generator, area under the ROC curve of its rows against real rows, out of fold.
        errors: for each generator, the standard error of that area.
    """

    target: np.ndarray
    samples: list[np.ndarray]
    cells: int
    aucs: list[float]
    errors: list[float]

    def target_counts(self) -> np.ndarray:
        """Count the target's rows as (cells,), averaged over the classifiers of the folds."""
        result: np.ndarray = np.bincount(self.target.ravel(), minlength=self.cells) / self.target.shape[1]
        return result

    def sample_counts(self) -> np.ndarray:
        """Count the calibration rows as (components, cells)."""
        return np.stack([np.bincount(cells, minlength=self.cells) for cells in self.samples]).astype(np.float64)


def as_numbers(frames: Sequence[pl.DataFrame], schema: Schema, *, real: pl.DataFrame | None = None) -> list[np.ndarray]:
    """Convert each frame to (rows, features): a table's columns, levels by frequency, or a text's embedding and style.

    The coding and the embedding are fitted to all frames together, including the target: fitted to some real rows
    alone, they would separate these from other real rows. The style of texts is measured by a model of real rows that
    are in no frame.

    Args:
        frames: the rows.
        schema: their columns.
        real: rows that are in none of the frames, for the model of the style of texts; no style if None.
    """
    every = pl.concat([frame.select(schema.names) for frame in frames])
    if schema.modality != "table":
        embedding = Embedding.fit(every, schema)
        found = [embedding.transform(frame) for frame in frames]
        if real is None or schema.text is None:
            return found
        style, name = Style.fit(real[schema.text.name]), schema.text.name
        return [np.hstack([each, style.encode(frame[name])]) for each, frame in zip(found, frames, strict=True)]
    orders = level_orders(every, schema)
    # Trees set thresholds halfway between values, which is undefined next to an infinite value.
    return [np.clip(encode_columns(frame, orders, schema), -LARGEST, LARGEST) for frame in frames]


def count_cells(
    target: np.ndarray,
    samples: Sequence[np.ndarray],
    folds: Sequence[np.ndarray],
    *,
    more_real: np.ndarray | None = None,
) -> CellCounts:
    """Score every row, and assign it to a cell.

    Calibration rows are scored out of fold, and the target's rows by the classifiers of all folds. So a row of the
    target and a calibration row of its component have the same probability of each cell.

    Args:
        target: (rows, features).
        samples: (rows, features) of each component, the real rows first.
        folds: for each component, the fold of each row, 0 … ``FOLDS`` − 1.
        more_real: (rows, features) of real rows that every classifier is fitted to and that are not scored.
    """
    features, fold = np.concatenate(samples), np.concatenate(folds)
    truth = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
    scores = np.zeros((len(features), len(samples)))
    seen = np.zeros((FOLDS, len(target), len(samples)))
    extra = target[:0] if more_real is None else more_real
    for number in range(FOLDS):
        fitted = np.concatenate([features[fold != number], extra])
        classes = np.concatenate([truth[fold != number], np.zeros(len(extra), dtype=int)])
        trees = REMEMBERED.fit(fitted, classes, TREES)
        scores[fold == number] = trees.predict_proba(features[fold == number])
        seen[number] = trees.predict_proba(target)
    edges = cut_scores(scores)
    placed, starts = place_rows(scores, edges), np.cumsum([len(sample) for sample in samples])[:-1]
    real = 1 - scores[truth == 0, 0]
    areas = [area_under_curve(1 - scores[truth == kind, 0], real) for kind in range(1, len(samples))]
    return CellCounts(
        target=place_rows(seen.reshape(-1, len(samples)), edges).reshape(FOLDS, -1).T,
        samples=np.split(placed, starts),
        cells=sum(len(each) + 1 for each in edges),
        aucs=[area for area, _ in areas],
        errors=[error for _, error in areas],
    )


def cut_scores(scores: np.ndarray) -> list[np.ndarray]:
    """Compute, for each generator, the inner edges of cells of equal mass among the rows most like its own."""
    likest, synthetic = scores[:, 1:].argmax(axis=1), 1 - scores[:, 0]
    cells = max(FEWEST_CELLS, CELLS // (scores.shape[1] - 1))
    edges = []
    for kind in range(scores.shape[1] - 1):
        own = synthetic[likest == kind]
        edges.append(np.unique(np.quantile(own, np.arange(1, cells) / cells)) if len(own) else np.zeros(0))
    return edges


def place_rows(scores: np.ndarray, edges: Sequence[np.ndarray]) -> np.ndarray:
    """Assign each row to a cell: cells are numbered by generator, then by rising score."""
    likest, synthetic = scores[:, 1:].argmax(axis=1), 1 - scores[:, 0]
    placed, start = np.zeros(len(scores), dtype=np.intp), 0
    for kind, inner in enumerate(edges):
        own = likest == kind
        placed[own] = start + np.searchsorted(inner, synthetic[own], side="right")
        start += len(inner) + 1
    return placed
