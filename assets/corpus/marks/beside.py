"""The files beside data that may bear a mark of all its rows: which there are, and what each says.

They are read from the folder of the data, up to a few megabytes each, and links are not followed.
"""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from outcross.assets.corpus.marks.croissant_file import read_croissant
from outcross.assets.corpus.marks.dataset_card import read_card
from outcross.assets.corpus.marks.mark import Mark
from outcross.assets.corpus.marks.mixture_file import read_mixture
from outcross.assets.corpus.marks.openlineage_file import read_openlineage
from outcross.assets.corpus.marks.prov_file import read_prov
from outcross.resources.errors import reason_of

MOST_BYTES = 8 * 2**20
"""Bytes of such a file that are read; a larger one is told, and not looked into."""


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A kind of file.

    Attributes:
        called: in messages.
        name: of a file that is about its whole folder.
        ending: of a file about one other, whose name stands before it.
        read: yields the marks for the data's path within the folder.
        above: whether the one of the folder above counts too, where it names the data.
    """

    called: str
    name: str
    ending: str
    read: Callable[[bytes, str, bool], Iterator[Mark]]
    above: bool = False


_KINDS = (
    _Kind(called="dataset card", name="README.md", ending=".card.md", read=read_card, above=True),
    _Kind(called="Croissant", name="croissant.json", ending=".croissant.json", read=read_croissant, above=True),
    _Kind(called="PROV", name="prov.json", ending=".prov.json", read=read_prov),
    _Kind(called="OpenLineage", name="openlineage.json", ending=".openlineage.json", read=read_openlineage),
    _Kind(called="OpenLineage", name="openlineage.jsonl", ending=".openlineage.jsonl", read=read_openlineage),
    _Kind(called="mixture of outcross take", name="mixture.json", ending=".mixture.json", read=read_mixture),
)


def is_about_data(name: str) -> bool:
    """Return whether a file of this name says something of other files, and is no data itself."""
    lower = name.lower()
    return any(lower == kind.name.lower() or lower.endswith(kind.ending) for kind in _KINDS)


def names_beside(name: str) -> tuple[str, ...]:
    """Return the names of files that are about the file of this name alone."""
    stem = name.split(".", maxsplit=1)[0]
    return tuple(dict.fromkeys(each + kind.ending for kind in _KINDS for each in (name, stem)))


def read_beside(path: Path) -> list[Mark]:
    """Read what files beside data say of it.

    Args:
        path: the data as it was named: a file, or a folder.
    """
    path = path.absolute()
    return [mark for kind in _KINDS for mark in _of_kind(kind, path)]


def _of_kind(kind: _Kind, path: Path) -> Iterator[Mark]:
    stem = path.name.split(".", maxsplit=1)[0]
    for name in dict.fromkeys((path.name + kind.ending, stem + kind.ending)):
        yield from _read(kind, path.with_name(name), path.name, alone=True)
    if path.is_dir():
        yield from _read(kind, path / kind.name, "", alone=True)
    yield from _read(kind, path.with_name(kind.name), path.name, alone=False)
    if kind.above:
        within = f"{path.parent.name}/{path.name}"
        yield from _read(kind, path.parent.parent / kind.name, within, alone=False)


def _read(kind: _Kind, file: Path, data: str, *, alone: bool) -> Iterator[Mark]:
    """Read one file, if it is there.

    Args:
        kind: of the file.
        file: its path.
        data: path of the data within the file's folder.
        alone: whether the file is about this data alone, whatever it names.
    """
    called = f"{kind.called} {file.name}"
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode):
            if stat.S_ISLNK(found.st_mode) and alone:
                yield _doubt(called, "it is a link, which is not followed")
            return
        if found.st_size > MOST_BYTES:
            yield _doubt(called, f"it has more than {MOST_BYTES:,} bytes")
            return
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError:
        return
    try:
        for mark in kind.read(content, data, alone):
            yield Mark(
                kind=called, says=mark.says, statement=mark.statement, generator=mark.generator, doubt=mark.doubt
            )
    except (ValueError, RecursionError, TypeError, AttributeError, LookupError) as error:
        yield _doubt(called, f"it cannot be read ({type(error).__name__}: {reason_of(error)})")


def _doubt(called: str, why: str) -> Mark:
    return Mark(kind=called, says=None, statement="a file beside the data", doubt=why)
