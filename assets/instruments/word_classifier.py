"""Classifier two-sample test of two sets of texts, by naive Bayes on which words and word pairs a row has."""

import numpy as np

from outcross.assets.instruments.classifier_two_sample import area_under_curve, mean_of_halves
from outcross.assets.instruments.text_sketches import Features
from outcross.resources.seeds import generator

BUCKETS = 1 << 18
PRIOR = 4.0
"""Rows that a feature's rate among both sides counts for, so that rare features say little."""


def word_two_sample_auc(one: Features, other: Features, *, seed: int) -> tuple[float, float]:
    """Return the area under the ROC curve, as the mean over two halves, with its standard error.

    Each half is scored by the rates of the other (Lopez-Paz & Oquab 2017, arXiv 1610.06545).

    Args:
        one: words and word pairs of the rows of one side; at least two rows.
        other: of the other.
        seed: of the halves.
    """
    columns = np.concatenate([one.values, other.values]) % np.uint32(BUCKETS)
    lengths, of_first = np.concatenate([one.lengths, other.lengths]), len(one.lengths)
    row = np.repeat(np.arange(len(lengths)), lengths)
    truth = np.arange(len(lengths)) < of_first
    random = generator(seed)
    first = np.concatenate([random.permutation(size) < size // 2 for size in (of_first, len(truth) - of_first)])
    areas = []
    for tested in (first, ~first):
        (ones, n_one), (others, n_other) = (
            (np.bincount(columns[side[row]], minlength=BUCKETS), side.sum())
            for side in (truth & ~tested, ~truth & ~tested)
        )
        pooled = (ones + others) / (n_one + n_other)
        seen = np.maximum(pooled, 1e-12)
        weight = np.log((ones + PRIOR * seen) / (n_one + PRIOR)) - np.log((others + PRIOR * seen) / (n_other + PRIOR))
        scores = np.bincount(row, weights=np.where(pooled > 0, weight, 0)[columns], minlength=len(truth))
        areas.append(area_under_curve(scores[truth & tested], scores[~truth & tested]))
    return mean_of_halves(areas)
