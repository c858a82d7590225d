"""Settings that the classifier and the regressor share: gradient boosting over histograms (Ke et al. 2017)."""

from typing import Any, ClassVar

from pydantic import Field

from outcross.assets.study.learners.contract import Learner
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality, Schema


class Boosting(Learner):
    """Gradient boosting of scikit-learn (``HistGradientBoosting…``).

    Attributes:
        iterations: rounds of boosting; one tree each, or one for each class.
        learning_rate: what a tree adds.
        leaves: most leaves of a tree.
        validation: share of the training rows that is set aside to stop early; 0 trains all rounds on all rows.
        longest_side: most pixels of a side of a picture; larger pictures are averaged down to it. All pixels by
            default, which takes long: boosting looks at each of them in every round and for each class.
    """

    modalities: ClassVar[frozenset[Modality]] = frozenset({"table", "image"})
    keeps_scores: ClassVar[bool] = False

    iterations: int = Field(default=100, ge=1, le=100_000)
    learning_rate: float = Field(default=0.1, gt=0, le=1)
    leaves: int = Field(default=31, ge=2, le=10_000)
    validation: float = Field(default=0, ge=0, lt=0.9)
    longest_side: int | None = Field(default=None, ge=1)

    def settings(self, *, seed: int, categorical: Any) -> dict[str, Any]:
        """Return the arguments of scikit-learn's estimator."""
        return {
            "max_iter": self.iterations,
            "learning_rate": self.learning_rate,
            "max_leaf_nodes": self.leaves,
            "categorical_features": categorical if categorical.any() else None,
            "early_stopping": self.validation > 0,
            "validation_fraction": self.validation or None,
            "random_state": seed % 2**31,
        }

    def refuse_no_features(self, schema: Schema) -> None:
        """Raise ``BadInput`` where the outcome is the only column."""
        if len(schema.columns) < 2:
            raise BadInput(
                f"learner '{self.kind}': the source has no column to predict from; add columns, or remove 'learner'"
            )
