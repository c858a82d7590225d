"""The YAML files of studies."""

from pathlib import Path
from typing import TYPE_CHECKING

from outcross.jobs.files.settings_files import SettingsFiles

if TYPE_CHECKING:
    from outcross.assets.study.study import Study

SHIPPED = Path(__file__).parents[1] / "studies"
"""The folder of the studies that come with the package."""


def _load_model() -> "type[Study]":
    from outcross.assets.study.study import Study

    return Study


STUDIES = SettingsFiles(
    load_model=_load_model,
    noun="study",
    plural="studies",
    example="'study:' and 'source:'",
    shipped_folder=SHIPPED,
    variable="OUTCROSS_STUDIES",
    registry="studies.json",
)
load_study, find_study, find_as_run, register = STUDIES.load, STUDIES.find, STUDIES.find_as_run, STUDIES.register
