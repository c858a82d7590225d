"""A classifier of the label: gradient boosting, trained on the dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.assets.instruments.class_scores import balanced_accuracy, roc_auc
from outcross.assets.metrics.class_utility import MOST_CLASSES
from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.learners.balance import Balance, class_weights, repeat_rare, smote
from outcross.assets.study.learners.boosting import Boosting
from outcross.assets.study.learners.contract import Learner, Lesson, TrainedLearner, learner_endpoint
from outcross.assets.study.learners.features import Features
from outcross.assets.study.learners.parts import by_group
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema

ENDPOINTS = (
    learner_endpoint("accuracy", "higher", "accuracy on real rows of the classifier that is trained on the dataset"),
    learner_endpoint("balanced_accuracy", "higher", "accuracy on each class of that classifier; mean over the classes"),
    learner_endpoint(
        "log_loss",
        "lower",
        "−ln of the probability that it gives to the label",
        has_zero=False,
        unit="nats per row",
    ),
    learner_endpoint(
        "roc_auc",
        "higher",
        "area under the ROC curve of that classifier, each class against the rest, mean over classes",
        has_zero=False,
        unit="AUC",
    ),
)
LEAST = 1e-15
"""Least probability of a label that log loss counts, so that one surprise does not make it infinite."""


class ClassifierLearner(Boosting):
    """Predict the label of real rows; rows without a label are left out of training and judging."""

    version: ClassVar[str] = "1"
    kind: Literal["classifier"] = "classifier"
    balance: Balance = Field(
        "none", description="for classes of unequal size: weights, rows repeated (resample) or drawn between (smote)"
    )

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Accuracy, balanced accuracy, log loss and the area under the ROC curve."""
        return ENDPOINTS

    def alternatives(self) -> Mapping[str, Learner]:
        """Class weights, rows of rare classes repeated, and SMOTE; none where the classes are balanced already."""
        if self.balance != "none":
            return {}
        names: dict[str, Balance] = {
            "class weights": "weights",
            "rows of rare classes repeated": "resample",
            "SMOTE": "smote",
        }
        return {name: self.model_copy(update={"balance": balance}) for name, balance in names.items()}

    def resamples(self, *, has_label: bool) -> bool:
        """Return whether the classes are not balanced already: it has a label in any case."""
        return self.balance == "none"

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if there is no label, or nothing to predict it from."""
        super().check(schema)
        if schema.label is None:
            raise BadInput(
                "learner 'classifier' predicts a label, but the source has none; give a column the role 'label', or "
                "predict a number: learner 'regressor' and the role 'target'"
            )
        self.refuse_no_features(schema)

    def check_rows(self, schema: Schema, *, anchor: pl.DataFrame, holdout: pl.DataFrame) -> None:
        """Raise ``BadInput`` where the rows on either side have fewer than two classes."""
        assert schema.label is not None
        for side, rows in (("anchor", anchor), ("holdout", holdout)):
            if (classes := rows[schema.label.name].drop_nulls().n_unique()) < 2:
                raise BadInput(
                    f"learner 'classifier': the labels of the {side} have {classes} different values, and there is "
                    "nothing to tell apart; raise 'holdout', or add rows that differ"
                )

    def train(self, lesson: Lesson) -> TrainedLearner:
        """Train on the rows that have a label; of one class, the prediction is constant."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        assert lesson.schema.label is not None
        name = lesson.schema.label.name
        labelled = lesson.rows[name].is_not_null().to_numpy()
        rows = lesson.rows.filter(labelled)
        features = Features.of(rows, lesson.schema, outcome=name, longest_side=self.longest_side)
        classes, codes = np.unique(rows[name].to_numpy().astype(str), return_inverse=True)
        fitted = None
        if len(classes) > 1:
            settings = self.settings(seed=lesson.seed, categorical=features.categorical)
            if self.validation and np.bincount(codes).min() < 2:
                settings |= {"early_stopping": False}  # a class of one row is on no two sides of a split
            matrix, weights = features.matrix(rows), lesson.weights[labelled]
            matrix, codes, weights = self._balanced(matrix, codes, weights, features.categorical, lesson.seed)
            fitted = HistGradientBoostingClassifier(**settings).fit(matrix, codes, sample_weight=weights)
        return TrainedClassifier(features=features, classes=[str(each) for each in classes], fitted=fitted)

    def _balanced(
        self, matrix: np.ndarray, codes: np.ndarray, weights: np.ndarray, categorical: np.ndarray, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features, classes and weights of the training rows, as ``balance`` has them."""
        match self.balance:
            case "none":
                return matrix, codes, weights
            case "weights":
                return matrix, codes, weights * class_weights(codes)
            case "resample":
                places = repeat_rare(codes, seed=seed)
                return matrix[places], codes[places], weights[places]
            case "smote":
                rows, classes = smote(matrix, codes, categorical=categorical, seed=seed)
                more = np.full(len(rows), weights.mean())
                return np.concatenate([matrix, rows]), np.append(codes, classes), np.append(weights, more)


@dataclass(frozen=True, kw_only=True)
class TrainedClassifier(TrainedLearner):
    """A classifier of the label.

    Attributes:
        features: of the rows.
        classes: the labels of its training rows, sorted.
        fitted: the model; None where there are fewer than two classes.
    """

    features: Features
    classes: list[str]
    fitted: Any

    def judge(self, rows: pl.DataFrame) -> list[Measurement]:
        """Measure all rows, each class where these are at most 100, and each level of a group column."""
        name = self.features.outcome
        rows = rows.filter(pl.col(name).is_not_null())
        judged = _Judged.of(self.classes, self.probabilities(rows), rows[name].to_numpy().astype(str))
        right = judged.right
        return [
            Measurement.of_mean("learner_accuracy", right),
            Measurement("learner_balanced_accuracy", *balanced_accuracy(judged.predicted, judged.truth, judged.seen)),
            Measurement.of_mean("learner_log_loss", judged.nats),
            Measurement("learner_roc_auc", *roc_auc(judged.scores, judged.truth, judged.seen)),
            *self._by_class(judged),
            *by_group(rows, self.features.schema, {"learner_accuracy": right, "learner_log_loss": judged.nats}),
        ]

    def probabilities(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, classes) the probability of each class."""
        if self.fitted is None:
            return np.ones((rows.height, len(self.classes)))
        found: np.ndarray = self.fitted.predict_proba(self.features.matrix(rows))
        return found

    def _by_class(self, judged: "_Judged") -> list[Measurement]:
        if len(judged.seen) > MOST_CLASSES:
            return []
        own = {name: judged.right[judged.truth == name] for name in judged.seen}
        name = self.features.outcome
        return [
            Measurement.of_mean("learner_balanced_accuracy", values, f"{name}={level}") for level, values in own.items()
        ]


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What a classifier says of labelled rows.

    Attributes:
        truth: (rows,) their labels.
        seen: the different labels, sorted.
        predicted: (rows,) the predicted labels; empty where it knows no class.
        scores: (rows, seen) the probability of each label; 0 for one that it has not learned.
    """

    truth: np.ndarray
    seen: list[str]
    predicted: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, classes: list[str], probabilities: np.ndarray, truth: np.ndarray) -> "_Judged":
        seen = [str(each) for each in np.unique(truth)]
        scores = np.zeros((len(truth), len(seen)))
        for place, name in enumerate(seen):
            if name in classes:
                scores[:, place] = probabilities[:, classes.index(name)]
        known = np.array([*classes, ""])
        best = probabilities.argmax(axis=1) if classes else np.full(len(truth), 0)
        return cls(truth=truth, seen=seen, predicted=known[best], scores=scores)

    @property
    def right(self) -> np.ndarray:
        """(rows,) whether each prediction is right, as 0 and 1."""
        right: np.ndarray = (self.predicted == self.truth).astype(float)
        return right

    @cached_property
    def nats(self) -> np.ndarray:
        """(rows,) −ln of the probability of each label."""
        places = np.searchsorted(self.seen, self.truth)
        own = self.scores[np.arange(len(self.truth)), places]
        nats: np.ndarray = -np.log(np.clip(own, LEAST, 1.0))
        return nats
