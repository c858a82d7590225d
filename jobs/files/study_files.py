"""Study files."""

from pathlib import Path

from outcross.assets.study.study import Study
from outcross.jobs.files.settings_files import Shelf

SHIPPED = Path(__file__).parents[1] / "studies"

STUDIES = Shelf(
    model=Study,
    noun="study",
    plural="studies",
    example="'study:' and 'source:'",
    shipped=SHIPPED,
    variable="OUTCROSS_STUDIES",
    registry="studies.json",
)
load_study, find_study, study_files, load_all, register = (
    STUDIES.load,
    STUDIES.find,
    STUDIES.files,
    STUDIES.load_all,
    STUDIES.register,
)
