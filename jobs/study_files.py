"""Study files."""

from pathlib import Path

from outcross.assets.study import Study
from outcross.jobs.settings_files import Shelf

SHIPPED = Path(__file__).parent / "studies"

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
