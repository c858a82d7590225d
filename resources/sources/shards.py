"""The files of one source, put together: the columns that some lack, those of folders, and types that differ."""

from collections.abc import Sequence

import polars as pl

from outcross.resources.errors import BadInput, reason_of
from outcross.resources.sources.convert import parse_numbers, parse_times
from outcross.resources.sources.folders import keys_of
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.locate import SourceFile


def put_together(
    frames: Sequence[pl.DataFrame], files: Sequence[SourceFile], *, optional_keys: bool
) -> tuple[pl.DataFrame, list[str]]:
    """Put the rows of a source's files below one another, with notes.

    A column that a file lacks is null in its rows. Folders of the form ``key=value`` become columns.

    Args:
        frames: the rows of each file that was read.
        files: of the source; at least those that were read.
        optional_keys: whether files may lack columns of one another. Else two files that each lack a column of the
            other are refused, since the column may have been renamed.

    Raises:
        BadInput: the files have no column in common, or different types in one column.
    """
    _refuse_other_columns(frames, files, optional_keys=optional_keys)
    together, notes = _concatenate(frames, files)
    keyed, of_folders = _with_keys(together, frames, files)
    return keyed, [*_note_missing(frames, files, together), *notes, *of_folders]


def _refuse_other_columns(frames: Sequence[pl.DataFrame], files: Sequence[SourceFile], *, optional_keys: bool) -> None:
    first = max(range(len(frames)), key=lambda place: frames[place].width)
    every = set(frames[first].columns)
    for place, frame in enumerate(frames):
        own = set(frame.columns)
        apart = bool(own) and not own & every
        if own - every and (apart or not optional_keys):
            one, other = sorted((first, place))
            raise BadInput(
                f"files {files[one].name!r} and {files[other].name!r} differ in the columns "
                f"{list_names(sorted(own ^ every))}; give them the same columns, or name only files that have the same "
                "columns"
            )


def _concatenate(frames: Sequence[pl.DataFrame], files: Sequence[SourceFile]) -> tuple[pl.DataFrame, list[str]]:
    try:
        together = pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]
    except pl.exceptions.PolarsError as error:
        reason = reason_of(error)
        names = list_names([file.name for file in files])
        raise BadInput(
            f"files {names} hold different types in one column ({reason}); convert them to one type"
        ) from error
    schemas = [frame.schema for frame in frames]  # Polars builds one anew each time that it is asked
    notes = [
        f"column {name!r} has different types in different files: read as {dtype}"
        for name, dtype in together.schema.items()
        if len({schema[name] for schema in schemas if name in schema}) > 1
    ]
    return together, notes


def _note_missing(frames: Sequence[pl.DataFrame], files: Sequence[SourceFile], together: pl.DataFrame) -> list[str]:
    notes = []
    held = [set(frame.columns) for frame in frames]
    for name in together.columns:
        lacking = [file.name for own, file in zip(held, files, strict=False) if name not in own]
        if lacking:
            notes.append(f"column {name!r} is null in the rows of {list_names(lacking)}, which lack it")
    return notes


def _with_keys(
    together: pl.DataFrame, frames: Sequence[pl.DataFrame], files: Sequence[SourceFile]
) -> tuple[pl.DataFrame, list[str]]:
    """Add the columns that folders state; one that the files have themselves is theirs."""
    keys = [keys_of(file.name) for file in files[: len(frames)]]
    names = list(dict.fromkeys(name for found in keys for name in found))
    notes = []
    for name in names:
        if name in together.columns:
            notes.append(f"column {name!r} is in the files and in the names of their folders: read from the files")
            continue
        values = [
            value for frame, found in zip(frames, keys, strict=True) for value in [found.get(name)] * frame.height
        ]
        column = _typed(pl.Series(name, values, dtype=pl.String))
        together = together.with_columns(column)
        notes.append(f"column {name!r} is read from the names of folders ({name}=…)")
    return together, notes


def _typed(values: pl.Series) -> pl.Series:
    """Folders hold text: numbers and dates in it are told as those of CSV are."""
    if values.null_count() == len(values):
        return values
    for parse in (parse_numbers, parse_times):
        if (typed := parse(values)) is not None:
            return typed
    return values
