"""Arrays of NumPy, ``.npy`` and ``.npz``: the first axis of an array counts the rows."""

import io
import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput, first_line
from outcross.resources.sources.formats.contract import ReadOptions, RowFormat
from outcross.resources.sources.locate import SourceFile

LABELS = frozenset({"y", "y_train", "labels", "train_labels", "targets"})
"""Names of arrays that are called ``label`` where their values are whole numbers or text."""
MOST_BYTES = 2**34
"""Bytes of the arrays of one file, unpacked."""


class Npz(RowFormat):
    """Named arrays with as many rows each."""

    name = "npz"
    suffixes = (".npz",)

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into a column per array; notes name the arrays that are called otherwise."""
        found = _load(file, options)
        arrays = {name: _squeeze(array) for name, array in found.items() if name not in options.leave_out}
        rows = _count_rows(arrays, file)
        columns = [pl.Series(name, [None] * rows) for name in found if name in options.leave_out]
        notes = []
        for name, array in arrays.items():
            called = name
            if name in LABELS and array.ndim == 1 and array.dtype.kind in "iuUb" and "label" not in arrays:
                called = "label"
                notes.append(f"array {name!r} is called 'label'")
            columns.append(_series(called, array[: options.rows_limit], file))
        return pl.DataFrame([column.head(len(columns[-1])) for column in columns]), notes


class Npy(RowFormat):
    """One array: of pictures, of records, or of numbers."""

    name = "npy"
    suffixes = (".npy",)

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into the column ``image`` (of more axes than one), ``value``, or a column per field."""
        array = _load(file, options)["image"][: options.rows_limit]
        if array.dtype.names:
            return pl.DataFrame([_series(name, array[name], file) for name in array.dtype.names]), []
        return pl.DataFrame([_series("image" if array.ndim > 1 else "value", array, file)]), []


def _load(file: SourceFile, options: ReadOptions) -> dict[str, np.ndarray]:
    """Return the arrays of a file by their names; ``image`` where there is one without a name."""
    binary = _binary(file, options)
    try:
        _refuse_large(_count_bytes(binary), options, file)
        if isinstance(binary, io.BytesIO):
            binary.seek(0)
        loaded = np.load(binary, allow_pickle=False)
        return {"image": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    except BadInput:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile, SyntaxError, MemoryError) as error:
        what = str(error) or "they state more bytes than the memory holds"
        if "Object arrays" in what:
            what = "they hold Python objects, which are never unpickled"
        elif "pickled" in what:
            what = "it is none, or a pickle, which is never opened"
        raise BadInput(
            f"file {file.name!r} cannot be read as arrays of NumPy ({first_line(what)}); save arrays of numbers or "
            "text with numpy.savez, or convert it to Parquet"
        ) from error


def _binary(file: SourceFile, options: ReadOptions) -> Path | io.BytesIO:
    """Return what NumPy reads; a zip of arrays is not unpacked before."""
    if not file.name.lower().endswith(Npz.suffixes):
        return file.binary(options.text_bytes)
    return file.address if isinstance(file.address, Path) else io.BytesIO(file.read())


def _count_bytes(binary: Path | io.BytesIO) -> int:
    """Return the bytes that the arrays have, as their headers state them; 0 where there is no header."""
    if zipfile.is_zipfile(binary):
        with zipfile.ZipFile(binary) as packed:
            stated = 0
            for member in packed.infolist():
                with packed.open(member) as stream:
                    stated += max(member.file_size, _stated_bytes(stream))
            return stated
    if isinstance(binary, Path):
        with binary.open("rb") as stream:
            return _stated_bytes(stream)
    binary.seek(0)
    return _stated_bytes(binary)


def _stated_bytes(stream: IO[bytes]) -> int:
    """Return the bytes of an array, as its header states them."""
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
    except ValueError:  # it is no array, which is told when it is read
        return 0
    return math.prod(shape) * dtype.itemsize


def _refuse_large(size: int, options: ReadOptions, file: SourceFile) -> None:
    options.table.refuse_bytes(size, file.name)
    if size > MOST_BYTES:
        raise BadInput(f"file {file.name!r} unpacks to {size:,} bytes and {MOST_BYTES:,} are allowed; split it")


def _squeeze(array: np.ndarray) -> np.ndarray:
    """Turn a column of one value a row, (rows, 1), into (rows,)."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _count_rows(arrays: dict[str, np.ndarray], file: SourceFile) -> int:
    """Return the rows that the arrays have in common."""
    if not arrays or any(array.ndim == 0 for array in arrays.values()):
        raise BadInput(f"file {file.name!r} has no array of rows; save arrays whose first axis counts the rows")
    rows = {name: len(array) for name, array in arrays.items()}
    if len(set(rows.values())) > 1:
        first = next(iter(rows.values()))
        others = ", ".join(f"{name}: ignore" for name, count in rows.items() if count != first)
        found = ", ".join(f"{name} {count:,}" for name, count in rows.items())
        raise BadInput(
            f"file {file.name!r}: the arrays differ in rows ({found}); leave some out with 'columns: {{{others}}}'"
        )
    return next(iter(rows.values()))


def _series(name: str, array: np.ndarray, file: SourceFile) -> pl.Series:
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if array.dtype.kind not in "biufUM":
        raise BadInput(
            f"file {file.name!r}, array {name!r}: values of type {array.dtype} are not read; save numbers or text, or "
            "give the column the role 'ignore'"
        )
    if array.dtype.kind == "U":
        return pl.Series(name, array.tolist())
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("="))
    return pl.Series(name, np.ascontiguousarray(array))
