"""A naive Bayes model of the label, fitted to the anchor: its errors on a batch show labels that have become wrong.

The anchor's own rows are predicted without themselves (leave-one-out), in closed form. Rows are compared at equal
certainty: where a batch has more rows that are hard to predict, more errors are expected of it.
"""

from dataclasses import dataclass

import numpy as np

from outcross.assets.corpus.guards.counting import CodedRows
from outcross.assets.corpus.guards.profile import Profile

CERTAINTIES = 10
"""Classes of certainty, of equally many rows of the anchor."""
SMOOTHING = 1.0
FEWEST_ROWS = 50
"""Smallest number of labelled rows of the anchor, and of a label's, for a model."""


@dataclass(frozen=True)
class LabelModel:
    """The model, and its errors on the anchor.

    Attributes:
        label: name of the column.
        classes: number of labels.
        rows, errors: (``CERTAINTIES``,) rows of the anchor of each class of certainty, and the wrong ones of these.
    """

    label: str
    classes: int
    rows: np.ndarray
    errors: np.ndarray
    _profile: Profile
    _place: int
    _prior: np.ndarray
    _tables: list[np.ndarray]
    _steps: np.ndarray

    @classmethod
    def fit(cls, anchor: CodedRows, profile: Profile) -> "LabelModel | None":
        """Fit to the anchor; None where there is no label to predict, or nothing to predict it from."""
        place, label = profile.scales.label_place, profile.schema.label
        if place is None or label is None or label.name not in {column.name for column in profile.schema.discrete}:
            return None
        classes = len(profile.scales.levels[place])
        labels = anchor.discrete[place]
        has = labels < classes
        counts = np.bincount(labels[has], minlength=classes)
        features = _features(anchor, profile, place)
        if classes < 2 or not features or counts.sum() < FEWEST_ROWS or np.sort(counts)[-2] < FEWEST_ROWS:
            return None
        labels = labels[has]
        own = np.zeros((len(labels), classes))
        own[np.arange(len(labels)), labels] = 1
        prior = np.log(counts + SMOOTHING)
        scores = prior - own * (prior - np.log(np.maximum(counts - 1, 0) + SMOOTHING))
        tables = []
        for codes, levels in features:
            joint = np.zeros((levels, classes))
            np.add.at(joint, (codes[has], labels), 1)
            table = _shares(joint, counts)
            tables.append(table)
            without = np.log(np.maximum(joint - 1, 0) + SMOOTHING) - np.log(
                np.maximum(counts - 1, 0) + SMOOTHING * levels
            )
            scores += np.where(own > 0, without[codes[has]], table[codes[has]])
        certainty = _certainty(scores)
        steps = np.unique(np.quantile(certainty, np.linspace(0, 1, CERTAINTIES + 1)[1:-1]))
        bins = np.searchsorted(steps, certainty)
        wrong = scores.argmax(axis=1) != labels
        rows, errors = (np.bincount(bins[each], minlength=len(steps) + 1) for each in (wrong | True, wrong))
        return cls(label.name, classes, rows, errors, profile, place, prior, tables, steps)

    @property
    def share(self) -> float:
        """Share of the anchor's rows that the model predicts wrongly."""
        return float(self.errors.sum() / self.rows.sum())

    def count(self, coded: CodedRows) -> np.ndarray:
        """Count the labelled rows of each class of certainty, then the wrongly predicted ones; integers that add up."""
        labels = coded.discrete[self._place]
        has = labels < coded.null_codes[self._place]
        scores = np.tile(self._prior, (int(has.sum()), 1))
        for (codes, _), table in zip(_features(coded, self._profile, self._place), self._tables, strict=True):
            scores += table[codes[has]]
        bins = np.searchsorted(self._steps, _certainty(scores))
        wrong = scores.argmax(axis=1) != labels[has]
        size = len(self._steps) + 1
        return np.concatenate([np.bincount(bins[each], minlength=size) for each in (wrong | True, wrong)])


def _features(coded: CodedRows, profile: Profile, label: int) -> list[tuple[np.ndarray, int]]:
    """Return the codes of each column but the label, and their number: tenths of numbers, and common levels."""
    found = []
    for place, values in enumerate(coded.numeric):
        inner = profile.scales.edges[place][profile.tenths(place)]
        codes = np.where(np.isnan(values), len(inner) + 1, np.searchsorted(inner, values))
        found.append((codes, len(inner) + 2))
    for place, codes in enumerate(coded.discrete):
        if place != label:
            common = profile.common[place]
            merged = np.where(codes == coded.null_codes[place], common + 1, np.minimum(codes, common))
            found.append((merged, common + 2))
    return found


def _shares(joint: np.ndarray, counts: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.log(joint + SMOOTHING) - np.log(counts + SMOOTHING * len(joint))
    return result


def _certainty(scores: np.ndarray) -> np.ndarray:
    """Compute by how much the likeliest label leads the next, nats."""
    ordered = np.sort(scores, axis=1)
    result: np.ndarray = ordered[:, -1] - ordered[:, -2]
    return result
