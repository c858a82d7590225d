"""Columns that name image files, replaced by the content of those files."""

import re
from pathlib import Path
from urllib.parse import urljoin

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.encoded_images import REMEDY, SUFFIXES
from outcross.resources.sources.locate import SourceFile

MOSTLY = 0.9
"""Share of the values that name image files with which a column is one of paths."""
_ENDINGS = "|".join(re.escape(suffix) for suffix in SUFFIXES)
_PATH = rf"(?i)^[^\n\r]*[^\s/\\](?:{_ENDINGS})(?:\?\S*)?\s*$"


def names_images(values: pl.Series) -> bool:
    """Return whether a column of text holds paths or addresses of image files."""
    present = values.alias("").drop_nulls()  # Polars reads some names in a file as patterns
    return bool(len(present)) and float(present.str.contains(_PATH).mean() or 0) >= MOSTLY  # type: ignore[arg-type]


def open_image_paths(values: pl.Series, *, file: SourceFile, base: Path, where: str) -> pl.Series:
    """Read the files that a column names into a Binary column of the same name.

    Paths are relative to the file that names them, or else to ``base``.

    Raises:
        BadInput: a value is missing or names no image file; the message gives its row.
    """
    return pl.Series(
        values.name,
        [
            find_image(value, file=file, base=base, where=f"{where}, row {number}").read()
            for number, value in enumerate(values, start=1)
        ],
        dtype=pl.Binary,
    )


def find_image(value: str | None, *, file: SourceFile, base: Path, where: str) -> SourceFile:
    """Return the image file that a value names.

    Raises:
        BadInput: there is no such file.
    """
    if value is None or not value.strip():
        raise BadInput(f"{where}: no image is named; drop that row, {REMEDY}")
    path = value.strip()
    if "://" in path:
        raise BadInput(
            f"{where}: {path!r} is the address of an image on the web; download the images and name their files, "
            f"{REMEDY}"
        )
    if not isinstance(file.address, Path):
        return SourceFile(path, urljoin(file.address, path))
    folders = list(dict.fromkeys((file.address.parent, base)))
    for folder in folders:
        try:
            if (full := folder / Path(path.replace("\\", "/")).expanduser()).is_file():
                return SourceFile(path, full)
        except (OSError, RuntimeError, ValueError):  # a name too long, an unknown ~user
            continue
    raise BadInput(
        f"{where}: the image file {path!r} does not exist (looked for in {' and '.join(map(str, folders))}); "
        f"correct the path, copy the files there, {REMEDY}"
    )
