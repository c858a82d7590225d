"""What a ``defs.yaml`` states of a component, kept as it was written until the folder of the file is known.

Dagster validates the attributes of a component before it says where the file lies, but relative paths in them start at
its folder. So the settings are validated twice: by Dagster, which reports a fault with its component, line and key, and
then with the folder.
"""

from pathlib import Path
from typing import Any, Self

import dagster as dg
from pydantic import BaseModel, ModelWrapValidatorHandler, PrivateAttr, model_validator

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study


class Stated(BaseModel):
    """Settings that remember how they were stated."""

    _stated: Any = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        made = handler(value)
        made._stated = value
        return made

    @property
    def stated(self) -> Any:
        """The settings as the file states them."""
        return self._stated


class StudyAttributes(Stated, Study):
    """The keys of a study file."""


class CorpusAttributes(Stated, Corpus):
    """The keys of a corpus file."""


def folder_of(context: dg.ComponentLoadContext) -> Path:
    """Return the folder of the file that states a component."""
    path = context.path
    return path if path.is_dir() else path.parent
