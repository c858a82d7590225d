"""The folder in which Outcross keeps its files on this machine."""

import os
from pathlib import Path


def home() -> Path:
    """Return the folder of instance files, registers and data: ``OUTCROSS_HOME``, else ``.outcross`` of this folder.

    A variable that is empty counts as one that is not set.
    """
    return Path(os.environ.get("OUTCROSS_HOME") or ".outcross").absolute()
