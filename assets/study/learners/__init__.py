"""The learners that a study can name by ``kind``. To add one, add a file here and a line that imports it."""

from typing import TYPE_CHECKING

from outcross.assets.study.learners.classifier import ClassifierLearner as ClassifierLearner
from outcross.assets.study.learners.contract import Learner as Learner
from outcross.assets.study.learners.external import ExternalLearner as ExternalLearner
from outcross.assets.study.learners.regressor import RegressorLearner as RegressorLearner
from outcross.resources.registry import any_of, by_tag, kinds_in

_KINDS = kinds_in(globals(), Learner)  # type: ignore[type-abstract]

LEARNERS: dict[str, type[Learner]] = by_tag(_KINDS, "kind")
"""Kind → learner."""

if TYPE_CHECKING:
    AnyLearner = Learner
else:
    AnyLearner = any_of(_KINDS, "kind")
"""Settings of any learner, discriminated by ``kind``."""
