"""Settings that a command line replaces, written as a file that workers, the UI and later commands read.

``outcross study my.yaml --generations 5`` writes ``studies/NAME.yaml`` into the home::

    extends: /data/my.yaml
    generations: 5

The study keeps its name, so it keeps its store and its history. The file is in force until the study is run with other
options; without options, the study's own file is.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from outcross.jobs.files.settings_files import EXTENDS
from outcross.jobs.files.study_files import STUDIES
from outcross.resources.atomic_file import replace_file
from outcross.resources.errors import BadInput

_HEADER = "# Written by 'outcross study'. Run the study without options to return to the settings of the file below.\n"


def replace_keys(path: Path, replaced: Mapping[str, Any], home: Path) -> Path:
    """Write the file that extends a study file, and return it; if no key is replaced, remove it and return the study's.

    Args:
        path: the study file.
        replaced: key → value; a value that the file has itself replaces nothing.
        home: the home.
    """
    own, extending = STUDIES.load(path), STUDIES.extending(path, home)
    changes = {key: value for key, value in replaced.items() if value is not None and value != getattr(own, key)}
    if not changes:
        extending.unlink(missing_ok=True)
        return path
    content = yaml.safe_dump({EXTENDS: str(path.resolve()), **changes}, sort_keys=False)
    replace_file(extending, f"{_HEADER}{content}".encode())
    return extending


def refuse_extending(path: Path, home: Path) -> None:
    """Refuse a file that :func:`replace_keys` wrote.

    Raises:
        BadInput: the study has to be named by its own file.
    """
    if path.resolve().parent == (home / STUDIES.plural).resolve():
        raise BadInput(
            f"{path} only records the options that a study was last run with; name the file that it extends, "
            "with the options that you want"
        )
