"""A regressor of the target: gradient boosting, trained on the dataset."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from outcross.assets.instruments.regressor import explained_variance, read_targets
from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.learners.boosting import Boosting
from outcross.assets.study.learners.contract import Lesson, TrainedLearner, learner_endpoint
from outcross.assets.study.learners.features import Features
from outcross.assets.study.learners.parts import by_group
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema

ENDPOINTS = (
    learner_endpoint(
        "rmse",
        "lower",
        "root of the mean squared error on real rows of the regressor that is trained on the dataset",
        unit="units of the target",
    ),
    learner_endpoint("mae", "lower", "mean absolute error of that regressor", unit="units of the target"),
    learner_endpoint("r2", "higher", "share of the target's variance that it explains"),
)


class RegressorLearner(Boosting):
    """Predict the target of real rows; rows without a target are left out of training and judging."""

    version: ClassVar[str] = "1"
    kind: Literal["regressor"] = "regressor"

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Root mean squared error, mean absolute error and R²."""
        return ENDPOINTS

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if there is no target, or nothing to predict it from."""
        super().check(schema)
        if schema.target is None:
            raise BadInput(
                "learner 'regressor' predicts a target, but the source has none; give a column of numbers the role "
                "'target', or predict a label: learner 'classifier' and the role 'label'"
            )
        self.refuse_no_features(schema)

    def check_rows(self, schema: Schema, *, anchor: pl.DataFrame, holdout: pl.DataFrame) -> None:
        """Raise ``BadInput`` where the rows on either side have fewer than two targets."""
        assert schema.target is not None
        for side, rows in (("anchor", anchor), ("holdout", holdout)):
            if (targets := rows[schema.target.name].drop_nulls().n_unique()) < 2:
                raise BadInput(
                    f"learner 'regressor': the targets of the {side} have {targets} different values, and there is "
                    "nothing to explain; raise 'holdout', or add rows that differ"
                )

    def train(self, lesson: Lesson) -> TrainedLearner:
        """Train on the rows that have a target; of fewer than two, the prediction is constant."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        assert lesson.schema.target is not None
        name = lesson.schema.target.name
        present = lesson.rows[name].is_not_null().to_numpy()
        rows, weights = lesson.rows.filter(present), lesson.weights[present]
        values = read_targets(rows[name])
        features = Features.of(rows, lesson.schema, outcome=name, longest_side=self.longest_side)
        fitted = None
        if len(values) > 1:
            model = HistGradientBoostingRegressor(**self.settings(seed=lesson.seed, categorical=features.categorical))
            fitted = model.fit(features.matrix(rows), values, sample_weight=weights)
        mean = float(np.average(values, weights=weights)) if len(values) else 0.0
        return TrainedRegressor(features=features, mean=mean, fitted=fitted)


@dataclass(frozen=True, kw_only=True)
class TrainedRegressor(TrainedLearner):
    """A regressor of the target.

    Attributes:
        features: of the rows.
        mean: of its training targets; 0 where there are none.
        fitted: the model; None where the mean is all that is known.
    """

    features: Features
    mean: float
    fitted: Any

    def judge(self, rows: pl.DataFrame) -> list[Measurement]:
        """Measure all rows, and the mean absolute error on each level of a group column."""
        name = self.features.outcome
        rows = rows.filter(pl.col(name).is_not_null())
        values = read_targets(rows[name])
        predicted = self.predict(rows)
        squared, absolute = (values - predicted) ** 2, np.abs(values - predicted)
        rmse = float(np.sqrt(squared.mean()))
        error = float(squared.std() / np.sqrt(len(squared)) / (2 * rmse)) if rmse else 0.0
        explained, influence = explained_variance(predicted, values)
        return [
            Measurement("learner_rmse", rmse, error),
            Measurement.of_mean("learner_mae", absolute),
            Measurement("learner_r2", explained, float(influence.std() / np.sqrt(len(influence)))),
            *by_group(rows, self.features.schema, {"learner_mae": absolute}),
        ]

    def predict(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) the predicted targets."""
        if self.fitted is None:
            return np.full(rows.height, self.mean)
        found: np.ndarray = self.fitted.predict(self.features.matrix(rows))
        return found
