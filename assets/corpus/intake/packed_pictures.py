"""A batch of pictures that lie in files of their own, packed into one file: the batch is then what its bytes are.

A folder of image files is such a batch, and so are a table whose column of pictures names image files, and IDX. They
are packed into Parquet, by the same rows in the same order, so that an equal folder is an equal batch. Nothing outside
the folder of the batch is read, whatever a table names.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import polars as pl

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.marks.beside import is_about_data
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Schema
from outcross.resources.sources.folders import TABLES
from outcross.resources.sources.formats import BY_SUFFIX, FORMATS, ROWS_BY_SUFFIX, suffix_of
from outcross.resources.sources.formats.choice import choose_format
from outcross.resources.sources.formats.contract import ReadOptions, SetFormat
from outcross.resources.sources.formats.image_file import ImageFile
from outcross.resources.sources.image_paths import names_images, open_image_paths
from outcross.resources.sources.locate import SourceFile, locate

PEEK = 20
"""Rows by which a table is known to name image files."""


def pack_pictures(path: Path, schema: Schema, options: ReadOptions, limits: Limits, to: Path) -> Path:
    """Pack pictures that lie in files of their own; return the packed file, or the path itself where there are none.

    Args:
        path: a file or folder.
        schema: the columns of the corpus.
        options: how its anchor was read.
        limits: the most that a batch may hold.
        to: folder for the packed file.

    Raises:
        BadInput: a picture does not exist, lies outside the batch's folder, or the batch is larger than the limits.
    """
    image = schema.image
    if image is None:
        return path
    if path.is_dir():
        found = _read_folder(path, schema, image, options, limits)
    elif path.is_file() and isinstance(BY_SUFFIX.get(suffix_of(path.name)), SetFormat):
        found = _read_files([SourceFile(path.name, path)], path.parent, schema, options, limits)
    elif path.is_file() and _names_images(path, image, options):
        found = _read_table(SourceFile(path.name, path), image, options, limits)
    else:
        return path
    folder = to / "packed"
    folder.mkdir()
    packed = folder / f"{path.name.split('.')[0] if path.is_file() else path.resolve().name}.parquet"
    found.write_parquet(packed)
    return packed


def _read_folder(path: Path, schema: Schema, image: Column, options: ReadOptions, limits: Limits) -> pl.DataFrame:
    path = path.resolve()
    files = [each for each in locate([path.name], base=path.parent) if not is_about_data(PurePath(each.name).name)]
    if len(files) == 1 and PurePath(files[0].name).name in TABLES:
        return _read_table(files[0], image, options, limits)
    return _read_files(files, path, schema, options, limits)


def _read_files(
    files: Sequence[SourceFile], folder: Path, schema: Schema, options: ReadOptions, limits: Limits
) -> pl.DataFrame:
    """Read image files, or arrays, into a column of pictures and, where classes have folders, one of labels."""
    formats = {BY_SUFFIX.get(suffix_of(file.name)) for file in files}
    found = formats.pop() if len(formats) == 1 else None
    if not isinstance(found, SetFormat):
        raise BadInput(
            f"folder {folder.name!r} holds files that are no pictures; leave image files of one corpus in it "
            f"({', '.join(FORMATS['image'].suffixes)}), or send one table"
        )
    _refuse_large(files, folder.name, limits)
    assert schema.image is not None
    rows, _ = found.read_set(files, options)
    named = {"image": schema.image.source_name}
    if schema.label is not None:
        named["label"] = schema.label.source_name
        if isinstance(found, ImageFile):
            rows = rows.with_columns(pl.Series("label", [_class_of(file, folder) for file in files], dtype=pl.String))
    return rows.select(pl.col(name).alias(called) for name, called in named.items() if name in rows.columns)


def _class_of(file: SourceFile, folder: Path) -> str | None:
    """Return the name of the folder of an image file within the batch; None of one that lies in no folder there."""
    assert isinstance(file.address, Path)
    parent = file.address.parent
    return None if parent == folder else parent.name


def _names_images(path: Path, image: Column, options: ReadOptions) -> bool:
    """Whether the column of pictures of a table names image files; a file that cannot be read does not."""
    try:
        first = _read_rows(SourceFile(path.name, path), replace(options, rows_limit=PEEK))
    except BadInput:
        return False
    return image.source_name in first.columns and (
        first[image.source_name].dtype == pl.String and names_images(first[image.source_name])
    )


def _read_rows(file: SourceFile, options: ReadOptions) -> pl.DataFrame:
    found = choose_format(file, ROWS_BY_SUFFIX, stated=False)
    rows, _ = found.read(file, options.for_format(found.name))
    return rows


def _read_table(file: SourceFile, image: Column, options: ReadOptions, limits: Limits) -> pl.DataFrame:
    """Read a table, with the content of the files that its column of pictures names."""
    rows, name = _read_rows(file, options), image.source_name
    column = next((each for each in (name, "file_name") if each in rows.columns), None)
    assert isinstance(file.address, Path)
    where = f"file {file.name!r}, column {column!r}"
    if column is None or rows[column].dtype != pl.String:
        raise BadInput(f"file {file.name!r} has no column {name!r} that names the pictures; add it")
    folder = file.address.parent
    for number, value in enumerate(rows[column], start=1):
        if value is not None and not (folder / value.strip()).resolve().is_relative_to(folder.resolve()):
            raise BadInput(
                f"{where}, row {number}: {value.strip()!r} lies outside the folder of the batch; copy the picture there"
            )
    named = [SourceFile(str(value), folder / str(value).strip()) for value in rows[column] if value is not None]
    _refuse_large([each for each in named if Path(str(each.address)).is_file()], file.name, limits)
    pictures = open_image_paths(rows[column], file=file, base=folder, where=where)
    return rows.drop(column).insert_column(rows.columns.index(column), pictures.alias(name))


def _refuse_large(files: Sequence[SourceFile], name: str, limits: Limits) -> None:
    """Refuse more files, or more bytes in them, than a batch may have."""
    size = sum(file.address.stat().st_size for file in files if isinstance(file.address, Path))
    if size > limits.bytes:
        raise BadInput(
            f"the pictures of {name!r} have {size:,} bytes, and {limits.bytes:,} are allowed ('limits: bytes'); split "
            "it"
        )
    if len(files) > limits.rows:
        raise BadInput(f"{name!r} has more than {limits.rows:,} pictures ('limits: rows'); split it")
