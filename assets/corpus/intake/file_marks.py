"""The marks of a file as a whole: those of files beside it, and of a provenance file that is overridden."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.intake.arrival import SidecarFile
from outcross.assets.corpus.marks.beside import read_beside
from outcross.assets.corpus.marks.compare import of_whole_file
from outcross.assets.corpus.marks.mark import to_frame
from outcross.assets.corpus.marks.overridden import read_overridden


def find_file_marks(path: Path, sidecar: SidecarFile | None, given: Mapping[str, Any]) -> pl.DataFrame:
    """Find the marks of all rows of a file, or of runs of them: :data:`~..marks.mark.MARKS`.

    Args:
        path: what the user named, next to which the other files lie.
        sidecar: its provenance file, if there is one.
        given: claims about its rows that override those of the provenance file.

    Raises:
        BadInput: the provenance file is damaged.
    """
    marks = of_whole_file(read_beside(path))
    if sidecar is not None and given.get("origin") is not None:
        marks += read_overridden(sidecar.claims, str(given["origin"]), sidecar.name)
    return to_frame(marks)
