"""The folder in which Outcross keeps its files on this machine, and the environment that every process of it needs.

It imports no Dagster: commands that open no instance start in a fraction of a second.
"""

import os
from pathlib import Path

from outcross.resources.atomic_file import make_folder
from outcross.resources.errors import BadInput

PACKAGE = Path(__file__).parents[2]
"""The folder of the package, which contains ``dagster.yaml``."""


_PRIVATE = 0o077
"""Permissions that new files and folders do not have."""


def home() -> Path:
    """Return the folder of instance files, registers and data: ``OUTCROSS_HOME``, else ``.outcross`` of this folder.

    A variable that is empty counts as one that is not set.
    """
    return Path(os.environ.get("OUTCROSS_HOME") or ".outcross").absolute()


def prepare() -> Path:
    """Make the home folder, set the environment variables that Dagster reads, and return the home.

    From then on nobody else may read what this process and those that it starts write: rows of people are in it.

    Raises:
        BadInput: the home cannot be made, or there is no ``dagster.yaml``.
    """
    folder = home()
    os.umask(os.umask(_PRIVATE) | _PRIVATE)
    try:
        make_folder(folder / "dagster")
    except OSError as error:
        raise BadInput(f"{folder} cannot be made ({error.strerror}); set OUTCROSS_HOME to a folder you own") from None
    os.environ["OUTCROSS_HOME"] = str(folder)
    os.environ["OUTCROSS_INSTANCE"] = str(folder / "dagster")
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ.setdefault("DAGSTER_HOME", str(PACKAGE))
    if not (Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml").is_file():
        raise BadInput(
            f"DAGSTER_HOME is {os.environ['DAGSTER_HOME']}, which has no dagster.yaml; "
            "unset DAGSTER_HOME, or set it to a folder that has one"
        )
    return folder
