"""Rows of text as files: those that came as files are the same bytes, in the same folders; the others are UTF-8."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from outcross.resources.carried.as_came import CONTENT, NAME
from outcross.resources.carried.rows import Rows


def text_files(rows: Rows) -> Iterator[tuple[str, bytes]]:
    """Yield the name within its folder, and the bytes, of the text file of each row, in their order.

    Files of one name are told apart by a number.
    """
    taken: set[str] = set()
    for asked, content in _files(rows):
        name, path, times = asked, PurePosixPath(asked), 1
        while name in taken:
            times += 1
            name = str(path.with_name(f"{path.stem}-{times}{path.suffix}"))
        taken.add(name)
        yield name, content


def _files(rows: Rows) -> list[tuple[str, bytes]]:
    text = rows.schema.text
    assert text is not None
    digits = len(str(max(rows.height - 1, 0)))
    found = [(f"{place:0{digits}}.txt", str(each).encode()) for place, each in enumerate(rows.rows[text.name])]
    for came, places, positions in () if rows.carried is None else rows.carried.pieces():
        if came.are_documents:
            table = came.take(places).table
            files = zip(table.column(NAME).to_pylist(), table.column(CONTENT).to_pylist(), strict=True)
            for position, file in zip(positions, files, strict=True):
                found[position] = file
    return found
