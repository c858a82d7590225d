"""Image files: each file is a row, and the folder that it lies in may be its class."""

from collections.abc import Sequence
from pathlib import Path, PurePath

import polars as pl

from outcross.resources.sources.encoded_images import SUFFIXES
from outcross.resources.sources.formats.contract import ReadOptions, SetFormat
from outcross.resources.sources.locate import SourceFile

IMAGE, LABEL = "image", "label"


class ImageFile(SetFormat):
    """PNG, JPEG, WebP, BMP, GIF and TIFF: one image a file."""

    name = "image"
    suffixes = SUFFIXES

    def read_set(self, files: Sequence[SourceFile], options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read files into a column ``image`` of their content, and ``label`` where each class has a folder."""
        chosen = files[: options.rows_limit]
        image = pl.Series(IMAGE, [file.read() for file in chosen], dtype=pl.Binary)
        labels, notes = class_folders(files)
        if labels is None:
            return pl.DataFrame([image]), notes
        return pl.DataFrame([image, pl.Series(LABEL, labels[: len(chosen)], dtype=pl.String)]), notes


def class_folders(files: Sequence[SourceFile]) -> tuple[list[str] | None, list[str]]:
    """Return the name of the folder of each file where folders are classes, and a note; None where they are not.

    Folders are classes where there are at least two, all at one depth, and fewer than half as many as files.
    """
    folders = [PurePath(_path(file)).parent for file in files]
    distinct = set(folders)
    if len(distinct) == 1:
        return None, [f"the images lie in one folder, {folders[0].name!r}: they have no label"]
    if len({len(folder.parts) for folder in distinct}) > 1 or 2 * len(distinct) > len(files):
        return None, [f"the images lie in {len(distinct):,} folders that are no classes: they have no label"]
    names = [folder.name for folder in folders]
    return names, [f"label: the folder of each image, one of {len(set(names)):,}"]


def _path(file: SourceFile) -> str:
    return str(file.address) if isinstance(file.address, Path) else file.name
