"""The YAML files of studies."""

from pathlib import Path

from outcross.assets.study.study import Study
from outcross.jobs.files.settings_files import SettingsFiles

SHIPPED = Path(__file__).parents[1] / "studies"
"""The folder of the studies that come with the package."""

STUDIES = SettingsFiles(
    model=Study,
    noun="study",
    plural="studies",
    example="'study:' and 'source:'",
    shipped_folder=SHIPPED,
    variable="OUTCROSS_STUDIES",
    registry="studies.json",
)
load_study, find_study, find_as_run, register = STUDIES.load, STUDIES.find, STUDIES.find_as_run, STUDIES.register
