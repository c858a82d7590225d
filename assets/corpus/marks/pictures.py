"""The marks of a column of pictures, read from the bytes of each before it is decoded."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from outcross.assets.corpus.marks.manifests import read_manifest
from outcross.assets.corpus.marks.mark import MARKS, Mark, to_frame
from outcross.assets.corpus.marks.picture_blocks import find_blocks
from outcross.assets.corpus.marks.xmp import read_iptc, read_xmp
from outcross.resources.errors import BadInput
from outcross.resources.sources.picture_columns import decode_base64, is_base64, is_of_structures


def find_picture_marks(pictures: pl.Series, positions: pl.Series) -> pl.DataFrame:
    """Find the marks of pictures: :data:`~.mark.MARKS`.

    Args:
        pictures: as a file holds them: bytes, ``{bytes, path}`` or base64. Lists of pixels bear no mark.
        positions: of the rows in their file.
    """
    found = [
        (position, position, mark)
        for position, content in zip(positions, _contents(pictures), strict=True)
        if content is not None
        for mark in read_marks(content)
    ]
    return to_frame(found) if found else pl.DataFrame(schema=MARKS)


def read_marks(content: bytes) -> Iterator[Mark]:
    """Yield the marks of one picture."""
    blocks = find_blocks(content)
    for packet in blocks.xmp:
        yield from read_xmp(packet)
    yield from blocks.extended.read(blocks.xmp)
    for record in blocks.iptc:
        yield from read_iptc(record)
    if blocks.too_long:
        yield Mark(kind="XMP", says=None, statement="a long block", doubt="blocks of more than 1 MiB are not read")
    if blocks.c2pa:
        yield read_manifest(content, blocks.mime)


def _contents(pictures: pl.Series) -> Iterator[bytes | None]:
    if is_of_structures(pictures):
        pictures = pictures.struct.field("bytes")
    values: Iterator[Any] = iter(pictures)
    if pictures.dtype == pl.Binary:
        yield from values
    elif pictures.dtype == pl.String and is_base64(pictures):
        for value in values:
            try:
                yield None if value is None else decode_base64(value, "picture")
            except BadInput:  # the reading of the row says so
                yield None
    else:
        yield from (None for _ in range(len(pictures)))
