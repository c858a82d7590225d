"""IDX, the format of MNIST: images in one file, their labels in another, each with or without gzip."""

import math
import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import ReadOptions, SetFormat
from outcross.resources.sources.locate import SourceFile

MOST_BYTES = 2**33
"""Bytes of one array, unpacked."""
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_NAME = re.compile(r"idx\d-u?byte(\.gz)?$", re.IGNORECASE)
_PAIR = (("images", "labels"), ("idx3", "idx1"))


class Idx(SetFormat):
    """Arrays in IDX: of each pair, the images are ``image`` and the labels ``label``."""

    name = "idx"
    suffixes = (".idx",)

    def read_set(self, files: Sequence[SourceFile], options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read files of images, each with the labels that lie next to it: ``train-images-…``, ``train-labels-…``."""
        arrays = {file.name: read_idx(file) for file in files}
        images = [file for file in files if arrays[file.name].ndim > 1]
        if not images:
            raise BadInput(f"file {files[0].name!r} holds no images; name the file of images, of three dimensions")
        parts, notes = [], []
        for file in images:
            image = arrays[file.name]
            columns = [pl.Series("image", image)]
            beside = _labels_of(file, files)
            if "label" in options.leave_out:
                columns.append(pl.Series("label", [None] * len(image)))
            elif beside is not None:
                columns.append(_label(file, image, beside, arrays.get(beside.name)))
                notes.append(f"label: from {beside.name!r}")
            parts.append(pl.DataFrame(columns))
        if len({tuple(part.columns) for part in parts}) > 1:
            raise BadInput(
                f"files {images[0].name!r} and others: some have a file of labels next to them and some have none; add "
                "it, or set 'columns: {label: ignore}'"
            )
        together = pl.concat(parts)
        return together if options.rows_limit is None else together.head(options.rows_limit), notes

    def files_beside(self, files: Sequence[SourceFile]) -> list[SourceFile]:
        """Return the files of labels that lie next to images."""
        found = [_labels_of(file, files) for file in files]
        return [beside for beside in found if beside is not None and beside not in files]


def is_idx(name: str) -> bool:
    """Return whether a file has the name of an IDX file, such as ``train-images-idx3-ubyte.gz``."""
    return _NAME.search(name) is not None


def read_idx(file: SourceFile) -> np.ndarray:
    """Read an array.

    Raises:
        BadInput: the file is not whole IDX, or larger than allowed.
    """
    content = file.read()
    start = _unpack(content, 4 + 4 * 255, file)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or len(start) < 4 + 4 * start[3]:
        raise BadInput(f"file {file.name!r} is not IDX (it begins with {start[:4]!r}); download or copy it again")
    shape = struct.unpack(f">{start[3]}I", start[4 : 4 + 4 * start[3]])
    dtype = np.dtype(_TYPES[start[2]])
    size = math.prod(shape) * dtype.itemsize
    if size > MOST_BYTES:
        raise BadInput(f"file {file.name!r} states {size:,} bytes and {MOST_BYTES:,} are allowed; split it")
    whole = _unpack(content, 4 + 4 * start[3] + size + 1, file)[4 + 4 * start[3] :]
    if len(whole) != size:
        raise BadInput(f"file {file.name!r} is not whole: it states {size:,} bytes; download or copy it again")
    array = np.frombuffer(whole, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="))


def _unpack(content: bytes, most: int, file: SourceFile) -> bytes:
    """Return the first bytes of what may be gzip."""
    if not content.startswith(b"\x1f\x8b"):
        return content[:most]
    try:
        return zlib.decompressobj(wbits=31).decompress(content, most)
    except zlib.error as error:
        raise BadInput(f"file {file.name!r} is not whole gzip ({error}); download or copy it again") from error


def _labels_of(file: SourceFile, files: Sequence[SourceFile]) -> SourceFile | None:
    """Return the file of labels: of two files the other one, or that with the name of the images."""
    others = [each for each in files if each is not file]
    named = [each for each in others if each.name == _exchange(file.name)]
    if named or len(others) == 1:
        return (named or others)[0]
    if not isinstance(file.address, Path) or _exchange(file.name) == file.name:
        return None
    for beside in (file.address.with_name(_exchange(file.address.name)), *_other_packing(file.address)):
        if beside.is_file():
            return SourceFile(beside.name, beside)
    return None


def _other_packing(images: Path) -> list[Path]:
    name = _exchange(images.name)
    return [images.with_name(name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz")]


def _exchange(name: str) -> str:
    for images, labels in _PAIR:
        name = name.replace(images, labels)
    return name


def _label(file: SourceFile, images: np.ndarray, beside: SourceFile, known: np.ndarray | None) -> pl.Series:
    labels = read_idx(beside) if known is None else known
    if labels.ndim != 1 or len(labels) != len(images):
        raise BadInput(
            f"files {file.name!r} and {beside.name!r}: {len(images):,} images and labels of shape {labels.shape} do "
            "not fit; name the files of one part of the data, or set 'columns: {label: ignore}'"
        )
    return pl.Series("label", labels)
