"""The learners that a study can name by ``kind``. To add one, add a file here and a line that imports it.

Other packages offer learners through the entry-point group ``outcross.learners``.
"""

from typing import Annotated, Any

from pydantic import PlainValidator, SerializeAsAny, TypeAdapter

from outcross.assets.study.learners.classifier import ClassifierLearner as ClassifierLearner
from outcross.assets.study.learners.contract import Learner as Learner
from outcross.assets.study.learners.external import ExternalLearner as ExternalLearner
from outcross.assets.study.learners.language_model import LanguageModelLearner as LanguageModelLearner
from outcross.assets.study.learners.regressor import RegressorLearner as RegressorLearner
from outcross.resources.plugins import PluginGroup
from outcross.resources.registry import any_of, by_tag, kinds_in

_KINDS = kinds_in(globals(), Learner)  # type: ignore[type-abstract]

LEARNERS: dict[str, type[Learner]] = by_tag(_KINDS, "kind")
"""Kind → learner."""

_BUILT_IN: Any = any_of(_KINDS, "kind")

PLUGINS: PluginGroup[Learner] = PluginGroup(
    group="outcross.learners",
    noun="learner",
    contract=Learner,  # type: ignore[type-abstract]
    required=("modalities", "version"),
    built_in=LEARNERS,
    adapter=TypeAdapter(_BUILT_IN),
)
"""Learners of other packages."""

AnyLearner = Annotated[SerializeAsAny[Learner], PlainValidator(PLUGINS.validate, json_schema_input_type=_BUILT_IN)]
"""Settings of any learner, built-in or plug-in, discriminated by ``kind``."""
