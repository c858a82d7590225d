"""Studies as Python users give them: a name, a path, a mapping, or the study itself."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import STUDIES
from outcross.resources.errors import BadInput

StudyLike = Study | Mapping[str, Any] | str | os.PathLike[str]
"""A study, its settings, the path of its file, or the name of one that is known."""


def load_study(study: StudyLike, **overrides: Any) -> Study:
    """Read and validate a study.

    Args:
        study: path of a study file, name of a known study (``outcross studies`` lists them), the settings that a file
            would hold, or a study to change. Relative paths in settings start at the working directory, those in a file
            at the file.
        overrides: settings to replace, such as ``replicates=4``; None leaves one as it is.

    Raises:
        BadInput: there is no such study, or its settings cannot be used; the message names each key.
    """
    changes = {key: value for key, value in overrides.items() if value is not None}
    if isinstance(study, Study):
        return _changed(study, changes) if changes else study
    if isinstance(study, Mapping):
        return STUDIES.validate({**study, **changes}, where="the settings", base=Path())
    if not isinstance(study, str | os.PathLike):
        raise BadInput(
            f"a study is a path, a name, a mapping of settings or an outcross.Study; found {type(study).__name__}"
        )
    return STUDIES.load(STUDIES.find(os.fspath(study), home()), **changes)


def _changed(study: Study, changes: Mapping[str, Any]) -> Study:
    """Validate a study anew with some settings replaced; paths keep starting where they did."""
    settings = {name: getattr(study, name) for name in Study.model_fields}
    bases = [getattr(each, "_base", None) for each in (study.source, study.generator)]
    base = next((each for each in bases if each), Path())
    return STUDIES.validate(settings | dict(changes), where=f"study '{study.study}'", base=base)
